package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// chain is P01, the first thing that a traced mesh owes its user.
func chain(provider traces.Provider) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "P01", Case: caseOf(provider), Area: Propagation, Location: Here(),
		Profile: Core("one trace for one request is what tracing is for").Under(provider),
		Title:   "keeps one trace along a chain that forwards its headers",
		Prose: Prose{
			Promise: "Sidecars create the spans, the application only has to copy the trace headers of the request it serves to the calls it makes. Then all spans of one request are one trace, and each hangs below the one that caused it.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "A trace that breaks, or a span below the wrong parent, hides where a slow request spent its time. Users have met both after upgrades (istio #11696, #7730, #22968, #27104).",
			How:     "Requests go down a chain of three services with sidecars, sampled at 100 %. Each must leave exactly one trace of six spans: a CLIENT span for each call, with the callee's SERVER span below it, and that span the parent of the service's own call.",
			Failure: "The finding names the service at which the trace breaks and what its application received and sent. If the headers went out and the next proxy began a new trace all the same, provider and header format do not match.",
		},
		Traffic:  Few(Everything(provider), topology.Chain()),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "drop the headers in the middle",
			Sabotage: Through(topology.With(topology.Chain(), topology.Dropping("cart"))),
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "cart"}},
		}},
	}
}

func caseOf(provider traces.Provider) string {
	if provider == traces.OpenTelemetry {
		return ""
	}
	return string(provider)
}
