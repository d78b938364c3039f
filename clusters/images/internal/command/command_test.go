package command_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/command"
)

func shell(script string) command.Command {
	return command.Command{Path: "/bin/sh", Args: []string{"-c", script}}
}

func TestAFailureKeepsTheCommandLineAndTheLastTwentyLines(t *testing.T) {
	err := shell("for i in $(seq 1 50); do echo line $i >&2; done; exit 3").Run(t.Context())

	failed, ok := errors.AsType[*command.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *command.Error", err)
	}
	if len(failed.Tail) != 20 || failed.Tail[0] != "line 31" || failed.Tail[19] != "line 50" {
		t.Errorf("tail is %q, want lines 31 to 50", failed.Tail)
	}
	for _, want := range []string{"`/bin/sh -c", "exit status 3", "line 50"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not hold %q", err, want)
		}
	}
}

func TestALineWithoutAnEndIsKept(t *testing.T) {
	err := shell("printf half >&2; exit 1").Run(t.Context())

	if failed, ok := errors.AsType[*command.Error](err); !ok || len(failed.Tail) != 1 || failed.Tail[0] != "half" {
		t.Errorf("got %v, want a tail of the one line `half`", err)
	}
}

func TestStandardOutputIsKeptApartWhereAskedFor(t *testing.T) {
	var out strings.Builder
	run := shell("echo result; echo noise >&2")
	run.Stdout = &out

	if err := run.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out.String() != "result\n" {
		t.Errorf("stdout is %q, want only the result", out.String())
	}
}

func TestAMissingProgramIsAnError(t *testing.T) {
	err := command.Command{Path: "no-such-program"}.Run(t.Context())

	if err == nil || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("got %v, want an error that names the program", err)
	}
}

func TestCancellingKillsTheWholeGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	run := shell("sleep 1000 & echo $!; wait")
	run.Stdout = in
	started, err := run.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}

	cancel()

	if err := started.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled inside", err)
	}
	for alive(grandchild) { // a grandchild that survives runs into the test's own deadline
		runtime.Gosched()
	}
}

// alive says whether a process still runs; one that only waits to be reaped does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func TestWhatAnIsolatedProgramStartsAndMountsEndsWithIt(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("namespaces need root")
	}
	dir := t.TempDir()
	run := shell("mount -t tmpfs none '" + dir + "' && touch '" + dir + "/inside' || exit 1; sleep 1000 & echo $$")
	var out strings.Builder
	run.Stdout, run.Isolated = &out, true

	err := run.Run(t.Context()) // returns when every process has let go of the output
	if errors.Is(err, syscall.EPERM) {
		t.Skip("this root may not make namespaces")
	}
	if err != nil {
		t.Fatal(err)
	}

	if out.String() != "1\n" {
		t.Errorf("the program's process id is %q inside, want 1", out.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("a mount of the program shows outside: %v, %v", left, err)
	}
}

func TestAProgramThatIsRequiredAndMissingIsNamedWithItsPackage(t *testing.T) {
	if err := command.Require("sh", "dash"); err != nil {
		t.Errorf("got %v for a program that is there", err)
	}

	err := command.Require("no-such-program", "its-package")

	missing, ok := errors.AsType[*command.MissingError](err)
	if !ok || missing.Package != "its-package" || !strings.Contains(err.Error(), "apt-get install its-package") {
		t.Errorf("got %v, want a *command.MissingError that names both", err)
	}
}
