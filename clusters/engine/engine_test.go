package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/throughline/throughline/clusters/internal/cgroups"
	"github.com/throughline/throughline/clusters/internal/mounts"
	"github.com/throughline/throughline/clusters/internal/netns"
	"github.com/throughline/throughline/clusters/internal/procs"
)

const (
	// ownVerb makes the test program start an engine and wait: its arguments
	// are the engine's name and state folder.
	ownVerb = "own-engine"
	image   = ownImages + "idle:1"
)

func TestMain(m *testing.M) {
	ctx := context.Background()
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case ForwardVerb: // forward --netns NAME --listen ADDRESS --to ADDRESS
			end(ServeForwarder(ctx, os.Args[5], os.Args[3], os.Args[7]))
		case ownVerb:
			end(ownEngine(ctx, os.Args[2], os.Args[3]))
		}
	}
	os.Exit(m.Run())
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// ownEngine holds an engine with a container until it is killed.
func ownEngine(ctx context.Context, name, state string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	e, err := Start(ctx, Config{Name: name, StateDir: state, Self: self})
	if err != nil {
		return err
	}
	if _, err = e.client.Run(ctx, "run", "--detach", "--restart=always", image); err != nil {
		return err
	}
	if _, err = e.Forward(ctx, "127.0.0.1:0", "127.0.0.1:1"); err != nil {
		return err
	}
	fmt.Println("running")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// config gives the configuration of an engine that this test may start, under a
// name that no other process has, or skips the test.
func config(t *testing.T, suffix string) Config {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a container engine")
	}
	if os.Geteuid() != 0 {
		t.Skip("a private engine needs root")
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		t.Skip("dockerd is not installed; on Debian: apt-get install docker.io")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Name: fmt.Sprintf("test-%d-%s", os.Getpid(), suffix), StateDir: filepath.Join(t.TempDir(), "state"), Self: self}
	t.Cleanup(func() {
		if err := Remove(context.WithoutCancel(t.Context()), c.Name); err != nil {
			t.Errorf("remove what is left: %v", err)
		}
		if left := leftovers(t, c); len(left) > 0 {
			t.Errorf("left on the machine:\n%s", strings.Join(left, "\n"))
		}
	})
	return c
}

func start(t *testing.T, c Config) *Engine {
	t.Helper()
	e, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.lock.Release() })
	return e
}

// leftovers gives what an engine has on the machine beyond its state folder.
func leftovers(t *testing.T, c Config) []string {
	t.Helper()
	p, err := placeOf(c.Name, c.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	found, err := procs.Find(func(process procs.Process) bool {
		if process.Names(p.run) || process.HasFlag("--netns", p.netNS) {
			left = append(left, fmt.Sprint("process ", process.PID, " ", process.Args))
			return true
		}
		return false
	})
	if err != nil {
		t.Fatalf("%v after %v", err, found)
	}
	groups, err := cgroups.Find(p.cgroup)
	if err != nil {
		t.Fatal(err)
	}
	all, err := mounts.Current()
	if err != nil {
		t.Fatal(err)
	}
	left = slices.Concat(left, groups, mounts.Below(all, p.state), mounts.Below(all, p.run))
	for _, path := range []string{p.run, p.lock, netns.Path(p.netNS)} {
		if _, err = os.Lstat(path); err == nil {
			left = append(left, path)
		}
	}
	return left
}

// loadIdle gives the engine an image with one small program in it.
func loadIdle(t *testing.T, e *Engine) {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "idle"), "./testdata/idle")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tar := exec.CommandContext(t.Context(), "sh", "-c",
		`tar -C "$1" -c idle | docker -H "$2" import -c 'ENTRYPOINT ["/idle"]' - "$3"`, "sh", dir, e.Host(), image)
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func run(t *testing.T, e *Engine, args ...string) string {
	t.Helper()
	out, err := e.client.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

func TestAnEngineRunsContainersAndLeavesNothingButItsImages(t *testing.T) {
	c := config(t, "a")
	e := start(t, c)
	info, err := e.Info(t.Context())
	if err != nil || !e.Private() || info.ID == "" {
		t.Fatalf("private %v, info %+v, %v", e.Private(), info, err)
	}
	loadIdle(t, e)
	archive := filepath.Join(t.TempDir(), "idle.tar")
	run(t, e, "save", "--output", archive, image)
	run(t, e, "volume", "create", "of-a-test")
	run(t, e, "run", "--detach", "--publish", "127.0.0.1:8080:8080", image)

	said := func(conn net.Conn, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		text, _ := io.ReadAll(conn)
		return strings.TrimSpace(string(text))
	}
	if got := said(e.Dial(t.Context(), "tcp", "127.0.0.1:8080")); got != "idle" {
		t.Errorf("within the namespace the container says %q", got)
	}
	at, err := e.Forward(t.Context(), "127.0.0.1:0", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	if got := said((&net.Dialer{}).DialContext(t.Context(), "tcp", at)); got != "idle" {
		t.Errorf("through the forwarder the container says %q", got)
	}

	if err = e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(t, c); len(left) > 0 {
		t.Fatalf("left on the machine:\n%s", strings.Join(left, "\n"))
	}
	if _, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", at); err == nil {
		t.Error("the forwarder still listens")
	}

	again := start(t, c)
	if has, hasErr := again.HasImage(t.Context(), image); hasErr != nil || !has {
		t.Errorf("the image is not kept: %v, %v", has, hasErr)
	}
	if left := run(t, again, "volume", "ls", "--quiet") + run(t, again, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers or volumes are kept: %s", left)
	}
	testLoading(t, again, archive)
	if err = again.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func testLoading(t *testing.T, e *Engine, archive string) {
	t.Helper()
	if err := e.LoadImage(t.Context(), image, filepath.Join(t.TempDir(), "gone.tar")); err != nil {
		t.Errorf("an image that is there needs no archive: %v", err)
	}
	run(t, e, "tag", image, ownImages+"idle:older")
	run(t, e, "tag", image, "other.local/idle:older")
	run(t, e, "image", "rm", image)
	if err := e.LoadImage(t.Context(), image, archive); err != nil {
		t.Fatal(err)
	}
	tags := run(t, e, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
	if !strings.Contains(tags, image) || strings.Contains(tags, ownImages+"idle:older") || !strings.Contains(tags, "other.local/idle:older") {
		t.Errorf("after the load the engine has\n%s\nwant the new image, no older one of ours, and the other", tags)
	}
	if err := e.LoadImage(t.Context(), ownImages+"other:1", archive); err == nil || !strings.Contains(err.Error(), "not "+ownImages+"other:1") {
		t.Errorf("an archive of another image gave %v", err)
	}
	cut := filepath.Join(t.TempDir(), "cut.tar")
	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err = os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, e, "image", "rm", image)
	if err = e.LoadImage(t.Context(), image, cut); err == nil {
		t.Error("half an archive was loaded without an error")
	}
}

func TestTwoEnginesRunAtOnceAndOneNameIsTakenOnce(t *testing.T) {
	one, two := config(t, "one"), config(t, "two")
	a, b := start(t, one), start(t, two)
	at, err := a.Forward(t.Context(), "127.0.0.1:0", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.Forward(t.Context(), at, "127.0.0.1:1"); !errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(), "taken by process") {
		t.Errorf("a taken port gave %v, want an error that names its holder", err)
	}
	if _, err = Start(t.Context(), one); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("a second engine under the name gave %v", err)
	}
	if err = Remove(t.Context(), one.Name); err == nil {
		t.Error("an engine in use was removed")
	}
	asUsers, err := Connect(t.Context(), a.Host(), nil)
	if err != nil || asUsers.Private() {
		t.Fatalf("an engine that answers was not taken as the user's: %v", err)
	}
	if err = asUsers.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err = a.Info(t.Context()); err != nil {
		t.Errorf("an engine of the user's was stopped: %v", err)
	}
	if err = a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = b.Info(t.Context()); err != nil {
		t.Errorf("stopping the one disturbed the other: %v", err)
	}
	if err = b.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStartRecoversFromAKilledDaemon(t *testing.T) {
	c := config(t, "d")
	e := start(t, c)
	loadIdle(t, e)
	run(t, e, "run", "--detach", "--restart=always", image)
	if err := procs.Kill(t.Context(), []procs.Identity{e.daemon}); err != nil {
		t.Fatal(err)
	}
	if err := e.lock.Release(); err != nil {
		t.Fatal(err)
	}
	again := start(t, c)
	if left := run(t, again, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers are left: %s", left)
	}
	if err := again.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStartRecoversFromAKilledOwner(t *testing.T) {
	c := config(t, "o")
	e := start(t, c)
	loadIdle(t, e)
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner := exec.CommandContext(t.Context(), c.Self, ownVerb, c.Name, c.StateDir)
	owner.Stderr = os.Stderr
	if _, err := owner.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if err = owner.Process.Signal(syscall.SIGKILL); err != nil || line != "running\n" {
		t.Fatalf("the owner said %q (%v)", line, err)
	}
	_ = owner.Wait()
	if len(leftovers(t, c)) == 0 {
		t.Fatal("a killed owner left nothing: this test would prove nothing")
	}
	again := start(t, c)
	if left := run(t, again, "ps", "--all", "--quiet"); left != "" {
		t.Errorf("containers are left: %s", left)
	}
	if err = again.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
