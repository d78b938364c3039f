package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// relayed is what a relay adds to a call: 30 ms on the way there and as much on the way back.
	relayed = 60 * time.Millisecond
	// relayRequests are half without and half with the relay, in turn.
	relayRequests = 80
)

// slowConnection is L04.
func slowConnection(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	through := func(service string) []Sample {
		return []Sample{
			{Variant: traces.Baseline, Topology: topology.Relayed()},
			{Variant: traces.Delayed, Topology: topology.With(topology.Relayed(), topology.ThroughRelay(service))},
		}
	}
	return Check{
		ID: "L04", Area: Latency, Location: Here(),
		Profile: Core("there is a network between the pods of every mesh"),
		Title:   "shows a delay on the connection between two pods between the CLIENT span and the SERVER span",
		Prose: Prose{
			Promise: "A CLIENT span is timed by the caller's proxy and the SERVER span below it by the callee's. What the CLIENT span lasts longer was spent between the two, and is neither service's own.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "A slow network, a node far away or a saturated link looks like a slow service to whoever calls it. The gap between two spans tells them apart.",
			How:     "80 requests go down a chain of three, every other one through a TCP relay in front of the middle service that holds what passes for 30 ms in each direction. The relay knows no HTTP: mTLS passes through it, and it has no span. The gap of that call must grow by 60 ms, within what the requests without the relay measured as noise, and no other place may gain anything, by a distribution-free test.",
			Failure: "The finding names where the time lies instead. If it is a service's own, the relay was not passed, or a proxy begins its spans at another moment than it should.",
		},
		Traffic: Traffic{
			Mesh:        Everything(traces.OpenTelemetry),
			Samples:     through("cart"),
			Requests:    relayRequests,
			Rate:        delayRate,
			Concurrency: 8,
			Alone:       true,
		},
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				return Judgement{
					Findings:   traces.JudgeAddedGap(ev, "web", "cart", traces.BothWays, relayed, alpha),
					Statistics: []traces.Statistic{traces.ElsewhereTest(ev, traces.Place{Service: "web", To: "cart"}, relayed, alpha)},
				}
			},
		),
		Controls: []Control{{
			Name:     "move it",
			Sabotage: func(t *Traffic) { t.Samples = through("stock") },
			Finds:    []Finds{{Kind: traces.LatencyMisplaced, Service: "cart"}},
		}},
	}
}
