package traces_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// A spoiling is one drawn change of one span.
type spoiling struct {
	what      string
	id, other traces.SpanID
	n         byte
}

func anySpoilings(t *rapid.T, ev traces.Evidence) []spoiling {
	all := make([]spoiling, rapid.IntRange(1, 3).Draw(t, "mutations"))
	for n := range all {
		spans := ev.Traces[rapid.IntRange(0, len(ev.Traces)-1).Draw(t, "trace")].Spans
		all[n] = spoiling{
			what: rapid.SampledFrom([]string{
				"delete", "copy", "copy as root", "store twice", "hang elsewhere", "cut off", "orphan",
				"rename", "turn round", "status", "error", "flags", "swap",
			}).Draw(t, "mutation"),
			id: rapid.SampledFrom(spans).Draw(t, "span").ID, other: rapid.SampledFrom(spans).Draw(t, "other").ID, n: byte(n),
		}
	}
	return all
}

// apply changes a copy of the spans of the evidence. A span that is gone stays gone.
func (m spoiling) apply(ev traces.Evidence) traces.Evidence {
	ev.Traces = slices.Clone(ev.Traces)
	for i := range ev.Traces {
		trace := &ev.Traces[i]
		trace.Spans = slices.Clone(trace.Spans)
		find := func(id traces.SpanID) int {
			return slices.IndexFunc(trace.Spans, func(s traces.Span) bool { return s.ID == id })
		}
		if at, other := find(m.id), find(m.other); at >= 0 && other >= 0 {
			m.change(trace, at, &trace.Spans[other])
		}
	}
	ev.Traces = slices.DeleteFunc(ev.Traces, func(t traces.Trace) bool { return len(t.Spans) == 0 })
	return ev
}

func (m spoiling) change(trace *traces.Trace, at int, other *traces.Span) {
	s := &trace.Spans[at]
	switch m.what {
	case "delete":
		trace.Spans = slices.Delete(trace.Spans, at, at+1)
	case "copy", "copy as root", "store twice":
		c := *s
		if m.what != "store twice" {
			c.ID = traces.SpanID{0xee, m.n}
		}
		if m.what == "copy as root" {
			c.Parent = traces.SpanID{}
		}
		trace.Spans = append(trace.Spans, c)
	case "hang elsewhere":
		s.Parent = other.ID
	case "cut off":
		s.Parent = traces.SpanID{}
	case "orphan":
		s.Parent = traces.SpanID{0xdd, m.n}
	case "rename":
		s.Service = other.Service
	case "turn round":
		s.Kind = otherKind(s.Kind)
	case "status":
		s.Status = 418
	case "error":
		s.Error = !s.Error
	case "flags":
		s.Flags = "UF"
	case "swap":
		s.Parent, other.Parent = other.Parent, s.Parent
	}
}

// anyEvidence draws a topology and sends three requests through it.
func anyEvidence(t *rapid.T) (traces.Evidence, traces.Forest) {
	topology := anyTopology(t)
	for i := range topology.Services {
		topology.Services[i].SDK = rapid.SampledFrom([]traces.SDK{"", "", traces.SilentSDK}).Draw(t, "sdk")
	}
	mesh := everything(rapid.SampledFrom([]traces.Provider{traces.OpenTelemetry, traces.Zipkin}).Draw(t, "provider"))
	forest, err := traces.Derive(topology, mesh, traces.Request{})
	if err != nil {
		t.Fatal(err)
	}
	ev := tracesim.Send(topology, mesh, tracesim.Options{Requests: 3, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed")})
	withRequestIDs(&ev)
	// A status that no trace shows is not the comparison's to find.
	for i := range ev.Requests {
		ev.Requests[i].Status = forest.Answer()
	}
	return ev, forest
}

func TestMutationsOfSeveralRequestsAreToldAsEachAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev, forest := anyEvidence(t)
		all, used := ev, map[string]bool{}
		want := []string{}
		for _, m := range anySpoilings(t, ev) {
			if request := m.request(ev); !used[request] {
				used[request] = true
				want = append(want, named(traces.JudgeForest(m.apply(ev), forest))...)
				all = m.apply(all)
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		found := traces.JudgeForest(all, forest)
		if got := namedOnce(found); !slices.Equal(got, want) {
			t.Fatalf("each alone %v, together %v:\n%s", want, got, texts(found))
		}
	})
}

// request is the x-request-id of the request that is spoilt.
func (m spoiling) request(ev traces.Evidence) string {
	for _, t := range ev.Traces {
		for _, s := range t.Spans {
			if s.ID == m.id {
				return s.Tags.Get("guid:x-request-id")
			}
		}
	}
	return ""
}

func TestTheOrderOfTheEvidenceDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev, forest := anyEvidence(t)
		for _, m := range anySpoilings(t, ev) {
			ev = m.apply(ev)
		}
		before := texts(traces.JudgeForest(ev, forest))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		for range 3 {
			shuffleAll(r, &ev)
			if after := texts(traces.JudgeForest(ev, forest)); after != before {
				t.Fatalf("judged\n%s\nand in another order\n%s", before, after)
			}
		}
	})
}

// shuffleAll puts everything in the evidence that has no order of its own in another one.
func shuffleAll(r *rand.Rand, ev *traces.Evidence) {
	shuffle(r, ev.Requests)
	shuffle(r, ev.Hops)
	shuffle(r, ev.Proxies)
	shuffle(r, ev.Traces)
	for _, one := range ev.Traces {
		shuffle(r, one.Spans)
	}
}
