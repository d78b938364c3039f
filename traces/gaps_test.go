package traces_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func TestAGapIsSplitIntoTheTwoWaysOfACall(t *testing.T) {
	webCart := traces.Edge{Caller: "web", Callee: "cart"}
	for _, c := range []struct {
		name, drawing string
		want          traces.Transit
	}{
		{
			name: "one attempt",
			drawing: `
				web CLIENT > cart 10 40
				  cart SERVER 12 39`,
			want: traces.Transit{Edge: webCart, Attempts: 1, Before: 2 * ms, After: 1 * ms, Duration: 30 * ms},
		},
		{
			name: "a queue in the pool shows before the callee starts",
			drawing: `
				web CLIENT > cart 10 140
				  cart SERVER 112 139`,
			want: traces.Transit{Edge: webCart, Attempts: 1, Before: 102 * ms, After: 1 * ms, Duration: 130 * ms},
		},
		{
			name: "a queue in the application shows inside the callee",
			drawing: `
				web CLIENT > cart 10 140
				  cart SERVER 12 139`,
			want: traces.Transit{Edge: webCart, Attempts: 1, Before: 2 * ms, After: 1 * ms, Duration: 130 * ms},
		},
		{
			name: "retries",
			drawing: `
				web CLIENT > cart 10 60
				  cart SERVER 45 57
				  cart SERVER 11 20
				  cart SERVER 25 40`,
			want: traces.Transit{Edge: webCart, Attempts: 3, Before: 1 * ms, Between: 10 * ms, After: 3 * ms, Duration: 50 * ms},
		},
		{
			name: "attempts at once",
			drawing: `
				web CLIENT > cart 10 60
				  cart SERVER 12 30
				  cart SERVER 20 58`,
			want: traces.Transit{Edge: webCart, Attempts: 2, Before: 2 * ms, After: 2 * ms, Duration: 50 * ms},
		},
		{
			name: "no SERVER span", drawing: `web CLIENT > cart 10 60`,
			want: traces.Transit{Edge: webCart, Duration: 50 * ms},
		},
		{
			name: "a caller that gave up",
			drawing: `
				web CLIENT > cart 10 60 UT
				  cart SERVER 12 90`,
			want: traces.Transit{Edge: webCart, Attempts: 1, Before: 2 * ms, After: -30 * ms, Duration: 50 * ms},
		},
		{
			name: "a callee whose clock is slow",
			drawing: `
				web CLIENT > cart 10 60
				  cart SERVER 7 50`,
			want: traces.Transit{Edge: webCart, Attempts: 1, Before: -3 * ms, After: 10 * ms, Duration: 50 * ms},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff([]traces.Transit{c.want}, traces.Transits(one(drawn(t, c.drawing)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSelfTimesAndGapsMakeUpASequentialRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topology := anyTopology(t)
		for i := range topology.Services {
			topology.Services[i].Bare = false
			for j, step := range topology.Services[i].Steps {
				topology.Services[i].Steps[j] = step[:1]
			}
		}
		ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{
			Requests: 1, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed"),
		})
		for _, trace := range ev.Traces {
			path := traces.CriticalPath(one(trace))
			times := traces.TimesOf(one(trace))
			sum := times.Self[""]
			for _, d := range times.Self {
				sum += d
			}
			for _, d := range times.Gap {
				sum += d
			}
			for _, transit := range traces.Transits(one(trace)) {
				if transit.Attempts == 0 {
					sum += transit.Duration
				}
				if transit.Before < 0 || transit.After < 0 || transit.Between < 0 {
					t.Fatalf("a negative gap on one clock: %+v", transit)
				}
			}
			if sum != path.Root.Duration {
				t.Fatalf("self times and gaps sum to %s, the root lasts %s\n%s", sum, path.Root.Duration, trace.Tree())
			}
		}
	})
}
