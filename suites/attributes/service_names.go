package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// serviceNames is A04.
func serviceNames() []Check {
	alone := traces.Calls("zero")
	alone.Children[0].Namespace = traces.NoNamespace
	return []Check{
		serviceName("APP_LABEL_AND_NAMESPACE", "web", topology.Single(), traces.Calls("web"), traces.DefaultNamespace),
		serviceName("CANONICAL_NAME_ONLY", "zero", topology.Zero(), alone, ""),
		serviceName("CANONICAL_NAME_AND_NAMESPACE", "excess", topology.Excess(), traces.Calls("excess"), traces.DefaultNamespace),
	}
}

// serviceName is A04 for one mode, in which the spans of a service are in a namespace, or
// in none.
func serviceName(mode, service string, t traces.Topology, call traces.Node, namespace string) Check {
	expected := Succeeding(call)
	called := service
	other := "elsewhere"
	if namespace != "" {
		called += "." + namespace
		other = ""
	}
	return Check{
		ID: "A04", Case: mode, Area: Attributes, Location: Here(),
		Profile: Extended("the naming of services has to be set"),
		Title:   "names the service " + called + " where tracingServiceName is " + mode,
		Prose: Prose{
			Promise: "tracingServiceName of a ProxyConfig says what a proxy calls its service: APP_LABEL_AND_NAMESPACE (the default) and CANONICAL_NAME_AND_NAMESPACE add the namespace, as in web.shop; CANONICAL_NAME_ONLY does not.",
			Link:    "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig-TracingServiceName",
			Matters: "The service name is what every search begins with. Where an upgrade or a setting changes it, history ends and begins anew under another name; without the namespace, two services become one (istio #36162, #12644).",
			How:     "Pods have the mode in their annotation proxy.istio.io/config, or nothing. The service name of their spans must be exactly the expected one, and the tags of Istio must name the same workload in all modes. Our pods have one label from which both the app label and the canonical name are taken: where these differ is not checked.",
			Failure: "Another name: the annotation came after the pod was started, or the mesh-wide setting is another one. Searches and alerts by the old name find nothing from then on.",
		},
		Traffic: Few(Everything(traces.OpenTelemetry), t), Expected: expected,
		Judge: func(ev traces.Evidence) Judgement {
			if wrong := traces.JudgeServiceName(ev, service, called); len(wrong) > 0 {
				// Under another name each span is missing, and one too many.
				return Judgement{Findings: wrong}
			}
			return tagged(expected, traces.TagSet{Service: service, Open: true, Tags: map[string]traces.TagWant{
				"istio.canonical_service": traces.TagIs(service),
				"istio.namespace":         traces.TagIs(traces.DefaultNamespace),
			}})(ev)
		},
		Controls: []Control{{
			Name: "another mode",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == service {
					s.Namespace = other
				}
			}),
			Finds: finds(traces.WrongName, service),
		}, {
			Name:   "another workload under the name",
			Mutate: retag(service, with("istio.canonical_service", "another")),
			Finds:  finds(traces.WrongTag, service),
		}},
	}
}
