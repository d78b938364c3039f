package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// sidecars are the rules on which services have spans.
func sidecars() []Rule {
	chain := func(changes ...topology.Change) suites.Traffic {
		return through(everything(traces.OpenTelemetry), topology.With(topology.Chain(), changes...))
	}
	return []Rule{
		{
			Name: "sidecars-everywhere", Source: fromFilter,
			Statement: "A call between two sidecars is a CLIENT span of the caller with a SERVER span of the callee below it, both with the answer's status 200 and no error mark.",
			Traffic:   chain(),
		},
		{
			Name: "no-sidecar-at-the-client", Source: fromInjection,
			Statement: "Where the client has no sidecar, the first proxy on the way begins the trace with its SERVER span.",
			Traffic:   chain().FromBareClient(),
		},
		{
			Name: "no-sidecar-at-the-entry", Source: fromInjection,
			Statement: "A service without a sidecar has no span: the SERVER span of whom it calls hangs directly below its caller's CLIENT span.",
			Traffic:   chain(topology.Bare("web")),
		},
		{
			Name: "no-sidecar-in-the-middle", Source: fromInjection,
			Statement: "A service without a sidecar that forwards all headers keeps the trace in one.",
			Traffic:   chain(topology.Bare("cart")),
		},
		{
			Name: "no-sidecar-at-the-leaf", Source: fromInjection,
			Statement: "A call to a leaf without a sidecar is the caller's CLIENT span alone.",
			Traffic:   chain(topology.Bare("stock")),
		},
		{
			Name: "no-sidecar-in-the-middle-that-drops", Source: fromPropagation,
			Statement: "Where a service without a sidecar drops the headers, the SERVER span of whom it calls is the root of a second trace.",
			Traffic:   chain(topology.Bare("cart"), topology.Dropping("cart")),
		},
		{
			Name: "no-sidecar-at-two-in-a-row", Source: fromInjection,
			Statement: "However many services without a sidecar a request passes, its context goes through them if they forward it.",
			Traffic:   chain(topology.Bare("web"), topology.Bare("cart")),
		},
		{
			Name: "no-sidecar-anywhere", Source: fromInjection,
			Statement: "A request that meets no sidecar leaves no trace.",
			Traffic:   chain(topology.Bare("web"), topology.Bare("cart"), topology.Bare("stock")).FromBareClient(),
		},
	}
}
