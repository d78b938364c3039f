package traces_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unicode"

	"github.com/throughline/throughline/traces"
)

// FuzzTimes reads spans from bytes, ten a span: its parent, its service and kind, its
// start in seconds, shifted left by up to 31 bits, and its duration up to the longest.
func FuzzTimes(f *testing.F) {
	f.Add([]byte("0123456789"))
	f.Add([]byte{0, 0, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 1, 1, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0, 1, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 2, 1, 0, 0, 0, 2, 0x7f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		trace := traces.Trace{ID: traces.TraceID{1}}
		for len(data) >= 10 && len(trace.Spans) < 40 {
			s := traces.Span{
				TraceID: trace.ID, ID: traces.SpanID{7: byte(len(trace.Spans) + 1)},
				Service: []string{"client", "web", "cart", "stock"}[data[1]>>6],
				Kind:    []traces.Kind{traces.Client, traces.Server, "INTERNAL", traces.UnknownKind}[data[1]>>4&3],
				Start:   time.Unix(int64(int32(binary.BigEndian.Uint32(data[2:])))<<(data[1]&31), 0),
			}
			if len(trace.Spans) > 0 {
				s.Parent = traces.SpanID{7: data[0] % byte(len(trace.Spans)+1)}
			}
			d := int64(int32(binary.BigEndian.Uint32(data[6:])))
			s.Duration = time.Duration(d<<32 | d&0xff)
			if d == math.MaxInt32 {
				s.Duration = math.MaxInt64
			}
			trace.Spans = append(trace.Spans, s)
			data = data[10:]
		}
		path := traces.CriticalPath(one(trace))
		if wrong := whole(path); wrong != "" {
			t.Fatalf("%s\n%s", wrong, trace.Tree())
		}
		for service, d := range traces.TimesOf(one(trace)).Self {
			if d < 0 {
				t.Fatalf("the self time of %q is %s", service, d)
			}
		}
		traces.Transits(one(trace))
		if len(trace.Spans) == 0 {
			return
		}
		ev := both(seen(traces.Baseline, trace, trace), seen(traces.Delayed, trace))
		shown := texts(traces.JudgeClocks(ev, 0)) + texts(traces.JudgeRoundTrips(ev, ms, 0)) +
			texts(traces.JudgeBottleneck(ev, "cart", 0.05)) + texts(traces.JudgeAddedDelay(ev, "cart", ms, 0.05)) +
			texts(traces.JudgeAddedGap(ev, "web", "cart", traces.Before, ms, 0.05)) +
			texts(traces.JudgeGRPCStatus(ev, "cart", 0)) + waitsOf(ev)
		for _, r := range shown {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%U reaches the terminal:\n%q", r, shown)
			}
		}
	})
}

// waitsOf is what the judges of waits say.
func waitsOf(ev traces.Evidence) (shown string) {
	said := func(_ traces.Statistic, found []traces.Finding) { shown += texts(found) }
	said(traces.JudgeSlowestBranch(ev, []string{"cart", "stock"}, "cart", 0.05))
	said(traces.JudgeAttempts(ev, "web", "cart", 2, ms, 0, 0.05))
	said(traces.JudgeTimeout(ev, "web", "cart", ms, 0.05))
	said(traces.JudgeQueue(ev, traces.Edge{Caller: "web", Callee: "cart"}, false, ms, 0.05))
	said(traces.JudgeOverhead(ev, ms, 0.05))
	return shown
}

// large is one trace of n spans, each second a CLIENT span: a service calls width
// others, each of which does the same, level by level.
func large(n, width int) traces.Trace {
	trace := traces.Trace{ID: traces.TraceID{1}}
	add := func(parent uint64, service int, kind traces.Kind, from, to time.Duration) uint64 {
		s := traces.Span{
			TraceID: trace.ID, Service: fmt.Sprintf("s%d", service), Namespace: "shop", Kind: kind,
			Start: dawn().Add(from), Duration: to - from,
		}
		id := uint64(len(trace.Spans) + 1)
		binary.BigEndian.PutUint64(s.ID[:], id)
		binary.BigEndian.PutUint64(s.Parent[:], parent)
		trace.Spans = append(trace.Spans, s)
		return id
	}
	type server struct {
		id       uint64
		from, to time.Duration
	}
	queue := []server{{add(0, 0, traces.Server, 0, 1<<50), 0, 1 << 50}}
	for ; len(trace.Spans)+2 <= n; queue = queue[1:] {
		above := queue[0]
		service := int(above.id % 12)
		each := (above.to - above.from) / time.Duration(width+1)
		for i := 0; i < width && len(trace.Spans)+2 <= n; i++ {
			begin := above.from + time.Duration(i)*each + each/4
			call := add(above.id, service, traces.Client, begin, begin+each)
			id := add(call, (service+i+1)%12, traces.Server, begin+2, begin+each-2)
			queue = append(queue, server{id, begin + 2, begin + each - 2})
		}
	}
	return trace
}

func BenchmarkClocksOfWildTimes(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		trace := large(n, 4)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range trace.Spans {
			trace.Spans[i].Start = dawn().Add(time.Duration(r.Int64N(1 << 50)))
		}
		ev := seen(traces.Baseline, trace)
		b.Run(fmt.Sprintf("%d spans", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := traces.JudgeClocks(ev, 0); len(got) == 0 {
					b.Fatal("nothing is found")
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "spans/s")
		})
	}
}

func BenchmarkTimes(b *testing.B) {
	deep := large(10_000, 1)
	for i := range deep.Spans {
		// Halving a time at each of 5,000 levels leaves none; nest them by a nanosecond.
		deep.Spans[i].Start, deep.Spans[i].Duration = dawn().Add(time.Duration(i)), time.Duration(20_000-2*i)
	}
	for _, c := range []struct {
		name  string
		trace traces.Trace
	}{
		{"18 spans", large(18, 3)},
		{"10000 spans", large(10_000, 4)},
		{"10000 spans below one", large(10_000, 5_000)},
		{"10000 spans in a chain", deep},
	} {
		stored := one(c.trace)
		ev := seen(traces.Baseline, c.trace)
		for name, run := range map[string]func(){
			"times": func() { traces.TimesOf(stored) },
			"path":  func() { traces.CriticalPath(stored) },
			"clocks": func() {
				if got := traces.JudgeClocks(ev, 0); len(got) > 0 {
					b.Fatal(texts(got))
				}
			},
		} {
			b.Run(name+" of "+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
				b.ReportMetric(float64(len(c.trace.Spans)*b.N)/b.Elapsed().Seconds(), "spans/s")
			})
		}
	}
}
