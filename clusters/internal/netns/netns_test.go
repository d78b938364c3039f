package netns

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// namespace makes one under a name of this test process.
func namespace(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	name := fmt.Sprintf("throughline-test-%d", os.Getpid())
	if err := Create(name); errors.Is(err, unix.EPERM) {
		t.Skipf("network namespaces are not allowed here: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Delete(name); err != nil {
			t.Error(err)
		}
		if Exists(name) {
			t.Errorf("%s is still there", Path(name))
		}
	})
	return name
}

func TestDialReachesAListenerInTheNamespaceOnly(t *testing.T) {
	name := namespace(t)
	var listener net.Listener
	err := Do(name, func() error {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		return err
	})
	if err != nil {
		t.Fatalf("listen on the loopback of the namespace: %v", err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			conn, acceptErr := listener.Accept()
			if acceptErr != nil {
				return
			}
			_, _ = io.WriteString(conn, "inside")
			_ = conn.Close()
		}
	}()
	conn, err := Dial(t.Context(), name, "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if said, _ := io.ReadAll(conn); string(said) != "inside" {
		t.Errorf("the listener said %q, want %q", said, "inside")
	}
	outside, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err == nil {
		_ = outside.Close()
		t.Error("the listener is reached from outside the namespace")
	}
}

func TestAProcessStartedWithinIsBornInTheNamespace(t *testing.T) {
	name := namespace(t)
	var links []byte
	err := Do(name, func() error {
		var err error
		links, err = exec.CommandContext(t.Context(), "cat", "/proc/net/dev").Output()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(links), ":"); n != 1 || !strings.Contains(string(links), "lo:") {
		t.Errorf("the process sees these links, want the loopback only:\n%s", links)
	}
}

func TestNothingElseIsMovedIntoTheNamespace(t *testing.T) {
	name := namespace(t)
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err = Do(name, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		now, readErr := os.Readlink(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		if readErr == nil && now != before {
			t.Fatalf("this goroutine runs in %s, want %s", now, before)
		}
	}
	if after, _ := os.Readlink("/proc/self/ns/net"); after != before {
		t.Errorf("the process is in %s, want %s", after, before)
	}
}

func TestANameThatIsNotThere(t *testing.T) {
	if err := Do("throughline-test-none", func() error { return nil }); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := Delete("throughline-test-none"); err != nil {
		t.Errorf("deleting it gave %v, want nothing", err)
	}
}

func TestDialWantsAnAddressAndNoName(t *testing.T) {
	if _, err := Dial(t.Context(), "any", "tcp", "localhost:80"); err == nil || !strings.Contains(err.Error(), "expected an IP and a port") {
		t.Errorf("got %v, want an error that says what an address is", err)
	}
}

func TestOnlyAPlainNameIsAccepted(t *testing.T) {
	for name, good := range map[string]bool{"throughline-a": true, "": false, ".": false, "..": false, "a/b": false, "/": false} {
		if err := check(name); (err == nil) != good {
			t.Errorf("check(%q) gave %v, want it accepted: %v", name, err, good)
		}
	}
}
