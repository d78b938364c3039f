package propagation

import (
	"fmt"
	"strings"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// halfForwarded is P08: what an application must forward, by provider.
func halfForwarded() []Check {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	return []Check{
		half(otel, "traceparent").stays(),
		half(otel, "tracestate").splits(),
		half(otel, "x-request-id").splits(),
		half(otel, "x-b3-traceid", "x-b3-spanid", "x-b3-sampled").splits(),
		half(zipkin, "x-b3-traceid", "x-b3-spanid").stays(),
		half(zipkin, "x-b3-traceid", "x-b3-sampled", "x-b3-parentspanid").splits(),
		half(zipkin, "x-b3-spanid", "x-b3-sampled").splits(),
		half(zipkin, "x-request-id").splits(),
		half(zipkin, "traceparent", "tracestate").splits(),
		half(zipkin, "b3").splits(),
	}
}

// forwardingHalf is an application that forwards some of the headers and no others.
type forwardingHalf struct {
	provider traces.Provider
	headers  []string
}

func half(provider traces.Provider, headers ...string) forwardingHalf {
	return forwardingHalf{provider, headers}
}

func (h forwardingHalf) check(ends string, expected traces.Forest, control Control) Check {
	return Check{
		ID: "P08", Case: fmt.Sprintf("%s %s", h.provider, strings.Join(h.headers, "+")), Area: Propagation, Location: Here(),
		Profile: Providers("which headers suffice differs from one provider to another"),
		Title:   fmt.Sprintf("%s where an application forwards only %s (%s)", ends, strings.Join(h.headers, ", "), h.provider),
		Prose: Prose{
			Promise: "Each provider reads headers of its own: OpenTelemetry the one header traceparent, Zipkin the pair x-b3-traceid and x-b3-spanid. With these the trace goes on, whatever else is dropped; without them it ends, whatever else is kept.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "Applications copy a list of headers that somebody wrote for another tracer. Half of the right list looks like tracing that works, until the provider is changed (istio #23960, #49557, #54839).",
			How:     "The middle one of three services forwards the named headers and no others. Each request must leave one trace, or two that are split there, exactly.",
			Failure: "A split where none should be: the provider reads another header than it did. One trace where two are expected: it reads more headers, or the application forwards more than it says.",
		},
		Traffic:  Few(Everything(h.provider), topology.With(topology.Chain(), topology.Forwarding("cart", h.headers...))),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{control},
	}
}

// stays is the check of headers that suffice.
func (h forwardingHalf) stays() Check {
	return h.check("keeps one trace", Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	), Control{
		Name:     "drop these as well",
		Sabotage: Through(topology.With(topology.Chain(), topology.Dropping("cart"))),
		Finds:    []Finds{{Kind: traces.SplitTrace, Service: "cart"}},
	})
}

// splits is the check of headers that do not.
func (h forwardingHalf) splits() Check {
	return h.check("splits the trace", Succeeding(
		traces.Calls("web",
			traces.Calls("cart")),
		traces.CallFrom("cart", "stock"),
	), Control{
		Name:     "full set",
		Sabotage: Through(topology.Chain()),
		Finds:    []Finds{{Kind: traces.JoinedTrace, Service: "cart"}},
	})
}
