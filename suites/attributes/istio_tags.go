package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// istio is A05.
func istio() []Check { return []Check{istioOn(), istioOff()} }

func istioProse(how string) Prose {
	return Prose{
		Promise: "Spans say which workload made them: istio.canonical_service, istio.canonical_revision, istio.namespace, istio.mesh_id and istio.cluster_id, unless enableIstioTags is false; node_id names the pod and zone where it stands.",
		Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
		Matters: "In a backend that several clusters share, these tags alone tell two services of one name apart. Who pays for each tag switches them off, and must know what is left to tell pods by (istio #36162).",
		How:     how,
		Failure: "Tags of another workload: the proxy was started with the labels of another one. Tags that are missing: enableIstioTags, or tracing without a Telemetry resource. Tags that are there all the same: the setting did not reach the proxy.",
	}
}

func wardForest() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("audit."+topology.WardNamespace,
				traces.Calls("stock"))),
	)
}

// identity are the tags that say who made a span, whoever asked for them.
func identity() map[string]traces.TagWant {
	return map[string]traces.TagWant{"node_id": traces.TagNode(), "zone": traces.TagIs("")}
}

// istioOn is A05 as a mesh is.
func istioOn() Check {
	set := traces.TagSet{Open: true}.With(istioTags()).With(identity())
	return Check{
		ID: "A05", Case: "on", Area: Attributes, Location: Here(),
		Profile: Core("these tags are on wherever nobody switches them off"),
		Title:   "says on every span which workload, namespace, mesh and cluster it is of",
		Prose:   istioProse("Requests go through two namespaces. On each span the tags must be those of the span's own service and namespace, and node_id the name of its pod. No zone is set on the nodes: it is empty."),
		Traffic: Few(Everything(traces.OpenTelemetry), topology.Ward()), Expected: wardForest(),
		Judge: tagged(wardForest(), set),
		Controls: []Control{{
			Name: "one namespace has them switched off",
			Sabotage: func(t *Traffic) {
				t.Mesh.Telemetries = []traces.Telemetry{{Namespace: topology.WardNamespace, Rules: []traces.Rule{{IstioTags: off()}}}}
			},
			Finds: finds(traces.MissingTag, "audit"),
		}, {
			Name:   "a proxy names its caller",
			Mutate: retag("audit", with("istio.canonical_service", "web")),
			Finds:  finds(traces.WrongTag, "audit"),
		}, {
			Name:   "a proxy is another pod's",
			Mutate: retag("stock", with("node_id", "sidecar~10.0.0.1~price-1.shop~shop.svc.cluster.local")),
			Finds:  finds(traces.WrongTag, "stock"),
		}},
	}
}

// istioOff is A05 where they are switched off.
func istioOff() Check {
	var names []string
	for name := range istioTags() {
		names = append(names, name)
	}
	return Check{
		ID: "A05", Case: "off", Area: Attributes, Location: Here(),
		Profile: Extended("these tags have to be switched off"),
		Title:   "leaves Istio's tags out where enableIstioTags is false, and no others",
		Prose:   istioProse("The mesh sets enableIstioTags to false. The tags of each span must be exactly the standard ones without the five of Istio: node_id is what is left to tell pods by."),
		Traffic: Few(withRules(traces.OpenTelemetry, traces.Rule{IstioTags: off()}), topology.Chain()), Expected: chainForest(),
		Judge: tagged(chainForest(), both(func(kind traces.Kind) traces.TagSet {
			return standardTags(traces.OpenTelemetry, kind).Without(names...)
		})...),
		Controls: []Control{{
			Name:     "leave them on",
			Sabotage: rules(),
			Finds:    finds(traces.UnexpectedTag, traces.ClientService, "web", "cart", "stock"),
		}, {
			Name:   "lose the name of the pod too",
			Mutate: retag("cart", without("node_id")),
			// The address that others know it by stands in the same tag.
			Finds: append(finds(traces.MissingTag, "cart"), finds(traces.WrongTag, "cart", "stock")...),
		}},
	}
}
