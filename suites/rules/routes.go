package rules

import (
	"time"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// slow is how long a callee sleeps that its caller does not wait for, and patience how
// long that waits.
const (
	patience = 300 * time.Millisecond
	slow     = 2 * patience
)

// routes are the rules on what the mesh does with a call on its way.
func routes() []Rule {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	// What the mesh does is always done to calls to stock: a route to cart is deployed for the checks.
	routed := func(name string, provider traces.Provider, r traces.Route, t traces.Topology) suites.Traffic {
		r.To = "stock"
		t.Name, t.Routes = name, []traces.Route{r}
		return through(everything(provider), t)
	}
	chain := topology.Chain
	failing := func(n int) traces.Topology {
		return topology.With(chain(), topology.Working("stock", traces.Work{Fails: n}))
	}
	price := traces.Service{Name: "price"}
	callingPrice := topology.Calling("stock", traces.Step{{To: "price"}})
	return []Rule{
		{
			Name: "gateway", Source: fromListeners,
			Statement: "A gateway has a SERVER span and a CLIENT span, as a service that forwards all headers.",
			Traffic:   through(everything(otel), topology.BehindGateway()),
		},
		{
			Name: "gateway-with-a-callers-context", Source: fromListeners,
			Statement: "A gateway continues the context of a caller outside the mesh.",
			Traffic:   sent(few, everything(otel), topology.BehindGateway(), headers{"traceparent": w3cSampled}).FromBareClient(),
		},
		{
			Name: "gateway-that-draws", Source: fromManager,
			Statement: "A gateway gives every request a new x-request-id and draws from it: under OpenTelemetry it may refuse what its caller's proxy sampled.",
			Traffic:   sent(2*several, suites.AtPercent(otel, 50), topology.BehindGateway(), nil),
		},
		{
			Name: "gateway-that-draws-zipkin", Source: fromZipkin,
			Statement: "Under Zipkin a gateway keeps to what its caller's proxy decided.",
			Traffic:   sent(2*several, suites.AtPercent(traces.Zipkin, 50), topology.BehindGateway(), nil),
		},
		{
			Name: "versions", Source: fromRoutes,
			Statement: "One version of a service serves a call, with spans of the service's name, whichever it is.",
			Traffic:   sent(several, everything(otel), topology.Versioned(), nil),
		},
		{
			Name: "retry-that-succeeds", Source: fromRouter,
			Statement: "Each try of a call is a SERVER span of the callee below the one CLIENT span, which has the last try's status.",
			Traffic:   routed("retries", otel, traces.Route{Retries: 2}, failing(1)),
		},
		{
			Name: "retry-that-is-exhausted", Source: fromRouter,
			Statement: "A call of which every try fails has the flag URX on its CLIENT span.",
			Traffic:   routed("retries", otel, traces.Route{Retries: 2}, failing(3)),
		},
		{
			Name: "retry-of-grpc", Source: fromRouter,
			Statement: "A gRPC call that fails is not tried again on 5xx: its HTTP status is 200.",
			Traffic: routed("retries-of-grpc", otel, traces.Route{Retries: 2},
				topology.With(grpc(0), topology.Working("stock", traces.Work{Fails: 1}))),
		},
		{
			Name: "mirror", Source: fromRouter,
			Statement: "The copy of a mirrored call is refused a trace: nothing is stored of who serves it.",
			Traffic:   routed("mirror", otel, traces.Route{Mirror: "price"}, topology.Adding(chain(), price)),
		},
		{
			Name: "mirror-zipkin", Source: fromRouter,
			Statement: "Under Zipkin too the copy of a mirrored call is refused a trace.",
			Traffic:   routed("mirror", zipkin, traces.Route{Mirror: "price"}, topology.Adding(chain(), price)),
		},
		{
			Name: "mirror-that-calls-on", Source: fromRouter,
			Statement: "What the receiver of a mirrored call calls on is refused a trace as well.",
			Traffic: routed("mirror-that-calls-on", otel, traces.Route{Mirror: "price"}, topology.Adding(chain(),
				traces.Service{Name: "price", Steps: []traces.Step{{{To: "audit"}}}},
				traces.Service{Name: "audit", Namespace: topology.WardNamespace},
			)),
		},
		{
			Name: "fault-delay", Source: fromFaults,
			Statement: "A delay that a VirtualService injects is marked DI on the caller's CLIENT span.",
			Traffic:   routed("fault-delay", otel, traces.Route{Delay: 200 * time.Millisecond}, chain()),
		},
		{
			Name: "fault-abort", Source: fromFaults,
			Statement: "A call that a VirtualService aborts is a CLIENT span with the injected status and the flag FI, and reaches nobody.",
			Traffic:   routed("fault-abort", otel, traces.Route{Abort: 503}, chain()),
		},
		{
			Name: "timeout", Source: fromRouter,
			Statement: "A call that takes too long is answered with 504 and the flag UT on its CLIENT span, and the callee's SERVER span has DC and no status.",
			Traffic:   routed("timeout", otel, traces.Route{Timeout: patience}, topology.With(chain(), topology.Delayed("stock", slow))),
		},
		{
			Name: "timeout-before-further-calls", Source: fromRouter,
			Statement: "A callee that was given up makes no call after it.",
			Traffic: routed("timeout-before-calls", otel, traces.Route{Timeout: patience},
				topology.Adding(topology.With(chain(), topology.Delayed("stock", slow), callingPrice), price)),
		},
		{
			Name: "timeout-during-a-further-call", Source: fromRouter,
			Statement: "A call that was under way when its caller was given up is stored with what it came to.",
			Traffic: routed("timeout-during-a-call", otel, traces.Route{Timeout: patience},
				topology.Adding(topology.With(chain(), callingPrice), traces.Service{Name: "price", Work: traces.Work{Delay: slow}})),
		},
		{
			Name: "external-service", Source: fromServices,
			Statement: "A call to a host outside the mesh that a ServiceEntry names is the caller's CLIENT span alone.",
			Traffic:   through(everything(otel), topology.External()),
		},
	}
}
