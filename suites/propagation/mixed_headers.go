package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func mixedProse(how string) Prose {
	return Prose{
		Promise: "OpenTelemetry speaks traceparent and Zipkin B3, and neither reads the other. Zipkin with USE_B3_WITH_W3C_PROPAGATION writes both and reads W3C where there is no B3, which is what a migration goes over.",
		Link:    "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ExtensionProvider-ZipkinTracingProvider",
		Matters: "Meshes change their tracer one namespace at a time. In between, traces fall apart at the border, or do not, and nobody can tell from the outside which it will be (istio #23960, #49557, #54839).",
		How:     how,
		Failure: "A connection where none is expected: the provider reads more than it did, which is good news and belongs into the release notes. A split where a connection is expected: look at the provider's traceContextOption.",
	}
}

// inWard is a mesh that traces with one provider, and its namespace ward with another.
func inWard(outside, inside traces.Provider) traces.Mesh {
	mesh := Everything(outside)
	mesh.Telemetries = []traces.Telemetry{{
		Namespace: topology.WardNamespace, Rules: []traces.Rule{{Provider: inside}},
	}}
	return mesh
}

// aroundWard is a chain through ward in one trace.
func aroundWard() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("audit.ward",
				traces.Calls("stock"))),
	)
}

// beyondWard is what stays of a chain where ward's proxy reads other headers: the headers
// of those around it pass through it, and it has a trace of its own.
func beyondWard() traces.Forest {
	call := traces.Node{
		Kind: traces.Client, To: "audit",
		Children: []traces.Node{{Kind: traces.Server, Service: "stock"}},
	}
	own := traces.Node{
		Kind: traces.Server, Service: "audit", Namespace: "ward",
		Children: []traces.Node{{Kind: traces.Client, To: "stock"}},
	}
	return Succeeding(
		traces.Node{Kind: traces.Client, To: "web", Children: []traces.Node{
			{Kind: traces.Server, Service: "web", Children: []traces.Node{call}},
		}},
		own,
	)
}

// mixedHeaders is P16.
func mixedHeaders() []Check {
	const otel, zipkin, both = traces.OpenTelemetry, traces.Zipkin, traces.ZipkinW3C
	where := "The middle one of three services lives in a namespace that traces with another provider than the mesh. "
	one := func(name, title string, mesh traces.Mesh, sent string, expected traces.Forest, control Control) Check {
		return Check{
			ID: "P16", Case: name, Area: Propagation, Location: Here(), Title: title, Prose: mixedProse(sent),
			Profile: Providers("it takes a mesh with two providers"),
			Traffic: Few(mesh, topology.Ward()), Expected: expected, Judge: WholeForest(expected), Controls: []Control{control},
		}
	}
	asOne := func(mesh traces.Mesh, finds ...Finds) Control {
		return Control{
			Name:     "trace all with one provider",
			Sabotage: func(t *Traffic) { t.Mesh = mesh },
			Finds:    finds,
		}
	}
	dropped := Control{
		Name:     "drop the headers at the border",
		Sabotage: Through(topology.With(topology.Ward(), topology.Dropping("audit"))),
		Finds:    []Finds{{Kind: traces.SplitTrace, Service: "audit"}},
	}
	// The namespace joins in, and what is behind it hangs below its call.
	joined := []Finds{{Kind: traces.JoinedTrace, Service: "web"}, {Kind: traces.WrongParent, Service: "stock"}}
	checks := []Check{
		one("zipkin in opentelemetry", "splits off a namespace that traces with Zipkin among OpenTelemetry",
			inWard(otel, zipkin), where+"Each request must leave two traces: that of the mesh, which goes on behind the namespace, and that of the namespace.",
			beyondWard(), asOne(Everything(otel), joined...)),
		one("opentelemetry in zipkin", "splits off a namespace that traces with OpenTelemetry among Zipkin",
			inWard(zipkin, otel), where+"Each request must leave two traces: that of the mesh, which goes on behind the namespace, and that of the namespace.",
			beyondWard(), asOne(Everything(zipkin), joined...)),
		one("zipkin with w3c in opentelemetry", "keeps one trace through a namespace that traces with Zipkin and W3C propagation",
			inWard(otel, both), where+"That one speaks both forms, and each request must leave one trace.",
			aroundWard(), dropped),
	}
	traffic := sending(Everything(both), headers{"traceparent": "00-" + CallerTrace + "-" + CallerSpan + "-01"})
	return append(checks, Check{
		ID: "P16", Case: "w3c caller of zipkin", Area: Propagation, Location: Here(),
		Profile: Providers("Zipkin propagates W3C only where told to"),
		Title:   "continues a caller's traceparent under Zipkin with W3C propagation",
		Prose:   mixedProse("A client outside the mesh sends a traceparent and no B3. Each request must leave the caller's trace."),
		Traffic: traffic, Expected: continued(), Judge: WholeForest(continued()),
		Controls: []Control{{
			Name:     "trace with Zipkin alone",
			Sabotage: func(t *Traffic) { t.Mesh = Everything(zipkin) },
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "web"}},
		}},
	})
}
