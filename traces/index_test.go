package traces_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throughline/throughline/traces"
)

func carrying(request, service string, at int, ids ...traces.TraceID) traces.Hop {
	h := traces.Hop{Request: request, Service: service, Start: time.Unix(int64(at), 0)}
	for _, id := range ids {
		h.Sent = append(h.Sent, traces.SentCall{Headers: map[string]string{"x-b3-traceid": id.String()}})
	}
	return h
}

func TestEvidenceIsSortedByRequestWhateverItsOrder(t *testing.T) {
	one, two, shared, stray := traces.TraceID{1}, traces.TraceID{2}, traces.TraceID{3}, traces.TraceID{4}
	ev := traces.Evidence{
		Requests: []traces.Exchange{{Request: "b"}, {Request: "a"}, {Request: "b", Variant: "again"}, {Request: "idle"}},
		Hops: []traces.Hop{
			carrying("a", "web", 1, one, shared), carrying("a", "cart", 2, one), carrying("a", "audit", 2, two, one),
			carrying("b", "web", 1, shared, two), carrying("b", "cart", 3, two), carrying("nobody", "web", 1, two),
		},
		Traces: []traces.Trace{{ID: one}, {ID: two}, {ID: shared}, {ID: stray}, {ID: two, Spans: make([]traces.Span, 1)}},
	}
	a := traces.RequestEvidence{
		Exchange: traces.Exchange{Request: "a"},
		Hops:     []traces.Hop{ev.Hops[0], ev.Hops[2], ev.Hops[1]},
		// Each request has one hop that carried the shared trace: the smaller id has it.
		Traces: []traces.Trace{{ID: one}, {ID: shared}},
		Mixed:  []traces.TraceID{two, two, shared},
	}
	b := traces.RequestEvidence{
		Exchange: traces.Exchange{Request: "b"},
		Hops:     []traces.Hop{ev.Hops[3], ev.Hops[4]},
		Traces:   []traces.Trace{{ID: two}, {ID: two, Spans: make([]traces.Span, 1)}},
		Mixed:    []traces.TraceID{two, two, shared},
	}
	again := b
	again.Exchange.Variant = "again"
	want := traces.Index{
		Requests: []traces.RequestEvidence{b, a, again, {Exchange: traces.Exchange{Request: "idle"}}},
		Strays:   []traces.Trace{{ID: stray}},
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		// Two traces of one id stay as the backend gave them.
		got := ev.ByRequest()
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(traces.RequestEvidence{})); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		shuffle(r, ev.Hops)
		first, second := 0, len(ev.Traces)-1
		shuffle(r, ev.Traces)
		for i, one := range ev.Traces {
			if one.ID == two && one.Spans == nil {
				first = i
			}
			if one.ID == two && one.Spans != nil {
				second = i
			}
		}
		if first > second {
			ev.Traces[first], ev.Traces[second] = ev.Traces[second], ev.Traces[first]
		}
	}
}

func TestSortingByRequestLeavesTheEvidenceAsItIs(t *testing.T) {
	ev := sent(diamond(), 3)
	slices.Reverse(ev.Hops)
	slices.Reverse(ev.Traces)
	before := ev
	before.Hops, before.Traces = slices.Clone(ev.Hops), slices.Clone(ev.Traces)
	ev.ByRequest()
	if diff := cmp.Diff(before, ev); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
