package procs

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	tail := " S 1 2 3 0 -1 4194560 10 0 0 0 1 2 0 0 20 0 1 0 4711 1000 20 18446744073709551615"
	cases := map[string]struct {
		stat  string
		state byte
		start uint64
		bad   bool
	}{
		"plain command":                     {stat: "12 (dockerd)" + tail, state: 'S', start: 4711},
		"command with spaces and a bracket": {stat: "12 (a) b (c)" + tail, state: 'S', start: 4711},
		"no command":                        {stat: "12 dockerd S 1", bad: true},
		"cut off":                           {stat: "12 (dockerd) S 1 2", bad: true},
		"start time is not a number":        {stat: "12 (x) S 1 2 3 0 -1 4 1 0 0 0 1 2 0 0 20 0 1 0 soon 1", bad: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			state, start, err := parseStat(c.stat)
			if (err != nil) != c.bad {
				t.Fatalf("error %v, want an error: %v", err, c.bad)
			}
			if state != c.state && !c.bad || start != c.start {
				t.Errorf("state %c start %d, want %c %d", state, start, c.state, c.start)
			}
		})
	}
}

func TestNamesAPathAndNothingThatMerelyBeginsLikeIt(t *testing.T) {
	const dir = "/run/throughline/a"
	cases := map[string]struct {
		args []string
		want bool
	}{
		"argument below it":      {[]string{"containerd", "--config", dir + "/exec/containerd.toml"}, true},
		"value of a flag":        {[]string{"dockerd", "--exec-root=" + dir}, true},
		"address of a socket":    {[]string{"shim", "-address", "unix://" + dir + "/s.sock"}, true},
		"longer name":            {[]string{"containerd", "--config", "/run/throughline/ab/exec"}, false},
		"in the middle of words": {[]string{"sh", "-c", "ls " + dir}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := (Process{Args: c.args}).Names(dir); got != c.want {
				t.Errorf("%q names %s: %v, want %v", c.args, dir, got, c.want)
			}
		})
	}
}

func TestHasFlagComparesTheWholeValue(t *testing.T) {
	p := Process{Args: []string{"x", "forward", "--netns", "throughline-a", "--to=1.2.3.4:5"}}
	for value, want := range map[string]bool{"throughline-a": true, "throughline": false, "throughline-ab": false} {
		if got := p.HasFlag("--netns", value); got != want {
			t.Errorf("has --netns %s: %v, want %v", value, got, want)
		}
	}
	if !p.HasFlag("--to", "1.2.3.4:5") {
		t.Error("a value behind an equals sign is not seen")
	}
}

// sleeper starts a process that lasts until it is ended.
func sleeper(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script, "throughline-procs-test")
	_, err := cmd.StdinPipe() // Open as long as the process runs, so that its read waits.
	if err != nil {
		t.Fatal(err)
	}
	ready, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err = ready.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the process never said that it runs: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

func TestKillEndsTheProcessThatIsMeant(t *testing.T) {
	cmd := sleeper(t, "echo; read never")
	found, err := Find(func(p Process) bool { return p.PID == cmd.Process.Pid && p.Names("throughline-procs-test") })
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v; want the one process that was started", found, err)
	}
	if err = Kill(t.Context(), found); err != nil {
		t.Fatal(err)
	}
	if found[0].Alive() {
		t.Error("the process still runs")
	}
}

func TestKillSparesARecycledPid(t *testing.T) {
	cmd := sleeper(t, "echo; read never")
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	earlier := Identity{PID: id.PID, Start: id.Start - 1}
	if err = Kill(t.Context(), []Identity{earlier, {}, {PID: -1}}); err != nil {
		t.Fatal(err)
	}
	if !id.Alive() {
		t.Error("a process was killed that only has the pid of the one meant")
	}
}

func TestTerminateKillsWhatDoesNotListen(t *testing.T) {
	cmd := sleeper(t, "trap '' TERM; echo; read never")
	id, err := Identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err = Terminate(t.Context(), id, 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if id.Alive() {
		t.Error("the process still runs")
	}
}

func TestIdentifySaysWhenAProcessIsGone(t *testing.T) {
	cmd := sleeper(t, "echo")
	_ = cmd.Wait()
	if _, err := Identify(cmd.Process.Pid); !errors.Is(err, ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if _, err := Identify(os.Getpid()); err != nil {
		t.Errorf("this process is not found: %v", err)
	}
}
