package traces_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// anyTopology draws up to seven services that call later ones only.
func anyTopology(t *rapid.T) traces.Topology {
	n := rapid.IntRange(1, 7).Draw(t, "services")
	topology := traces.Topology{Name: "drawn", Entry: "s0"}
	for i := range n {
		s := traces.Service{Name: fmt.Sprintf("s%d", i), Bare: rapid.Bool().Draw(t, "bare")}
		s.Namespace = rapid.SampledFrom([]string{"", "", "ward"}).Draw(t, "namespace")
		s.Work.Status = rapid.SampledFrom([]int{0, 0, 0, 200, 404, 500, 503}).Draw(t, "status")
		s.Forward = rapid.SampledFrom([]traces.Forwarding{
			{},
			{},
			{Drop: true},
			{Only: []string{"traceparent"}},
			{Only: []string{"x-b3-traceid", "x-b3-sampled"}},
			{Only: []string{"x-b3-traceid", "x-b3-spanid"}},
			{Only: []string{"x-request-id"}},
		}).Draw(t, "forward")
		for steps := rapid.IntRange(0, 2).Draw(t, "steps"); steps > 0 && i < n-1; steps-- {
			var step traces.Step
			for calls := rapid.IntRange(1, 2).Draw(t, "calls"); calls > 0; calls-- {
				step = append(step, traces.Call{
					To:       fmt.Sprintf("s%d", rapid.IntRange(i+1, n-1).Draw(t, "to")),
					Protocol: rapid.SampledFrom([]traces.Protocol{"", traces.HTTP, traces.TCP}).Draw(t, "protocol"),
				})
			}
			s.Steps = append(s.Steps, step)
		}
		topology.Services = append(topology.Services, s)
	}
	return topology
}

func TestAMeshThatKeepsItsPromisesLeavesTheDerivedForest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topology := anyTopology(t)
		mesh := everything(rapid.SampledFrom([]traces.Provider{traces.OpenTelemetry, traces.Zipkin}).Draw(t, "provider"))
		bare := rapid.Bool().Draw(t, "bare client")
		forest, err := traces.Derive(topology, mesh, traces.Request{Bare: bare})
		if err != nil {
			t.Fatal(err)
		}
		ev := tracesim.Send(topology, mesh, tracesim.Options{
			Requests: 2, Prefix: "r", Bare: bare, Seed: rapid.Uint64().Draw(t, "seed"),
		})
		// What no application's headers show cannot be tied to a request: a status
		// that the entry answers without a trace is all there is then.
		answer, err := topology.Answer()
		if err != nil {
			t.Fatal(err)
		}
		if len(forest) == 0 || forest[0].Status == 0 || forest.Answer() != answer {
			for i := range ev.Requests {
				ev.Requests[i].Status = forest.Answer()
			}
		}
		if got := traces.JudgeForest(ev, forest); len(got) > 0 {
			t.Fatalf("expected\n%sfound\n%s", forest, texts(got))
		}
	})
}

func TestNoMutationGoesUnnoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topology := anyTopology(t)
		mesh := everything(traces.OpenTelemetry)
		forest, err := traces.Derive(topology, mesh, traces.Request{})
		if err != nil {
			t.Fatal(err)
		}
		ev := tracesim.Send(topology, mesh, tracesim.Options{Requests: 1, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed")})
		trace := &ev.Traces[rapid.IntRange(0, len(ev.Traces)-1).Draw(t, "trace")]
		i := rapid.IntRange(0, len(trace.Spans)-1).Draw(t, "span")
		s := &trace.Spans[i]
		what := rapid.SampledFrom([]string{"delete", "duplicate", "copy", "cut off", "rename", "turn round", "status", "own parent", "zero id", "orphan"}).Draw(t, "mutation")
		switch what {
		case "delete":
			trace.Spans = append(trace.Spans[:i:i], trace.Spans[i+1:]...)
		case "duplicate":
			trace.Spans = append(trace.Spans, *s)
		case "copy":
			c := *s
			c.ID = traces.SpanID{1, 1}
			trace.Spans = append(trace.Spans, c)
		case "cut off":
			if s.Parent == (traces.SpanID{}) {
				t.Skip("it is a root")
			}
			s.Parent = traces.SpanID{}
		case "rename":
			s.Service = "cellar"
		case "turn round":
			s.Kind = map[traces.Kind]traces.Kind{traces.Client: traces.Server, traces.Server: traces.Client}[s.Kind]
		case "status":
			s.Status = 418
		case "own parent":
			s.Parent = s.ID
		case "zero id":
			s.ID = traces.SpanID{}
		case "orphan":
			s.Parent = traces.SpanID{9}
		}
		if got := traces.JudgeForest(ev, forest); len(got) == 0 {
			t.Fatalf("%s of span %d goes unnoticed in\n%s", what, i, trace.Tree())
		}
		for _, one := range ev.Traces {
			_ = one.Tree()
			_ = traces.TimesOf([]traces.Trace{one})
		}
	})
}

// anySpans draws spans that nobody checked: few ids, so that they collide, form
// cycles and point nowhere.
func anySpans(t *rapid.T, id traces.TraceID) []traces.Span {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) traces.Span {
		own := rapid.SampledFrom([]traces.TraceID{id, id, id, id, {9}}).Draw(t, "trace id")
		return traces.Span{
			TraceID:   own,
			ID:        traces.SpanID{7: rapid.ByteRange(0, 9).Draw(t, "id")},
			Parent:    traces.SpanID{7: rapid.ByteRange(0, 9).Draw(t, "parent")},
			Service:   rapid.SampledFrom([]string{"client", "web", "cart", "stock", "", "\x1b"}).Draw(t, "service"),
			Namespace: rapid.SampledFrom([]string{"shop", "shop", "ward"}).Draw(t, "namespace"),
			Kind:      rapid.SampledFrom([]traces.Kind{traces.Client, traces.Server, traces.UnknownKind, "PRODUCER"}).Draw(t, "kind"),
			Start:     time.Unix(rapid.Int64().Draw(t, "start"), 0),
			Duration:  time.Duration(rapid.Int64().Draw(t, "duration")),
			Status:    rapid.Int().Draw(t, "status"),
		}
	}), 0, 12).Draw(t, "spans")
}

func TestWhateverIsStoredIsJudgedTheSameEachTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev := sent(chain(), 2)
		for i := range ev.Traces {
			ev.Traces[i].Spans = anySpans(t, ev.Traces[i].ID)
		}
		judge := func() string {
			delays := traces.JudgeAddedDelay(ev, "cart", time.Second, 0.05)
			_, injected := traces.JudgeInjectedDelay(ev, "web", "cart", time.Second, 0.05)
			return texts(traces.JudgeForest(ev, wholeChain())) + texts(delays) + texts(injected)
		}
		first := judge()
		_ = ev.Traces[0].Tree()
		for i := range ev.Traces {
			slices.Reverse(ev.Traces[i].Spans)
		}
		slices.Reverse(ev.Traces)
		if again := judge(); again != first {
			t.Fatalf("judged\n%s\nand in another order\n%s", first, again)
		}
	})
}
