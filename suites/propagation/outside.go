package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func outsideProse(how string) Prose {
	return Prose{
		Promise: "A span is of a call, however the called service is known to the mesh: by a ServiceEntry for a host outside of it, without a cluster address of its own, or on a second port.",
		Link:    "https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/",
		Matters: "Databases, payment providers and stateful services are called in just these ways, and they are where time is lost. A proxy that passes such a call through without looking leaves a hole exactly there.",
		How:     how,
		Failure: "No CLIENT span: the proxy passed the connection through as TCP; look at the name of the port (http, grpc) and at the ServiceEntry's protocol.",
	}
}

// outside is P23: services that the mesh knows in another way.
func outside() []Check {
	bank := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.CallsThrough("bank"))),
	)
	cellar := Succeeding(
		traces.Calls("web",
			traces.Calls("cellar")),
	)
	desk := Succeeding(
		traces.Calls("web",
			traces.Calls("desk"),
			traces.Calls("desk")),
	)
	one := func(name, title, how string, t traces.Topology, expected traces.Forest, at string) Check {
		return Check{
			ID: "P23", Case: name, Area: Propagation, Location: Here(), Title: title, Prose: outsideProse(how),
			Profile: Extended("it takes a host outside the mesh, a headless service or one with two ports"),
			Traffic: Few(Everything(traces.OpenTelemetry), t), Expected: expected, Judge: WholeForest(expected),
			Controls: []Control{{
				Name:     "drop the headers before it",
				Sabotage: Through(topology.With(t, topology.Dropping(at))),
				Finds:    []Finds{{Kind: traces.SplitTrace, Service: at}},
			}},
		}
	}
	return []Check{
		one("service entry", "ends with the CLIENT span of a call to a host outside the mesh",
			"A service calls a host that only a ServiceEntry names. Each request must leave the CLIENT span of that call, and nothing below it.",
			topology.External(), bank, "cart"),
		one("headless", "traces calls to a headless service",
			"A service calls another one whose Service has no cluster address. Each request must leave both spans of that call.",
			topology.Headless(), cellar, "web"),
		one("two ports", "traces calls to both ports of a service",
			"A service calls each of another one's two ports. Each request must leave both pairs of spans, side by side.",
			topology.TwoPorts(), desk, "web"),
	}
}
