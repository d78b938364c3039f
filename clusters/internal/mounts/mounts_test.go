package mounts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

const sample = `22 1 254:0 / / rw,relatime - ext4 /dev/root rw
30 22 0:25 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
31 22 0:26 / /run/netns rw shared:7 - tmpfs tmpfs rw,mode=755
40 22 0:40 / /cache/engines/a rw - tmpfs tmpfs rw
41 40 0:41 / /cache/engines/a/with\040space rw master:3 - overlay overlay rw,lowerdir=/x
42 22 0:42 / /cache/engines/ab rw - tmpfs tmpfs rw
`

func TestParseReadsEveryMount(t *testing.T) {
	got, err := Parse(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []Mount{
		{Point: "/", Type: "ext4", Options: "rw"},
		{Point: "/sys/fs/cgroup/cpu", Type: "cgroup", Options: "rw,cpu"},
		{Point: "/run/netns", Type: "tmpfs", Options: "rw,mode=755", Shared: true},
		{Point: "/cache/engines/a", Type: "tmpfs", Options: "rw"},
		{Point: "/cache/engines/a/with space", Type: "overlay", Options: "rw,lowerdir=/x"},
		{Point: "/cache/engines/ab", Type: "tmpfs", Options: "rw"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseNamesTheLineThatItDoesNotUnderstand(t *testing.T) {
	_, err := Parse(strings.NewReader("22 1 254:0 / / rw - ext4 /dev/root rw\nnonsense\n"))
	if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v, want an error that names line 2 and its text", err)
	}
}

func TestBelowGivesTheInnerMountFirstAndNoNeighbour(t *testing.T) {
	all, err := Parse(strings.NewReader(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/cache/engines/a/with space", "/cache/engines/a"}
	if diff := cmp.Diff(want, Below(all, "/cache/engines/a")); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyAFolderDeepEnoughIsTakenDown(t *testing.T) {
	for dir, good := range map[string]bool{
		"/run/throughline/a": true, "/cache/a": true,
		"": false, "/": false, ".": false, "/run": false, "/run/": false, "/run/..": false, "run/a": false, "/run//a": false,
	} {
		if err := check(dir); (err == nil) != good {
			t.Errorf("check(%q) gave %v, want it accepted: %v", dir, err, good)
		}
	}
}

func TestRemoveTreeSparesWhatWasMounted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	kept, dir := t.TempDir(), filepath.Join(t.TempDir(), "tree")
	precious := filepath.Join(kept, "precious")
	if err := os.WriteFile(precious, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, point := range []string{"a", "a/b"} {
		if err := os.MkdirAll(filepath.Join(dir, point), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(kept, filepath.Join(dir, "a"), "", unix.MS_BIND, ""); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	if err := RemoveTree(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("what was mounted is lost: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}
