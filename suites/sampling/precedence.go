package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// ward is a Telemetry resource of the namespace ward.
func ward(rule traces.Rule) traces.Telemetry {
	return traces.Telemetry{Namespace: topology.WardNamespace, Rules: []traces.Rule{rule}}
}

func at(percent float64) traces.Rule { return traces.Rule{Sampling: traces.Percent(percent)} }

// within is a mesh with these resources beside its own.
func within(percent float64, resources ...traces.Telemetry) traces.Mesh {
	mesh := AtPercent(traces.OpenTelemetry, percent)
	mesh.Telemetries = resources
	return mesh
}

// intoWard is a chain that enters the mesh in the namespace ward, whose proxy so decides.
func intoWard() traces.Topology {
	t := topology.Ward()
	t.Name, t.Entry, t.Services = "into-ward", "audit", t.Services[1:]
	return t
}

func precedenceProse(how string) Prose {
	return Prose{
		Promise: "A Telemetry resource of a workload comes before that of its namespace, and that before the mesh's. What a resource leaves unset it inherits. Of two for the same namespace the oldest counts.",
		Link:    telemetryLink,
		Matters: "A rate that is set and not in force looks like one that does nothing. The second Telemetry of a namespace is ignored without a word (istio #51256, #50414), and older settings get in the way (istio #34161, #46653).",
		How:     how + " Whoever decides samples all or nothing, so that twenty requests decide it.",
		Failure: "The rate of another level is in force. Compare the Telemetry resources of the root namespace, the namespace and the workload, and their ages.",
	}
}

// precedence is S05.
func precedence(alpha float64) []Check {
	wardForest := Succeeding(traces.Serves("audit.ward", traces.Calls("stock")))
	audit := func(percent float64) traces.Telemetry {
		t := ward(at(percent))
		t.Workload = "audit"
		return t
	}
	gate := func(percent float64) traces.Telemetry {
		return traces.Telemetry{Namespace: traces.DefaultNamespace, Workload: "gate", Rules: []traces.Rule{at(percent)}}
	}
	one := func(name, title, how string, mesh, wrong traces.Mesh) Check {
		return Check{
			ID: "S05", Case: name, Area: Sampling, Location: Here(), Title: title, Prose: precedenceProse(how),
			Profile: Extended("it takes several Telemetry resources"),
			Traffic: Few(mesh, intoWard()).FromBareClient(), Expected: wardForest, Judge: RateOf(wardForest, 100, alpha),
			Controls: []Control{{
				Name:     "the wrong level",
				Sabotage: func(t *Traffic) { t.Mesh = wrong },
				Finds:    []Finds{{Kind: traces.WrongRate, Service: "audit"}},
			}},
		}
	}
	inherits := ward(traces.Rule{Provider: traces.OpenTelemetry})
	behindGate := Succeeding(
		traces.Serves("gate",
			traces.Calls("web",
				traces.Calls("cart"))),
	)
	gateway := one("gateway", "lets a gateway's own resource decide for what enters there",
		"A gateway has a resource of its own that samples everything in a mesh that samples nothing.",
		within(0, gate(100)), within(100, gate(0)))
	gateway.Traffic = Few(within(0, gate(100)), topology.BehindGateway()).FromBareClient()
	gateway.Expected, gateway.Judge = behindGate, RateOf(behindGate, 100, alpha)
	gateway.Controls[0].Finds[0].Service = "gate"
	return []Check{
		one("namespace", "lets a namespace's resource override the mesh's",
			"A namespace samples everything in a mesh that samples nothing, and requests enter there.",
			within(0, ward(at(100))), within(100, ward(at(0)))),
		one("workload", "lets a workload's resource override its namespace's",
			"A workload samples everything in a namespace that samples nothing, and requests enter there.",
			within(0, ward(at(0)), audit(100)), within(0, ward(at(100)), audit(0))),
		one("oldest", "takes the oldest of two resources of one namespace",
			"Two resources of one namespace contradict each other, and the one that was there first samples everything.",
			within(0, ward(at(100)), ward(at(0))), within(0, ward(at(0)), ward(at(100)))),
		one("inheritance", "inherits the rate where a resource leaves it unset",
			"A namespace's resource names a provider and no rate in a mesh that samples everything. The default of 1 % must not come back.",
			within(100, inherits), within(0, inherits)),
		gateway,
	}
}
