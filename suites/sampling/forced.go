package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// networksYAML is what istiod is installed to read beside its own MeshConfig (SHARED_MESH_CONFIG).
const networksYAML = `apiVersion: v1
kind: ConfigMap
metadata: {name: throughline-mesh, namespace: istio-system}
data:
  meshNetworks: |
    networks:
      lab:
        endpoints:
        - fromCidr: 10.0.0.0/8
        - fromCidr: 172.16.0.0/12
        - fromCidr: 192.168.0.0/16
        gateways: []
`

// internal declares every private address to be of the mesh's own network.
func internal() manifests.Manifest {
	return manifests.Manifest{Name: "internal-network", YAML: networksYAML, Sights: []proxies.Sight{{
		Service: "gate", Namespace: traces.DefaultNamespace, In: "dynamic_listeners", Text: `"address_prefix": "172.16.0.0"`,
	}}}
}

// forced is S08.
func forced(alpha float64) []Check {
	force := headers{"x-envoy-force-trace": "true"}
	expected := Succeeding(
		traces.Serves("gate",
			traces.Calls("web",
				traces.Calls("cart"))),
	)
	traffic := func(m ...manifests.Manifest) Traffic {
		t := Few(AtPercent(traces.OpenTelemetry, 0), topology.BehindGateway()).FromBareClient()
		Sending(force)(&t)
		t.Manifests = m
		return t
	}
	prose := func(how string) Prose {
		return Prose{
			Promise: "x-envoy-force-trace samples one request whatever the rate, if it comes from within: from an address that was declared to be internal. From anywhere else the first proxy removes it.",
			Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-envoy-force-trace",
			Matters: "It is how one request is followed in production. If an outsider may send it, he can switch tracing on for as much as he likes; if nobody may, it does nothing and nobody knows why (envoy #7484). Since Envoy 1.33 no address is internal by default.",
			How:     how,
			Failure: "Traced from outside: an address range is internal that should not be (MeshNetworks with ENABLE_HCM_INTERNAL_NETWORKS, or an EnvoyFilter). Not traced from within: the caller's address is in no declared range.",
		}
	}
	const live = "a simulated gateway knows no addresses"
	return []Check{
		{
			ID: "S08", Case: "internal network", Area: Sampling, Location: Here(),
			Profile: Extended("an internal network has to be declared"),
			Title:   "samples at 0 % what x-envoy-force-trace asks for from a declared internal network",
			Prose:   prose("A client sends the header to a gateway at 0 %, whose private addresses MeshNetworks declares. Each request must leave its whole trace."),
			Traffic: traffic(internal()), Judge: RateOf(expected, 100, alpha), LiveOnly: live,
			Controls: []Control{{
				Name:     "declare no network",
				Sabotage: func(t *Traffic) { t.Manifests = nil },
				Finds:    []Finds{{Kind: traces.WrongRate, Service: "gate"}},
			}},
		},
		{
			ID: "S08", Case: "elsewhere", Area: Sampling, Location: Here(),
			Profile: Core("a stranger must not force a trace anywhere"),
			Title:   "removes x-envoy-force-trace from a request that comes from elsewhere",
			Prose:   prose("A client sends the header to a gateway at 0 % in a mesh that declares no network. No request may leave a trace, and no application may receive the header."),
			Traffic: traffic(), LiveOnly: live,
			Judge: All(RateOf(expected, 0, alpha), func(ev traces.Evidence) Judgement {
				return Judgement{Findings: traces.JudgeHeader(ev, "x-envoy-force-trace", "")}
			}),
			Controls: []Control{{
				Name:     "declare the network that it comes from",
				Sabotage: func(t *Traffic) { t.Manifests = []manifests.Manifest{internal()} },
				Finds:    []Finds{{Kind: traces.WrongRate, Service: "gate"}, {Kind: traces.WrongHeader, Service: "web"}},
			}},
		},
	}
}
