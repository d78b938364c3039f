package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// applications are the rules on what applications do besides forwarding.
func applications() []Rule {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	chain := func(provider traces.Provider, changes ...topology.Change) suites.Traffic {
		return through(everything(provider), topology.With(topology.Chain(), changes...))
	}
	return []Rule{
		{
			Name: "answer-before-a-call", Source: fromFilter,
			Statement: "A call that an application makes after its answer hangs below its SERVER span all the same.",
			Traffic:   chain(otel, topology.Working("cart", traces.Work{Early: true})),
		},
		{
			Name: "sdk-that-exports", Source: fromSDKs,
			Statement: "An SDK's SERVER and CLIENT span stand between those of its proxy.",
			Traffic:   chain(otel, topology.Tracing("cart", traces.ExportingSDK)),
		},
		{
			Name: "sdk-that-exports-nothing", Source: fromSDKs,
			Statement: "The CLIENT span below an SDK that exports nothing has a parent that is not stored, in the same trace.",
			Traffic:   chain(otel, topology.Tracing("cart", traces.SilentSDK)),
		},
		{
			Name: "sdk-that-exports-among-zipkin", Source: fromSDKs,
			Statement: "Among Zipkin an SDK begins a trace of its own, and B3 passes through its application.",
			Traffic:   chain(zipkin, topology.Tracing("cart", traces.ExportingSDK)),
		},
		{
			Name: "sdk-that-exports-nothing-among-zipkin", Source: fromSDKs,
			Statement: "Among Zipkin an SDK that exports nothing leaves the trace of the proxies as it is.",
			Traffic:   chain(zipkin, topology.Tracing("cart", traces.SilentSDK)),
		},
		{
			Name: "sdk-that-drops", Source: fromSDKs,
			Statement: "An SDK sends its context on although its application forwards nothing.",
			Traffic:   chain(otel, topology.Tracing("cart", traces.ExportingSDK), topology.Dropping("cart")),
		},
		{
			Name: "sdk-that-exports-without-sidecar", Source: fromSDKs,
			Statement: "An SDK has its spans without a sidecar too, between those of the proxies around it.",
			Traffic:   chain(otel, topology.Tracing("cart", traces.ExportingSDK), topology.Bare("cart")),
		},
		{
			Name: "sdk-that-exports-nothing-without-sidecar", Source: fromSDKs,
			Statement: "Behind an SDK without a sidecar that exports nothing the next SERVER span has a parent that is not stored.",
			Traffic:   chain(otel, topology.Tracing("cart", traces.SilentSDK), topology.Bare("cart")),
		},
	}
}
