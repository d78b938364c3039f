package faults_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/throughline/throughline/reports"
)

// phases are the steps of a run that makes everything anew, by the beginning of
// their names.
var phases = []string{ //nolint:gochecknoglobals // A table of the tests.
	"check the machine",
	"start engine",
	"images from source",
	"create cluster",
	"wait until cluster",
	"install Istio",
	"deploy Jaeger",
	"deploy 9 workloads",
	"connect to the mesh",
	"run checks",
}

func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("THROUGHLINE_TEST_FAULTS")
	if path == "" {
		t.Skip("takes minutes: run make test-faults, or name the program in THROUGHLINE_TEST_FAULTS")
	}
	if os.Geteuid() != 0 {
		t.Skip("a private engine needs root")
	}
	return path
}

// begin starts a run of one check under a name and returns its progress. More flags may
// take the place of what it says first.
func begin(t *testing.T, name string, more ...string) (*exec.Cmd, *bufio.Scanner, string) {
	t.Helper()
	out := t.TempDir()
	args := []string{"run", "--name", name, "--engine", "embedded", "--reuse=no", "--check", "P01", "--out", out}
	cmd := exec.CommandContext(t.Context(), program(t), append(args, more...)...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(stderr), out
}

// reach reads progress until a phase begins.
func reach(t *testing.T, progress *bufio.Scanner, phase string) {
	t.Helper()
	var seen []string
	for progress.Scan() {
		seen = append(seen, progress.Text())
		if strings.HasPrefix(progress.Text(), "begin    "+phase) {
			return
		}
	}
	t.Fatalf("the run ended before phase %q began:\n%s", phase, strings.Join(seen, "\n"))
}

// end waits for a run, and returns its exit code.
func end(t *testing.T, cmd *exec.Cmd, progress *bufio.Scanner) int {
	t.Helper()
	for progress.Scan() {
		t.Log(progress.Text())
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

func result(t *testing.T, out string) reports.Result {
	t.Helper()
	path := filepath.Join(out, "latest", "result.json")
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("no result was left: %v", err)
	}
	defer file.Close()
	r, err := reports.Decode(file, path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// requireNothingLeft looks for what an engine of this name may leave on the machine.
func requireNothingLeft(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat("/run/netns/throughline-" + name); err == nil {
		t.Errorf("network namespace throughline-%s is still there", name)
	}
	if _, err := os.Stat("/run/throughline/" + name); err == nil {
		t.Errorf("/run/throughline/%s is still there", name)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, "/engines/"+name+"/") || strings.Contains(line, "/throughline/"+name+"/") {
			t.Errorf("a mount is still there: %s", line)
		}
	}
	for _, command := range commands(t) {
		if strings.Contains(command, "/run/throughline/"+name+"/") || strings.Contains(command, "--netns throughline-"+name) {
			t.Errorf("a process still runs: %s", command)
		}
	}
	groups, err := filepath.Glob("/sys/fs/cgroup/*/throughline-" + name)
	if err != nil {
		t.Fatal(err)
	}
	if len(groups) > 0 {
		t.Errorf("control groups are still there: %v", groups)
	}
}

func commands(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil { // Otherwise it has ended since.
			all = append(all, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return all
}

func TestAnInterruptInAnyPhaseLeavesAResultAndNothingElse(t *testing.T) {
	for _, phase := range phases {
		t.Run(phase, func(t *testing.T) {
			cmd, progress, out := begin(t, "interrupted")
			reach(t, progress, phase)
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if code := end(t, cmd, progress); code != reports.ExitInconclusive {
				t.Errorf("exit code %d, want %d", code, reports.ExitInconclusive)
			}
			if r := result(t, out); !strings.Contains(r.Problem, "interrupted") || r.Verdict != reports.Inconclusive {
				t.Errorf("the result says %s, %q; want an inconclusive one that was interrupted", r.Verdict, r.Problem)
			}
			requireNothingLeft(t, "interrupted")
		})
	}
}

func TestAnInterruptDuringTheCleanUpEndsNeitherThatNorChangesTheVerdict(t *testing.T) {
	cmd, progress, out := begin(t, "cleaning")
	reach(t, progress, "delete cluster")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := end(t, cmd, progress); code != reports.ExitPassed {
		t.Errorf("exit code %d, want %d: %s", code, reports.ExitPassed, result(t, out).Reason)
	}
	requireNothingLeft(t, "cleaning")
}

func TestARunCleansUpAfterOneThatWasKilled(t *testing.T) {
	for _, phase := range []string{"create cluster", "run checks"} {
		t.Run(phase, func(t *testing.T) {
			cmd, progress, out := begin(t, "killed")
			reach(t, progress, phase)
			if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			end(t, cmd, progress)
			if r := result(t, out); r.Verdict == reports.Passed || !r.Finished.IsZero() {
				t.Errorf("a killed run left a result that says %s", r.Verdict)
			}
			again, progress, out := begin(t, "killed")
			if code := end(t, again, progress); code != reports.ExitPassed {
				t.Errorf("the run after it ended with %d: %s", code, result(t, out).Reason)
			}
			requireNothingLeft(t, "killed")
		})
	}
}

func TestTwoRunsAtOnceDoNotDisturbEachOther(t *testing.T) {
	one, progressOfOne, outOfOne := begin(t, "one")
	two, progressOfTwo, outOfTwo := begin(t, "two")
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for progressOfTwo.Scan() {
			_ = progressOfTwo.Text()
		}
	}()
	codeOfOne := end(t, one, progressOfOne)
	<-drained
	_ = two.Wait()
	if codeOfTwo := two.ProcessState.ExitCode(); codeOfOne != reports.ExitPassed || codeOfTwo != reports.ExitPassed {
		t.Errorf("they ended with %d (%s) and %d (%s)", codeOfOne, result(t, outOfOne).Reason, codeOfTwo, result(t, outOfTwo).Reason)
	}
	requireNothingLeft(t, "one")
	requireNothingLeft(t, "two")
}

func TestASecondRunOfOneNameIsRefusedAndTheFirstGoesOn(t *testing.T) {
	first, progress, out := begin(t, "same")
	reach(t, progress, "create cluster")
	second, secondProgress, outOfSecond := begin(t, "same")
	if code := end(t, second, secondProgress); code != reports.ExitInconclusive {
		t.Errorf("the second ended with %d, want %d", code, reports.ExitInconclusive)
	}
	if reason := result(t, outOfSecond).Reason; !strings.Contains(reason, "same is in use") {
		t.Errorf("the second does not say why it was refused: %q", reason)
	}
	if code := end(t, first, progress); code != reports.ExitPassed {
		t.Errorf("the first ended with %d: %s", code, result(t, out).Reason)
	}
	requireNothingLeft(t, "same")
}
