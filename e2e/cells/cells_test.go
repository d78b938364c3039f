package cells_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/e2e/cells"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
	"github.com/throughline/throughline/reports/rundir"
)

// shared is the variable that makes the test binary be a run, and names a folder that all of them see.
const shared = "THROUGHLINE_TEST_SHARED"

// parent is the variable that makes the test binary run cells by itself, to be killed or interrupted.
const parent = "THROUGHLINE_TEST_PARENT"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(shared) != "" && len(os.Args) > 1 && os.Args[1] == "run":
		os.Exit(fakeRun(os.Getenv(shared), os.Args[2:]))
	case os.Getenv(parent) != "":
		fakeParent(os.Getenv(parent))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakeParent stands for `throughline matrix run` of a cell that hangs. It says when it is interrupted,
// and interrupts its cell only when it is told to go on.
func fakeParent(out string) {
	ctx, stop := context.WithCancel(context.Background())
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	go func() {
		<-interrupt
		fmt.Println("interrupted")
		if _, err := os.Stdin.Read(make([]byte, 1)); err == nil {
			stop()
		}
	}()
	if _, err := cells.Run(ctx, planned("hang"), settings(out, &listener{})); err != nil {
		fmt.Println(err)
	}
}

// fakeRun stands for `throughline run`; what it does is the name of the check that it is given.
func fakeRun(folder string, args []string) int {
	flags := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		flags[name] = value
	}
	does := flags["check"]
	if _, dry := flags["dry-run"]; dry {
		if does == "wrong" {
			fmt.Fprintf(os.Stderr, "throughline: --check: there is no check or area %q\n", does)
			return reports.ExitUsage
		}
		return reports.ExitPassed
	}
	note(filepath.Join(folder, "begun"), flags["versions"])
	told := make(chan os.Signal, 8)
	signal.Notify(told, os.Interrupt, syscall.SIGUSR1)
	result := reports.Result{
		Seed: 1, Started: time.Now(), Configuration: map[string]string{"check": does, "versions": flags["versions"]},
		Checks: []reports.Check{{ID: "P01", Verdict: reports.Passed}},
	}
	if below, ok := strings.CutPrefix(flags["envoy"], os.Getenv("HOME")+"/"); ok {
		result.Configuration["envoy"] = "~/" + below
	}
	fmt.Fprintln(os.Stderr, "begin    "+does)
	switch does {
	case "fail":
		result.Checks[0].Verdict = reports.Failed
	case "nothing":
		fmt.Fprintln(os.Stderr, "throughline: \x1b[2Jthe disk is full")
		return reports.ExitInconclusive
	case "kill":
		result.Problem = "it was killed"
	case "lie":
	case "hang":
		fmt.Fprintln(os.Stderr, "waiting  ready")
		note(filepath.Join(folder, "hanging"), fmt.Sprint(os.Getpid()))
		for (<-told) != os.Interrupt {
			note(filepath.Join(folder, "told"), "answered")
		}
		note(filepath.Join(folder, "told"), "interrupted")
		note(filepath.Join(folder, "cleaned"), flags["name"])
		result.Problem = "interrupted"
	case "meet":
		meet(folder, flags["name"])
	}
	result.Finished = time.Now()
	dir, err := rundir.Create(flags["out"], rundir.Name(result.Started, 1))
	if err == nil {
		result.Run = dir.Name()
		err = errors.Join(dir.Save(result), dir.Close())
	}
	note(filepath.Join(folder, "written"), flags["name"])
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return reports.ExitInconclusive
	case does == "kill":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	case does == "lie":
		return reports.ExitInconclusive
	}
	fmt.Println("the summary")
	return result.Outcome().ExitCode
}

// meet waits until two runs are under way, and notes how many there are at most.
func meet(folder, name string) {
	at := filepath.Join(folder, "running")
	_ = os.MkdirAll(at, 0o755)
	note(filepath.Join(at, name), "here")
	deadline := time.After(20 * time.Second)
	for met := 0; met < 2; {
		select {
		case <-deadline:
			note(filepath.Join(folder, "alone"), name)
			met = 2
		case <-time.After(2 * time.Millisecond):
			entries, _ := os.ReadDir(at)
			note(filepath.Join(folder, "counts"), fmt.Sprint(len(entries)))
			met = len(entries)
			if _, err := os.Stat(filepath.Join(folder, "met-"+name)); err == nil {
				met = 2
			}
			if met >= 2 {
				for _, e := range entries { // The other one need not see this one any more.
					note(filepath.Join(folder, "met-"+e.Name()), "met")
				}
			}
		}
	}
	_ = os.Remove(filepath.Join(at, name))
}

// note adds a line to a file.
func note(file, text string) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, _ = f.WriteString(text + "\n")
		_ = f.Close()
	}
}

func noted(t *testing.T, parts ...string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// planned are cells whose runs do these things, by the version of Envoy 1.0.0, 1.1.0 and so on.
func planned(does ...string) []matrix.Planned {
	m := matrix.Matrix{Reduce: matrix.All, Cost: time.Minute}
	for i, d := range does {
		version := fmt.Sprintf("1.%d.0", i)
		m.Values[matrix.Envoy] = append(m.Values[matrix.Envoy], version)
		m.Settings = append(m.Settings, matrix.Settings{For: matrix.Cell{matrix.Envoy: version}, Flags: map[string]string{"check": d}})
	}
	return matrix.NewPlan(m, nil, 0).Cells
}

// listener is a progress that keeps what it is told, and hears notes.
type listener struct {
	mu    sync.Mutex
	lines []string
	hear  func(note string)
}

func (l *listener) Step(name string) func(error) {
	l.add("begin " + name)
	return func(err error) { l.add(fmt.Sprintf("end %s: %v", name, err)) }
}

func (l *listener) Note(text string) {
	l.add("note " + text)
	if l.hear != nil {
		l.hear(text)
	}
}

func (l *listener) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func settings(out string, p cells.Progress) cells.Settings {
	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return cells.Settings{Program: program, Out: out, Jobs: 1, Progress: p}
}

// start makes the test binary stand for the program, and gives the folder that all runs see.
func start(t *testing.T) (folder, out string) {
	t.Helper()
	folder = t.TempDir()
	t.Setenv(shared, folder)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // Each run would wait a second before it ends.
	return folder, filepath.Join(folder, "out", "matrix")
}

func run(t *testing.T, all []matrix.Planned, s cells.Settings) []cells.Ended {
	t.Helper()
	ended, err := cells.Run(t.Context(), all, s)
	if err != nil {
		t.Fatal(err)
	}
	return ended
}

func verdicts(all []cells.Ended) []string {
	var got []string
	for _, e := range all {
		got = append(got, fmt.Sprintf("%s %s %d", e.Cell, e.Verdict, e.ExitCode))
	}
	return got
}

func TestAFailedCellStopsNoOther(t *testing.T) {
	folder, out := start(t)
	ended := run(t, planned("fail", "nothing", "pass"), settings(out, &listener{}))
	want := []string{"envoy1.0.0 failed 1", "envoy1.1.0 inconclusive 3", "envoy1.2.0 passed 0"}
	if diff := cmp.Diff(want, verdicts(ended)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := noted(t, folder, "begun"); !slices.Equal(got, []string{"envoy=1.0.0", "envoy=1.1.0", "envoy=1.2.0"}) {
		t.Errorf("begun were %v", got)
	}
	if cells.ExitCode(ended) != 1 {
		t.Errorf("the exit code is %d", cells.ExitCode(ended))
	}
}

func TestEachCellHasAClusterAndAFolderOfItsOwn(t *testing.T) {
	_, out := start(t)
	all := planned("pass", "pass")
	s := settings(out, &listener{})
	first, second := s.Command(all[0]), s.Command(all[1])
	if first[2] == second[2] || !strings.HasPrefix(first[2], "--name=cell-") {
		t.Errorf("the names are %s and %s", first[2], second[2])
	}
	for i, e := range run(t, all, s) {
		if _, err := os.Stat(filepath.Join(out, all[i].Name, "latest", "result.json")); err != nil {
			t.Error(err)
		}
		log, err := os.ReadFile(filepath.Join(out, all[i].Name, "run.log"))
		if err != nil || string(log) != "begin    pass\nthe summary\n" || e.Log != filepath.Join(out, all[i].Name, "run.log") {
			t.Errorf("the log is %q, %v", log, err)
		}
		if filepath.Dir(e.Run) != filepath.Join(out, all[i].Name) {
			t.Errorf("the run is in %s", e.Run)
		}
	}
}

func TestHowARunEnds(t *testing.T) {
	for does, c := range map[string]struct {
		want, reason string
	}{
		"pass":    {"passed 0", ""},
		"fail":    {"failed 1", "1 failed: P01"},
		"nothing": {"inconclusive 3", `it ended with exit code 3 and left no result (there is no run folder); it said last: throughline: \x1b[2Jthe disk is full`},
		"kill":    {"inconclusive 3", "it ended by a signal, and its result says 3: it was killed"},
		"lie":     {"inconclusive 3", "it ended with exit code 3, and its result says 0: "},
	} {
		t.Run(does, func(t *testing.T) {
			_, out := start(t)
			e := run(t, planned(does), settings(out, &listener{}))[0]
			if got := fmt.Sprintf("%s %d", e.Verdict, e.ExitCode); got != c.want || e.Reason != c.reason {
				t.Errorf("%s: %q, want %s: %q", got, e.Reason, c.want, c.reason)
			}
		})
	}
}

func TestAnInterruptReachesTheRunAndIsWaitedFor(t *testing.T) {
	folder, out := start(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	l := &listener{hear: func(note string) {
		if strings.HasSuffix(note, "ready") {
			stop()
		}
	}}
	ended, err := cells.Run(ctx, planned("hang", "pass"), settings(out, l))
	if err != nil {
		t.Fatal(err)
	}
	if got := noted(t, folder, "cleaned"); len(got) != 1 {
		t.Error("the run did not clean up")
	}
	want := []string{"envoy1.0.0 inconclusive 3: interrupted", "envoy1.1.0 inconclusive 3: not begun: interrupted"}
	var got []string
	for i, e := range ended {
		got = append(got, verdicts(ended)[i]+": "+e.Reason)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(noted(t, folder, "begun")) != 1 {
		t.Error("another run was begun after the interrupt")
	}
}

func TestTheRunsOfAKilledMatrixCleanUp(t *testing.T) {
	folder, out := start(t)
	cmd := exec.CommandContext(t.Context(), settings(out, nil).Program)
	cmd.Env = append(os.Environ(), parent+"="+out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, filepath.Join(folder, "hanging"))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	await(t, filepath.Join(folder, "cleaned"))
	await(t, filepath.Join(folder, "written")) // From here on it leaves the folder alone.
}

func TestACtrlCInterruptsARunOnce(t *testing.T) {
	folder, out := start(t)
	cmd := exec.CommandContext(t.Context(), settings(out, nil).Program)
	cmd.Env = append(os.Environ(), parent+"="+out)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	goOn, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, filepath.Join(folder, "hanging"))
	// A terminal interrupts the whole group of processes.
	if err = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	if line != "interrupted\n" {
		t.Fatalf("the parent says %q, %v", line, err)
	}
	// An interrupt from the terminal would reach the run before this signal, which it answers.
	cell, err := strconv.Atoi(noted(t, folder, "hanging")[0])
	if err != nil {
		t.Fatal(err)
	}
	if err = syscall.Kill(cell, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	await(t, filepath.Join(folder, "told"))
	if _, err = io.WriteString(goOn, "\n"); err != nil {
		t.Fatal(err)
	}
	if err = cmd.Wait(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"answered", "interrupted"}, noted(t, folder, "told")); diff != "" {
		t.Errorf("the run was told (-want +got):\n%s", diff)
	}
	if len(noted(t, folder, "cleaned")) != 1 {
		t.Error("the run did not clean up")
	}
}

func await(t *testing.T, file string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s never came", file)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestNoMoreCellsRunAtATimeThanAsked(t *testing.T) {
	t.Run("two", func(t *testing.T) {
		folder, out := start(t)
		s := settings(out, &listener{})
		s.Jobs = 2
		run(t, planned("meet", "meet", "meet", "meet"), s)
		if alone := noted(t, folder, "alone"); len(alone) > 0 {
			t.Errorf("%v met nobody", alone)
		}
		if counts := noted(t, folder, "counts"); slices.Max(counts) != "2" {
			t.Errorf("at most %s ran at a time", slices.Max(counts))
		}
	})
	t.Run("one, where nothing is said", func(t *testing.T) {
		_, out := start(t)
		l := &listener{}
		s := settings(out, l)
		s.Jobs = 0
		run(t, planned("pass", "pass"), s)
		var steps []string
		for _, line := range l.lines {
			if verb, _, _ := strings.Cut(line, " "); verb != "note" {
				steps = append(steps, line)
			}
		}
		want := []string{
			"begin look at the settings of all cells", "end look at the settings of all cells: <nil>",
			"begin cell 1 of 2, envoy1.0.0", "end cell 1 of 2, envoy1.0.0: <nil>",
			"begin cell 2 of 2, envoy1.1.0", "end cell 2 of 2, envoy1.1.0: <nil>",
		}
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWrongSettingsOfOneCellBeginNone(t *testing.T) {
	folder, out := start(t)
	ended, err := cells.Run(t.Context(), planned("pass", "wrong", "wrong"), settings(out, &listener{}))
	var refused cells.Refused
	if !errors.As(err, &refused) || ended != nil {
		t.Fatalf("%v, error %v; want it refused", ended, err)
	}
	want := `envoy1.1.0: --check: there is no check or area "wrong"` + "\n" + `envoy1.2.0: --check: there is no check or area "wrong"`
	if err.Error() != want {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
	if len(noted(t, folder, "begun")) != 0 {
		t.Error("a run was begun")
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("a folder was made")
	}
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	_, out := start(t)
	s := settings(out, &listener{})
	s.Program = filepath.Join(out, "nothing")
	_, err := cells.Run(t.Context(), planned("pass"), s)
	var refused cells.Refused
	if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), s.Program) {
		t.Errorf("error is %v", err)
	}
}

func TestContinuingRunsOnlyWhatHasNoConclusiveResult(t *testing.T) {
	folder, out := start(t)
	s := settings(out, &listener{})
	run(t, planned("pass", "fail", "lie", "nothing"), s)
	if err := os.Remove(filepath.Join(folder, "begun")); err != nil {
		t.Fatal(err)
	}

	s.Continue = true
	// The third has a passed result, and that is what counts; the first is to run other checks now.
	ended := run(t, planned("meanwhile", "fail", "lie", "nothing", "pass"), s)
	want := []string{
		"envoy1.0.0 passed 0", "envoy1.1.0 failed 1", "envoy1.2.0 passed 0", "envoy1.3.0 inconclusive 3", "envoy1.4.0 passed 0",
	}
	if diff := cmp.Diff(want, verdicts(ended)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := noted(t, folder, "begun"); !slices.Equal(got, []string{"envoy=1.0.0", "envoy=1.3.0", "envoy=1.4.0"}) {
		t.Errorf("begun were %v", got)
	}
	if ended[0].Former || !ended[1].Former || ended[1].Reason != "1 failed: P01" || !strings.HasPrefix(ended[1].Run, out) {
		t.Errorf("%+v", ended[:2])
	}
}

func TestContinuingKnowsAnEnvoyBelowTheHomeFolder(t *testing.T) {
	folder, out := start(t)
	t.Setenv("HOME", "/home/somebody")
	of := func(envoy string) []matrix.Planned {
		m := matrix.Matrix{Reduce: matrix.All, Settings: []matrix.Settings{{Flags: map[string]string{"check": "pass", "envoy": envoy}}}}
		m.Values[matrix.Jaeger] = []string{"1.0.0"}
		return matrix.NewPlan(m, nil, 0).Cells
	}
	s := settings(out, &listener{})
	s.Continue = true
	run(t, of("/home/somebody/build/envoy"), s)
	if e := run(t, of("/home/somebody/build/envoy"), s)[0]; !e.Former {
		t.Error("what was run already is run again")
	}
	if e := run(t, of("/home/somebody/other/envoy"), s)[0]; e.Former {
		t.Error("the result of another binary counts")
	}
	if begun := noted(t, folder, "begun"); len(begun) != 2 {
		t.Errorf("begun were %v", begun)
	}
}

func TestWithoutContinuingNoFormerResultIsRead(t *testing.T) {
	_, out := start(t)
	s := settings(out, &listener{})
	former := run(t, planned("pass"), s)[0].Run
	for _, continues := range []bool{false, true} {
		opened := watch(t, filepath.Join(former, rundir.ResultFile))
		s.Continue = continues
		run(t, planned("pass"), s)
		if opened() != continues {
			t.Errorf("it continues: %t, and the former result is read: %t", continues, !continues)
		}
	}
}

// watch says whether a file has been opened since.
func watch(t *testing.T, file string) (opened func() bool) {
	t.Helper()
	notices, err := syscall.InotifyInit1(syscall.IN_NONBLOCK | syscall.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(notices) })
	if _, err = syscall.InotifyAddWatch(notices, file, syscall.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		n, _ := syscall.Read(notices, make([]byte, 1<<10))
		return n > 0
	}
}

func TestWithoutContinuingEverythingRunsAgainAndTheHistoryStays(t *testing.T) {
	_, out := start(t)
	for range 2 {
		run(t, planned("pass"), settings(out, &listener{}))
	}
	folders, err := filepath.Glob(filepath.Join(out, "envoy1.0.0", "2*"))
	if err != nil || len(folders) != 2 {
		t.Errorf("there are %v, %v", folders, err)
	}
}

func TestTheExitCodeIsThatOfTheWorstCell(t *testing.T) {
	for _, c := range []struct {
		codes []int
		want  int
	}{
		{[]int{0, 0}, 0},
		{[]int{0, 3, 0}, 3},
		{[]int{3, 1, 0}, 1},
		{[]int{3, 2}, 2},
		{[]int{2, 1}, 1},
		{nil, 3},
	} {
		var all []cells.Ended
		for _, code := range c.codes {
			all = append(all, cells.Ended{ExitCode: code})
		}
		if got := cells.ExitCode(all); got != c.want {
			t.Errorf("of %v it is %d, want %d", c.codes, got, c.want)
		}
	}
}

func TestTheTextSaysHowEachCellEndedAndWhatToDoNext(t *testing.T) {
	all := []cells.Ended{
		{Cell: "envoy1.0.0", Verdict: reports.Passed, Seconds: 602, Run: "out/matrix/envoy1.0.0/a", Former: true},
		{Cell: "envoy1.1.0", Verdict: reports.Failed, ExitCode: 1, Reason: "1 failed: P01", Seconds: 61, Run: "out/matrix/envoy1.1.0/b"},
		{Cell: "envoy1.2.0", Verdict: reports.Inconclusive, ExitCode: 3, Reason: "one\n\x1b[2Jtwo", Log: "out/matrix/envoy1.2.0/run.log"},
		{Cell: "envoy1.3.0", Verdict: reports.Inconclusive, ExitCode: 3, Reason: "not begun: interrupted"},
	}
	var got bytes.Buffer
	if err := cells.Text(&got, all); err != nil {
		t.Fatal(err)
	}
	want := `VERDICT       TOOK             CELL        RESULT
passed        10m02s (former)  envoy1.0.0  out/matrix/envoy1.0.0/a
failed        1m01s            envoy1.1.0  out/matrix/envoy1.1.0/b
inconclusive  0.00s            envoy1.2.0  out/matrix/envoy1.2.0/run.log
inconclusive  0.00s            envoy1.3.0  -

FAILED envoy1.1.0
  1 failed: P01

INCONCLUSIVE envoy1.2.0
  one
  \x1b[2Jtwo

INCONCLUSIVE envoy1.3.0
  not begun: interrupted

next: look at the results of the cells that failed; throughline matrix report shows them side by side
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := cells.Text(io.Discard, nil); err != nil {
		t.Error(err)
	}
}
