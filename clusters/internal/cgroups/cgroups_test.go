package cgroups

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/clusters/internal/mounts"
)

func TestRootsAreTheCgroupMountsOfBothVersions(t *testing.T) {
	got := Roots([]mounts.Mount{
		{Point: "/", Type: "ext4"},
		{Point: "/sys/fs/cgroup", Type: "tmpfs"},
		{Point: "/sys/fs/cgroup/cpu", Type: "cgroup"},
		{Point: "/sys/fs/cgroup/unified", Type: "cgroup2"},
	})
	if diff := cmp.Diff([]string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyNamesOfOurOwnAreAccepted(t *testing.T) {
	for name, good := range map[string]bool{
		"throughline-a": true, "throughline-two-3": true,
		"": false, ".": false, "..": false, "/": false, "docker": false, "throughline": false, "throughline-": false,
		"throughline-a/b": false, "throughline-/..": false, "throughline-..": false, "/throughline-a": false,
	} {
		if err := check(name); (err == nil) != good {
			t.Errorf("check(%q) gave %v, want it accepted: %v", name, err, good)
		}
	}
}

func TestRemoveKillsTheGroupsProcessesAndNoOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("cgroups need root")
	}
	all, err := mounts.Current()
	if err != nil || len(Roots(all)) == 0 {
		t.Skipf("no cgroup hierarchy is mounted (%v)", err)
	}
	name := fmt.Sprintf("throughline-test-%d", os.Getpid())
	inner := filepath.Join(Roots(all)[0], name, "inner", "deep")
	if err = os.MkdirAll(inner, 0o755); err != nil {
		t.Skipf("cgroups cannot be made here: %v", err)
	}
	inside, outside := start(t), start(t)
	if err = os.WriteFile(filepath.Join(inner, "cgroup.procs"), []byte(strconv.Itoa(inside.Process.Pid)), 0o600); err != nil {
		_ = Remove(t.Context(), name)
		t.Skipf("this hierarchy takes no process: %v", err)
	}
	if err = Remove(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	if dirs, findErr := Find(name); findErr != nil || len(dirs) != 0 {
		t.Errorf("left: %v (%v)", dirs, findErr)
	}
	if err = inside.Wait(); err == nil {
		t.Error("the process in the group ended well, want it killed")
	}
	if err = outside.Process.Signal(os.Interrupt); err != nil {
		t.Errorf("a process outside the group is gone: %v", err)
	}
}

func start(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}
