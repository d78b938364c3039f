package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// identities is P26.
func identities() Check {
	return Check{
		ID: "P26", Area: Propagation, Location: Here(), Sweep: true,
		Profile: Core("what nobody sent must not be stored, and nothing twice"),
		Title:   "stores every span once, in a trace of its own run, under the name of a deployed service",
		Prose: Prose{
			Promise: "A span id is unique within its trace, a trace id is unique in the world, and each span belongs to exactly one trace.",
			Link:    "https://www.w3.org/TR/trace-context/#trace-id",
			Matters: "One id shared by two spans hides one of them or joins two customers' requests in one picture. Exporters that send a batch again after a time-out do the first, proxies with a poor source of randomness the second.",
			How:     "After all other checks everything that the backend stored during the run is read again. No span id may be there twice, no span without a trace, none below a parent of another trace, none of a service that is not deployed, and no trace that no request of the run caused. Spans that were read before must still be there: a backend that has evicted some makes this inconclusive. Alone it sends a few requests of its own.",
			Failure: "The finding names the span and its owner. A span that was stored twice: look at the exporter's retries. A foreign trace: somebody else uses this mesh or this backend.",
		},
		Traffic: Few(Everything(traces.OpenTelemetry), topology.Chain()),
		Expected: Succeeding(
			traces.Calls("web",
				traces.Calls("cart",
					traces.Calls("stock"))),
		),
		Judge: func(ev traces.Evidence) Judgement { return Judgement{Findings: traces.JudgeSweep(ev)} },
		Controls: []Control{{
			Name:   "duplicate one",
			Mutate: Repeating("cart", func(s traces.Span) traces.Span { return s }),
			Finds:  []Finds{{Kind: traces.DuplicateSpan, Service: "cart"}},
		}, {
			Name: "add a span of a service that is not deployed",
			Mutate: Repeating("cart", func(s traces.Span) traces.Span {
				s.ID[0] = ^s.ID[0]
				s.Service = "stranger"
				return s
			}),
			Finds: []Finds{{Kind: traces.UnexpectedSpan, Service: "stranger"}},
		}, {
			Name: "add a span without a trace",
			Mutate: Repeating("cart", func(s traces.Span) traces.Span {
				s.ID[0] = ^s.ID[0]
				s.TraceID = traces.TraceID{}
				return s
			}),
			Finds: []Finds{{Kind: traces.MalformedTrace, Service: "cart"}},
		}},
	}
}
