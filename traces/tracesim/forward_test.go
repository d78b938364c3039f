package tracesim_test

import (
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// sentBy are the calls of web in the order of its requests.
func sentBy(t *testing.T, f traces.Forwarding, requests int) []traces.Hop {
	t.Helper()
	one := pair()
	one.Services[0].Forward = f
	if err := one.Validate(); err != nil {
		t.Fatal(err)
	}
	ev := tracesim.Send(one, traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}, tracesim.Options{Requests: requests, Seed: 4})
	var hops []traces.Hop
	for _, h := range ev.Hops {
		if h.Service == "web" {
			hops = append(hops, h)
		}
	}
	return hops
}

func TestAnApplicationThatMixesUpForwardsTheRequestBefore(t *testing.T) {
	hops := sentBy(t, traces.Forwarding{Mix: true}, 4)
	for i, h := range hops {
		want := hops[max(i-1, 0)].Received["traceparent"]
		if got := h.Sent[0].Headers["traceparent"]; got != want || got == "" {
			t.Errorf("request %d was sent on with %s, want %s", i, got, want)
		}
	}
}

func TestAnApplicationRewritesAndMakesIDs(t *testing.T) {
	ids := map[string]bool{}
	for _, h := range sentBy(t, traces.Forwarding{OwnID: true, Rewrite: map[string]string{"b3": "0", "traceparent": ""}}, 20) {
		sent := h.Sent[0].Headers
		if _, there := sent["traceparent"]; there || sent["b3"] != "0" || len(sent["x-request-id"]) != 36 || ids[sent["x-request-id"]] {
			t.Fatalf("sent %v, want b3 rewritten, no traceparent and a new id", sent)
		}
		ids[sent["x-request-id"]] = true
	}
	if sent := sentBy(t, traces.Forwarding{Drop: true, Rewrite: map[string]string{"b3": "0"}}, 1)[0].Sent[0].Headers; len(sent) != 1 {
		t.Errorf("sent %v, want b3 alone", sent)
	}
}

func TestComputingTakesTime(t *testing.T) {
	one := pair()
	one.Services[1].Work.Digits = 10_000
	ev := tracesim.Send(one, traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}, tracesim.Options{Requests: 1, Seed: 4})
	for _, h := range ev.Hops {
		if took := h.End.Sub(h.Start); took < 50*time.Millisecond || took > 60*time.Millisecond {
			t.Errorf("%s took %s", h.Service, took)
		}
	}
}
