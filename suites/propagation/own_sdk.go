package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// ownSDK is P20: an application that traces itself.
func ownSDK() Check {
	// What an SDK writes into its spans is its own affair: their status is left open.
	inner := func(kind traces.Kind, below ...traces.Node) traces.Node {
		return traces.Node{Service: "cart", Namespace: traces.NoNamespace, Kind: kind, Children: below}
	}
	call := Succeeding(traces.CallFrom("cart", "stock"))[0]
	calling := inner(traces.Client, call)
	calling.To = "stock"
	expected := Succeeding(traces.Calls("web", traces.Calls("cart")))
	// Below client CLIENT, web SERVER, web CLIENT stands cart's SERVER span.
	cart := &expected[0].Children[0].Children[0].Children[0]
	cart.Children = []traces.Node{inner(traces.Server, calling)}
	traced := func(sdk traces.SDK) traces.Topology {
		return topology.With(topology.Chain(), topology.Tracing("cart", sdk))
	}
	return Check{
		ID: "P20", Area: Propagation, Location: Here(),
		Profile: Extended("not every application has a tracer of its own"),
		Title:   "puts an application's own spans between those of its proxy",
		Prose: Prose{
			Promise: "An application with an OpenTelemetry SDK continues the context that its proxy wrote, and its proxy continues the application's. With both in one backend the application's spans stand between the proxy's SERVER and CLIENT span.",
			Link:    "https://opentelemetry.io/docs/specs/otel/context/api-propagators/",
			Matters: "Instrumented applications and a traced mesh are the usual end of the road. An SDK that changes the context and exports nothing leaves parents that nobody stored, and the trace seems torn (opentelemetry-specification #580).",
			How:     "The middle one of three services runs a real OpenTelemetry SDK that exports to the same backend. Each request must leave one trace of eight spans, two of them the application's.",
			Failure: "A span without its parent: the SDK's spans are not exported, or to another backend. Spans side by side: the SDK does not read the header that the proxy writes.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), traced(traces.ExportingSDK)),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "SDK on, export off: parents nobody stored",
			Sabotage: Through(traced(traces.SilentSDK)),
			Finds:    []Finds{{Kind: traces.MissingSpan, Service: "cart"}},
		}},
	}
}
