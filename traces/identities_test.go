package traces_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func TestGoodEvidenceHasSoundIdentities(t *testing.T) {
	for _, g := range goods(t) {
		if found := traces.JudgeIdentities(g.evidence.Traces); len(found) > 0 {
			t.Errorf("%s:\n%s", g.name, texts(found))
		}
	}
	if found := traces.JudgeIdentities(nil); len(found) > 0 {
		t.Errorf("nothing stored:\n%s", texts(found))
	}
}

func TestDefectsOfIdentityAreFoundAcrossTraces(t *testing.T) {
	for _, c := range []struct {
		name   string
		mutate func(a, b *traces.Trace)
		want   []string
	}{
		{"an id twice in one trace", func(a, _ *traces.Trace) { a.Spans = append(a.Spans, a.Spans[3]) }, []string{"duplicate-span cart"}},
		{"an id of two spans of one trace", func(a, _ *traces.Trace) { a.Spans[5].ID = a.Spans[0].ID }, []string{"duplicate-span stock"}},
		{"an id in two traces", func(a, b *traces.Trace) { b.Spans[5].ID = a.Spans[0].ID }, []string{"duplicate-span stock"}},
		{"a span in two traces", func(a, b *traces.Trace) {
			c := a.Spans[5]
			c.TraceID, c.Parent = b.ID, b.Spans[0].ID
			b.Spans = append(b.Spans, c)
		}, []string{"duplicate-span stock"}},
		{"a zero id", func(a, _ *traces.Trace) { a.Spans[5].ID = traces.SpanID{} }, []string{"malformed-trace stock"}},
		{"a zero trace id", func(a, _ *traces.Trace) { a.Spans[5].TraceID = traces.TraceID{} }, []string{"malformed-trace stock"}},
		{"spans of two traces in one answer", func(a, b *traces.Trace) {
			a.Spans = append(a.Spans, b.Spans[5])
			b.Spans = b.Spans[:5]
		}, []string{"malformed-trace stock"}},
		{"a parent in another trace", func(a, b *traces.Trace) { a.Spans[5].Parent = b.Spans[4].ID }, []string{"malformed-trace stock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := sent(chain(), 2)
			c.mutate(&ev.Traces[0], &ev.Traces[1])
			found := traces.JudgeIdentities(ev.Traces)
			if got := named(found); !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v:\n%s", got, c.want, texts(found))
			}
			golden(t, "testdata/identities/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(found))
			before := texts(found)
			r := rand.New(rand.NewPCG(3, 3))
			for range 10 {
				shuffleAll(r, &ev)
				if again := texts(traces.JudgeIdentities(ev.Traces)); again != before {
					t.Fatalf("in another order\n%s\nbefore\n%s", again, before)
				}
			}
		})
	}
}

func TestAParentThatNobodyStoredIsNoDefectOfIdentity(t *testing.T) {
	ev := sent(chain(), 2)
	span(&ev, "stock", traces.Server, 0).Parent = strangeID()
	if found := traces.JudgeIdentities(ev.Traces); len(found) > 0 {
		t.Errorf("findings:\n%s", texts(found))
	}
}

func BenchmarkJudgeIdentities(b *testing.B) {
	ev := tracesim.Send(diamond(), everything(traces.OpenTelemetry), tracesim.Options{Requests: 1, Prefix: "r", Seed: 7})
	for _, n := range []int{1_000, 10_000, 100_000} {
		var stored []traces.Trace
		for i := range n {
			one := traces.Trace{ID: ev.Traces[0].ID, Spans: slices.Clone(ev.Traces[0].Spans)}
			binary.BigEndian.PutUint64(one.ID[:], uint64(i))
			for k := range one.Spans {
				s := &one.Spans[k]
				s.TraceID = one.ID
				binary.BigEndian.PutUint32(s.ID[:], uint32(i))
				if s.Parent != (traces.SpanID{}) {
					binary.BigEndian.PutUint32(s.Parent[:], uint32(i))
				}
			}
			stored = append(stored, one)
		}
		b.Run(fmt.Sprintf("%d traces", n), func(b *testing.B) {
			for b.Loop() {
				if found := traces.JudgeIdentities(stored); len(found) > 0 {
					b.Fatal(texts(found))
				}
			}
			b.ReportMetric(float64(n*len(ev.Traces[0].Spans)*b.N)/b.Elapsed().Seconds(), "spans/s")
		})
	}
}
