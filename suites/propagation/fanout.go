package propagation

import (
	"slices"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func fanOutProse() Prose {
	return Prose{
		Promise: "However many calls a service makes for one request, one after another or at once, each is a child of the SERVER span of that request.",
		Link:    "https://opentelemetry.io/docs/specs/otel/trace/api/#span",
		Matters: "Siblings that hang below each other, or below another request, turn parallel work into a made-up sequence: whoever shortens the wrong call gains nothing.",
		How:     "Requests fan out, sampled at 100 %. The whole tree is compared, with siblings in any order, so that a moved span is found wherever it went.",
		Failure: "The finding names the service whose span hangs below another parent than the one that called it. Look for an application that shares one header set between its calls, or keeps one from a former request.",
	}
}

func fanOut(name string, t traces.Topology, expected traces.Forest) Check {
	return Check{
		ID: "P02", Case: name, Area: Propagation, Location: Here(),
		Profile:  Core("every service that calls two others leaves such a tree"),
		Title:    "puts the calls of one service side by side below its SERVER span (" + name + ")",
		Prose:    fanOutProse(),
		Traffic:  Few(Everything(traces.OpenTelemetry), t),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:   "swap two parents in the evidence",
			Mutate: swapParents("cart", "price"),
			Finds: []Finds{
				{Kind: traces.WrongParent, Service: "cart"},
				{Kind: traces.WrongParent, Service: "price"},
			},
		}, {
			Name:     "drop the headers at the fan-out",
			Sabotage: Through(topology.With(t, topology.Dropping("web"))),
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "web"}},
		}},
	}
}

func inSequence() Check {
	return fanOut("in sequence", topology.FanOut(), Succeeding(
		traces.Calls("web",
			traces.Calls("cart"),
			traces.Calls("price")),
	))
}

func inParallel() Check {
	return fanOut("in parallel", topology.FanOutInParallel(), Succeeding(
		traces.Calls("web",
			traces.Calls("cart"),
			traces.Calls("price")),
	))
}

func diamond() Check {
	return fanOut("diamond", topology.Diamond(), Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock")),
			traces.Calls("price",
				traces.Calls("stock"))),
	))
}

// swapParents hangs the SERVER spans of two services below each other's parents, in every trace.
func swapParents(one, other string) func(*traces.Evidence) {
	return InEachTrace(func(spans []traces.Span) []traces.Span {
		a, b := server(spans, one), server(spans, other)
		if a >= 0 && b >= 0 {
			spans[a].Parent, spans[b].Parent = spans[b].Parent, spans[a].Parent
		}
		return spans
	})
}

func server(spans []traces.Span, service string) int {
	return slices.IndexFunc(spans, func(s traces.Span) bool {
		return s.Service == service && s.Kind == traces.Server
	})
}
