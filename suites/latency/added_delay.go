package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	delay = 50 * time.Millisecond
	// delayRequests are half without and half with the delay, in turn, so that a slow
	// moment of the machine falls on both alike.
	delayRequests = 120
	// delayRate keeps the machine idle enough that what a service gains is its own.
	delayRate = 40
)

// addedDelay is L01.
func addedDelay(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "L01", Area: Latency, Location: Here(),
		Profile: Core("where time is spent is what traces are read for"),
		Title:   "shows a delay in one service as self time of that service alone",
		Prose: Prose{
			Promise: "A SERVER span less the calls below it is the time that the service itself spent. What a service adds there must show there, and nowhere else.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "Finding the slow service is what traces are for. Its callers wait just as long: only self time tells them apart.",
			How:     "120 requests go down a chain of three, every other one with 50 ms of sleep in the middle service. The self times with and without are compared service by service, by a distribution-free test; the shift of that service must be the delay, within what the requests without it measured as noise, and nobody else may have one.",
			Failure: "The finding names the service that gained the time. Time between a CLIENT span and the SERVER span below it belongs to neither: there it is the network or a proxy's queue.",
		},
		Traffic: Traffic{
			Mesh: Everything(traces.OpenTelemetry),
			Samples: []Sample{
				{Variant: traces.Baseline, Topology: topology.Chain()},
				{Variant: traces.Delayed, Topology: topology.With(topology.Chain(), topology.Delayed("cart", delay))},
			},
			Requests:    delayRequests,
			Rate:        delayRate,
			Concurrency: 8,
			Alone:       true,
		},
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				return Judgement{
					Findings:   traces.JudgeAddedDelay(ev, "cart", delay, alpha),
					Statistics: []traces.Statistic{traces.ElsewhereTest(ev, traces.Place{Service: "cart"}, delay, alpha)},
				}
			},
		),
		Controls: []Control{{
			Name: "put it elsewhere",
			Sabotage: func(t *Traffic) {
				t.Samples = []Sample{
					t.Samples[0],
					{Variant: traces.Delayed, Topology: topology.With(topology.Chain(), topology.Delayed("stock", delay))},
				}
			},
			Finds: []Finds{{Kind: traces.LatencyMisplaced, Service: "stock"}},
		}},
	}
}
