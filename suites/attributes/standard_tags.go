package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// standard is A01.
func standard() []Check {
	var all []Check
	for _, provider := range []traces.Provider{traces.OpenTelemetry, traces.Zipkin} {
		over := func(kind traces.Kind) traces.TagSet { return standardTags(provider, kind) }
		called := func(kind traces.Kind) traces.TagSet { return over(kind).With(rpcTags()) }
		of := func(service string, set traces.TagSet) traces.TagSet {
			set.Service = service
			return set
		}
		all = append(all,
			standardOver(string(provider), Few(Everything(provider), topology.Chain()), both(over)...),
			standardOver("gRPC "+string(provider), Few(Everything(provider), overGRPC()),
				of(traces.ClientService, over(traces.Client)), of("web", over(traces.Client)), of("cart", called(traces.Client)),
				of("web", over(traces.Server)), of("cart", over(traces.Server)), of("stock", called(traces.Server))),
		)
	}
	return append(all, standardAtGateway())
}

func standardProse(how string) Prose {
	return Prose{
		Promise: "A proxy's span says what was asked (http.url, http.method, http.protocol, user_agent, request_size), what came of it (http.status_code, response_flags, response_size, grpc.*), who called whom (node_id, peer.address, upstream_cluster) and which request it was (guid:x-request-id).",
		Link:    "https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/tracing#what-data-each-trace-contains",
		Matters: "Searches, dashboards and alerts are written against these names. A tag that an upgrade renames or drops leaves them silently empty, and one that an upgrade adds may be what nobody wanted stored.",
		How:     how,
		Failure: "A missing or an unexpected tag after an upgrade: the new version writes otherwise; tell whoever searches by it, and state the new list. A wrong value: the finding says what the application saw instead.",
	}
}

func standardOver(name string, traffic Traffic, sets ...traces.TagSet) Check {
	return Check{
		ID: "A01", Case: name, Area: Attributes, Location: Here(),
		Profile: Core("searches, dashboards and alerts are written against these tags").Under(traffic.Mesh.Provider),
		Title:   "gives each span the standard tags, true to the exchange, and no others (" + name + ")",
		Prose:   standardProse("Requests go down a chain of three services. The tags of each span must be exactly those listed for the provider and the protocol, and their values those of the exchange: the URL, the sizes and the ids are compared with what the application on the other end received, addresses with those of the two proxies."),
		Deviations: []Deviation{{
			Of: "Envoy", Versions: "1.40",
			Documented: "peer.address names the remote end of the exchange.",
			Measured:   "On a CLIENT span of a sidecar it is the address of the pod itself: the remote end of the connection that its own application opened. Whom it called is in upstream_cluster alone.",
			Source:     "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/common/tracing/http_tracer_impl.cc",
		}},
		Traffic:  traffic,
		Expected: chainForest(),
		Judge:    tagged(chainForest(), sets...),
		Controls: []Control{{
			Name:     "one workload adds a tag",
			Sabotage: atCart(traces.Rule{Tags: map[string]traces.CustomTag{"throughline.extra": {Literal: "unasked"}}}),
			Finds:    finds(traces.UnexpectedTag, "cart"),
		}, {
			Name:     "one workload has Istio's tags switched off",
			Sabotage: atCart(traces.Rule{IstioTags: off()}),
			Finds:    finds(traces.MissingTag, "cart"),
		}, {
			Name:   "the spans of one service name another request",
			Mutate: retag("web", with("guid:x-request-id", "00000000-0000-4000-8000-000000000000")),
			Finds:  finds(traces.WrongTag, "web"),
		}, {
			Name:   "a span says that it sent the request elsewhere",
			Mutate: retag("stock", with("upstream_cluster", "inbound|15006||")),
			Finds:  finds(traces.WrongTag, "stock"),
		}},
	}
}

// atCart gives one workload a Telemetry resource of its own.
func atCart(rules ...traces.Rule) func(*Traffic) {
	return func(t *Traffic) {
		t.Mesh.Telemetries = []traces.Telemetry{{Namespace: traces.DefaultNamespace, Workload: "cart", Rules: rules}}
	}
}

func off() *bool {
	no := false
	return &no
}

// standardAtGateway is A01 for the two spans of a gateway.
func standardAtGateway() Check {
	expected := Succeeding(traces.Calls("gate", traces.Calls("web", traces.Calls("cart"))))
	const cluster = "outbound|8080||web.shop.svc.cluster.local"
	atGate := map[string]traces.TagWant{
		"istio.canonical_revision": traces.TagIs("1.0.0"),
		"upstream_cluster":         traces.TagIs(cluster),
		"upstream_cluster.name":    traces.TagIs(cluster + ";"),
	}
	server := standardTags(traces.OpenTelemetry, traces.Server).With(atGate).With(map[string]traces.TagWant{
		"node_id": traces.TagMatches("router~IP~gate-….shop~shop.svc.cluster.local, the gateway's name",
			`router~[0-9a-f.:]+~gate-[a-z0-9-]+\.shop~shop\.svc\.cluster\.local`),
	})
	client := standardTags(traces.OpenTelemetry, traces.Client).With(atGate).Without("downstream_cluster", "guid:x-request-id", "http.method",
		"http.url", "node_id", "request_size", "response_size", "user_agent", "zone").With(map[string]traces.TagWant{
		"upstream_address": traces.TagMatches("an address with its port", `[0-9a-f.:\[\]]+:8080`),
		"peer.address": traces.TagFrom("upstream_address", func(s traces.Seen) (string, bool) {
			return s.Tags.Lookup("upstream_address")
		}),
	})
	client.Service, server.Service = "gate", "gate"
	return Check{
		ID: "A01", Case: "gateway opentelemetry", Area: Attributes, Location: Here(),
		Profile: Extended("not every mesh has an ingress gateway"),
		Title:   "gives a gateway's SERVER span all standard tags, and its CLIENT span only those of the way upstream",
		Prose:   standardProse("Requests go through a gateway, which makes two spans of each. The tags of both must be exactly the listed ones: of the request only the SERVER span tells, of the pod that was chosen only the CLIENT span."),
		Deviations: []Deviation{{
			Of: "Envoy", Versions: "1.40",
			Documented: "Each span says what was asked and which request it was of.",
			Measured:   "A gateway's CLIENT span has neither http.url nor http.method, sizes, node_id nor guid:x-request-id: a search by any of them does not find it. Its peer.address has a port, and is that of the pod it called; those of all other spans have none.",
			Source:     "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/common/tracing/http_tracer_impl.cc",
		}},
		LiveOnly: "the simulation gives the spans of gateways no tags",
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.BehindGateway()), Expected: expected,
		Judge: tagged(expected, client, server),
		Controls: []Control{{
			Name: "the gateway adds a tag",
			Sabotage: func(t *Traffic) {
				t.Mesh.Telemetries = []traces.Telemetry{{
					Namespace: traces.DefaultNamespace, Workload: "gate",
					Rules: []traces.Rule{{Tags: map[string]traces.CustomTag{"throughline.extra": {Literal: "unasked"}}}},
				}}
			},
			Finds: finds(traces.UnexpectedTag, "gate"),
		}, {
			Name: "its CLIENT span names another pod than it called",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == "gate" && s.Kind == traces.Client {
					s.Tags = s.Tags.With("peer.address", "10.0.0.1:8080")
				}
			}),
			Finds: finds(traces.WrongTag, "gate"),
		}},
	}
}
