package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const bareLink = "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/"

// bareMiddle is P04: a service outside the mesh does not break the trace as long as it forwards.
func bareMiddle() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.CallsThrough("cart",
				traces.Serves("stock"))),
	)
	return Check{
		ID: "P04", Area: Propagation, Location: Here(),
		Profile: Extended("it takes a service without a sidecar"),
		Title:   "keeps one trace across a service without a sidecar that forwards",
		Prose: Prose{
			Promise: "Context travels in headers, not in sidecars: a service without one leaves no spans, and the next service's SERVER span hangs below the last CLIENT span before it.",
			Link:    bareLink,
			Matters: "Migrations inject one service after another. A trace that breaks at each service not yet injected is useless for exactly as long as it is needed.",
			How:     "The middle one of three services has no sidecar and forwards. Each request must leave one trace in which its caller's CLIENT span is followed by its callee's SERVER span.",
			Failure: "Two traces: its application drops the headers. Spans of its own: it has a sidecar, or exports spans itself.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.With(topology.Chain(), topology.Bare("cart"))),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "inject it",
			Sabotage: Through(topology.Chain()),
			Finds:    []Finds{{Kind: traces.UnexpectedSpan, Service: "cart"}},
		}},
	}
}

// bareDropping is P05: outside the mesh and forwarding nothing, a service ends the trace.
func bareDropping() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.CallsThrough("cart")),
		traces.Serves("stock").After("cart"),
	)
	return Check{
		ID: "P05", Area: Propagation, Location: Here(),
		Profile: Extended("it takes a service without a sidecar"),
		Title:   "splits the trace at a service without a sidecar that drops the headers",
		Prose: Prose{
			Promise: "Without a sidecar and without forwarded headers nothing connects the two sides: the callee's SERVER span is the root of a trace of its own.",
			Link:    bareLink,
			Matters: "It looks like traffic from nowhere in the callee's traces. Knowing this shape saves the search for a caller that does not exist.",
			How:     "The middle one of three services has no sidecar and forwards nothing. Each request must leave two traces: one that ends with the call to it, and one that begins at its callee.",
			Failure: "One trace means that the headers got through. Anything in between means that another service drops them.",
		},
		Traffic: Few(Everything(traces.OpenTelemetry),
			topology.With(topology.Chain(), topology.Bare("cart"), topology.Dropping("cart"))),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "forward",
			Sabotage: Through(topology.With(topology.Chain(), topology.Bare("cart"))),
			Finds:    []Finds{{Kind: traces.JoinedTrace, Service: "cart"}},
		}},
	}
}

// bareLeaf is P06: the call to a service outside the mesh is still seen from its caller's side.
func bareLeaf() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.CallsThrough("stock"))),
	)
	return Check{
		ID: "P06", Area: Propagation, Location: Here(),
		Profile: Extended("it takes a service without a sidecar"),
		Title:   "ends with the caller's CLIENT span at a leaf without a sidecar",
		Prose: Prose{
			Promise: "A call to a service without a sidecar makes the caller's CLIENT span, and nothing below it.",
			Link:    bareLink,
			Matters: "Databases, legacy services and other teams' workloads are such leaves. Their share of the time must still be visible, from the side that called them.",
			How:     "The last of three services has no sidecar. Each request must leave one trace that ends with the CLIENT span of the call to it.",
			Failure: "A missing CLIENT span hides the call altogether. A span below it means that the leaf is traced after all.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.With(topology.Chain(), topology.Bare("stock"))),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "inject it",
			Sabotage: Through(topology.Chain()),
			Finds:    []Finds{{Kind: traces.UnexpectedSpan, Service: "stock"}},
		}},
	}
}

// bareCaller is P07: a caller outside the mesh leaves the root to the first service inside.
func bareCaller() Check {
	expected := Succeeding(
		traces.Serves("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "P07", Area: Propagation, Location: Here(),
		Profile: Core("requests enter every mesh from outside"),
		Title:   "begins with the SERVER span of the first service when the caller has no sidecar",
		Prose: Prose{
			Promise: "When the caller is outside the mesh and sends no context, the first proxy on the way begins the trace, with the SERVER span of its own service.",
			Link:    bareLink,
			Matters: "Every request from outside that does not pass a traced gateway begins this way. A missing root makes a backend show the trace as incomplete.",
			How:     "A client without a sidecar calls a chain of three. Each request must leave one trace whose root is the first service's SERVER span.",
			Failure: "A CLIENT root means that the caller is injected. No trace means that the first proxy did not begin one.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.Chain()).FromBareClient(),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "inject it",
			Sabotage: func(t *Traffic) { t.Bare = false },
			Finds:    []Finds{{Kind: traces.UnexpectedSpan, Service: traces.ClientService}},
		}},
	}
}
