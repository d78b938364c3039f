package traces_test

import (
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func TestAttemptsLieOneAfterTheOtherWithinTheirCall(t *testing.T) {
	const good = `
		web CLIENT > cart 10 70 URX
		  cart SERVER 11 20
		  cart SERVER 40 69`
	for _, c := range []struct {
		name, drawing string
		late          time.Duration
		want          string
	}{
		{name: "they do", drawing: good},
		{name: "the second begins before the first has ended", want: "clock-skew cart", drawing: `
			web CLIENT > cart 10 70 URX
			  cart SERVER 11 20
			  cart SERVER 19 69`},
		{name: "the first is recorded to end late", late: 2 * ms, drawing: `
			web CLIENT > cart 10 70 URX
			  cart SERVER 11 20
			  cart SERVER 19 69`},
		{name: "the first begins before the call", want: "clock-skew cart", drawing: `
			web CLIENT > cart 10 70 URX
			  cart SERVER 9 20
			  cart SERVER 40 69`},
		{name: "the last ends after the call", want: "clock-skew cart", drawing: `
			web CLIENT > cart 10 70 URX
			  cart SERVER 11 20
			  cart SERVER 40 71`},
		{name: "the call lasts longer than they explain", want: "latency-misplaced web", drawing: `
			web CLIENT > cart 10 170 URX
			  cart SERVER 11 20
			  cart SERVER 40 69`},
		{name: "there is one attempt only", want: "latency-missing web", drawing: `
			web CLIENT > cart 10 70 URX
			  cart SERVER 11 20`},
		{name: "nobody calls", want: "latency-missing web", drawing: `web SERVER 0 10`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, got := traces.JudgeAttempts(copies(t, 30, c.drawing), "web", "cart", 2, 10*ms, c.late, testAlpha)
			exactly(t, got, c.want)
			if s.Alpha != testAlpha {
				t.Errorf("statistic %+v", s)
			}
		})
	}
}

func TestACallThatIsHeldUpOnceIsNoFault(t *testing.T) {
	const held = `
		web CLIENT > cart 10 170 URX
		  cart SERVER 11 20
		  cart SERVER 40 69`
	const good = `
		web CLIENT > cart 10 70 URX
		  cart SERVER 11 20
		  cart SERVER 40 69`
	_, got := traces.JudgeAttempts(among(t, 3, held, 30, good), "web", "cart", 2, 10*ms, 0, testAlpha)
	exactly(t, got, "")
}

func TestRecordedRetriesAddUp(t *testing.T) {
	for _, r := range recordings(t) {
		attempts := map[string]int{"retry-that-succeeds": 2, "retry-that-is-exhausted": 3}[r.Rule]
		if attempts == 0 {
			continue
		}
		// Two requests decide nothing by chance; whether attempts are in turn is exact.
		_, got := traces.JudgeAttempts(r.Evidence, "cart", "stock", attempts, 10*ms, 5*ms, testAlpha)
		exactly(t, got, "")
	}
}

func TestACallLastsAsLongAsItsTimeOut(t *testing.T) {
	sent := func(timeout time.Duration) traces.Evidence {
		topology := chain(waits("stock", time.Second))
		topology.Routes = []traces.Route{{To: "stock", Timeout: timeout}}
		return tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{Requests: 30, Prefix: "r", Seed: 6})
	}
	for _, c := range []struct {
		name string
		ev   traces.Evidence
		want string
	}{
		{"it does", sent(200 * ms), ""},
		{"a little less, by the lag of a timer", sent(198 * ms), ""},
		{"it ends too soon", sent(190 * ms), "latency-missing cart"},
		{"it ends too late", sent(260 * ms), "latency-misplaced cart"},
		{"it never ends", sent(0), "latency-misplaced cart"},
		{"nobody calls", traces.Evidence{}, "missing-span cart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := traces.JudgeTimeout(c.ev, "cart", "stock", 200*ms, testAlpha)
			exactly(t, got, c.want)
		})
	}
}

func TestAQueueIsFoundWhereRequestsWait(t *testing.T) {
	const (
		pool = `
			web CLIENT > cart 0 100
			  cart SERVER 75 99`
		application = `
			web CLIENT > cart 0 100
			  cart SERVER 1 99`
		nowhere = `
			web CLIENT > cart 0 25
			  cart SERVER 1 24`
	)
	for _, c := range []struct {
		name     string
		ev       traces.Evidence
		inside   bool
		want     string
		requests int
	}{
		{name: "in the pool", ev: copies(t, 30, pool)},
		{name: "in the application", ev: copies(t, 30, application), inside: true},
		{name: "in the application in place of the pool", ev: copies(t, 30, application), want: "latency-misplaced cart"},
		{name: "in the pool in place of the application", ev: copies(t, 30, pool), inside: true, want: "latency-misplaced web"},
		{name: "nowhere in place of the pool", ev: copies(t, 30, nowhere), want: "latency-missing web"},
		{name: "nowhere in place of the application", ev: copies(t, 30, nowhere), inside: true, want: "latency-missing cart"},
		{name: "the first ones nowhere", ev: among(t, 3, nowhere, 30, pool)},
		{name: "nobody calls", ev: traces.Evidence{}, want: "latency-missing web"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := traces.JudgeQueue(c.ev, traces.Edge{Caller: "web", Callee: "cart"}, c.inside, 20*ms, testAlpha)
			exactly(t, got, c.want)
		})
	}
}

func TestAnOverheadIsHeldAgainstThatOfTheEntryService(t *testing.T) {
	waiting := func(n int, caller, beside time.Duration) traces.Evidence {
		ev := tracesim.Send(chain(), everything(traces.OpenTelemetry), tracesim.Options{Requests: 60, Prefix: "r", Seed: 5})
		for i := range n {
			ev.Requests[i].End = ev.Requests[i].End.Add(caller)
		}
		for i := range ev.Hops {
			ev.Hops[i].Start = ev.Hops[i].Start.Add(beside)
		}
		return ev
	}
	for _, c := range []struct {
		name string
		ev   traces.Evidence
		want string
	}{
		{"all spend less", waiting(60, 4*ms, 0), ""},
		{"a third spends more", waiting(20, time.Second, 0), ""},
		{"all spend a little more", waiting(60, 7*ms, 0), "latency-missing client"},
		{"all spend more on a machine on which all do", waiting(60, 7*ms, 3*ms), ""},
		{"there is no root", traces.Evidence{}, "latency-missing client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, got := traces.JudgeOverhead(c.ev, 5*ms, testAlpha)
			exactly(t, got, c.want)
			if s.N > 0 && (s.N != 60 || s.Misses <= 0 || s.Misses > 0.1) {
				t.Errorf("statistic %+v", s)
			}
		})
	}
}

func TestARootMayBeRecordedToEndLate(t *testing.T) {
	ev := copies(t, 20, `client CLIENT > web 0 100`)
	for i := range ev.Requests {
		ev.Requests[i].End = ev.Requests[i].End.Add(-3 * ms)
	}
	exactly(t, traces.JudgeRoundTrips(ev, 5*ms, 0), "clock-skew client")
	exactly(t, traces.JudgeRoundTrips(ev, 5*ms, 2*ms), "")
}
