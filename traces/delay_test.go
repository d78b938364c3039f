package traces_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

const added = 50 * time.Millisecond

// inTurn sends n requests without and n with a change, in turn.
func inTurn(n int, delayed traces.Topology) traces.Evidence {
	return inTurnOf(n, chain(), delayed)
}

func inTurnOf(n int, baseline, delayed traces.Topology) traces.Evidence {
	mesh := everything(traces.OpenTelemetry)
	a := tracesim.Send(baseline, mesh, tracesim.Options{Requests: n, Prefix: "b", Variant: traces.Baseline, Seed: 1})
	b := tracesim.Send(delayed, mesh, tracesim.Options{Requests: n, Prefix: "d", Variant: traces.Delayed, Seed: 2})
	return both(a, b)
}

// stretch makes spans of the delayed requests longer or later.
func stretch(ev *traces.Evidence, edit func(*traces.Span)) {
	for _, r := range ev.ByRequest().Requests {
		if r.Exchange.Variant != traces.Delayed {
			continue
		}
		for _, t := range r.Traces {
			for i := range t.Spans {
				edit(&t.Spans[i])
			}
		}
	}
}

func TestADelayIsFoundWhereItIsSpent(t *testing.T) {
	for _, c := range []struct {
		name    string
		delayed traces.Topology
		mutate  func(*traces.Evidence)
		n       int
		want    []string
	}{
		{name: "at the service", delayed: chain(waits("cart", added))},
		{name: "nowhere", delayed: chain(), want: []string{"latency-missing cart"}},
		{name: "elsewhere", delayed: chain(waits("stock", added)), want: []string{"latency-misplaced stock"}},
		{name: "at the caller", delayed: chain(waits("web", added)), want: []string{"latency-misplaced web"}},
		{name: "there and elsewhere", delayed: chain(waits("cart", added), waits("stock", added)), want: []string{"latency-misplaced stock"}},
		{name: "half of it", delayed: chain(waits("cart", added/2)), want: []string{"latency-missing cart"}},
		{name: "twice as much", delayed: chain(waits("cart", 2*added)), want: []string{"latency-missing cart"}},
		{
			name: "on the way to it", delayed: chain(), want: []string{"latency-missing cart"},
			mutate: func(ev *traces.Evidence) {
				stretch(ev, func(s *traces.Span) {
					switch s.Service {
					case "client", "web":
						s.Duration += added
					default:
						s.Start = s.Start.Add(added)
					}
				})
			},
		},
		{name: "too few to tell", delayed: chain(waits("cart", added)), n: 5, want: []string{"latency-missing cart"}},
		{
			name: "a clock that steps back", delayed: chain(waits("cart", added)), want: []string{"malformed-trace stock"},
			mutate: func(ev *traces.Evidence) { span(ev, "stock", traces.Server, 0).Duration = -time.Hour },
		},
		{
			name: "a clock that is an hour slow", delayed: chain(waits("cart", added)), want: []string{"malformed-trace stock"},
			mutate: func(ev *traces.Evidence) {
				s := span(ev, "stock", traces.Server, 0)
				s.Start = s.Start.Add(-time.Hour)
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := c.n
			if n == 0 {
				n = 60
			}
			ev := inTurn(n, c.delayed)
			if c.mutate != nil {
				c.mutate(&ev)
			}
			got := traces.JudgeAddedDelay(ev, "cart", added, testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/delays/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestAnOpenIntervalDecidesNothing(t *testing.T) {
	// Ten requests a side have no interval at this level: the p-value of samples that
	// do not overlap is 2 / C(20, 10), 1e-5.
	got := traces.JudgeAddedDelay(inTurn(10, chain(waits("cart", 2*added))), "cart", added, testAlpha)
	if names := named(got); !slices.Equal(names, []string{"latency-missing cart"}) || !strings.Contains(texts(got), "send more") {
		t.Errorf("findings %v, want that more are to be sent\n%s", names, texts(got))
	}
}

func TestAServiceWithoutSpansCannotHaveGained(t *testing.T) {
	got := traces.JudgeAddedDelay(inTurn(60, chain()), "cellar", added, testAlpha)
	if !slices.Equal(named(got), []string{"latency-missing cellar"}) {
		t.Errorf("findings:\n%s", texts(got))
	}
}

func TestWaitingIsNotSelfTime(t *testing.T) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	id := traces.TraceID{1}
	at := func(n byte, parent byte, service string, kind traces.Kind, from, to time.Duration) traces.Span {
		s := traces.Span{
			TraceID: id, ID: traces.SpanID{n}, Service: service, Kind: kind,
			Start: begin.Add(from), Duration: to - from,
		}
		if parent > 0 {
			s.Parent = traces.SpanID{parent}
		}
		return s
	}
	const ms = time.Millisecond
	// web works 0-10, waits for two overlapping calls 10-40 and 20-60, works until
	// 70, and has a third call that outlasts it, 65-90.
	got := traces.TimesOf([]traces.Trace{{ID: id, Spans: []traces.Span{
		at(1, 0, "web", traces.Server, 0, 70*ms),
		at(2, 1, "web", traces.Client, 10*ms, 40*ms),
		at(3, 1, "web", traces.Client, 20*ms, 60*ms),
		at(4, 1, "web", traces.Client, 65*ms, 90*ms),
		at(5, 2, "cart", traces.Server, 12*ms, 39*ms),
		at(6, 3, "price", traces.Server, 20*ms, 60*ms),
	}}})
	if got.Self["web"] != 15*ms || got.Self["cart"] != 27*ms || got.Self["price"] != 40*ms {
		t.Errorf("self times %v, want web 15ms, cart 27ms, price 40ms", got.Self)
	}
	if got.Gap[traces.Edge{Caller: "web", Callee: "cart"}] != 3*ms || got.Gap[traces.Edge{Caller: "web", Callee: "price"}] != 0 {
		t.Errorf("gaps %v, want 3ms to cart and none to price", got.Gap)
	}
	if len(got.Faults) != 0 {
		t.Errorf("faults %v; a call that outlasts its caller is none", got.Faults)
	}
}

func TestAnInjectedDelayIsHeldAgainstTheCallersSpan(t *testing.T) {
	const d = 200 * time.Millisecond
	inject := func(ev *traces.Evidence, by time.Duration, flags string) {
		stretch(ev, func(s *traces.Span) {
			switch {
			case s.Service == "web" && s.Kind == traces.Client:
				s.Duration += by
				s.Flags = flags
			case s.Service == "client", s.Service == "web":
				s.Duration += by
			default:
				s.Start = s.Start.Add(by)
			}
		})
	}
	lasting := func(ev *traces.Evidence, exactly time.Duration) {
		inject(ev, d, "DI")
		stretch(ev, func(s *traces.Span) {
			if s.Service == "web" && s.Kind == traces.Client {
				s.Duration = exactly
			}
		})
	}
	for _, c := range []struct {
		name   string
		slow   bool
		mutate func(*traces.Evidence)
		want   []string
	}{
		{
			name:   "within the lag of the proxy's timer",
			mutate: func(ev *traces.Evidence) { lasting(ev, d-130*time.Microsecond) },
		},
		{
			name: "earlier than the lag of the proxy's timer", want: []string{"latency-missing web"},
			mutate: func(ev *traces.Evidence) { lasting(ev, d-6*time.Millisecond) },
		},
		{
			name: "too short in a few requests, the proxy being held up",
			mutate: func(ev *traces.Evidence) {
				inject(ev, d, "DI")
				few := *ev
				few.Traces = ev.Traces[:4]
				stretch(&few, func(s *traces.Span) {
					if s.Service == "web" && s.Kind == traces.Client {
						s.Duration -= d / 2
					}
				})
			},
		},
		{name: "injected", mutate: func(ev *traces.Evidence) { inject(ev, d, "DI") }},
		{
			name: "below a span of the application's own",
			mutate: func(ev *traces.Evidence) {
				inject(ev, d, "DI")
				for i := range ev.Traces {
					trace := &ev.Traces[i]
					for j, s := range trace.Spans {
						if s.Service == "web" && s.Kind == traces.Client {
							own := s
							own.ID, own.Flags = traces.SpanID{5}, ""
							trace.Spans[j].Parent = own.ID
							trace.Spans = append(trace.Spans, own)
						}
					}
				}
			},
		},
		{name: "among other flags", mutate: func(ev *traces.Evidence) { inject(ev, d, "UT,DI") }},
		{name: "not injected", want: []string{"latency-missing web"}},
		{name: "too short", mutate: func(ev *traces.Evidence) { inject(ev, d/2, "DI") }, want: []string{"latency-missing web"}},
		{name: "not flagged", mutate: func(ev *traces.Evidence) { inject(ev, d, "") }, want: []string{"wrong-flags web"}},
		{name: "spent by the callee", slow: true, want: []string{"latency-misplaced cart"}},
		{
			name: "no such call", want: []string{"missing-span web"},
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "web" && s.Kind == traces.Client })
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			topology := chain()
			if c.slow {
				topology = chain(waits("cart", d+d/4))
			}
			ev := tracesim.Send(topology, everything(traces.OpenTelemetry),
				tracesim.Options{Requests: 40, Prefix: "r", Variant: traces.Delayed, Seed: 1})
			if c.mutate != nil {
				c.mutate(&ev)
			}
			_, got := traces.JudgeInjectedDelay(ev, "web", "cart", d, testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/injected/"+strings.NewReplacer(" ", "-", "'", "").Replace(c.name)+".txt", texts(got))
		})
	}
}

func BenchmarkJudgeAddedDelay(b *testing.B) {
	ev := inTurn(60, chain(waits("cart", added)))
	for b.Loop() {
		traces.JudgeAddedDelay(ev, "cart", added, testAlpha)
	}
}

func TestTheTestOfOtherPlacesIsOfThemAlone(t *testing.T) {
	ev := inTurn(40, chain(waits("cart", added)))
	if s := traces.ElsewhereTest(ev, traces.Place{Service: "cart"}, added, testAlpha); s.P <= testAlpha || s.N != 80 {
		t.Errorf("nobody but cart gained anything: %+v", s)
	}
	if s := traces.ElsewhereTest(ev, traces.Place{Service: "stock"}, added, testAlpha); s.P > testAlpha {
		t.Errorf("cart gained, and is not stock: %+v", s)
	}
	little := inTurn(40, chain(waits("cart", added), waits("stock", added/10)))
	if s := traces.ElsewhereTest(little, traces.Place{Service: "cart"}, added, testAlpha); s.P <= testAlpha {
		t.Errorf("what stock gained does not matter beside the delay: %+v", s)
	}
}
