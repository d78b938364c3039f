package traces_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/internal/backyards"
)

func derived(b *testing.B, t traces.Topology) traces.Forest {
	b.Helper()
	forest, err := traces.Derive(t, backyards.Mesh(), traces.Request{})
	if err != nil {
		b.Fatal(err)
	}
	return forest
}

func BenchmarkDeriveTheDemo(b *testing.B) {
	backyards.PerSpan(b, backyards.Spans, func() { derived(b, backyards.Topology()) })
}

func BenchmarkDeriveManyCalls(b *testing.B) {
	for _, calls := range []int{50, 500, 5_000, 20_000} {
		t := traces.Topology{Name: "wide", Entry: "web", Services: []traces.Service{{Name: "web"}, {Name: "cart"}}}
		for range calls - 1 {
			t.Services[0].Steps = append(t.Services[0].Steps, traces.Step{{To: "cart"}})
		}
		b.Run(fmt.Sprintf("%d spans", 2*calls), func(b *testing.B) {
			backyards.PerSpan(b, 2*calls, func() { derived(b, t) })
		})
	}
}

// BenchmarkExplain judges 1,000 requests of the demo application, each with its
// trace split at bookings.
func BenchmarkExplain(b *testing.B) {
	const requests = 1000
	forest := derived(b, backyards.Topology())
	t := backyards.Topology()
	for i := range t.Services {
		t.Services[i].Forward.Drop = t.Services[i].Name == "bookings"
	}
	ev := backyards.Evidence(t, backyards.Mesh(), requests)
	backyards.PerSpan(b, requests*backyards.Spans, func() {
		if found := traces.JudgeForest(ev, forest); len(found) != 1 || found[0].Count != requests {
			b.Fatal(texts(found))
		}
	})
}

// BenchmarkJudgeRateOfTheDemo judges the rate of 3,000 requests, a tenth of them sampled.
func BenchmarkJudgeRateOfTheDemo(b *testing.B) {
	const requests = 3000
	forest := derived(b, backyards.Topology())
	mesh := backyards.Mesh()
	mesh.Sampling = traces.Percent(10)
	ev := backyards.Evidence(backyards.Topology(), mesh, requests)
	stored := 0
	for _, one := range ev.Traces {
		stored += len(one.Spans)
	}
	backyards.PerSpan(b, stored, func() {
		if _, found := traces.JudgeRate(ev, forest, 10, testAlpha); len(found) != 0 {
			b.Fatal(texts(found))
		}
	})
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/requests/float64(b.N), "ns/request")
}

// shapes are forests of n spans.
func shapes() []struct {
	name string
	grow func(n int) traces.Forest
} {
	chain := func(n int, name func(i int) string) traces.Forest {
		below := []traces.Node(nil)
		for i := n/2 - 1; i >= 0; i-- {
			below = []traces.Node{traces.Calls(name(i), below...).Answering(200)}
		}
		return below
	}
	fan := func(n int, name func(i int) string) traces.Forest {
		var below []traces.Node
		for i := range n/2 - 1 {
			below = append(below, traces.Calls(name(i)).Answering(200))
		}
		return traces.Forest{traces.Calls("hub", below...).Answering(200)}
	}
	different := func(i int) string { return fmt.Sprintf("s%d", i) }
	alike := func(int) string { return "leaf" }
	return []struct {
		name string
		grow func(n int) traces.Forest
	}{
		{"chain of different services", func(n int) traces.Forest { return chain(n, different) }},
		{"chain of one service", func(n int) traces.Forest { return chain(n, alike) }},
		{"fan-out of different calls", func(n int) traces.Forest { return fan(n, different) }},
		{"fan-out of equal calls", func(n int) traces.Forest { return fan(n, alike) }},
	}
}

// stored is evidence of one request that left exactly the forest, which is one tree.
func stored(f traces.Forest) traces.Evidence {
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	trace := traces.Trace{ID: traces.TraceID{1}}
	var add func(n traces.Node, owner string, parent traces.SpanID)
	add = func(n traces.Node, owner string, parent traces.SpanID) {
		if n.Service == "" {
			n.Service = owner
		}
		s := traces.Span{
			TraceID: trace.ID, Parent: parent, Service: n.Service, Namespace: traces.DefaultNamespace, Kind: n.Kind,
			Status: n.Status, Error: n.Error != nil && *n.Error, Start: begin.Add(time.Duration(len(trace.Spans))), Duration: time.Second,
		}
		// Odd, so that it is a bijection: ids in no order, and none twice.
		binary.BigEndian.PutUint64(s.ID[:], uint64(len(trace.Spans)+1)*0x9e3779b97f4a7c15)
		if n.To != "" {
			s.Tags = traces.TagsOf(traces.Tag{Key: "upstream_cluster.name", Value: "outbound|8080||" + n.To + ".shop.svc.cluster.local"})
		}
		trace.Spans = append(trace.Spans, s)
		for _, c := range n.Children {
			add(c, n.Service, s.ID)
		}
	}
	add(f[0], traces.ClientService, traces.SpanID{})
	return traces.Evidence{
		Requests: []traces.Exchange{{Request: "r", Status: 200}},
		Hops: []traces.Hop{{
			Request: "r", Service: f.Entry(),
			Received: map[string]string{"traceparent": "00-" + trace.ID.String() + "-00000000000000ab-01"},
		}},
		Traces: []traces.Trace{trace},
	}
}

// differences change what is stored; equal is false when it then differs.
func differences() []struct {
	name  string
	equal bool
	apply func(*traces.Trace)
} {
	without := func(gone func(i, n int) bool) func(*traces.Trace) {
		return func(t *traces.Trace) {
			var kept []traces.Span
			for i, s := range t.Spans {
				if !gone(i, len(t.Spans)) {
					kept = append(kept, s)
				}
			}
			t.Spans = kept
		}
	}
	return []struct {
		name  string
		equal bool
		apply func(*traces.Trace)
	}{
		{"equal", true, func(*traces.Trace) {}},
		{"one span missing", false, without(func(i, n int) bool { return i == n/2 })},
		{"a tenth of the calls missing", false, without(func(i, _ int) bool { return i > 1 && i/2%10 == 5 })},
		{"every status wrong", false, func(t *traces.Trace) {
			for i := range t.Spans {
				t.Spans[i].Status = 500 + i%100
			}
		}},
	}
}

// BenchmarkSizes compares one trace at four sizes: where ns/span grows with the
// size, the work is more than linear.
func BenchmarkSizes(b *testing.B) {
	for _, shape := range shapes() {
		for _, difference := range differences() {
			for _, spans := range []int{100, 1_000, 10_000, 40_000} {
				b.Run(fmt.Sprintf("%s/%s/%d", shape.name, difference.name, spans), func(b *testing.B) {
					forest := shape.grow(spans)
					ev := stored(forest)
					difference.apply(&ev.Traces[0])
					backyards.PerSpan(b, spans, func() {
						if found := traces.JudgeForest(ev, forest); (len(found) == 0) != difference.equal {
							b.Fatal(texts(found))
						}
					})
				})
			}
		}
	}
}
