package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/faults"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// faultDelay is long against what a call takes, and short enough to wait for 40 times.
const faultDelay = 200 * time.Millisecond

// Faults are the faults that must be deployed with the workloads. They wait for a
// header that only the checks of this area send.
func Faults() []faults.Delay {
	return []faults.Delay{{Service: traces.Service{Name: "cart"}, Delay: faultDelay}}
}

// injectedDelay is L03.
func injectedDelay(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	through := Few(Everything(traces.OpenTelemetry), topology.Chain())
	through.Requests = 40
	through.Samples = []Sample{{
		Topology: topology.Chain(),
		Headers:  map[string]string{faults.Header: faults.DelayValue},
	}}
	return Check{
		ID: "L03", Area: Latency, Location: Here(),
		Profile: Extended("faults are injected where somebody tests"),
		Title:   "puts a fault-injected delay on the caller's CLIENT span, with the flag DI",
		Prose: Prose{
			Promise: "A VirtualService's delay fault is served by the caller's proxy: its CLIENT span lasts the delay and carries the response flag DI, and the callee's SERVER span stays short.",
			Link:    "https://istio.io/latest/docs/tasks/traffic-management/fault-injection/",
			Matters: "Whoever rehearses an outage with fault injection must be able to tell the rehearsal from the real thing, and must not blame the callee.",
			How:     "A VirtualService delays requests to the middle service that carry a header of ours. Each of 40 requests must have the delay on its caller's CLIENT span, flagged, and not on the SERVER span below. Not more than one flagged span in ten may be shorter than the delay, 5 ms allowed by which a proxy's timer lags, by an exact binomial test.",
			Failure: "No delay: the route did not match or did not reach the caller's proxy. A delay without the flag: something else waited.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				s, findings := traces.JudgeInjectedDelay(ev, "web", "cart", faultDelay, alpha)
				return Judgement{Findings: findings, Statistics: []traces.Statistic{s}}
			},
		),
		Controls: []Control{{
			Name: "send without the header that the fault asks for",
			Sabotage: func(t *Traffic) {
				t.Samples = []Sample{{Topology: topology.Chain()}}
			},
			Finds: []Finds{{Kind: traces.LatencyMissing, Service: "web"}},
		}, {
			Name: "let the callee spend the same time instead",
			Sabotage: func(t *Traffic) {
				t.Samples = []Sample{{Topology: topology.With(topology.Chain(),
					topology.Delayed("cart", faultDelay+delay))}}
			},
			Finds: []Finds{{Kind: traces.LatencyMisplaced, Service: "cart"}},
		}},
	}
}
