package traces_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func TestARootLastsAsLongAsItsCallerWaited(t *testing.T) {
	// The simulated client has no time of its own: it gets one here.
	waited := func(ev *traces.Evidence, d time.Duration) {
		for i := range ev.Requests {
			ev.Requests[i].End = ev.Requests[i].End.Add(d + time.Duration(i)*100*time.Microsecond)
		}
	}
	scaled := func(ev *traces.Evidence, by float64) {
		for i := range ev.Traces {
			first := ev.Traces[i].Spans[0].Start
			for j := range ev.Traces[i].Spans {
				s := &ev.Traces[i].Spans[j]
				s.Start = first.Add(time.Duration(float64(s.Start.Sub(first)) * by))
				s.Duration = time.Duration(float64(s.Duration) * by)
			}
		}
	}
	for _, c := range []struct {
		name   string
		mutate func(*traces.Evidence)
		want   []string
	}{
		{name: "as long", mutate: func(ev *traces.Evidence) { waited(ev, ms) }},
		{name: "just as long", mutate: func(*traces.Evidence) {}},
		{name: "a microsecond longer", mutate: func(ev *traces.Evidence) { ev.Requests[0].End = ev.Requests[0].End.Add(-time.Microsecond) }},
		{
			name: "more than a microsecond longer", want: []string{"clock-skew client"},
			mutate: func(ev *traces.Evidence) { ev.Requests[0].End = ev.Requests[0].End.Add(-1001) },
		},
		{
			name: "a clock that is an hour slow", mutate: func(ev *traces.Evidence) {
				waited(ev, ms)
				for i := range ev.Traces {
					shifted(&ev.Traces[i], -time.Hour, func(traces.Span) bool { return true })
				}
			},
		},
		{
			name: "a clock that runs twice as fast", want: []string{"clock-skew client"},
			mutate: func(ev *traces.Evidence) { waited(ev, ms); scaled(ev, 2) },
		},
		{
			name: "a clock that runs a tenth faster", want: []string{"clock-skew client"},
			mutate: func(ev *traces.Evidence) { waited(ev, ms); scaled(ev, 1.1) },
		},
		{
			name: "a clock that runs half as fast", want: []string{"latency-missing client"},
			mutate: func(ev *traces.Evidence) { waited(ev, ms); scaled(ev, 0.5) },
		},
		{
			name: "one caller that waited elsewhere", want: []string{"latency-missing client"},
			mutate: func(ev *traces.Evidence) { ev.Requests[7].End = ev.Requests[7].End.Add(time.Second) },
		},
		{name: "no traces", mutate: func(ev *traces.Evidence) { ev.Traces = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := tracesim.Send(chain(waits("cart", added)), everything(traces.OpenTelemetry),
				tracesim.Options{Requests: 20, Prefix: "r", Seed: 5})
			c.mutate(&ev)
			got := traces.JudgeRoundTrips(ev, 5*ms, 0)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/roundtrips/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestAScaledClockIsFoundFromWhereItIsPromised(t *testing.T) {
	// The caller spends 1 ms outside of the root, and 5 ms are allowed. Times a quarter
	// too long show in roots of more than 1/(1.25-1) = 4 ms, times a quarter too short in
	// roots of more than (5-1)/(1-0.75) = 16 ms.
	for _, c := range []struct {
		factor float64
		root   time.Duration
		found  bool
	}{
		{1.25, 4 * ms, false},
		{1.25, 4*ms + 10*time.Microsecond, true},
		{0.75, 16 * ms, false},
		{0.75, 16*ms + 10*time.Microsecond, true},
	} {
		t.Run(fmt.Sprint(c.factor, c.root), func(t *testing.T) {
			trace := traces.Trace{Spans: []traces.Span{
				{ID: traces.SpanID{1}, Service: "web", Kind: traces.Server, Start: dawn(), Duration: c.root},
			}}
			ev := seen(traces.Baseline, trace)
			s := &ev.Traces[0].Spans[0]
			s.Duration = time.Duration(c.factor * float64(s.Duration))
			if got := traces.JudgeRoundTrips(ev, 5*ms, 0); (len(got) > 0) != c.found {
				t.Errorf("findings:\n%swant any: %t", texts(got), c.found)
			}
		})
	}
}

func TestTheSpreadOfOverheads(t *testing.T) {
	ev := seen(traces.Baseline, drawn(t, `web SERVER 0 10`), drawn(t, `web SERVER 0 20`), drawn(t, `web SERVER 0 30`))
	for i, d := range []time.Duration{0, 2 * ms, 9 * ms} {
		ev.Requests[i].End = ev.Requests[i].End.Add(d)
	}
	trips := traces.RoundTrips(ev)
	if len(trips) != 3 || trips[1].Overhead() != 3*ms || trips[1].Root != 20*ms || trips[1].Service != "web" {
		t.Fatalf("round trips %+v, want the second with 3ms over 20ms", trips)
	}
	want := traces.Spread{
		Requests: 3, Least: 1 * ms, Median: 3 * ms, P95: 9300 * time.Microsecond, Largest: 10 * ms,
		// Three values bound the median on both sides with 1/8 each, and the 95 % quantile from
		// below with 1 - 0.95^3.
		MedianLower: 1 * ms, MedianUpper: 10 * ms, P95Lower: 10 * ms, P95Upper: math.MaxInt64,
	}
	if got := traces.SpreadOf(trips, 0.5); got != want {
		t.Errorf("spread %+v, want %+v", got, want)
	}
	if got := traces.SpreadOf(nil, 0.5); got != (traces.Spread{}) {
		t.Errorf("the spread of nothing is %+v", got)
	}
}
