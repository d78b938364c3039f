package rules

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// half is an application that forwards some of the headers and no others.
type half struct {
	slug    string
	headers []string
	// keeps are the providers under which the trace stays in one.
	keeps []traces.Provider
}

// forwarding are the rules on what becomes of a trace when an application drops headers.
func forwarding() []Rule {
	var all []Rule
	for _, provider := range []traces.Provider{traces.OpenTelemetry, traces.Zipkin} {
		all = append(all, Rule{
			Name: "forwarding-nothing-" + string(provider), Source: fromPropagation,
			Statement: "Where an application drops all headers, the CLIENT span of its proxy is the root of a second trace, under " + words(provider) + ".",
			Traffic:   through(everything(provider), topology.With(topology.Chain(), topology.Dropping("cart"))),
		})
	}
	for _, h := range []half{
		{"traceparent", []string{"traceparent"}, []traces.Provider{traces.OpenTelemetry}},
		{"tracestate", []string{"tracestate"}, nil},
		{"x-request-id", []string{"x-request-id"}, nil},
		{"x-b3-traceid", []string{"x-b3-traceid"}, nil},
		{"x-b3-spanid", []string{"x-b3-spanid"}, nil},
		{"x-b3-ids", []string{"x-b3-traceid", "x-b3-spanid"}, []traces.Provider{traces.Zipkin}},
		{"b3", []string{"b3"}, nil},
	} {
		all = append(all, h.rule(traces.OpenTelemetry), h.rule(traces.Zipkin))
	}
	both := []traces.Provider{traces.ZipkinW3C}
	return append(all,
		half{"traceparent", []string{"traceparent"}, both}.rule(traces.ZipkinW3C),
		half{"x-b3-ids", []string{"x-b3-traceid", "x-b3-spanid"}, both}.rule(traces.ZipkinW3C),
	)
}

func (h half) rule(provider traces.Provider) Rule {
	source := fromOpenTelemetry
	if provider != traces.OpenTelemetry {
		source = fromZipkin
	}
	what := "splits the trace"
	for _, p := range h.keeps {
		if p == provider {
			what = "keeps the trace in one"
		}
	}
	return Rule{
		Name: "forwarding-only-" + h.slug + "-" + string(provider), Source: source,
		Statement: fmt.Sprintf("An application that forwards only %s %s under %s.", strings.Join(h.headers, " and "), what, words(provider)),
		Traffic:   through(everything(provider), topology.With(topology.Chain(), topology.Forwarding("cart", h.headers...))),
	}
}

// providers are the rules on providers other than OpenTelemetry, and on several together.
func providers() []Rule {
	mixed := func(outside, inside traces.Provider) suites.Traffic {
		mesh := everything(outside)
		mesh.Telemetries = []traces.Telemetry{{Namespace: topology.WardNamespace, Rules: []traces.Rule{{Provider: inside}}}}
		return through(mesh, topology.Ward())
	}
	return []Rule{
		{
			Name: "provider-zipkin", Source: fromZipkin,
			Statement: "Under Zipkin a call between two sidecars is a CLIENT and a SERVER span, with ids of their own, status 200 and no error mark.",
			Traffic:   through(everything(traces.Zipkin), topology.Chain()),
		},
		{
			Name: "provider-zipkin-in-parallel", Source: fromZipkin,
			Statement: "Under Zipkin parallel calls of an application are siblings below its SERVER span.",
			Traffic:   through(everything(traces.Zipkin), topology.Diamond()),
		},
		{
			Name: "provider-zipkin-w3c", Source: fromZipkin,
			Statement: "Under Zipkin with W3C propagation a trace stays in one where all headers are forwarded.",
			Traffic:   through(everything(traces.ZipkinW3C), topology.Chain()),
		},
		{
			Name: "provider-zipkin-in-one-namespace", Source: fromZipkin,
			Statement: "A namespace that traces with Zipkin among OpenTelemetry begins a trace of its own, and the headers of the others pass through it.",
			Traffic:   mixed(traces.OpenTelemetry, traces.Zipkin),
		},
		{
			Name: "provider-opentelemetry-in-one-namespace", Source: fromOpenTelemetry,
			Statement: "A namespace that traces with OpenTelemetry among Zipkin begins a trace of its own, and the headers of the others pass through it.",
			Traffic:   mixed(traces.Zipkin, traces.OpenTelemetry),
		},
		{
			Name: "provider-zipkin-w3c-in-one-namespace", Source: fromZipkin,
			Statement: "A namespace that traces with Zipkin with W3C propagation continues the traceparent of OpenTelemetry around it, and OpenTelemetry continues its.",
			Traffic:   mixed(traces.OpenTelemetry, traces.ZipkinW3C),
		},
	}
}
