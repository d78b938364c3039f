package propagation

import (
	"fmt"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// earlyWork is what the last service needs, so that the answer of the middle one is
// long gone when its call ends.
const earlyWork = 30 * time.Millisecond

// answeredEarly is P12: work that goes on after the answer stays in the trace.
func answeredEarly() Check {
	chain := func(early bool) traces.Topology {
		return topology.With(topology.Chain(),
			topology.Working("cart", traces.Work{Early: early}), topology.Delayed("stock", earlyWork))
	}
	return Check{
		ID: "P12", Area: Propagation, Location: Here(),
		Profile: Extended("not every application works on after its answer"),
		Title:   "keeps work that outlives its request in the request's trace",
		Prose: Prose{
			Promise: "A call belongs to the request whose headers it carries, also when that was answered before. Children may outlive their parent.",
			Link:    "https://opentelemetry.io/docs/specs/otel/trace/api/#span",
			Matters: "Services answer first and write to the audit log, the search index or the queue afterwards. That work is often what overloads the next service, and it must be traceable to its cause.",
			How:     "The middle one of three services answers at once and then calls the last, which takes 30 ms. Each request must leave one whole trace, in which the call ends after the SERVER span above it.",
			Failure: "A split: the application drops the headers when the request ends. A call that ends first: the application did not answer early.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), chain(true)),
		Expected: threeInAChain(),
		Judge:    All(WholeForest(threeInAChain()), outliving("cart")),
		Controls: []Control{
			dropping("drop", chain(true)),
			{
				Name:     "answer after the call",
				Sabotage: Through(chain(false)),
				Finds:    []Finds{{Kind: traces.LatencyMissing, Service: "cart"}},
			},
		},
	}
}

// outliving judges that every call of service ended after the request was answered that
// it was made for.
func outliving(service string) Judge {
	return func(ev traces.Evidence) Judgement {
		var found []traces.Finding
		for _, trace := range ev.Traces {
			for _, call := range trace.Spans {
				if call.Service != service || call.Kind != traces.Client {
					continue
				}
				for _, served := range trace.Spans {
					if served.ID == call.Parent && !call.End().After(served.End()) {
						found = append(found, traces.Finding{
							Kind: traces.LatencyMissing, Service: service, Count: 1,
							Observed: fmt.Sprintf("the call ended %s before the SERVER span above it", served.End().Sub(call.End())),
							Expected: "a call that goes on after the answer",
							Next:     "look whether the application answered before it called",
							Traces:   []string{trace.ID.String()},
						})
					}
				}
			}
		}
		return Judgement{Findings: traces.Aggregate(found)}
	}
}
