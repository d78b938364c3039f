package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// unanswered are the rules on calls to which a service gives no answer.
func unanswered() []Rule {
	const otel = traces.OpenTelemetry
	brittle := func(fault traces.Fault) traces.Topology {
		return topology.With(topology.Brittle(), topology.Failing("brittle", fault), topology.Routed(traces.Route{To: "brittle"}))
	}
	gone := through(everything(otel), topology.With(topology.Chain(), topology.Failing("stock", traces.Hang)))
	gone.Timeout = patience
	return []Rule{
		{
			Name: "no-endpoint", Source: fromRouter,
			Statement: "A call to a service without pods is answered with 503 and the flag UH by the caller's proxy.",
			Traffic:   through(everything(otel), topology.With(topology.Nowhere(), topology.Routed(traces.Route{To: "nowhere"}))),
		},
		{
			Name: "connection-that-is-reset", Source: fromRouter,
			Statement: "An application that resets the connection makes its own proxy answer 503, with the flag UC on the SERVER span; the CLIENT span has no flag.",
			Traffic:   through(everything(otel), brittle(traces.Reset)),
		},
		{
			Name: "application-that-crashes", Source: fromRouter,
			Statement: "An application that crashes in the middle of a request is one that resets the connection.",
			Traffic:   through(everything(otel), brittle(traces.Crash)),
		},
		{
			Name: "caller-that-goes-away", Source: fromManager,
			Statement: "A caller that goes away leaves every span of its request with the flag DC and without a status.",
			Traffic:   gone,
		},
	}
}
