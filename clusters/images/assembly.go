package images

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/throughline/throughline/clusters/images/internal/cache"
	"github.com/throughline/throughline/clusters/images/internal/debian"
	"github.com/throughline/throughline/clusters/images/internal/envoy"
	"github.com/throughline/throughline/clusters/images/internal/layers"
	"github.com/throughline/throughline/clusters/images/internal/node"
)

const (
	nodeTar = "node.tar"
	// domain is where references of our own images start; no registry answers there.
	domain = "throughline.local/"
	binDir = "usr/local/bin/"
	// nobody is who programs run as that need no rights, istioUser who Istio's charts
	// and injection expect.
	nobody, istioUser = "65532:65532", "1337:1337"
)

// assembly makes images out of finished parts.
type assembly struct {
	*plan
	parts map[string]*cache.Entry
}

// buildNode makes the entry of a node: its archive, its Set and the runc shim.
func (p *plan) buildNode(ctx context.Context, dir, why string) error {
	entries, err := p.all(ctx)
	if err != nil {
		return err
	}
	a := assembly{plan: p, parts: entries}
	return p.step("build node image", dir, why, func(scratch string) error { return a.node(ctx, dir, scratch) })
}

func (a assembly) node(ctx context.Context, dir, scratch string) error {
	set := &Set{Baked: true, Versions: a.catalogue.Versions()}
	mesh, err := a.mesh(set)
	if err != nil {
		return err
	}
	baked, err := a.kubernetes()
	if err != nil {
		return err
	}
	for name, image := range mesh {
		baked[set.Mesh()[name].Ref] = image
	}
	made := node.Node{
		DebianTar:         a.parts[debianPart].Path(debian.WholeTar),
		KindFiles:         filepath.Join(a.kind.Dir, "images/base/files"),
		Programs:          a.nodePrograms(),
		KubernetesVersion: a.catalogue.Components["kubernetes"].Version,
		PauseRef:          a.pauseRef(),
		Images:            baked,
		Scratch:           scratch,
	}
	err = made.Write(ctx, filepath.Join(dir, nodeTar), func(image v1.Image) (ref string, err error) {
		set.Node, err = describe("node", image)
		return set.Node.Ref, err
	})
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, setJSON), data, 0o644); err != nil {
		return err
	}
	return copyFile(filepath.Join(dir, runcShim), a.parts[own].Path(runcShim))
}

func (a assembly) nodePrograms() map[string]string {
	programs := map[string]string{runcShim: a.parts[own].Path(runcShim)}
	for _, name := range []string{"kubeadm", "kubectl", "kubelet"} {
		programs[name] = a.parts["kubernetes"].Path(name)
	}
	for _, name := range []string{"containerd", "containerd-shim-runc-v2", "ctr"} {
		programs[name] = a.parts["containerd"].Path(name)
	}
	return programs
}

func (a assembly) pauseRef() string { return "registry.k8s.io/pause:" + a.catalogue.Pause }

// kubernetes makes the images of the control plane, under the references that kubeadm
// gives them.
func (a assembly) kubernetes() (map[string]v1.Image, error) {
	version := func(component string) string { return a.catalogue.Components[component].Version }
	made := map[string]v1.Image{}
	for _, one := range []struct {
		ref, part string
		programs  []string
		network   bool
	}{
		{"registry.k8s.io/kube-apiserver:v" + version("kubernetes"), "kubernetes", []string{"kube-apiserver"}, false},
		{"registry.k8s.io/kube-controller-manager:v" + version("kubernetes"), "kubernetes", []string{"kube-controller-manager"}, false},
		{"registry.k8s.io/kube-scheduler:v" + version("kubernetes"), "kubernetes", []string{"kube-scheduler"}, false},
		{"registry.k8s.io/kube-proxy:v" + version("kubernetes"), "kubernetes", []string{"kube-proxy"}, true},
		{"registry.k8s.io/etcd:" + version("etcd") + "-0", "etcd", []string{"etcd", "etcdctl"}, false},
		{"registry.k8s.io/coredns/coredns:v" + version("coredns"), "coredns", []string{"coredns"}, false},
		{a.pauseRef(), own, []string{"pause"}, false},
	} {
		tree := &layers.Tree{}
		for _, program := range one.programs {
			if err := tree.Copy(binDir+program, a.parts[one.part].Path(program), 0o755); err != nil {
				return nil, err
			}
		}
		image, err := a.image(tree, one.programs[0], "", one.network)
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", one.ref, err)
		}
		made[one.ref] = image
	}
	return made, nil
}

// mesh makes the images of the mesh and the application, and describes them in set.
func (a assembly) mesh(set *Set) (map[string]v1.Image, error) {
	made := map[string]v1.Image{}
	for name, one := range map[string]struct {
		tree    func() (*layers.Tree, error)
		program string
		user    string
		network bool
		into    *Image
	}{
		// The chart sets runAsNonRoot, so the image must name a user.
		"pilot":  {a.single("istio", "pilot-discovery"), "pilot-discovery", istioUser, false, &set.Pilot},
		"proxy":  {a.proxy, "pilot-agent", "", true, &set.Proxy},
		"jaeger": {a.single("jaeger", "jaeger"), "jaeger", nobody, false, &set.Jaeger},
		"app":    {a.single(own, "app"), "app", nobody, false, &set.App},
	} {
		tree, err := one.tree()
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", name, err)
		}
		image, err := a.image(tree, one.program, one.user, one.network)
		if err != nil {
			return nil, fmt.Errorf("image %s: %w", name, err)
		}
		if *one.into, err = describe(name, image); err != nil {
			return nil, fmt.Errorf("image %s: %w", name, err)
		}
		made[name] = image
	}
	return made, nil
}

// single is a tree with one program.
func (a assembly) single(component, program string) func() (*layers.Tree, error) {
	return func() (*layers.Tree, error) {
		tree := &layers.Tree{}
		return tree, tree.Copy(binDir+program, a.parts[component].Path(program), 0o755)
	}
}

// proxy is what the sidecar, the gateway and the init container run: Istio's agent, Envoy
// and the template of its configuration. The slim layer has iptables.
func (a assembly) proxy() (*layers.Tree, error) {
	tree := &layers.Tree{}
	for place, source := range map[string]string{
		binDir + "pilot-agent": a.parts["istio"].Path("pilot-agent"),
		binDir + "envoy":       a.parts[envoyPart].Path(envoy.Program),
	} {
		if err := tree.Copy(place, source, 0o755); err != nil {
			return nil, err
		}
	}
	template := filepath.Join(a.istio.Dir, "tools/packaging/common/envoy_bootstrap.json")
	if err := tree.Copy("var/lib/istio/envoy/envoy_bootstrap_tmpl.json", template, 0o644); err != nil {
		return nil, err
	}
	tree.Data("etc/passwd", []byte("root:x:0:0:root:/root:/sbin/nologin\nistio-proxy:x:1337:1337::/nonexistent:/sbin/nologin\n"), 0o644)
	tree.Data("etc/group", []byte("root:x:0:\nistio-proxy:x:1337:\n"), 0o644)
	tree.Data("etc/nsswitch.conf", []byte("hosts: files dns\n"), 0o644)
	return tree, nil
}

// image puts a tree on top of nothing, or of the slim network tools.
func (a assembly) image(tree *layers.Tree, entrypoint, user string, network bool) (v1.Image, error) {
	tree.Dir("tmp", 0o777|fs.ModeSticky)
	tree.Dir("run", 0o755)
	var stack []v1.Layer
	if network {
		slim, err := layers.TarLayer(a.parts[debianPart].Path(debian.SlimTar))
		if err != nil {
			return nil, err
		}
		stack = append(stack, slim)
	}
	top, err := tree.Layer()
	if err != nil {
		return nil, err
	}
	return layers.Image(v1.Config{
		User:       user,
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		WorkingDir: "/",
		Entrypoint: []string{"/" + binDir + entrypoint},
	}, append(stack, top)...)
}

// describe names an image by its content.
func describe(name string, image v1.Image) (Image, error) {
	digest, err := image.Digest()
	if err != nil {
		return Image{}, err
	}
	id, err := image.ConfigName()
	if err != nil {
		return Image{}, err
	}
	size, err := layers.Size(image)
	if err != nil {
		return Image{}, err
	}
	return Image{
		Ref: domain + name + ":" + shortDigest(id.String()), Digest: digest.String(), ID: id.String(), Size: size,
	}, nil
}

func copyFile(target, source string) error {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	return err
}
