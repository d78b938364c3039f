package jaeger_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	model "github.com/jaegertracing/jaeger-idl/model/v1"

	"github.com/throughline/throughline/traces"
)

func TestTagsAreKeptInOrderWithEveryRepetition(t *testing.T) {
	twice := stored(1, 1, 0, "web.shop", 0,
		model.String("b", "1"), model.String("a", "2"), model.String("b", "1"), model.String("b", "3"),
		model.Int64("n", -4), model.Bool("yes", true), model.String("node", "own"),
		model.String("span.kind", "server"), model.String("span.kind", "client"))
	next := stored(1, 2, 1, "web.shop", time.Second, model.String("c", ""))
	got, err := serve(t, &backend{spans: []model.Span{twice, next}}).Trace(t.Context(), traces.TraceID{15: 1})
	if err != nil || len(got.Spans) != 2 {
		t.Fatalf("%d spans, error %v", len(got.Spans), err)
	}
	first := &got.Spans[0]
	// What one span's tags gain must not show in another's.
	first.Tags = first.Tags.Append(traces.Tag{Key: "added", Value: "later"})
	want := [][]traces.Tag{
		{
			{Key: "b", Value: "1"},
			{Key: "a", Value: "2"},
			{Key: "b", Value: "1"},
			{Key: "b", Value: "3"},
			{Key: "n", Value: "-4"},
			{Key: "yes", Value: "true"},
			{Key: "node", Value: "own"},
			{Key: "span.kind", Value: "server"},
			{Key: "span.kind", Value: "client"},
			{Key: "node", Value: "one"},
			{Key: "added", Value: "later"},
		},
		{{Key: "c", Value: ""}, {Key: "node", Value: "one"}},
	}
	if diff := cmp.Diff(want, [][]traces.Tag{slices.Collect(first.Tags.All()), slices.Collect(got.Spans[1].Tags.All())}); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if first.Kind != traces.Server {
		t.Errorf("of two kinds %q counts, want the first", first.Kind)
	}
}

func TestSpansComeInOrderOfStartAndThenOfID(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 20 {
		var spans []model.Span
		for id := range uint64(33) {
			spans = append(spans, stored(1, 1+id/2, 0, "web.shop", time.Duration(id/8)*time.Second, model.Int64("n", int64(id))))
		}
		r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		got, err := serve(t, &backend{spans: spans}).Trace(t.Context(), traces.TraceID{15: 1})
		if err != nil {
			t.Fatal(err)
		}
		// The library's stable sort of what came is the definition.
		slices.SortStableFunc(spans, func(a, b model.Span) int {
			if c := a.StartTime.Compare(b.StartTime); c != 0 {
				return c
			}
			return int(int64(a.SpanID) - int64(b.SpanID))
		})
		for i := range spans {
			if want, have := spans[i].Tags[0].AsString(), got.Spans[i].Tags.Get("n"); want != have {
				t.Fatalf("place %d has span %s, want %s", i, have, want)
			}
		}
	}
}
