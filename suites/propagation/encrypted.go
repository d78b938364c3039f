package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func encryptedProse(how string) Prose {
	return Prose{
		Promise: "Tracing works on HTTP, which proxies see whether or not the connection between them is encrypted, and across namespaces as within one.",
		Link:    "https://istio.io/latest/docs/concepts/security/#mutual-tls-authentication",
		Matters: "mTLS is switched on namespace by namespace. Where it is refused, a request ends in a reset connection, and the trace is the first place that people look at.",
		How:     how,
		Failure: "A failed request: caller and callee do not agree on mTLS. A split at the border: the two sides are traced differently, or the headers are dropped on the way.",
	}
}

const strictYAML = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: throughline-strict, namespace: shop}
spec:
  mtls: {mode: STRICT}
`

const disabledYAML = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: throughline-plain, namespace: shop}
spec:
  mtls: {mode: DISABLE}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: throughline-plain, namespace: shop}
spec:
  host: "*.shop.svc.cluster.local"
  trafficPolicy:
    tls: {mode: DISABLE}
`

// without is a way of connecting, raw_buffer or tls, that inbound listeners take no more.
// PeerAuthentication resources leave no name behind.
func without(transport string) proxies.Sight {
	return proxies.Sight{
		Namespace: traces.DefaultNamespace, In: "dynamic_listeners", Named: "virtualInbound",
		Text: `"transport_protocol": "` + transport + `"`, Missing: true,
	}
}

// strict makes proxies of the shop take nothing but mTLS.
func strict() manifests.Manifest {
	return manifests.Manifest{Name: "strict-mtls", YAML: strictYAML, Sights: []proxies.Sight{without("raw_buffer")}}
}

// plain makes proxies of the shop speak no TLS.
func plain() manifests.Manifest {
	return manifests.Manifest{Name: "no-mtls", YAML: disabledYAML, Sights: []proxies.Sight{
		{Namespace: traces.DefaultNamespace, In: "dynamic_active_clusters", Text: "destination-rule/throughline-plain"},
		without("tls"),
	}}
}

// encrypted is P24.
func encrypted() []Check {
	chain := func(name, title, how string, m ...manifests.Manifest) Check {
		traffic := Few(Everything(traces.OpenTelemetry), topology.Chain())
		traffic.Manifests = m
		return Check{
			ID: "P24", Case: name, Area: Propagation, Location: Here(), Title: title, Prose: encryptedProse(how),
			Profile: Extended("a policy for mTLS has to be set"),
			Traffic: traffic, Expected: threeInAChain(), Judge: WholeForest(threeInAChain()),
			Controls: []Control{dropping("drop the headers in the middle", topology.Chain())},
		}
	}
	across := Check{
		ID: "P24", Case: "across namespaces", Area: Propagation, Location: Here(),
		Profile: Core("every mesh has namespaces"),
		Title:   "keeps one trace across namespaces",
		Prose:   encryptedProse("The middle one of three services lives in another namespace. Each request must leave one trace."),
		Traffic: Few(Everything(traces.OpenTelemetry), topology.Ward()), Expected: aroundWard(), Judge: WholeForest(aroundWard()),
		Controls: []Control{{
			Name:     "drop the headers in the other namespace",
			Sabotage: Through(topology.With(topology.Ward(), topology.Dropping("audit"))),
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "audit"}},
		}},
	}
	only := chain("strict", "keeps one trace where mTLS is enforced",
		"A PeerAuthentication enforces mTLS for a chain of three. Each request must leave one trace; a client without a sidecar must be refused, which shows that it is enforced.", strict())
	only.Controls = append(only.Controls, Control{
		Name: "send from a client without a sidecar", LiveOnly: "a simulated mesh has no mTLS",
		Sabotage: func(t *Traffic) { t.Bare = true },
		Finds:    []Finds{{Kind: traces.FailedRequest, Service: "web"}},
	})
	return []Check{
		across,
		only,
		chain("permissive", "keeps one trace where mTLS is offered", "The mesh's default offers mTLS, and proxies use it among themselves. Each request down a chain of three must leave one trace."),
		chain("disabled", "keeps one trace without mTLS", "A PeerAuthentication and a DestinationRule switch mTLS off. Each request down a chain of three must leave one trace.", plain()),
	}
}
