package progress_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/progress"
)

// screen is a writer that may be read while it is written.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

// take is what was written since the last take.
func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.buf.String()
	s.buf.Reset()
	return text
}

// started runs test with a progress in a bubble whose clock steps by itself.
func started(t *testing.T, options progress.Options, test func(t *testing.T, p *progress.Progress, s *screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := progress.Start(t.Context(), s, options)
		defer p.Close()
		test(t, p, s)
	})
}

// pass lets d pass and everything due within it happen.
func pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it shows (-want +got):\n%s", diff)
	}
}

func TestPlainLinesSayBeginEndAndWhatIsAwaited(t *testing.T) {
	started(t, progress.Options{}, func(t *testing.T, p *progress.Progress, s *screen) {
		done := p.Step("create cluster")
		equal(t, s.take(), "begin    create cluster\n")
		p.Note("node Ready 0/1")
		pass(29 * time.Second)
		equal(t, s.take(), "")
		pass(2 * time.Second)
		equal(t, s.take(), "waiting  create cluster, 30.0s: node Ready 0/1\n")
		p.Note("coredns 0/2")
		pass(30 * time.Second)
		equal(t, s.take(), "waiting  create cluster, 1m00s: coredns 0/2\n")
		done(nil)
		equal(t, s.take(), "done     create cluster, 1m01s\n")
		pass(time.Hour)
		equal(t, s.take(), "")
	})
}

func TestAFailedStepSaysWhy(t *testing.T) {
	started(t, progress.Options{}, func(t *testing.T, p *progress.Progress, s *screen) {
		p.Step("build jaeger")(errors.New("exit status 1\nlast line\x1b[2J"))
		equal(t, s.take(), "begin    build jaeger\nfailed   build jaeger, 0.00s: exit status 1\\nlast line\\x1b[2J\n")
	})
}

func TestANoteBelongsToTheYoungestStepUnderWay(t *testing.T) {
	started(t, progress.Options{}, func(t *testing.T, p *progress.Progress, s *screen) {
		older := p.Step("build kubernetes")
		p.Note("kubelet")
		p.Step("build etcd")(nil)
		p.Note("kube-proxy")
		s.take()
		pass(31 * time.Second)
		equal(t, s.take(), "waiting  build kubernetes, 30.0s: kube-proxy\n")
		older(nil)
		s.take()
		p.Note("nothing left to build")
		equal(t, s.take(), "nothing left to build\n")
	})
}

func TestLiveLinesAreRedrawnAndStayWhenDone(t *testing.T) {
	started(t, progress.Options{Terminal: true}, func(t *testing.T, p *progress.Progress, s *screen) {
		first := p.Step("build etcd")
		equal(t, s.take(), "  0.00s  build etcd\n")
		pass(500 * time.Millisecond)
		equal(t, s.take(), "\x1b[1A\x1b[J  0.50s  build etcd\n")
		second := p.Step("build jaeger")
		equal(t, s.take(), "\x1b[1A\x1b[J  0.50s  build etcd\n  0.00s  build jaeger\n")
		first(nil)
		equal(t, s.take(), "\x1b[2A\x1b[J  0.50s  done  build etcd\n  0.00s  build jaeger\n")
		second(errors.New("no space left"))
		equal(t, s.take(), "\x1b[1A\x1b[J  0.00s  failed  build jaeger: no space left\n")
	})
}

func TestOtherTextStandsAboveTheLiveLines(t *testing.T) {
	started(t, progress.Options{Terminal: true}, func(t *testing.T, p *progress.Progress, s *screen) {
		p.Step("checks")
		s.take()
		if _, err := p.Write([]byte("P01 passed")); err != nil {
			t.Fatal(err)
		}
		equal(t, s.take(), "\x1b[1A\x1b[JP01 passed\n  0.00s  checks\n")
	})
}

func TestALiveLineNeverWraps(t *testing.T) {
	started(t, progress.Options{Terminal: true, Width: func() int { return 20 }}, func(t *testing.T, p *progress.Progress, s *screen) {
		p.Step("a step with a long name")
		equal(t, s.take(), "  0.00s  a step wi…\n")
	})
}

func TestColourIsOnlyUsedWhenAskedFor(t *testing.T) {
	started(t, progress.Options{Terminal: true, Colour: true}, func(t *testing.T, p *progress.Progress, s *screen) {
		done := p.Step("checks")
		s.take()
		done(nil)
		equal(t, s.take(), "\x1b[1A\x1b[J  0.00s  \x1b[32mdone\x1b[0m  checks\n")
	})
}

func TestCloseLeavesTheTerminalClean(t *testing.T) {
	started(t, progress.Options{Terminal: true}, func(t *testing.T, p *progress.Progress, s *screen) {
		done := p.Step("checks")
		s.take()
		p.Close()
		equal(t, s.take(), "\x1b[1A\x1b[J")
		p.Step("late")(nil)
		done(nil)
		pass(time.Minute)
		p.Close()
		equal(t, s.take(), "")
		if got := len(p.Phases()); got != 2 {
			t.Errorf("%d phases are recorded, want 2", got)
		}
	})
}

func TestTheEndOfItsContextStopsTheDrawing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &screen{}
		p := progress.Start(ctx, s, progress.Options{})
		defer p.Close()
		p.Step("checks")
		s.take()
		cancel()
		pass(time.Hour)
		equal(t, s.take(), "")
	})
}

func TestPhasesAreInTheOrderOfTheirBeginning(t *testing.T) {
	started(t, progress.Options{}, func(t *testing.T, p *progress.Progress, _ *screen) {
		images := p.Step("images")
		pass(2 * time.Second)
		etcd := p.Step("build etcd")
		pass(3 * time.Second)
		etcd(errors.New("exit status 1"))
		etcd(nil)
		pass(time.Second)
		images(nil)
		p.Step("checks")
		pass(1500 * time.Millisecond)
		want := []reports.Phase{
			{Name: "images", Seconds: 6},
			{Name: "build etcd", Seconds: 3, At: 2, Error: "exit status 1"},
			{Name: "checks", Seconds: 1.5, At: 6},
		}
		if diff := cmp.Diff(want, p.Phases()); diff != "" {
			t.Errorf("phases (-want +got):\n%s", diff)
		}
	})
}

// stepped is a clock that was set back after its first reading.
type stepped struct{ readings *[]time.Time }

func (c stepped) Now() time.Time {
	now := (*c.readings)[0]
	if len(*c.readings) > 1 {
		*c.readings = (*c.readings)[1:]
	}
	return now
}

func (stepped) Tick(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

func TestAClockThatIsSetBackGivesNoNegativeTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &screen{}
	p := progress.Start(t.Context(), s, progress.Options{Clock: stepped{&[]time.Time{now, now.Add(-time.Hour)}}})
	defer p.Close()
	p.Step("one")(nil)
	p.Step("two")
	for _, phase := range p.Phases() {
		if phase.Seconds != 0 || phase.At != 0 {
			t.Errorf("phase is %+v, want no time at all", phase)
		}
	}
	if strings.Contains(s.take(), "-") {
		t.Error("a negative time is shown")
	}
}

func TestManyStepsAtOnceAreAllRecorded(t *testing.T) {
	p := progress.Start(t.Context(), &screen{}, progress.Options{Terminal: true})
	defer p.Close()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			done := p.Step("build")
			p.Note("compiling")
			done(nil)
		})
	}
	group.Wait()
	if got := len(p.Phases()); got != 20 {
		t.Errorf("%d phases are recorded, want 20", got)
	}
}
