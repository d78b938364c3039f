package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// build is how Envoy states its version, after the tool that it was made with.
const build = `[0-9a-f]{40}/[0-9]+\.[0-9]+\.[0-9]+[^/]*/(Clean|Modified)/[^/]+/[^/]+`

// standardTags are all that a sidecar's span has over HTTP where nothing else is asked for,
// in Istio 1.31 with Envoy 1.40.
func standardTags(provider traces.Provider, kind traces.Kind) traces.TagSet {
	set := traces.TagSet{Kind: kind, Tags: map[string]traces.TagWant{
		"component":             traces.TagIs("proxy"),
		"downstream_cluster":    traces.TagIs("-"),
		"guid:x-request-id":     traces.TagReceived("x-request-id"),
		"http.method":           traces.TagMethod(),
		"http.protocol":         traces.TagProtocol(),
		"http.status_code":      traces.TagIs("200"),
		"http.url":              traces.TagURL(),
		"node_id":               traces.TagNode(),
		"peer.address":          traces.TagCallerIP(),
		"request_size":          traces.TagRequestSize(),
		"response_flags":        traces.TagIs("-"),
		"response_size":         traces.TagResponseSize(),
		"span.kind":             traces.TagIs("server"),
		"upstream_cluster":      traces.TagCluster(""),
		"upstream_cluster.name": traces.TagCluster(";"),
		"user_agent":            traces.TagReceived("user-agent"),
	}}.With(istioTags())
	if kind == traces.Client {
		set = set.With(map[string]traces.TagWant{
			"peer.address": traces.TagOwnIP(),
			"span.kind":    traces.TagIs("client"),
		})
	}
	return set.With(exported(provider))
}

// istioTags say which workload of which mesh a span is of.
func istioTags() map[string]traces.TagWant {
	return map[string]traces.TagWant{
		"istio.canonical_service":  traces.TagFrom("the span's service", func(s traces.Seen) (string, bool) { return s.Service, true }),
		"istio.canonical_revision": traces.TagIs("latest"),
		"istio.namespace":          traces.TagFrom("the span's namespace", func(s traces.Seen) (string, bool) { return s.Namespace, true }),
		"istio.mesh_id":            traces.TagIs("cluster.local"),
		"istio.cluster_id":         traces.TagIs("Kubernetes"),
	}
}

// exported are the tags that come with the provider, some of them made by the backend of
// what is no tag on the wire.
func exported(provider traces.Provider) map[string]traces.TagWant {
	if provider != traces.OpenTelemetry {
		return map[string]traces.TagWant{"net.host.ip": traces.TagOwnIP()}
	}
	return map[string]traces.TagWant{
		// No proxy here is told of a zone; zipkin leaves an empty tag out.
		"zone":                   traces.TagIs(""),
		"otel.scope.name":        traces.TagIs("envoy"),
		"otel.scope.version":     traces.TagMatches("the version of Envoy", build),
		"telemetry.sdk.name":     traces.TagIs("envoy"),
		"telemetry.sdk.version":  traces.TagMatches("the version of Envoy", build),
		"telemetry.sdk.language": traces.TagIs("cpp"),
	}
}

// rpcTags are those that a span has of gRPC besides. There is a grpc.message only where the
// callee sends one.
func rpcTags() map[string]traces.TagWant {
	return map[string]traces.TagWant{
		"grpc.authority":    traces.TagMessage("the authority of the call", func(h traces.Hop) string { return h.Host }),
		"grpc.content_type": traces.TagMatches("the content type of gRPC", `application/grpc(\+[a-z]+)?`),
		"grpc.path":         traces.TagMessage("the path of the call", func(h traces.Hop) string { return h.Path }),
		"grpc.status_code":  traces.TagIs("0"),
	}
}

// both are the sets of the two kinds of span, each made by one.
func both(of func(kind traces.Kind) traces.TagSet) []traces.TagSet {
	return []traces.TagSet{of(traces.Client), of(traces.Server)}
}

// tagged judges that every request left the expected forest, with these tags on its spans.
func tagged(expected traces.Forest, sets ...traces.TagSet) Judge {
	return All(WholeForest(expected), func(ev traces.Evidence) Judgement {
		return Judgement{Findings: traces.JudgeTags(ev, sets...)}
	})
}

// chainForest is what a request leaves that goes through topology.Chain.
func chainForest() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
}

// withRules is a mesh that traces everything, with more rules for all of it.
func withRules(provider traces.Provider, rules ...traces.Rule) traces.Mesh {
	m := Everything(provider)
	m.Rules = rules
	return m
}

// rules sets the mesh-wide rules of the traffic.
func rules(rules ...traces.Rule) func(*Traffic) {
	return func(t *Traffic) { t.Mesh.Rules = rules }
}

// overGRPC is a chain whose last call is one of gRPC.
func overGRPC() traces.Topology {
	return topology.With(topology.Chain(), topology.Calling("cart", traces.Step{{To: "stock", Protocol: traces.GRPC}}))
}

// retag is a sabotage of the evidence: each span of service has the tags that change makes
// of its own.
func retag(service string, change func(traces.Tags) traces.Tags) func(*traces.Evidence) {
	return eachSpan(func(s *traces.Span) {
		if s.Service == service {
			s.Tags = change(s.Tags)
		}
	})
}

// eachSpan changes a copy of every span of the evidence.
func eachSpan(change func(*traces.Span)) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		stored := make([]traces.Trace, len(ev.Traces))
		for i, t := range ev.Traces {
			stored[i] = traces.Trace{ID: t.ID, Spans: append([]traces.Span(nil), t.Spans...)}
			for j := range stored[i].Spans {
				change(&stored[i].Spans[j])
			}
		}
		ev.Traces = stored
	}
}

// without is the tags without those of a name.
func without(name string) func(traces.Tags) traces.Tags {
	return func(tags traces.Tags) traces.Tags {
		var left []traces.Tag
		for t := range tags.All() {
			if t.Key != name {
				left = append(left, t)
			}
		}
		return traces.TagsOf(left...)
	}
}

// with is the tags with name at value.
func with(name, value string) func(traces.Tags) traces.Tags {
	return func(tags traces.Tags) traces.Tags { return tags.With(name, value) }
}

// finds is one finding at each of the services.
func finds(kind traces.FindingKind, services ...string) []Finds {
	all := make([]Finds, 0, len(services))
	for _, s := range services {
		all = append(all, Finds{Kind: kind, Service: s})
	}
	return all
}
