package faults_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/images"
	"github.com/throughline/throughline/reports"
)

const (
	registryIP   = "10.77.0.1"
	registryHost = registryIP + ":5000"
)

// begun is an engine, kept for the program to take over, with a full registry beside it.
func begun(t *testing.T, name string) (from *shelf, built *images.Set, cacheDir string) {
	t.Helper()
	cacheDir = cache(t)
	builder, err := images.New(images.Options{CacheDir: filepath.Join(cacheDir, "images"), SourceDir: filepath.Join("..", "..")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = builder.Close() })
	built, err = builder.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(cacheDir, "engines", name)
	under, err := engine.Start(t.Context(), engine.Config{
		Name: name, StateDir: state, Runtime: shim(t, built.RuncShim, state), InsecureRegistries: []string{registryHost},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if removeErr := engine.Remove(context.WithoutCancel(t.Context()), name); removeErr != nil {
			t.Error(removeErr)
		}
	})
	from = serve(t, under)
	location, err := images.ParseLocation("http://" + registryHost)
	if err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	pushed, err := builder.Push(t.Context(), built, location, under.Dial)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("pushed %s and %d others in %s", pushed.Node.Ref, len(pushed.Mesh()), time.Since(started).Round(time.Second))
	_ = docker(t, name, "image", "rm", pushed.Node.Ref) // Only an earlier test may have left it.
	if err = under.Keep(); err != nil {
		t.Fatal(err)
	}
	from.reset()
	return from, built, cacheDir
}

// docker runs a command against the engine of that name.
func docker(t *testing.T, name string, args ...string) error {
	t.Helper()
	socket := "unix://" + filepath.Join("/run/throughline", name, "docker.sock")
	out, err := exec.CommandContext(t.Context(), "docker", append([]string{"--host", socket}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker %v: %w: %s", args, err, out)
	}
	return nil
}

// serve puts an empty registry into the engine's network.
func serve(t *testing.T, under *engine.Engine) *shelf {
	t.Helper()
	address := exec.CommandContext(t.Context(), "ip", "-n", under.NetNS(), "address", "add", registryIP+"/32", "dev", "lo")
	if out, err := address.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	listener, err := under.Listen(t.Context(), "tcp", registryHost)
	if err != nil {
		t.Fatal(err)
	}
	from := &shelf{Handler: registry.New(
		registry.WithBlobHandler(registry.NewDiskBlobHandler(t.TempDir())), registry.Logger(log.New(io.Discard, "", 0)))}
	server := &http.Server{Handler: from, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return from
}

// cache is the folder that the program uses where it is told of none.
func cache(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("THROUGHLINE_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "throughline")
}

// shim puts the engine's runtime where a run has it.
func shim(t *testing.T, built, state string) string {
	t.Helper()
	program, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if err = os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state, "runc-shim")
	if err = os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestARunPullsFromARegistryAndNamesTheImageThatIsNotThere(t *testing.T) {
	const name = "registry"
	_ = program(t)
	from, built, cacheDir := begun(t, name)
	pull := func(more ...string) []string {
		return append([]string{
			"--cache-dir", cacheDir, "--images", "registry", "--registry", "http://" + registryHost, "--proxy-flavour", "upstream", "--reuse=auto",
		}, more...)
	}

	from.hide("jaeger")
	cmd, progress, out := begin(t, name, pull("--keep")...)
	if code := end(t, cmd, progress); code != reports.ExitInconclusive {
		t.Errorf("without Jaeger's image the run ended with %d, want %d", code, reports.ExitInconclusive)
	}
	for _, want := range []string{"pod jaeger/", "image " + registryHost + "/jaeger:", "cannot be pulled", "not found"} {
		if r := result(t, out); !strings.Contains(r.Problem, want) {
			t.Errorf("the result does not say %q: %s", want, r.Problem)
		}
	}
	t.Logf("the result says: %s", result(t, out).Problem)

	// The node image holds Jaeger's too, so that a pull would find its layers there.
	if err := docker(t, name, "exec", name+"-control-plane", "ctr", "--namespace", "k8s.io", "images", "rm", "--sync",
		built.Jaeger.Ref, built.Jaeger.ID); err != nil {
		t.Error(err)
	}
	from.hide("")
	cmd, progress, out = begin(t, name, pull()...)
	if code := end(t, cmd, progress); code != reports.ExitPassed {
		t.Errorf("the run ended with %d: %s", code, result(t, out).Reason)
	}
	asked, fetched := from.reset()
	if want := []string{"jaeger", "node", "pilot", "proxy"}; !slices.Equal(asked, want) {
		t.Errorf("asked of the registry: %v, want %v, and the application loaded", asked, want)
	}
	if want := []string{"jaeger", "node"}; !slices.Equal(fetched, want) {
		t.Errorf("fetched from the registry: %v, want %v, and the rest found in the node image", fetched, want)
	}
	requireNothingLeft(t, name)
}
