package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// dropped is P03: what a mesh cannot do for its user, and how it then looks.
func dropped() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart")),
		traces.CallFrom("cart", "stock"),
	)
	whole := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "P03", Area: Propagation, Location: Here(),
		Profile: Core("headers are lost in every mesh, and where is what a trace must show"),
		Title:   "splits the trace exactly where an application drops the headers",
		Prose: Prose{
			Promise: "A sidecar cannot know which request a call belongs to. Where the application does not forward the headers, the trace ends at its SERVER span, and its call begins a new one.",
			Link:    "https://istio.io/latest/about/faq/#how-to-support-tracing",
			Matters: "This is the commonest reason for traces that do not connect, and the mesh is blamed for it. Whoever looks must be told which service it is.",
			How:     "The middle one of three services forwards nothing. Each request must leave exactly two traces, split there; and judged against the forest of a chain that forwards, the one finding must name that service.",
			Failure: "One trace means that something else connects the two calls, for example the proxy itself. More than two, or a split elsewhere, means that another service drops headers too.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.With(topology.Chain(), topology.Dropping("cart"))),
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			Blames(whole, Finds{Kind: traces.SplitTrace, Service: "cart"}),
		),
		Controls: []Control{{
			Name:     "forward after all",
			Sabotage: Through(topology.Chain()),
			Finds:    []Finds{{Kind: traces.JoinedTrace, Service: "cart"}},
		}},
	}
}
