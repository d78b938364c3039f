package traces_test

import (
	"testing"

	"github.com/throughline/throughline/traces"
)

func TestTheSpansOfAServiceAreNamedAsItsProxyConfigSays(t *testing.T) {
	for config, want := range map[string]bool{
		"": false,
		"tracing:\n  sampling: 0\ntracingServiceName: CANONICAL_NAME_ONLY\n": true,
		`{"tracingServiceName": "CANONICAL_NAME_ONLY"}`:                      false, // on a line of its own only
		`tracingServiceName: "CANONICAL_NAME_ONLY"`:                          true,
		"tracingServiceName: CANONICAL_NAME_AND_NAMESPACE":                   false,
		"# tracingServiceName: CANONICAL_NAME_ONLY":                          false,
	} {
		s := traces.Service{Name: "web", Form: traces.Form{ProxyConfig: config}}
		if s.NamedAlone() != want {
			t.Errorf("%q: named alone %t, want %t", config, s.NamedAlone(), want)
		}
		forest, err := traces.Derive(traces.Topology{Name: "one", Entry: "web", Services: []traces.Service{s}},
			traces.Mesh{Provider: traces.Zipkin, Sampling: traces.Percent(100)}, traces.Request{})
		if err != nil {
			t.Fatal(err)
		}
		namespace := traces.DefaultNamespace
		if want {
			namespace = traces.NoNamespace
		}
		if got := forest[0].Children[0].Namespace; got != namespace {
			t.Errorf("%q: derived in namespace %s, want %s", config, got, namespace)
		}
	}
}

func TestAProxyIsKnownByItsNodeWhereItsServiceHasNoNamespace(t *testing.T) {
	node := func(id string) traces.Tags { return traces.TagsOf(traces.Tag{Key: "node_id", Value: id}) }
	for want, s := range map[string]traces.Span{
		"shop":  {Service: "web", Namespace: "shop", Tags: node("sidecar~10.0.0.1~web-1.other~other.svc.cluster.local")},
		"other": {Service: "web", Tags: node("sidecar~10.0.0.1~web-1.other~other.svc.cluster.local")},
		"":      {Service: "web", Tags: node("~~")},
	} {
		if got := s.ProxyNamespace(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
