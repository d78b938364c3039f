package jaeger_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gogo "github.com/gogo/protobuf/proto"
	"github.com/google/go-cmp/cmp"
	model "github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/internal/backyards"
	"github.com/throughline/throughline/traces/jaeger"
)

// answer is a stream of chunks from memory. It may be read again.
type answer struct {
	chunks []*api_v2.SpansResponseChunk
	next   int
}

func (a *answer) Recv() (*api_v2.SpansResponseChunk, error) {
	if a.next == len(a.chunks) {
		a.next = 0
		return nil, io.EOF
	}
	a.next++
	return a.chunks[a.next-1], nil
}

// encoded is such a stream in protobuf's encoding, decoded message by message.
type encoded struct {
	messages [][]byte
	next     int
}

func (e *encoded) Recv() (*api_v2.SpansResponseChunk, error) {
	if e.next == len(e.messages) {
		e.next = 0
		return nil, io.EOF
	}
	e.next++
	var chunk api_v2.SpansResponseChunk
	return &chunk, gogo.Unmarshal(e.messages[e.next-1], &chunk)
}

// modelOf is a span as Jaeger answers with it.
func modelOf(s traces.Span) model.Span {
	out := model.Span{
		TraceID: model.NewTraceID(binary.BigEndian.Uint64(s.TraceID[:8]), binary.BigEndian.Uint64(s.TraceID[8:])),
		SpanID:  model.SpanID(binary.BigEndian.Uint64(s.ID[:])), OperationName: s.Name,
		StartTime: s.Start, Duration: s.Duration,
		Process: model.NewProcess(s.Service+"."+s.Namespace, []model.KeyValue{
			model.String("otel.scope.name", "envoy"), model.String("telemetry.sdk.name", "envoy"),
			model.String("telemetry.sdk.language", "cpp"),
		}),
	}
	if s.Parent != (traces.SpanID{}) {
		out.References = []model.SpanRef{model.NewChildOfRef(out.TraceID, model.SpanID(binary.BigEndian.Uint64(s.Parent[:])))}
	}
	for t := range s.Tags.All() {
		out.Tags = append(out.Tags, model.String(t.Key, t.Value))
	}
	return out
}

// demo is the evidence of the demo application, without its traces, the forest that
// must exist, and the traces as the backend's answer: chunks of at most ten spans,
// each of one trace, in no order.
func demo(b *testing.B, requests int) (traces.Evidence, traces.Forest, *answer) {
	b.Helper()
	forest, err := traces.Derive(backyards.Topology(), backyards.Mesh(), traces.Request{})
	if err != nil {
		b.Fatal(err)
	}
	ev := backyards.Evidence(backyards.Topology(), backyards.Mesh(), requests)
	a := &answer{}
	random := rand.New(rand.NewPCG(1, 1))
	for _, t := range ev.Traces {
		random.Shuffle(len(t.Spans), func(i, j int) { t.Spans[i], t.Spans[j] = t.Spans[j], t.Spans[i] })
		var spans []model.Span
		for _, s := range t.Spans {
			spans = append(spans, modelOf(s))
		}
		for chunk := range slices.Chunk(spans, 10) {
			a.chunks = append(a.chunks, &api_v2.SpansResponseChunk{Spans: chunk})
		}
	}
	ev.Traces = nil
	return ev, forest, a
}

func load(b *testing.B, from jaeger.Chunks) []traces.Trace {
	b.Helper()
	loaded, err := jaeger.Gather(from)
	if err != nil || len(loaded) == 0 {
		b.Fatalf("%d traces, error %v", len(loaded), err)
	}
	return loaded
}

// BenchmarkDemo reads and compares the traces of the demo application, 18 spans for
// each request. A hundred requests mostly stay in the processor's cache, a thousand do
// not. Run it with -cpu 1 for the speed of one core.
func BenchmarkDemo(b *testing.B) {
	for _, one := range []struct {
		name string
		// prepare makes the input, and gives what is measured.
		prepare func(ev traces.Evidence, forest traces.Forest, stored *answer) func()
	}{
		{"load", func(_ traces.Evidence, _ traces.Forest, stored *answer) func() {
			return func() { load(b, stored) }
		}},
		{"compare", func(ev traces.Evidence, forest traces.Forest, stored *answer) func() {
			ev.Traces = load(b, stored)
			return func() { judge(b, ev, forest) }
		}},
		{"load and compare", func(ev traces.Evidence, forest traces.Forest, stored *answer) func() {
			return func() {
				ev.Traces = load(b, stored)
				judge(b, ev, forest)
			}
		}},
		{"decode, load and compare", func(ev traces.Evidence, forest traces.Forest, stored *answer) func() {
			wire := encode(b, stored)
			return func() {
				ev.Traces = load(b, wire)
				judge(b, ev, forest)
			}
		}},
		{"decode alone", func(_ traces.Evidence, _ traces.Forest, stored *answer) func() {
			wire := encode(b, stored)
			return func() {
				for _, err := wire.Recv(); err == nil; _, err = wire.Recv() {
				}
			}
		}},
	} {
		for _, requests := range []int{100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", one.name, requests), func(b *testing.B) {
				backyards.PerSpan(b, requests*backyards.Spans, one.prepare(demo(b, requests)))
			})
		}
	}
}

func encode(b *testing.B, stored *answer) *encoded {
	b.Helper()
	wire := &encoded{}
	for _, chunk := range stored.chunks {
		message, err := gogo.Marshal(chunk)
		if err != nil {
			b.Fatal(err)
		}
		wire.messages = append(wire.messages, message)
	}
	return wire
}

func judge(b *testing.B, ev traces.Evidence, forest traces.Forest) {
	b.Helper()
	if found := traces.JudgeForest(ev, forest); len(found) != 0 {
		b.Fatal(found[0].Text())
	}
}

// BenchmarkLoadSizes reads one trace at four sizes: where ns/span grows with the size,
// the work is more than linear.
func BenchmarkLoadSizes(b *testing.B) {
	ev := backyards.Evidence(backyards.Topology(), backyards.Mesh(), 1)
	for _, spans := range []int{100, 1_000, 10_000, 40_000} {
		b.Run(strconv.Itoa(spans), func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1))
			all := make([]model.Span, spans)
			for i := range all {
				all[i] = modelOf(ev.Traces[0].Spans[i%backyards.Spans])
				all[i].SpanID = model.SpanID(i + 1)
				all[i].StartTime = all[i].StartTime.Add(time.Duration(random.IntN(spans)))
			}
			stored := &answer{}
			for chunk := range slices.Chunk(all, 10) {
				stored.chunks = append(stored.chunks, &api_v2.SpansResponseChunk{Spans: chunk})
			}
			backyards.PerSpan(b, spans, func() {
				if got, err := jaeger.Gather(stored); err != nil || len(got) != 1 || len(got[0].Spans) != spans {
					b.Fatalf("%d traces, error %v", len(got), err)
				}
			})
		})
	}
}

// BenchmarkAgainstByHand takes turns, over one input: a round of loading and
// comparing here, and a round of what one would write for one test. The metric
// ours/hand is the quotient of their times. The one by hand does less:
//
//   - it says that two trees differ, but not what happened: a split trace is many
//     lines of missing and added nodes, and no cause is named;
//   - it ties no trace to a request, so that a mixed-up, missing or second trace of
//     one request goes unnoticed unless the number of traces changes;
//   - duplicate span ids, cycles and unknown parents are lost, or loop for ever;
//   - tags, statuses, error marks and response flags are not read.
func BenchmarkAgainstByHand(b *testing.B) {
	const requests = 1000
	ev, forest, stored := demo(b, requests)
	expected := handWritten()
	var ours, hand time.Duration
	for b.Loop() {
		ours += after(b, func() {
			own := ev
			own.Traces = load(b, stored)
			judge(b, own, forest)
		})
		hand += after(b, func() { compareByHand(b, stored, requests, expected) })
	}
	spans := float64(requests*backyards.Spans) * float64(b.N)
	b.ReportMetric(float64(ours)/spans, "cpu-ns/span-ours")
	b.ReportMetric(float64(hand)/spans, "cpu-ns/span-hand")
	b.ReportMetric(float64(ours)/float64(hand), "ours/hand")
}

// after is how long run takes on a heap without garbage, so that nobody pays for what
// another left.
func after(b *testing.B, run func()) time.Duration {
	b.Helper()
	runtime.GC()
	begin := backyards.Processor(b)
	run()
	return backyards.Processor(b) - begin
}

// call is a span in the tree that one would write by hand.
type call struct {
	Service, Kind string
	Calls         []call
}

// handWritten is the demo application's trace.
func handWritten() call {
	serve := func(service string, calls ...call) call { return call{service + ".shop", "server", calls}.inOrder() }
	from := func(service string, to call) call { return call{service + ".shop", "client", []call{to}} }
	catalog := func() call {
		return from("frontpage", serve("catalog", from("catalog", serve("movies"))))
	}
	return from("client", serve("frontpage",
		from("frontpage", serve("bookings",
			from("bookings", serve("analytics")),
			from("bookings", serve("payments", from("payments", serve("notifications")))),
		)),
		catalog(), catalog(),
	))
}

// compareByHand groups the spans of an answer by trace, makes a tree of each, and
// holds it against expected, siblings in any order.
func compareByHand(b *testing.B, stored *answer, requests int, expected call) {
	b.Helper()
	byTrace := map[model.TraceID][]*model.Span{}
	for chunk, err := stored.Recv(); err == nil; chunk, err = stored.Recv() {
		for i := range chunk.Spans {
			s := &chunk.Spans[i]
			byTrace[s.TraceID] = append(byTrace[s.TraceID], s)
		}
	}
	if len(byTrace) != requests {
		b.Fatalf("%d traces", len(byTrace))
	}
	for id, spans := range byTrace {
		slices.SortFunc(spans, func(x, y *model.Span) int { return x.StartTime.Compare(y.StartTime) })
		children := map[model.SpanID][]*model.Span{}
		for _, s := range spans {
			children[s.ParentSpanID()] = append(children[s.ParentSpanID()], s)
		}
		roots := children[0]
		if len(roots) != 1 {
			b.Fatalf("trace %s has %d roots", id, len(roots))
		}
		if diff := cmp.Diff(expected, tree(roots[0], children)); diff != "" {
			b.Fatal(diff)
		}
	}
}

func tree(s *model.Span, children map[model.SpanID][]*model.Span) call {
	kind, _ := s.GetSpanKind()
	n := call{Service: s.Process.ServiceName, Kind: string(kind)}
	for _, c := range children[s.SpanID] {
		n.Calls = append(n.Calls, tree(c, children))
	}
	return n.inOrder()
}

// inOrder sorts the calls, those of one service by whom they call.
func (c call) inOrder() call {
	slices.SortStableFunc(c.Calls, compareCalls)
	return c
}

func compareCalls(x, y call) int {
	if order := strings.Compare(x.Service+" "+x.Kind, y.Service+" "+y.Kind); order != 0 {
		return order
	}
	return slices.CompareFunc(x.Calls, y.Calls, compareCalls)
}
