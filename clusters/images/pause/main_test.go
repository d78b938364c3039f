package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestItEndsWhenToldTo(*testing.T) {
	down := make(chan os.Signal, 1)
	down <- syscall.SIGTERM

	run(down, nil) // must return
}

func TestItReapsEveryChildThatHasEnded(t *testing.T) {
	var children []int
	for range 3 {
		child := exec.CommandContext(t.Context(), "/bin/true")
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child.Process.Pid)
	}

	for anyOf(children) { // a child that is never reaped runs into the test's own deadline
		reap()
	}
}

// anyOf says whether one of the processes is still there, if only to be reaped.
func anyOf(pids []int) bool {
	for _, pid := range pids {
		if syscall.Kill(pid, 0) == nil {
			return true
		}
	}
	return false
}
