package clusters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/e2e-framework/klient/k8s/resources"

	"github.com/throughline/throughline/clusters/engine"
)

// nodeVariable names a node image to test with: its reference, a space, and the
// path of its archive.
const nodeVariable = "THROUGHLINE_TEST_NODE"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.ForwardVerb {
		ctx := context.Background()
		if err := engine.ServeForwarder(ctx, os.Args[5], os.Args[3], os.Args[7]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

type loud struct{ t *testing.T }

func (l loud) Note(text string) { l.t.Log(text) }
func (l loud) Step(name string) func(error) {
	begun := time.Now()
	return func(err error) { l.t.Logf("%s: %.1f s (%v)", name, time.Since(begun).Seconds(), err) }
}

// liveConfig starts an engine with the node image, or skips the test. What it
// gives second starts the engine again after it was killed.
func liveConfig(t *testing.T) (KindConfig, engine.Config) {
	t.Helper()
	ref, archive, ok := strings.Cut(os.Getenv(nodeVariable), " ")
	if !ok {
		t.Skipf("%s names no node image and archive", nodeVariable)
	}
	if os.Geteuid() != 0 {
		t.Skip("a private engine needs root")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	shim := filepath.Join(dir, "runc-shim")
	if out, buildErr := exec.CommandContext(t.Context(), "go", "build", "-o", shim, "./runcshim").CombinedOutput(); buildErr != nil {
		t.Fatalf("%v: %s", buildErr, out)
	}
	start := engine.Config{
		Name: fmt.Sprintf("test-%d-live", os.Getpid()), StateDir: filepath.Join(dir, "engine"), Runtime: shim, Self: self, Progress: loud{t},
	}
	e, err := engine.Start(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Keep() // Gives the name up, so that what is left can be removed whoever has it.
		if removeErr := engine.Remove(context.WithoutCancel(t.Context()), start.Name); removeErr != nil {
			t.Error(removeErr)
		}
	})
	if err = e.LoadImage(t.Context(), ref, archive); err != nil {
		t.Fatal(err)
	}
	return KindConfig{
		Name: "live", Dir: filepath.Join(dir, "cluster"), Engine: e, NodeImage: ref, OwnNetwork: true, Progress: loud{t},
	}, start
}

func TestAKindClusterInAPrivateEngine(t *testing.T) {
	config, _ := liveConfig(t)

	ctx, cancel := context.WithCancel(t.Context())
	interrupted := config
	interrupted.Progress = cancelAt{loud{t}, "Starting control-plane", cancel}
	if _, err := Kind(ctx, interrupted); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted one gave %v", err)
	}
	if nodes, err := exec.CommandContext(t.Context(), "docker", "--host", config.Engine.Host(), "ps", "--all", "--quiet").Output(); err != nil || len(nodes) != 0 {
		t.Errorf("after the interrupt the engine has containers %q (%v)", nodes, err)
	}

	cluster, err := Kind(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	client, err := resources.New(cluster.REST)
	if err != nil {
		t.Fatal(err)
	}
	var nodes corev1.NodeList
	if err = client.List(t.Context(), &nodes); err != nil || len(nodes.Items) != 1 {
		t.Fatalf("from the host, %d nodes are seen (%v)", len(nodes.Items), err)
	}
	if err = cluster.Keep(); err != nil {
		t.Fatal(err)
	}
	kept, err := Kept(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = Kept(t.Context(), config); !errors.Is(err, ErrNotKept) {
		t.Errorf("a cluster that is in use was taken as kept: %v", err)
	}
	if err = kept.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(config.Dir); len(left) != 0 {
		t.Errorf("the deleted cluster left %v", left)
	}
}

func TestWhatAKilledRunLeftIsCleanedUp(t *testing.T) {
	config, start := liveConfig(t)
	cluster, err := Kind(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	// Kill the daemon, as the machine's memory killer might; its containers go on.
	killed := exec.CommandContext(t.Context(), "sh", "-c", `kill -9 "$(cat "$1")"`, "sh", filepath.Join("/run/throughline", start.Name, "docker.pid"))
	if err = errors.Join(config.Engine.Keep(), killed.Run()); err != nil {
		t.Fatal(err)
	}
	again, err := engine.Start(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Stop(context.WithoutCancel(t.Context())) }()
	if left, listErr := exec.CommandContext(t.Context(), "docker", "--host", again.Host(), "ps", "--all", "--quiet").Output(); listErr != nil || len(left) != 0 {
		t.Errorf("the engine has containers %q (%v)", left, listErr)
	}
	if _, err = os.Stat(cluster.Kubeconfig); err != nil {
		t.Fatalf("this test expects the killed run's kubeconfig to be there: %v", err)
	}
	config.Engine = again
	if _, err = Kept(t.Context(), config); !errors.Is(err, ErrNotKept) {
		t.Errorf("a cluster that is gone was taken as kept: %v", err)
	}
	if _, err = Kind(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	// Now only the run is killed, and the next one has the same engine.
	if cluster, err = Kind(t.Context(), config); err != nil {
		t.Fatalf("a cluster of an earlier run is in the way: %v", err)
	}
	if err = cluster.Delete(t.Context()); err != nil {
		t.Error(err)
	}
}

// cancelAt cancels when kind begins what the text says.
type cancelAt struct {
	loud

	text   string
	cancel context.CancelFunc
}

func (c cancelAt) Note(text string) {
	c.loud.Note(text)
	if strings.Contains(text, c.text) {
		c.cancel()
	}
}
