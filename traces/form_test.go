package traces_test

import (
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

func TestAFormThatCannotBeIsRefused(t *testing.T) {
	const hold = 30 * time.Millisecond
	relayed := traces.Shape{Relayed: true}
	of := func(shape traces.Shape, protocol traces.Protocol, callee traces.Service) traces.Topology {
		callee.Name = "cart"
		return traces.Topology{Name: "t", Entry: "web", Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart", Protocol: protocol, Shape: shape}}}}, callee, {Name: "stock"},
		}}
	}
	calls := []traces.Step{{{To: "stock"}}}
	for want, c := range map[string]traces.Topology{
		"services[1].form.behind: -1s":          of(traces.Shape{}, "", traces.Service{Form: traces.Form{Behind: -time.Second}}),
		"services[1].form.behind: 11s":          of(traces.Shape{}, "", traces.Service{Form: traces.Form{Behind: 11 * time.Second}}),
		"has no other form":                     of(traces.Shape{}, "", traces.Service{Form: traces.Form{Absent: true, Headless: true}}),
		"no twin without a sidecar":             of(traces.Shape{}, "", traces.Service{Bare: true, Form: traces.Form{Absent: true}}),
		"give it no steps":                      of(traces.Shape{}, "", traces.Service{Form: traces.Form{Absent: true}, Steps: calls}),
		"a relay chooses no version":            of(traces.Shape{}, "", traces.Service{Form: traces.Form{Behind: hold}, Versions: []traces.Version{{Name: "v1", Weight: 50}, {Name: "v2", Weight: 50}}}),
		`steps[0][0].shape.relayed: "cart" has`: of(relayed, "", traces.Service{}),
		"leave it its sidecar":                  of(relayed, "", traces.Service{Bare: true, Form: traces.Form{Behind: hold}}),
		"a relay passes HTTP and gRPC":          of(relayed, traces.TCP, traces.Service{Form: traces.Form{Behind: hold}}),
		"entryShape.relayed": {
			Name: "t", Entry: "web", EntryShape: relayed, Services: []traces.Service{{Name: "web"}},
		},
		`"web-relay" ends in "-relay"`: {Name: "t", Entry: "web-relay", Services: []traces.Service{{Name: "web-relay"}}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for name, c := range map[string]traces.Topology{
		"absent":  of(traces.Shape{}, "", traces.Service{Form: traces.Form{Absent: true}}),
		"relayed": of(relayed, traces.GRPC, traces.Service{Form: traces.Form{Behind: hold}, Steps: calls}),
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACallThroughARelayIsOneToItsService(t *testing.T) {
	span := traces.Span{Kind: traces.Client, Name: "cart-relay.shop.svc.cluster.local:8080/*"}
	if got := span.Callee(); got != "cart" {
		t.Errorf("the span called %q, want cart", got)
	}
	span.Tags = traces.TagsOf(traces.Tag{Key: "upstream_cluster.name", Value: "outbound|8082||cart-relay.shop.svc.cluster.local;"})
	if got := span.Callee(); got != "cart" {
		t.Errorf("the cluster is of %q, want cart", got)
	}
}
