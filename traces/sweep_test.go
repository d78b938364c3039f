package traces_test

import (
	"testing"

	"github.com/throughline/throughline/traces"
)

func swept(span byte, service, namespace string) traces.Span {
	return traces.Span{TraceID: traces.TraceID{1}, ID: traces.SpanID{span}, Service: service, Namespace: namespace}
}

func TestASweepFindsWhatIsNotOfTheRun(t *testing.T) {
	web, cart, tracer := swept(1, "web", "shop"), swept(2, "cart", "shop"), swept(3, "cart", "")
	sweep := traces.Sweep{Services: []string{"web.shop", "cart.shop", "cart"}}
	for name, c := range map[string]struct {
		spans   []traces.Span
		foreign []traces.TraceID
		want    []string
	}{
		"nothing of others":            {spans: []traces.Span{web, cart, tracer}},
		"a service that nobody knows":  {spans: []traces.Span{web, swept(9, "bank", "shop")}, want: []string{"unexpected-span at bank"}},
		"a service of another place":   {spans: []traces.Span{web, swept(9, "web", "other")}, want: []string{"unexpected-span at web"}},
		"a trace that nobody caused":   {spans: []traces.Span{web, cart}, foreign: []traces.TraceID{{1}}, want: []string{"unexpected-trace at web"}},
		"a span that is there twice":   {spans: []traces.Span{web, web}, want: []string{"duplicate-span at web"}},
		"a span that is in no trace":   {spans: []traces.Span{web, {ID: traces.SpanID{7}, Service: "cart", Namespace: "shop"}}, want: []string{"malformed-trace at cart"}},
		"a foreign trace with no span": {foreign: []traces.TraceID{{1}}, want: []string{"unexpected-trace at "}},
	} {
		t.Run(name, func(t *testing.T) {
			sweep.Foreign = c.foreign
			found := traces.JudgeSweep(traces.Evidence{Sweep: &sweep, Traces: []traces.Trace{{ID: traces.TraceID{1}, Spans: c.spans}}})
			if len(found) != len(c.want) {
				t.Fatalf("%d findings (%+v), want %v", len(found), found, c.want)
			}
			for i, f := range found {
				if got := string(f.Kind) + " at " + f.Service; got != c.want[i] {
					t.Errorf("%s, want %s", got, c.want[i])
				}
			}
		})
	}
}

func TestEvidenceOfNoSweepCannotPassForOne(t *testing.T) {
	if found := traces.JudgeSweep(traces.Evidence{}); len(found) != 1 {
		t.Errorf("findings %+v, want one", found)
	}
}

func TestACloneCanBeChangedWithoutItsOriginal(t *testing.T) {
	original := traces.Evidence{
		Requests: []traces.Exchange{{Request: "a", Sent: map[string]string{"x": "1"}, Headers: map[string]string{"y": "1"}}},
		Hops:     []traces.Hop{{Received: map[string]string{"x": "1"}, Sent: []traces.SentCall{{To: "b", Headers: map[string]string{"x": "1"}}}}},
		Traces:   []traces.Trace{{Spans: []traces.Span{{Service: "web", Links: []traces.Link{{}}}}}},
		Proxies:  []traces.ProxyCount{{Sent: 1}}, Incomplete: []string{"so"},
	}
	clone := original.Clone()
	clone.Requests[0].Request, clone.Requests[0].Sent["x"], clone.Requests[0].Headers["y"] = "b", "2", "2"
	clone.Hops[0].Received["x"], clone.Hops[0].Sent[0].To, clone.Hops[0].Sent[0].Headers["x"] = "2", "c", "2"
	clone.Traces[0].Spans[0].Service, clone.Traces[0].Spans[0].Links[0].SpanID = "cart", traces.SpanID{1}
	clone.Proxies[0].Sent, clone.Incomplete[0] = 2, "no"
	o := original
	for name, same := range map[string]bool{
		"requests": o.Requests[0].Request == "a" && o.Requests[0].Sent["x"] == "1" && o.Requests[0].Headers["y"] == "1",
		"hops":     o.Hops[0].Received["x"] == "1" && o.Hops[0].Sent[0].To == "b" && o.Hops[0].Sent[0].Headers["x"] == "1",
		"traces":   o.Traces[0].Spans[0].Service == "web" && o.Traces[0].Spans[0].Links[0].SpanID == traces.SpanID{},
		"others":   o.Proxies[0].Sent == 1 && o.Incomplete[0] == "so",
	} {
		if !same {
			t.Errorf("the %s of the original changed", name)
		}
	}
}
