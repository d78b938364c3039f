package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// Contexts that a caller sends of its own.
const (
	w3cSampled = "00-" + callerTrace + "-" + callerSpan + "-01"
	w3cRefused = "00-" + callerTrace + "-" + callerSpan + "-00"
)

type headers = map[string]string

func b3(decision string) headers {
	h := headers{"x-b3-traceid": callerTrace, "x-b3-spanid": callerSpan}
	if decision != "" {
		h["x-b3-sampled"] = decision
	}
	return h
}

// callers are the rules on a context that the caller's application sends.
func callers() []Rule {
	with := func(mesh traces.Mesh, h headers) suites.Traffic { return sent(few, mesh, topology.Chain(), h) }
	open := func(mesh traces.Mesh, h headers) suites.Traffic { return sent(several, mesh, topology.Chain(), h) }
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	all, none := everything, func(p traces.Provider) traces.Mesh { return suites.AtPercent(p, 0) }
	half := func(p traces.Provider) traces.Mesh { return suites.AtPercent(p, 50) }
	debug := b3("")
	debug["x-b3-flags"] = "1"
	both := b3("1")
	both["b3"] = callerTrace + "-" + callerSpan + "-1"
	b3AndW3C := b3("1")
	b3AndW3C["traceparent"] = w3cRefused
	return []Rule{
		{
			Name: "caller-traceparent-sampled", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry continues the traceparent that the client's application sends: the client's CLIENT span hangs below it.",
			Traffic:   with(all(otel), headers{"traceparent": w3cSampled}),
		},
		{
			Name: "caller-traceparent-sampled-without-sidecar", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry continues a traceparent from outside the mesh: the first SERVER span hangs below it.",
			Traffic:   with(all(otel), headers{"traceparent": w3cSampled}).FromBareClient(),
		},
		{
			Name: "caller-traceparent-refused", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry at 100 % keeps to a traceparent that says not to sample.",
			Traffic:   with(all(otel), headers{"traceparent": w3cRefused}),
		},
		{
			Name: "caller-traceparent-refused-without-sidecar", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry at 100 % keeps to a traceparent from outside the mesh that says not to sample.",
			Traffic:   with(all(otel), headers{"traceparent": w3cRefused}).FromBareClient(),
		},
		{
			Name: "caller-traceparent-malformed", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry begins no span for a request whose traceparent is malformed.",
			Traffic:   with(all(otel), headers{"traceparent": "00-" + callerTrace + "-short-01"}),
		},
		{
			Name: "caller-tracestate-alone", Source: fromOpenTelemetry,
			Statement: "A tracestate without a traceparent is no context: OpenTelemetry begins a trace.",
			Traffic:   with(all(otel), headers{"tracestate": "throughline=1"}),
		},
		{
			Name: "caller-b3-opentelemetry", Source: fromOpenTelemetry,
			Statement: "OpenTelemetry does not look at B3.",
			Traffic:   with(all(otel), b3("1")),
		},
		{
			Name: "caller-traceparent-zipkin", Source: fromZipkin,
			Statement: "Zipkin does not look at traceparent.",
			Traffic:   with(all(zipkin), headers{"traceparent": w3cSampled}),
		},
		{
			Name: "caller-traceparent-zipkin-w3c", Source: fromZipkin,
			Statement: "Zipkin with W3C propagation continues a traceparent where there is no B3.",
			Traffic:   with(all(traces.ZipkinW3C), headers{"traceparent": w3cSampled}),
		},
		{
			Name: "caller-b3-sampled", Source: fromZipkin,
			Statement: "Zipkin continues the B3 context that the client's application sends.",
			Traffic:   with(all(zipkin), b3("1")),
		},
		{
			Name: "caller-b3-sampled-without-sidecar", Source: fromZipkin,
			Statement: "Zipkin continues a B3 context from outside the mesh.",
			Traffic:   with(all(zipkin), b3("1")).FromBareClient(),
		},
		{
			Name: "caller-b3-refused", Source: fromZipkin,
			Statement: "Zipkin at 100 % keeps to an x-b3-sampled that says not to sample.",
			Traffic:   with(all(zipkin), b3("0")),
		},
		{
			Name: "caller-b3-single-sampled", Source: fromZipkin,
			Statement: "Zipkin continues a single B3 header, and goes on with that one.",
			Traffic:   with(all(zipkin), headers{"b3": callerTrace + "-" + callerSpan + "-1"}),
		},
		{
			Name: "caller-b3-single-refused", Source: fromZipkin,
			Statement: "Zipkin at 100 % keeps to a single B3 header that says not to sample.",
			Traffic:   with(all(zipkin), headers{"b3": callerTrace + "-" + callerSpan + "-0"}),
		},
		{
			Name: "caller-b3-both", Source: fromZipkin,
			Statement: "Zipkin continues a B3 context that comes in both forms.",
			Traffic:   with(all(zipkin), both),
		},
		{
			Name: "caller-b3-single-decision-alone", Source: fromZipkin,
			Statement: "Zipkin at 100 % keeps to a single B3 header that says no more than not to sample.",
			Traffic:   with(all(zipkin), headers{"b3": "0"}),
		},
		{
			Name: "caller-b3-decision-alone", Source: fromZipkin,
			Statement: "Zipkin at 100 % keeps to an x-b3-sampled without ids that says not to sample.",
			Traffic:   with(all(zipkin), headers{"x-b3-sampled": "0"}),
		},
		{
			Name: "caller-b3-decision-alone-at-0", Source: fromZipkin,
			Statement: "An x-b3-sampled without ids that says to sample is enough for Zipkin at 0 %.",
			Traffic:   with(none(zipkin), headers{"x-b3-sampled": "1"}),
		},
		{
			Name: "caller-both-zipkin-w3c", Source: fromZipkin,
			Statement: "Zipkin with W3C propagation prefers B3 to a traceparent.",
			Traffic:   with(all(traces.ZipkinW3C), b3AndW3C),
		},
		{
			Name: "caller-b3-debug", Source: fromZipkin,
			Statement: "Zipkin at 0 % does not look at x-b3-flags: B3's debug flag is not enough.",
			Traffic:   with(none(zipkin), debug),
		},
		{
			Name: "caller-b3-single-debug", Source: fromZipkin,
			Statement: "Zipkin at 0 % samples a request whose single B3 header asks for debugging.",
			Traffic:   with(none(zipkin), headers{"b3": callerTrace + "-" + callerSpan + "-d"}),
		},
		{
			Name: "caller-request-id", Source: fromRequestID,
			Statement: "An x-request-id of the caller's own that says nothing of sampling is drawn from like one of a proxy.",
			Traffic:   open(half(otel), headers{"x-request-id": callerRequest}),
		},
		{
			Name: "caller-request-id-sampled", Source: fromRequestID,
			Statement: "An x-request-id that says that it was sampled is sampled at 0 %.",
			Traffic:   with(none(otel), headers{"x-request-id": callerSampled}),
		},
		{
			Name: "caller-yes-at-0-opentelemetry", Source: fromManager,
			Statement: "A traceparent that says to sample is not enough for OpenTelemetry at 0 %.",
			Traffic:   with(none(otel), headers{"traceparent": w3cSampled}),
		},
		{
			Name: "caller-yes-at-50-opentelemetry", Source: fromManager,
			Statement: "At 50 % OpenTelemetry draws although a traceparent says to sample, and what it then stores is whole.",
			Traffic:   open(half(otel), headers{"traceparent": w3cSampled}),
		},
		{
			Name: "caller-yes-at-0-zipkin", Source: fromZipkin,
			Statement: "An x-b3-sampled that says to sample is enough for Zipkin at 0 %.",
			Traffic:   with(none(zipkin), b3("1")),
		},
		{
			Name: "caller-yes-at-50-zipkin", Source: fromZipkin,
			Statement: "At 50 % Zipkin samples every request whose x-b3-sampled says so.",
			Traffic:   open(half(zipkin), b3("1")),
		},
		{
			Name: "caller-b3-open-at-50-zipkin", Source: fromZipkin,
			Statement: "At 50 % Zipkin draws where B3 ids come without a decision.",
			Traffic:   open(half(zipkin), b3("")),
		},
	}
}
