package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// The operation names of calls to the last service of the chain.
const (
	stockHost  = "stock.shop.svc.cluster.local:8080"
	anyPath    = stockHost + "/*"
	shelves    = stockHost + "/shelves*"
	severalWay = "throughline-shelves:8080/several"
)

// shelvesService routes calls to stock by their path: to one destination, to several, and the rest.
const shelvesService = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: throughline-shelves, namespace: shop}
spec:
  hosts: [stock.shop.svc.cluster.local]
  http:
  - match: [{uri: {prefix: /shelves}}]
    route: [{destination: {host: stock.shop.svc.cluster.local, port: {number: 8080}}}]
  - match: [{uri: {exact: /several}}]
    route:
    - {destination: {host: stock.shop.svc.cluster.local, port: {number: 8080}}, weight: 50}
    - {destination: {host: stock.shop.svc.cluster.local, port: {number: 8080}}, weight: 50}
  - route: [{destination: {host: stock.shop.svc.cluster.local, port: {number: 8080}}}]
`

func shelvesManifest() manifests.Manifest {
	return manifests.Manifest{
		Name: "shelves", YAML: shelvesService,
		Sights: []proxies.Sight{{Service: "cart", Namespace: traces.DefaultNamespace, In: "dynamic_route_configs", Text: shelves}},
	}
}

// operations is A06.
func operations() []Check {
	return []Check{
		operation("no route", "/shelves/7", anyPath, nil),
		operation("matched path", "/shelves/7", shelves, routed),
		operation("several destinations", "/several", severalWay, routed),
		operation("any path", "/anywhere", anyPath, routed),
		overridden(),
		fromOutside(),
	}
}

// noManifests is why a simulation cannot route so.
const noManifests = "the simulation knows of no VirtualService that is written as YAML"

func routed(t *Traffic) { t.Manifests = []manifests.Manifest{shelvesManifest()} }

func operationProse(how string) Prose {
	return Prose{
		Promise: "The operation of a call is named by the route that the caller's proxy chose: its destination's host and port and what it matched of the path, /* where nothing; where it has several destinations, the VirtualService's name takes the host's place. The callee's proxy takes the name over from x-envoy-decorator-operation.",
		Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-envoy-decorator-operation",
		Matters: "Backends group, count and alert by operation. All paths of a service being one operation hides the slow one; a path in each name makes as many operations as there are ids; and whoever adds a VirtualService renames operations that dashboards are made of.",
		How:     how,
		Failure: "Another name: the call took another route, or the version names routes otherwise. A name that nobody configured: somebody outside sent x-envoy-decorator-operation.",
	}
}

// named are the sets that want both spans of a call to service to have a name.
func named(caller, callee, name string) []traces.TagSet {
	return []traces.TagSet{
		{Service: caller, Kind: traces.Client, Open: true, Name: traces.TagIs(name)},
		{Service: callee, Kind: traces.Server, Open: true, Name: traces.TagIs(name)},
	}
}

// asking is the chain whose last call asks for a path.
func asking(path string) traces.Topology {
	return topology.With(topology.Chain(), topology.Calling("cart",
		traces.Step{{To: "stock", Shape: traces.Shape{Path: path}}}))
}

func operation(name, path, want string, route func(*Traffic)) Check {
	traffic := Few(Everything(traces.OpenTelemetry), asking(path))
	if route != nil {
		route(&traffic)
	}
	check := Check{
		ID: "A06", Case: name, Area: Attributes, Location: Here(),
		Profile: Core("the name of the operation is what spans are searched and grouped by"),
		Title:   "names the operation " + want + " (" + name + ")",
		Prose:   operationProse("The last call of a chain asks for a path. Without a VirtualService, and with one that matches a prefix, has two destinations for another path, and one for the rest, both spans of the call must have exactly the name that follows, and so must those of the calls before it, which no VirtualService matches by path."),
		Traffic: traffic, Expected: chainForest(),
		Judge: tagged(chainForest(), append(named("cart", "stock", want), named("web", "cart", "cart.shop.svc.cluster.local:8080/*")...)...),
		Controls: []Control{{
			Name: "the callee keeps a name of its own",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == "stock" {
					s.Name = "inbound|8080||"
				}
			}),
			Finds: finds(traces.WrongName, "stock"),
		}},
	}
	if route == nil {
		check.Controls = append(check.Controls, Control{
			Name: "a VirtualService matches the path", Sabotage: routed,
			Finds:    finds(traces.WrongName, "cart", "stock"),
			LiveOnly: noManifests,
		})
		return check
	}
	check.LiveOnly = noManifests
	if want != anyPath {
		check.Controls = append(check.Controls, Control{
			Name: "ask for another path", Sabotage: Through(asking("/anywhere")),
			Finds: finds(traces.WrongName, "cart", "stock"),
		})
	}
	return check
}

// madeUp is an operation that an application, or a caller outside the mesh, asks for.
const madeUp = "made-up-by-the-caller"

// overridden is A06 where an application behind a sidecar names the operation.
func overridden() Check {
	traffic := Few(Everything(traces.OpenTelemetry), topology.Single())
	traffic.Samples[0].Headers = map[string]string{"x-envoy-decorator-operation": madeUp}
	expected := Succeeding(traces.Calls("web"))
	return Check{
		ID: "A06", Case: "an application's own", Area: Attributes, Location: Here(),
		Profile: Extended("an application has to ask for a name"),
		Title:   "lets the route name the operation, whatever the application behind the caller's proxy asks for",
		Prose:   operationProse("The client sends x-envoy-decorator-operation with a name of its own. Its proxy writes the route's name in its place, so that both spans must have that."),
		Traffic: traffic, Expected: expected,
		Judge: tagged(expected, named(traces.ClientService, "web", "web.shop.svc.cluster.local:8080/*")...),
		Controls: []Control{{
			Name: "the callee believes the application",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == "web" {
					s.Name = madeUp
				}
			}),
			Finds: finds(traces.WrongName, "web"),
		}},
	}
}

// fromOutside is A06 where a caller without a sidecar names the operation.
func fromOutside() Check {
	traffic := Few(Everything(traces.OpenTelemetry), topology.Single()).FromBareClient()
	traffic.Samples[0].Headers = map[string]string{"x-envoy-decorator-operation": madeUp}
	expected := Succeeding(traces.Serves("web"))
	return Check{
		ID: "A06", Case: "an outsider's own", Area: Attributes, Location: Here(),
		Profile:  Extended("a caller has to ask for a name"),
		Title:    "lets a caller without a proxy name the operation of the SERVER span",
		LiveOnly: "the simulation's proxies do not read x-envoy-decorator-operation",
		Prose:    operationProse("A client without a sidecar sends x-envoy-decorator-operation with a name of its own. The callee's proxy takes it as if a proxy had sent it: its span must have that name."),
		Deviations: []Deviation{{
			Of: "Istio", Versions: "1.31",
			Documented: "Operations are named by the mesh's routes.",
			Measured:   "Whoever reaches a sidecar without a proxy of its own names the operation of its SERVER span, with any text.",
			Source:     "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-envoy-decorator-operation",
		}},
		Traffic: traffic, Expected: expected,
		Judge: tagged(expected, traces.TagSet{Service: "web", Open: true, Name: traces.TagIs(madeUp)}),
		Controls: []Control{{
			Name:     "the caller asks for nothing",
			Sabotage: func(t *Traffic) { t.Samples = []Sample{{Topology: topology.Single()}} },
			Finds:    finds(traces.WrongName, "web"),
		}},
	}
}
