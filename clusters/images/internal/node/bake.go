package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/throughline/throughline/clusters/images/internal/command"
	"github.com/throughline/throughline/clusters/images/internal/layers"
)

const (
	// storeDir is where the node's containerd has its content.
	storeDir = "var/lib/containerd"
	// socketPoll is how often a starting containerd is tried.
	socketPoll = 20 * time.Millisecond
	// startLimit is how long containerd may take to answer.
	startLimit = time.Minute
)

// bake imports the images into a content store and returns it as a layer's tree. The
// tree reads files that remove takes away.
//
// The images are not unpacked: the node's containerd does so with the file system that
// it finds.
func (n Node) bake(ctx context.Context) (_ *layers.Tree, remove func(), err error) {
	work, err := os.MkdirTemp(n.Scratch, "bake-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(work) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err = n.fillStore(ctx, work); err != nil {
		return nil, nil, err
	}
	tree := &layers.Tree{}
	if err := tree.CopyAll(storeDir, filepath.Join(work, "root"), belongsToStore); err != nil {
		return nil, nil, err
	}
	return tree, remove, nil
}

// belongsToStore says whether a path in containerd's root folder is content or its
// index. Everything else is made by containerd when it starts.
func belongsToStore(name string, _ fs.DirEntry) bool {
	const content, index = "io.containerd.content.v1.content", "io.containerd.metadata.v1.bolt"
	top, _, _ := strings.Cut(name, "/")
	return (top == content || top == index) && !strings.HasPrefix(name, content+"/ingest/")
}

// fillStore runs containerd with its root folder below work while the images are
// imported.
func (n Node) fillStore(ctx context.Context, work string) error {
	state, err := shortFolder(work)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(state) }()
	socket, config := filepath.Join(state, "containerd.sock"), filepath.Join(work, "config.toml")
	if err = os.WriteFile(config, bakeConfig(filepath.Join(work, "root"), state, socket), 0o644); err != nil {
		return err
	}
	running, err := command.Command{
		Path: n.Programs["containerd"], Args: []string{"--config", config}, Isolated: true,
	}.Start(ctx)
	if err != nil {
		return err
	}
	ended := running.Done()
	if err := await(ctx, socket, ended); err != nil {
		_ = running.Signal(syscall.SIGKILL)
		return err
	}
	importErr := n.importImages(ctx, socket)
	_ = running.Signal(syscall.SIGTERM)
	if endErr := <-ended; importErr == nil && endErr != nil {
		return fmt.Errorf("containerd did not end well: %w", endErr)
	}
	return importErr
}

// importImages streams the images into the containerd behind socket.
func (n Node) importImages(ctx context.Context, socket string) error {
	out, in := io.Pipe()
	go func() { in.CloseWithError(layers.WriteLayout(in, n.Images)) }()
	err := command.Command{
		Path: n.Programs["ctr"],
		Args: []string{
			"--address", socket, "--namespace", "k8s.io", "images", "import",
			"--no-unpack", "--platform", "linux/" + runtime.GOARCH, "-",
		},
		Stdin: out,
	}.Run(ctx)
	_ = out.Close()
	return err
}

// shortFolder makes a folder for sockets, whose paths may have no more than 107 bytes.
// Its name follows from work's, so that it is found again after a killed run.
func shortFolder(work string) (string, error) {
	sum := sha256.Sum256([]byte(filepath.Dir(work)))
	dir := filepath.Join("/run/throughline", "bake-"+hex.EncodeToString(sum[:6]))
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// bakeConfig is a containerd that only keeps content.
func bakeConfig(root, state, socket string) []byte {
	return fmt.Appendf(nil, `version = 3
root = %q
state = %q
disabled_plugins = [
  "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime",
  "io.containerd.nri.v1.nri", "io.containerd.podsandbox.controller.v1.podsandbox",
]
[grpc]
  address = %q
`, root, state, socket)
}

// await waits until a socket answers, or the program behind it ends.
func await(ctx context.Context, socket string, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	ticker := time.NewTicker(socketPoll)
	defer ticker.Stop()
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "unix", socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("containerd does not answer on %s: %w", socket, context.Cause(ctx))
		case endErr := <-ended:
			return fmt.Errorf("containerd ended before it answered: %w", endErr)
		case <-ticker.C:
		}
	}
}
