package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheNameIsSafeInPathsAndCommandLines(t *testing.T) {
	for name, good := range map[string]bool{
		"throughline": true, "a": true, "run-2": true, strings.Repeat("a", maxName): true,
		"": false, "-a": false, "a-": false, "A": false, "a/b": false, "..": false, "a b": false, "a\n": false,
		strings.Repeat("a", maxName+1): false,
	} {
		if _, err := placeOf(name, ""); (err == nil) != good {
			t.Errorf("name %q gave %v, want it accepted: %v", name, err, good)
		}
	}
}

func TestSocketsStayWithinTheirBound(t *testing.T) {
	p, err := placeOf(strings.Repeat("a", maxName), "")
	if err != nil {
		t.Fatal(err)
	}
	longest := filepath.Join(p.execRoot, "containerd", "containerd-debug.sock.ttrpc")
	if len(longest) > 107 {
		t.Errorf("%s has %d bytes, a socket's path may have 107", longest, len(longest))
	}
}

func TestAStateFolderIsACleanAbsolutePath(t *testing.T) {
	for _, state := range []string{"relative", "/a/../b", "/a/"} {
		if _, err := placeOf("a", state); err == nil {
			t.Errorf("state folder %q is accepted", state)
		}
	}
}

func TestHalfARecordSaysAsMuchAsNone(t *testing.T) {
	p := place{name: "a", record: filepath.Join(t.TempDir(), "engine.json")}
	for _, text := range []string{"", `{"stateDir":"/x","ke`} {
		if err := os.WriteFile(p.record, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := p.readRecord(); err != nil || got != (record{}) {
			t.Errorf("%q was read as %+v, %v", text, got, err)
		}
	}
	want := record{StateDir: "/s", Kept: true}
	if err := p.writeRecord(want); err != nil {
		t.Fatal(err)
	}
	if got, err := p.readRecord(); err != nil || got != want {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
}

func TestLeftContainersAreNotStartedAgain(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "containers", "c", "hostconfig.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	const before = `{"Memory":9007199254740993,"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":1}}`
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := forbidRestarts(root); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Memory":9007199254740993,"RestartPolicy":{"Name":"no","MaximumRetryCount":0}}`
	if diff := cmp.Diff(want, string(after)); diff != "" {
		t.Error(diff)
	}
}

func TestTheDaemonsPathHasItsOwnFolderFirstAndNoneOfTheUsers(t *testing.T) {
	for program, want := range map[string]string{
		"/usr/sbin/dockerd":       systemPath,
		"/usr/local/bin/dockerd":  "/usr/local/bin:" + systemPath,
		"/opt/engine/bin/dockerd": "/opt/engine/bin:" + systemPath,
	} {
		if got := daemonPath(program); got != want {
			t.Errorf("path for %s is %s, want %s", program, got, want)
		}
	}
}
