package tracesim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// tagsOf are those of the first span of a service and kind, by name.
func tagsOf(t *testing.T, ev traces.Evidence, service string, kind traces.Kind) traces.Tags {
	t.Helper()
	for _, trace := range ev.Traces {
		i := slices.IndexFunc(trace.Spans, func(s traces.Span) bool { return s.Service == service && s.Kind == kind })
		if i >= 0 {
			return trace.Spans[i].Tags
		}
	}
	t.Fatalf("no %s span of %s", kind, service)
	return traces.Tags{}
}

func TestASpanOfAProxyHasTheTagsOfItsExchange(t *testing.T) {
	off := false
	shaped := pair()
	shaped.EntryShape = traces.Shape{Method: "PUT", Path: "/shelves?all", Bytes: 7}
	shaped.Services[1].Work.Bytes = 90
	shaped.Services[1].Form.ProxyConfig = "tracing:\n  maxPathTagLength: 0\n"
	custom := map[string]traces.CustomTag{
		"literal": {Literal: "one"}, "environment": {Environment: "POD_NAMESPACE"}, "unset": {Environment: "NOTHING", Default: "none"},
		"header": {Header: "x-user"}, "absent": {Header: "x-absent"}, "formatter": {Formatter: "%REQ(:METHOD)% by %REQ(X-USER)%"},
	}
	mesh := traces.Mesh{
		Provider: traces.OpenTelemetry, Sampling: traces.Percent(100), Rules: []traces.Rule{{Tags: custom}},
		Telemetries: []traces.Telemetry{{Namespace: "shop", Workload: "cart", Rules: []traces.Rule{{IstioTags: &off, Provider: traces.Zipkin}}}},
	}
	ev := tracesim.Send(shaped, mesh, tracesim.Options{Requests: 1, Seed: 1, Headers: map[string]string{"x-user": "ann"}})
	for _, c := range []struct {
		service string
		kind    traces.Kind
		want    map[string]string
		without []string
	}{
		{"web", traces.Server, map[string]string{
			"http.url": "http://web.shop:8080/shelves?all", "http.method": "PUT", "request_size": "7", "upstream_cluster": "inbound|8080||",
			"istio.canonical_service": "web", "zone": "", "literal": "one", "environment": "shop", "unset": "none",
			"header": "ann", "formatter": "PUT by ann",
		}, []string{"discarded", "absent", "net.host.ip"}},
		{"client", traces.Client, map[string]string{
			"peer.address": strings.Split(tagsOf(t, ev, "client", traces.Client).Get("node_id"), "~")[1], "upstream_cluster.name": "outbound|8080||web.shop.svc.cluster.local;",
		}, nil},
		{"cart", traces.Server, map[string]string{
			"response_size": "90", "http.url": "http://cart.shop:8080",
			"net.host.ip": strings.Split(tagsOf(t, ev, "cart", traces.Server).Get("node_id"), "~")[1],
		}, []string{"zone", "istio.canonical_service"}},
	} {
		tags := tagsOf(t, ev, c.service, c.kind)
		for name, want := range c.want {
			if got, there := tags.Lookup(name); !there || got != want {
				t.Errorf("%s %s: %s is %q (%t), want %q", c.service, c.kind, name, got, there, want)
			}
		}
		for _, name := range c.without {
			if got, there := tags.Lookup(name); there {
				t.Errorf("%s %s has %s with %q", c.service, c.kind, name, got)
			}
		}
	}
}

func TestAServiceThatIsNamedAloneHasSpansWithoutANamespace(t *testing.T) {
	alone := pair()
	alone.Services[1].Form.ProxyConfig = "tracingServiceName: CANONICAL_NAME_ONLY\n"
	mesh := traces.Mesh{Provider: traces.Zipkin, Sampling: traces.Percent(100)}
	for _, s := range tracesim.Send(alone, mesh, tracesim.Options{Requests: 1, Seed: 1}).Traces[0].Spans {
		if (s.Namespace == "") != (s.Service == "cart") || s.ProxyNamespace() != traces.DefaultNamespace {
			t.Errorf("a span of %s is in namespace %q", s.Service, s.Namespace)
		}
	}
}
