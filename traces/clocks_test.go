package traces_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// steady is a request on clocks that agree: every call is a millisecond on its way
// there and another one on its way back.
const steady = `
	client CLIENT > web 0 60
	  web SERVER 1 59
	    web CLIENT > cart 10 50
	      cart SERVER 11 49
	        cart CLIENT > stock 20 40
	          stock SERVER 21 39`

// shifted moves the spans that match later by d.
func shifted(trace *traces.Trace, d time.Duration, matches func(traces.Span) bool) {
	for i := range trace.Spans {
		if s := &trace.Spans[i]; matches(*s) {
			s.Start = s.Start.Add(d)
		}
	}
}

func of(services ...string) func(traces.Span) bool {
	return func(s traces.Span) bool { return slices.Contains(services, s.Service) }
}

func only(service string, kind traces.Kind) func(traces.Span) bool {
	return func(s traces.Span) bool { return s.Service == service && s.Kind == kind }
}

func TestASkewedClockIsFoundAndNamed(t *testing.T) {
	every := func(d time.Duration, matches func(traces.Span) bool) func([]traces.Trace) {
		return func(all []traces.Trace) {
			for i := range all {
				shifted(&all[i], d, matches)
			}
		}
	}
	for _, c := range []struct {
		name, drawing string
		requests      int
		mutate        func([]traces.Trace)
		want          []string
	}{
		{name: "clocks that agree"},
		{name: "clocks that agree within what a call leaves free", mutate: every(1001*time.Microsecond, of("cart"))},
		{name: "a clock in the middle that is ahead", mutate: every(3*ms, of("cart")), want: []string{"clock-skew cart"}},
		{name: "a clock in the middle that is behind", mutate: every(-3*ms, of("cart")), want: []string{"clock-skew cart"}},
		{name: "a leaf's clock", mutate: every(-3*ms, of("stock")), want: []string{"clock-skew stock"}},
		{name: "an hour", mutate: every(time.Hour, of("web")), want: []string{"clock-skew web"}},
		{name: "the client's clock", mutate: every(3*ms, of("client")), want: []string{"clock-skew client"}},
		{
			name: "two clocks by the same", mutate: every(3*ms, of("cart", "stock")),
			want: []string{"clock-skew cart", "clock-skew stock"},
		},
		{
			name: "two clocks apart", mutate: func(all []traces.Trace) {
				every(3*ms, of("web"))(all)
				every(-4*ms, of("stock"))(all)
			},
			want: []string{"clock-skew stock", "clock-skew web"},
		},
		{
			name: "one of two clocks", drawing: `
				client CLIENT > web 0 60
				  web SERVER 1 59`,
			mutate: every(3*ms, of("web")), want: []string{"clock-skew web"},
		},
		{
			name: "one span of many", mutate: func(all []traces.Trace) { shifted(&all[2], 12*ms, only("cart", traces.Server)) },
			want: []string{"clock-skew cart"},
		},
		{
			name: "one span of a single request", requests: 1,
			mutate: every(12*ms, only("cart", traces.Server)), want: []string{"clock-skew cart"},
		},
		{
			name: "a call before its caller was called", mutate: every(-15*ms, only("web", traces.Client)),
			want: []string{"clock-skew web"},
		},
		{
			name: "a call on the same clock before its caller was called", drawing: `
				web SERVER 10 50
				  web CLIENT > audit 8 30`,
			want: []string{"clock-skew web"},
		},
		{
			name: "an own span before its proxy's", drawing: `
				web SERVER 10 50
				  web INTERNAL 8 30`,
			want: []string{"clock-skew web"},
		},
		{
			name: "a clock that stepped meanwhile", mutate: func(all []traces.Trace) { every(3*ms, of("cart"))(all[3:]) },
			want: []string{"clock-skew cart"},
		},
		{
			name: "one replica's clock", mutate: func(all []traces.Trace) {
				for i := range all {
					for j := range all[i].Spans {
						if s := &all[i].Spans[j]; s.Service == "cart" {
							s.Tags = traces.TagsOf(traces.Tag{Key: "node_id", Value: fmt.Sprintf("sidecar~10.0.0.%d~cart", i%2)})
						}
					}
					if i%2 == 1 {
						shifted(&all[i], 5*ms, of("cart"))
					}
				}
			},
			want: []string{"clock-skew cart"},
		},
		{
			name: "a clock and a span", mutate: func(all []traces.Trace) {
				every(5*ms, of("cart"))(all)
				shifted(&all[1], -30*ms, only("stock", traces.Server))
			},
			want: []string{"clock-skew cart", "clock-skew stock"},
		},
		{
			name: "a span that lasts less than nothing", mutate: func(all []traces.Trace) { line(all[0], 6).Duration = -time.Second },
			want: []string{"malformed-trace stock"},
		},
		{
			name: "a child that outlives its parent", drawing: `
				web SERVER 0 70
				  web CLIENT > audit 20 200
				    audit SERVER 21 199
				  web CLIENT > mail 80 90`,
		},
		{
			name: "a caller that gave up", drawing: `
				web CLIENT > cart 0 50 UT
				  cart SERVER 1 200`,
		},
		{
			name: "a caller that answered for a callee too slow", drawing: `
				web CLIENT > cart 0 50
				  cart SERVER 1 200`,
			mutate: func(all []traces.Trace) {
				for i := range all {
					line(all[i], 1).Status = []int{408, 499, 504, 504, 504}[i]
				}
			},
		},
		{
			name: "a span that two others contradict", drawing: `
				web SERVER 15 70
				  web CLIENT > cart 10 40
				  web CLIENT > price 12 60`,
			want: []string{"clock-skew web"},
		},
		{
			name: "attempts of which one answered", drawing: `
				web CLIENT > cart 0 50
				  cart SERVER 1 200
				  cart SERVER 20 49`,
		},
		{
			name: "attempts of which none can have answered", drawing: `
				web CLIENT > cart 0 50
				  cart SERVER 1 200
				  cart SERVER 20 60`,
			want: []string{"clock-skew cart"},
		},
		{
			name: "what a service without a sidecar passed on and did not wait for", drawing: `
				web CLIENT > cart 0 50
				  stock SERVER 20 60`,
		},
		{
			name: "microseconds cut off", drawing: `
				web CLIENT > cart 10.001 20
				  cart SERVER 10 20.001`,
		},
		{
			name: "a nanosecond more than can be cut off", requests: 1, drawing: `
				web CLIENT > cart 10.001001 20
				  cart SERVER 10 19`,
			want: []string{"clock-skew cart"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, drawing := c.requests, c.drawing
			if n == 0 {
				n = 5
			}
			if drawing == "" {
				drawing = steady
			}
			var stored []traces.Trace
			for range n {
				stored = append(stored, drawn(t, drawing))
			}
			if c.mutate != nil {
				c.mutate(stored)
			}
			got := traces.JudgeClocks(seen(traces.Baseline, stored...), 0)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/clocks/"+strings.NewReplacer(" ", "-", "'", "").Replace(c.name)+".txt", texts(got))
		})
	}
}

func TestAShiftIsFoundFromWhereItCanBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev := tracesim.Send(anyTopology(t), everything(traces.OpenTelemetry), tracesim.Options{
			Requests: rapid.IntRange(1, 4).Draw(t, "requests"), Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed"),
		})
		if got := traces.JudgeClocks(ev, 0); len(got) > 0 {
			t.Fatalf("on one clock:\n%s", texts(got))
		}
		trace := &ev.Traces[rapid.IntRange(0, len(ev.Traces)-1).Draw(t, "trace")]
		s := &trace.Spans[rapid.IntRange(0, len(trace.Spans)-1).Draw(t, "span")]
		earlier, later, ok := traces.Undetectable(one(*trace), s.ID, 0)
		if !ok {
			t.Fatal("the span is not found")
		}
		start := s.Start
		for sign, bound := range map[int64]time.Duration{-1: earlier, 1: later} {
			if bound == math.MaxInt64 {
				continue
			}
			s.Start = start.Add(time.Duration(sign * int64(bound+traces.Resolution)))
			if got := traces.JudgeClocks(ev, 0); len(got) > 0 {
				t.Fatalf("%s %s by %s is in order:\n%s%s", s.Service, s.Kind, s.Start.Sub(start), texts(got), trace.Tree())
			}
			s.Start = s.Start.Add(time.Duration(sign))
			got := traces.JudgeClocks(ev, 0)
			if len(got) == 0 || !strings.Contains(texts(got), s.Service) {
				t.Fatalf("%s %s by %s goes unnoticed:\n%s%s", s.Service, s.Kind, s.Start.Sub(start), texts(got), trace.Tree())
			}
		}
	})
}

func TestOneSkewedClockOfAnyIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topology := anyTopology(t)
		for i := range topology.Services {
			topology.Services[i].Bare, topology.Services[i].Forward = false, traces.Forwarding{}
		}
		ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{
			Requests: 3, Prefix: "r", Seed: rapid.Uint64().Draw(t, "seed"),
		})
		var services []string
		for _, trace := range ev.Traces {
			for _, s := range trace.Spans {
				services = append(services, s.Service)
			}
		}
		slices.Sort(services)
		service := rapid.SampledFrom(slices.Compact(services)).Draw(t, "service")
		d := time.Duration(rapid.SampledFrom([]int{-1, 1}).Draw(t, "sign")*rapid.IntRange(1, 5000).Draw(t, "ms")) * ms
		for i := range ev.Traces {
			shifted(&ev.Traces[i], d, of(service))
		}
		got := traces.JudgeClocks(ev, 0)
		if len(got) != 1 || got[0].Kind != traces.ClockSkew || !strings.Contains(texts(got), "the clock of `"+service+"`") {
			t.Fatalf("the clock of %s is off by %s:\n%s", service, d, texts(got))
		}
	})
}

func TestClocksAreJudgedWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ev := sent(chain(), 3)
		for i := range ev.Traces {
			if rapid.Bool().Draw(t, "wild") {
				ev.Traces[i].Spans = anySpans(t, ev.Traces[i].ID)
			}
			for j := range ev.Traces[i].Spans {
				s := &ev.Traces[i].Spans[j]
				s.Start = s.Start.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "shift")) * ms)
			}
		}
		judge := func() string { return texts(traces.JudgeClocks(ev, 0)) + texts(traces.JudgeRoundTrips(ev, ms, 0)) }
		first := judge()
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for i := range ev.Traces {
			shuffle(r, ev.Traces[i].Spans)
		}
		shuffle(r, ev.Traces)
		if again := judge(); again != first {
			t.Fatalf("judged\n%s\nand in another order\n%s", first, again)
		}
	})
}

func TestWhatIsNotStoredOnceCannotBeShifted(t *testing.T) {
	trace := drawn(t, steady)
	if _, _, ok := traces.Undetectable(one(trace), traces.SpanID{99}, 0); ok {
		t.Error("a span that is not there has bounds")
	}
	trace.Spans = append(trace.Spans, trace.Spans[3])
	if _, _, ok := traces.Undetectable(one(trace), trace.Spans[3].ID, 0); ok {
		t.Error("a span that is there twice has bounds")
	}
	earlier, later, ok := traces.Undetectable(one(drawn(t, steady)), traces.SpanID{7: 4}, 0)
	if !ok || earlier != ms || later != ms {
		t.Errorf("the SERVER span of cart may move by %s and %s, want a millisecond either way", earlier, later)
	}
}
