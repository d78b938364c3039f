package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// telemetry are the rules on what Telemetry resources switch off, and where.
func telemetry() []Rule {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	oneSide := func(side traces.Kind, provider traces.Provider) suites.Traffic {
		return through(traces.Mesh{Rules: []traces.Rule{{Side: side, Provider: provider, Sampling: traces.Percent(100)}}}, topology.Chain())
	}
	yes := true
	silent := func(side traces.Kind) traces.Rule { return traces.Rule{Side: side, DisableSpanReporting: &yes} }
	mute := func(side traces.Kind) traces.Rule { return traces.Rule{Side: side, DisableContextPropagation: &yes} }
	everywhere := func(provider traces.Provider, r traces.Rule) suites.Traffic {
		mesh := everything(provider)
		mesh.Rules = []traces.Rule{r}
		return through(mesh, topology.Chain())
	}
	atCart := func(r traces.Rule) suites.Traffic {
		mesh := everything(otel)
		mesh.Telemetries = []traces.Telemetry{{Namespace: traces.DefaultNamespace, Workload: "cart", Rules: []traces.Rule{r}}}
		return through(mesh, topology.Chain())
	}
	return []Rule{
		{
			Name: "side-client-opentelemetry", Source: fromListeners,
			Statement: "With a provider for CLIENT alone there are CLIENT spans alone, each below the one before it.",
			Traffic:   oneSide(traces.Client, otel),
		},
		{
			Name: "side-server-opentelemetry", Source: fromListeners,
			Statement: "With a provider for SERVER alone there are SERVER spans alone, each below the one before it.",
			Traffic:   oneSide(traces.Server, otel),
		},
		{
			Name: "side-client-zipkin", Source: fromListeners,
			Statement: "With Zipkin for CLIENT alone there are CLIENT spans alone, each below the one before it.",
			Traffic:   oneSide(traces.Client, zipkin),
		},
		{
			Name: "side-server-zipkin", Source: fromListeners,
			Statement: "With Zipkin for SERVER alone there are SERVER spans alone, each below the one before it.",
			Traffic:   oneSide(traces.Server, zipkin),
		},
		{
			Name: "reporting-disabled", Source: fromListeners,
			Statement: "disableSpanReporting for the mesh leaves no span.",
			Traffic:   everywhere(otel, silent("")),
		},
		{
			Name: "reporting-disabled-on-one-side", Source: fromListeners,
			Statement: "disableSpanReporting for CLIENT takes tracing out of that side: SERVER spans hang below one another.",
			Traffic:   everywhere(otel, silent(traces.Client)),
		},
		{
			Name: "reporting-disabled-for-a-workload", Source: fromListeners,
			Statement: "disableSpanReporting for a workload takes tracing out of its proxy: the headers pass through it as they are.",
			Traffic:   atCart(silent("")),
		},
		{
			Name: "propagation-disabled", Source: fromListeners,
			Statement: "disableContextPropagation for the mesh makes each span a trace of its own.",
			Traffic:   everywhere(otel, mute("")),
		},
		{
			Name: "propagation-disabled-zipkin", Source: fromListeners,
			Statement: "disableContextPropagation for the mesh makes each span a trace of its own under Zipkin too.",
			Traffic:   everywhere(zipkin, mute("")),
		},
		{
			Name: "propagation-disabled-on-one-side", Source: fromListeners,
			Statement: "disableContextPropagation for SERVER leaves the caller's context to the application: its calls hang beside its SERVER span.",
			Traffic:   everywhere(otel, mute(traces.Server)),
		},
		{
			Name: "propagation-disabled-for-a-workload", Source: fromListeners,
			Statement: "disableContextPropagation for a workload makes its spans leaves of the context that it received.",
			Traffic:   atCart(mute("")),
		},
	}
}
