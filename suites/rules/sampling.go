package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// sampling are the rules on who decides, and at which rate.
func sampling() []Rule {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	ward := func(percent float64) traces.Telemetry {
		return traces.Telemetry{Namespace: topology.WardNamespace, Rules: []traces.Rule{{Sampling: traces.Percent(percent)}}}
	}
	at := func(provider traces.Provider, percent float64, others ...traces.Telemetry) traces.Mesh {
		mesh := suites.AtPercent(provider, percent)
		mesh.Telemetries = others
		return mesh
	}
	audit := func(percent float64) traces.Telemetry {
		t := ward(percent)
		t.Workload = "audit"
		return t
	}
	// fromWard enters the mesh at audit, which so decides.
	fromWard := func(mesh traces.Mesh) suites.Traffic {
		t := topology.Ward()
		t.Name, t.Entry, t.Services = "from-ward", "audit", t.Services[1:]
		return through(mesh, t).FromBareClient()
	}
	onlyID := topology.With(topology.Ward(), topology.Bare("web"), topology.Forwarding("web", "x-request-id"))
	return []Rule{
		{
			Name: "sampling-0", Source: fromManager,
			Statement: "At 0 % nothing is sampled.",
			Traffic:   through(at(otel, 0), topology.Chain()),
		},
		{
			Name: "sampling-unset", Source: fromListeners,
			Statement: "Where no rate is set a request leaves its whole trace or none.",
			Traffic:   sent(several, traces.Mesh{Provider: otel}, topology.Chain(), nil),
		},
		{
			Name: "sampling-50-opentelemetry", Source: fromManager,
			Statement: "Under OpenTelemetry the first proxy draws for all: a request leaves its whole trace or none.",
			Traffic:   sent(several, at(otel, 50), topology.Chain(), nil),
		},
		{
			Name: "sampling-50-zipkin", Source: fromManager,
			Statement: "Under Zipkin the first proxy draws for all: a request leaves its whole trace or none.",
			Traffic:   sent(several, at(zipkin, 50), topology.Chain(), nil),
		},
		{
			Name: "sampling-higher-in-a-namespace", Source: fromOpenTelemetry,
			Statement: "A namespace at 100 % does not sample what a proxy at 0 % before it refused.",
			Traffic:   through(at(otel, 0, ward(100)), topology.Ward()),
		},
		{
			Name: "sampling-of-a-namespace", Source: fromPrecedence,
			Statement: "A namespace at 100 % samples what enters the mesh there, and the mesh at 0 % around it follows.",
			Traffic:   fromWard(at(otel, 0, ward(100))),
		},
		{
			Name: "sampling-lower-in-a-namespace", Source: fromManager,
			Statement: "A namespace at 0 % keeps on sampling what was sampled before it, for x-request-id says so.",
			Traffic:   through(at(otel, 100, ward(0)), topology.Ward()),
		},
		{
			Name: "sampling-lower-in-a-namespace-zipkin", Source: fromZipkin,
			Statement: "Under Zipkin a namespace at 0 % keeps on sampling what was sampled before it.",
			Traffic:   through(at(zipkin, 100, ward(0)), topology.Ward()),
		},
		{
			Name: "sampling-of-a-workload", Source: fromPrecedence,
			Statement: "A Telemetry resource of a workload outranks that of its namespace.",
			Traffic:   fromWard(at(otel, 0, ward(0), audit(100))),
		},
		{
			Name: "sampling-by-the-oldest", Source: fromPrecedence,
			Statement: "Of two Telemetry resources of one namespace the oldest counts.",
			Traffic:   fromWard(at(otel, 0, ward(100), ward(0))),
		},
		{
			Name: "sampling-by-one-number", Source: fromManager,
			Statement: "Proxies that see one x-request-id draw one number: whoever samples 50 % samples all that another at 10 % does.",
			Traffic:   sent(several, at(otel, 10, ward(50)), onlyID, nil),
		},
	}
}
