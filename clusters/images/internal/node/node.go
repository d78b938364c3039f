package node

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

// Node is what a node image is made of. Every field is required.
type Node struct {
	// DebianTar is the layer of the root file system.
	DebianTar string
	// KindFiles is the folder with the files that kind puts into its base image.
	KindFiles string
	// Programs maps the name of each program to its file: kubeadm, kubectl, kubelet,
	// containerd, containerd-shim-runc-v2, ctr, runc-shim.
	Programs map[string]string
	// KubernetesVersion has no leading v.
	KubernetesVersion string
	// PauseRef is the image of a pod's sandbox.
	PauseRef string
	// Images are baked into the content store, by reference.
	Images map[string]v1.Image
	// Scratch is a folder for what the build needs for a moment.
	Scratch string
}

// Write makes the image and writes it to the file archive, as `docker save` would, under
// the reference that name gives for it.
func (n Node) Write(ctx context.Context, archive string, name func(v1.Image) (ref string, err error)) error {
	system, err := n.system(ctx)
	if err != nil {
		return fmt.Errorf("node settings: %w", err)
	}
	programs, err := n.programs()
	if err != nil {
		return fmt.Errorf("node programs: %w", err)
	}
	store, remove, err := n.bake(ctx)
	if err != nil {
		return fmt.Errorf("node images: %w", err)
	}
	defer remove()
	image, err := n.assemble(system, programs, store)
	if err != nil {
		return err
	}
	ref, err := name(image)
	if err != nil {
		return err
	}
	return writeArchive(archive, ref, image)
}

// assemble stacks the layers, those that change least at the bottom.
func (n Node) assemble(trees ...*layers.Tree) (v1.Image, error) {
	debian, err := layers.TarLayer(n.DebianTar)
	if err != nil {
		return nil, err
	}
	stack := []v1.Layer{debian}
	for _, tree := range trees {
		layer, err := tree.Layer()
		if err != nil {
			return nil, err
		}
		stack = append(stack, layer)
	}
	return layers.Image(v1.Config{
		// systemd recognises a container by this variable, and stops on this signal.
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "container=docker"},
		StopSignal: "SIGRTMIN+3",
		Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
	}, stack...)
}

// programs is the layer of what the node itself runs.
func (n Node) programs() (*layers.Tree, error) {
	places := map[string]string{
		"kubeadm":                 "usr/bin/kubeadm",
		"kubectl":                 "usr/bin/kubectl",
		"kubelet":                 "usr/bin/kubelet",
		"containerd":              "usr/local/bin/containerd",
		"containerd-shim-runc-v2": "usr/local/bin/containerd-shim-runc-v2",
		"ctr":                     "usr/local/bin/ctr",
		// Before Debian's /usr/sbin/runc on the path.
		"runc-shim": "usr/local/sbin/runc",
	}
	var tree layers.Tree
	for name, place := range places {
		if err := tree.Copy(place, n.Programs[name], 0o755); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &tree, nil
}

func writeArchive(path, ref string, image v1.Image) error {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	err = layers.WriteArchive(out, ref, image)
	if err == nil {
		err = out.Flush()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
