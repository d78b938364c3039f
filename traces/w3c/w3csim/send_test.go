package w3csim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
	"github.com/throughline/throughline/traces/w3c/w3csim"
)

func TestEachRequestHasItsExchangeItsHopsAndASpanWhereItIsSampled(t *testing.T) {
	ev := w3csim.Send(w3c.Ingress(), []w3csim.Sample{
		{Variant: "new"},
		{Variant: "refused", Lines: []string{"TRACEPARENT:\t00-{trace}-{parent}-00 ", "tracestate: a=1", "tracestate: b=2"}},
		{Variant: "calls", Lines: []string{"traceparent: 00-{trace}-{parent}-01"}, Calls: 2},
	}, "r-")
	byRequest := ev.ByRequest()
	if len(byRequest.Requests) != 3 || len(byRequest.Strays) > 0 {
		t.Fatalf("%d requests, %d strays", len(byRequest.Requests), len(byRequest.Strays))
	}
	for i, want := range []struct{ hops, spans int }{{1, 1}, {1, 0}, {3, 3}} {
		r, spans := byRequest.Requests[i], 0
		for _, trace := range r.Traces {
			spans += len(trace.Spans)
		}
		if len(r.Hops) != want.hops || spans != want.spans || r.Exchange.Status != 200 || !r.Exchange.Bare {
			t.Errorf("%s: %d hops, %d spans, exchange %+v", r.Exchange.Variant, len(r.Hops), spans, r.Exchange)
		}
	}
	refused := byRequest.Requests[1]
	if got := refused.Exchange.Sent["tracestate"]; got != "a=1, b=2" {
		t.Errorf("sent tracestate %q", got)
	}
	if got := refused.Hops[0].Received["tracestate"]; got != "a=1,b=2" {
		t.Errorf("received tracestate %q", got)
	}
	if id, sampled, ok := traces.DecisionOf(refused.Hops[0].Received); !ok || *sampled || id.String() != refused.Exchange.Sent["traceparent"][3:35] {
		t.Errorf("received %q", refused.Hops[0].Received)
	}
}

func TestTheSameSamplesLeaveTheSameEvidence(t *testing.T) {
	samples := w3csim.Samples(w3c.Egress().Cases())
	first, again := w3csim.Send(w3c.Egress(), samples, "r-"), w3csim.Send(w3c.Egress(), samples, "r-")
	if diff := cmp.Diff(first.Requests, again.Requests); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first.Hops, again.Hops); diff != "" {
		t.Error(diff)
	}
}
