package node

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/command"
	"github.com/throughline/throughline/clusters/images/internal/layers"
)

//go:embed files/10-throughline.conflist
var conflist []byte

//go:embed files/refuse-early-services.service
var refuseEarly []byte

// units is where the node's own services are.
const units = "etc/systemd/system"

// system is the layer of kind's files and the node's settings.
func (n Node) system(ctx context.Context) (*layers.Tree, error) {
	tree := &layers.Tree{}
	if err := n.kindFiles(tree); err != nil {
		return nil, err
	}
	if err := n.containerd(ctx, tree); err != nil {
		return nil, err
	}
	if err := n.services(tree); err != nil {
		return nil, err
	}
	tree.Data("kind/version", []byte("v"+n.KubernetesVersion+"\n"), 0o644)
	tree.Dir("kind/manifests", 0o755)
	tree.Dir("etc/kubernetes/manifests", 0o755)
	// The network of the pods. Plugins are Debian's.
	tree.Data("etc/cni/net.d/10-throughline.conflist", conflist, 0o644)
	tree.Symlink("opt/cni/bin", "/usr/lib/cni")
	return tree, nil
}

// kindFiles adds kind's own files: programs executable, everything else readable.
func (n Node) kindFiles(tree *layers.Tree) error {
	return filepath.WalkDir(n.KindFiles, func(source string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(n.KindFiles, source)
		if err != nil {
			return err
		}
		name, mode := filepath.ToSlash(rel), fs.FileMode(0o644)
		if strings.HasPrefix(name, "usr/local/bin/") || strings.HasPrefix(name, "kind/bin/") {
			mode = 0o755
		}
		return tree.Copy(name, source, mode)
	})
}

// containerd adds containerd's configuration and the spec that containers start from.
func (n Node) containerd(ctx context.Context, tree *layers.Tree) error {
	data, err := os.ReadFile(filepath.Join(n.KindFiles, "etc/containerd/config.toml"))
	if err != nil {
		return err
	}
	config, err := editConfig(data, n.PauseRef)
	if err != nil {
		return err
	}
	var spec bytes.Buffer
	if err = (command.Command{Path: n.Programs["ctr"], Args: []string{"oci", "spec"}, Stdout: &spec}).Run(ctx); err != nil {
		return err
	}
	base, err := editSpec(spec.Bytes())
	if err != nil {
		return err
	}
	tree.Data("etc/containerd/config.toml", config, 0o644)
	tree.Data("etc/containerd/cri-base.json", base, 0o644)
	tree.Dir("var/lib/containerd", 0o711)
	return nil
}

// editConfig sets what kind's configuration leaves to official images.
func editConfig(data []byte, pauseRef string) ([]byte, error) {
	// The node's root may not be allowed to lower a score below its own.
	const unrestricted, restricted = "restrict_oom_score_adj = false", "restrict_oom_score_adj = true"
	const sandbox = "sandbox_image = "
	if !bytes.Contains(data, []byte(unrestricted)) || !bytes.Contains(data, []byte(sandbox)) {
		return nil, errors.New("kind's containerd configuration has changed: adapt the edits of it in internal/node")
	}
	data = bytes.Replace(data, []byte(unrestricted), []byte(restricted), 1)
	var out bytes.Buffer
	for line := range bytes.Lines(data) {
		if at := bytes.Index(line, []byte(sandbox)); at >= 0 && !bytes.Contains(line[:at], []byte("#")) {
			line = fmt.Appendf(nil, "%s%s%q\n", line[:at], sandbox, pauseRef)
		}
		out.Write(line)
	}
	return out.Bytes(), nil
}

// services enables what a node needs and nothing else.
func (n Node) services(tree *layers.Tree) error {
	const own = "refuse-early-services.service"
	tree.Data(units+"/"+own, refuseEarly, 0o644)
	if err := enable(tree, own, refuseEarly); err != nil {
		return err
	}
	for _, unit := range []string{"containerd.service", "kubelet.service", "undo-mount-hacks.service"} {
		data, err := os.ReadFile(filepath.Join(n.KindFiles, units, unit))
		if err != nil {
			return err
		}
		if err := enable(tree, unit, data); err != nil {
			return err
		}
	}
	// These fight the mounts that the engine gives the container, or reach the host.
	for _, unit := range []string{
		"systemd-tmpfiles-setup.service", "systemd-binfmt.service", "systemd-initctl.socket",
		"systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-udevd.service",
	} {
		tree.Symlink(units+"/"+unit, "/dev/null")
	}
	// A unit that a package brings later must not be enabled by its own preset.
	tree.Data("etc/systemd/system-preset/00-node.preset", []byte("disable *\n"), 0o644)
	// The kernel's messages are the host's, and confusing in a node's journal.
	tree.Data("etc/systemd/journald.conf", []byte("[Journal]\nReadKMsg=no\n"), 0o644)
	tree.Symlink("usr/sbin/init", "/usr/lib/systemd/systemd")
	return nil
}

// enable links a unit from the targets that want it.
func enable(tree *layers.Tree, unit string, data []byte) error {
	targets := wantedBy(string(data))
	if len(targets) == 0 {
		return fmt.Errorf("%s names no target that wants it", unit)
	}
	for _, target := range targets {
		tree.Symlink(units+"/"+target+".wants/"+unit, "/"+units+"/"+unit)
	}
	return nil
}

// wantedBy reads the targets that a unit is enabled for.
func wantedBy(unit string) []string {
	var targets []string
	for line := range strings.Lines(unit) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), "WantedBy="); found {
			targets = append(targets, strings.Fields(value)...)
		}
	}
	return targets
}
