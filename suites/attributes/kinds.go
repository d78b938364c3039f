package attributes

import (
	"strings"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// kinds is A07.
func kinds() []Check {
	return []Check{
		kindsOf(string(traces.OpenTelemetry), Everything(traces.OpenTelemetry)),
		kindsOf(string(traces.Zipkin), Everything(traces.Zipkin)),
	}
}

func kindsOf(name string, mesh traces.Mesh) Check {
	kind := traces.TagFrom("for its proxy sent the request to where upstream_cluster says", func(s traces.Seen) (string, bool) {
		direction, _, _ := strings.Cut(s.Tags.Get("upstream_cluster"), "|")
		kind, known := map[string]string{"inbound": "server", "outbound": "client"}[direction]
		return kind, known
	})
	return Check{
		ID: "A07", Case: name, Area: Attributes, Location: Here(),
		Profile: Core("a tree of exchanges needs both sides of each").Under(mesh.Provider),
		Title:   "makes a SERVER span of what a proxy lets in and a CLIENT span of what it lets out (" + name + ")",
		Prose: Prose{
			Promise: "A sidecar makes a CLIENT span of each request that its application sends, and a SERVER span of each that it lets through to it: the former is the parent of the latter.",
			Link:    "https://opentelemetry.io/docs/specs/otel/trace/api/#spankind",
			Matters: "Backends draw the service graph, rates of requests and error budgets from pairs of CLIENT and SERVER. Where kinds are wrong or missing, services call themselves, or nobody (istio #55637, #23815).",
			How:     "Requests go down a chain of three services. The whole tree is compared, kinds included, and on each span span.kind must agree with the direction of the cluster to which its proxy sent the request, which is configured elsewhere.",
			Failure: "A wrong kind: look at the listener's traffic_direction, and with zipkin at whether spans are shared between client and server. A missing one: the exporter leaves it out.",
		},
		Traffic: Few(mesh, topology.Chain()), Expected: chainForest(),
		Judge: tagged(chainForest(), traces.TagSet{Open: true, Tags: map[string]traces.TagWant{"span.kind": kind}}),
		Controls: []Control{{
			Name:   "one service takes what it lets in for what it lets out",
			Mutate: retag("cart", with("span.kind", "client")),
			Finds:  finds(traces.WrongTag, "cart"),
		}, {
			Name: "one service leaves its kinds out",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == "stock" {
					s.Tags = without("span.kind")(s.Tags)
				}
			}),
			Finds: finds(traces.MissingTag, "stock"),
		}, {
			Name:     "the client has no proxy, so that nobody makes the first CLIENT span",
			Sabotage: func(t *Traffic) { t.Bare = true },
			Finds:    finds(traces.MissingSpan, traces.ClientService),
		}},
	}
}
