package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// muted is P25: a mesh that makes spans and keeps their context to itself.
func muted() []Check {
	yes := true
	mesh := Everything(traces.OpenTelemetry)
	mesh.Rules = []traces.Rule{{DisableContextPropagation: &yes}}
	single := func(service string, kind traces.Kind, to string) traces.Node {
		return traces.Node{Service: service, Namespace: traces.DefaultNamespace, Kind: kind, To: to}
	}
	alone := Succeeding(
		single(traces.ClientService, traces.Client, "web"),
		single("web", traces.Server, ""), single("web", traces.Client, "cart"),
		single("cart", traces.Server, ""), single("cart", traces.Client, "stock"),
		single("stock", traces.Server, ""),
	)
	return []Check{{
		ID: "P25", Area: Propagation, Location: Here(),
		Profile: Extended("propagation has to be switched off"),
		Title:   "makes a trace of each span where context propagation is disabled",
		Prose: Prose{
			Promise: "disableContextPropagation (Istio 1.30) makes proxies trace without writing headers: applications that propagate by themselves are not disturbed, and the proxies' spans connect through nothing else.",
			Link:    "https://istio.io/latest/docs/reference/config/telemetry/#Tracing",
			Matters: "It is for applications whose own tracer must not be overridden. Where they have none, it turns every trace into single spans, and nothing says why.",
			How:     "Requests go down a chain of three that forwards its headers, in a mesh with the setting. Each must leave six traces of one span.",
			Failure: "Connected spans: the setting is not in force on every proxy, or the applications propagate a context of their own.",
		},
		Needs:    []Feature{"disableContextPropagation"},
		Traffic:  Few(mesh, topology.Chain()),
		Expected: alone,
		Judge:    WholeForest(alone),
		Controls: []Control{{
			Name:     "propagate",
			Sabotage: func(t *Traffic) { t.Mesh = Everything(traces.OpenTelemetry) },
			Finds: []Finds{
				{Kind: traces.JoinedTrace, Service: traces.ClientService},
				{Kind: traces.JoinedTrace, Service: "web"},
				{Kind: traces.JoinedTrace, Service: "cart"},
			},
		}},
	}}
}
