package traces_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// evidence is what n requests leave, and then the mutation.
func (c compared) evidence(n int) traces.Evidence {
	ev := tracesim.Send(c.sent, everything(cmp.Or(c.provider, traces.OpenTelemetry)),
		tracesim.Options{Requests: n, Prefix: "r", Seed: 7, Bare: c.bare})
	if c.mutate != nil {
		c.mutate(&ev)
	}
	return ev
}

// hop is the first request's hop at a service; proxy the count of its proxies.
func hop(ev *traces.Evidence, service string) *traces.Hop {
	return &ev.Hops[slices.IndexFunc(ev.Hops, func(h traces.Hop) bool { return h.Request == "r0" && h.Service == service })]
}

func proxy(ev *traces.Evidence, service string) *traces.ProxyCount {
	return &ev.Proxies[slices.IndexFunc(ev.Proxies, func(p traces.ProxyCount) bool { return p.Service == service })]
}

// traceparent is a W3C header of a span in a trace.
func traceparent(t traces.TraceID, s traces.SpanID, flags string) map[string]string {
	return map[string]string{"traceparent": "00-" + t.String() + "-" + s.String() + "-" + flags}
}

// wholeRepeated is what repeated leaves.
func wholeRepeated() traces.Forest {
	cart := traces.Calls("cart", traces.Calls("stock"))
	return traces.Forest{traces.Calls("web", cart, cart, cart)}
}

// answered200 is the chain with the status of the last call stated.
func answered200() traces.Forest {
	return traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Answering(200)))}
}

// explained are cases for each cause that the evidence can show, and for those where
// it leaves several.
func explained() []compared {
	return slices.Concat(explainedContexts(), explainedLosses(), explainedExtras(), explainedNothing(), explainedFlags())
}

func explainedContexts() []compared {
	splitChain, split := chain(drops("cart")), []string{"split-trace cart"}
	sentHeaders := func(headers func(ev *traces.Evidence, h *traces.Hop) map[string]string) func(*traces.Evidence) {
		return func(ev *traces.Evidence) {
			h := hop(ev, "cart")
			h.Sent[0].Headers = headers(ev, h)
		}
	}
	b3 := func(id string) map[string]string {
		return map[string]string{"x-b3-traceid": id, "x-b3-spanid": "00f067aa0ba902b7", "x-b3-sampled": "1"}
	}
	return []compared{
		{
			name: "a context of its own", sent: splitChain, expected: wholeChain(), want: split,
			mutate: func(ev *traces.Evidence) {
				call := span(ev, "cart", traces.Client, 0)
				call.Parent = strangeID()
				hop(ev, "cart").Sent[0].Headers = traceparent(call.TraceID, strangeID(), "01")
			},
		},
		{
			name: "half of the B3 headers forwarded", sent: chain(cartForwardsOnly("x-b3-traceid", "x-b3-sampled")),
			provider: traces.Zipkin, expected: wholeChain(), want: split,
		},
		{
			name: "B3 without its trace id forwarded", sent: chain(cartForwardsOnly("x-b3-spanid", "x-b3-sampled")),
			provider: traces.Zipkin, expected: wholeChain(), want: split,
		},
		{
			name: "B3 forwarded where W3C is read", sent: splitChain, expected: wholeChain(), want: split,
			mutate: sentHeaders(func(_ *traces.Evidence, h *traces.Hop) map[string]string {
				id, _, _ := traces.DecisionOf(h.Received)
				return b3(id.String())
			}),
		},
		{
			name: "W3C forwarded where B3 is read", sent: splitChain, provider: traces.Zipkin, expected: wholeChain(), want: split,
			mutate: sentHeaders(func(_ *traces.Evidence, h *traces.Hop) map[string]string {
				id, _, _ := traces.DecisionOf(h.Received)
				return traceparent(id, strangeID(), "01")
			}),
		},
		{
			name: "a context that the proxies lost", sent: splitChain, expected: wholeChain(), want: split,
			mutate: sentHeaders(func(_ *traces.Evidence, h *traces.Hop) map[string]string { return h.Received }),
		},
		{
			name: "a split of which the headers say nothing", sent: splitChain, expected: wholeChain(), want: split,
			mutate: func(ev *traces.Evidence) { hop(ev, "cart").Sent = nil },
		},
		{
			name: "a join of which the headers say nothing", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
			mutate:   func(ev *traces.Evidence) { hop(ev, "cart").Sent = nil },
			want:     []string{"joined-trace cart"},
		},
		{
			name: "an application that makes spans and stores none", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				call := span(ev, "cart", traces.Client, 0)
				call.Parent = strangeID()
				hop(ev, "cart").Sent[0].Headers = traceparent(call.TraceID, strangeID(), "01")
			},
			want: []string{"malformed-trace cart"},
		},
		{
			name: "a caller's own context", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { span(ev, "client", traces.Client, 0).Parent = strangeID() },
			want:   []string{"malformed-trace client"},
		},
		{
			name: "a parent in another trace", sent: splitChain,
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
			mutate: func(ev *traces.Evidence) {
				span(ev, "cart", traces.Client, 0).Parent = span(ev, "web", traces.Client, 0).ID
			},
			want: []string{"malformed-trace cart"},
		},
		{
			name: "contexts of two calls mixed up", sent: repeated(),
			expected: wholeRepeated(),
			mutate: func(ev *traces.Evidence) {
				// The first cart calls stock with the context that the second one received.
				first, second := span(ev, "cart", traces.Server, 0), span(ev, "cart", traces.Server, 1)
				for i := range ev.Traces[0].Spans {
					if s := &ev.Traces[0].Spans[i]; s.Parent == first.ID {
						s.Parent = second.ID
					}
				}
				for i := range ev.Hops {
					if h := &ev.Hops[i]; strings.Contains(h.Received["traceparent"], first.ID.String()) && len(h.Sent) > 0 {
						h.Sent[0].Headers = traceparent(first.TraceID, second.ID, "01")
					}
				}
			},
			want: []string{"wrong-parent cart"},
		},
	}
}

func explainedLosses() []compared {
	lost := func(change func(ev *traces.Evidence)) func(*traces.Evidence) {
		return func(ev *traces.Evidence) {
			remove(ev, func(s traces.Span) bool { return s.Service == "stock" && s.Kind == traces.Server })
			change(ev)
		}
	}
	stock := []string{"missing-span stock"}
	unsampled := func(ev *traces.Evidence, id string) {
		h := hop(ev, "stock")
		id0 := span(ev, "cart", traces.Client, 0)
		h.Received = traceparent(id0.TraceID, strangeID(), "00")
		h.Received["x-request-id"] = id
	}
	return []compared{
		{name: "an exporter that drops", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			proxy(ev, "stock").Sent, proxy(ev, "stock").Dropped = 0, 1
		})},
		{name: "spans that the proxy did not make", sent: repeated(), expected: wholeRepeated(), want: stock, mutate: func(ev *traces.Evidence) {
			gone := *span(ev, "stock", traces.Server, 0)
			remove(ev, func(s traces.Span) bool { return s.ID == gone.ID })
			proxy(ev, "stock").Sent--
		}},
		{name: "spans of which the proxies say nothing", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			ev.Proxies = nil
		})},
		{name: "no proxy at a service", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			ev.Proxies = slices.DeleteFunc(ev.Proxies, func(p traces.ProxyCount) bool { return p.Service == "stock" })
		})},
		{name: "another decision at a hop", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			unsampled(ev, "5b0f7a4e-3c1d-4e2b-a1b2-000000000000")
			h := hop(ev, "cart")
			h.Received = withID(h.Received, "5b0f7a4e-3c1d-9e2b-a1b2-000000000000")
		})},
		{name: "a request id replaced on the way", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			unsampled(ev, "77777777-3c1d-4e2b-a1b2-000000000000")
			h := hop(ev, "cart")
			h.Received = withID(h.Received, "5b0f7a4e-3c1d-9e2b-a1b2-000000000000")
		})},
		{name: "neither hops nor counts", sent: chain(bare("stock")), expected: wholeChain(), want: stock, mutate: func(ev *traces.Evidence) {
			ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
			ev.Proxies = nil
		}},
		{name: "an injected abort", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
			call := span(ev, "cart", traces.Client, 0)
			call.Flags, call.Status = "FI", 503
		})},
		{name: "no healthy instance", sent: chain(), expected: wholeChain(), want: stock, mutate: lost(func(ev *traces.Evidence) {
			ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
			call := span(ev, "cart", traces.Client, 0)
			call.Flags, call.Status = "UH", 503
		})},
	}
}

func explainedExtras() []compared {
	again := func(change func(ev *traces.Evidence, s *traces.Span)) func(*traces.Evidence) {
		return func(ev *traces.Evidence) {
			add(ev, *span(ev, "stock", traces.Server, 0), func(s *traces.Span) {
				s.ID = strangeID()
				change(ev, s)
			})
		}
	}
	return []compared{
		{name: "a retry", sent: chain(), expected: wholeChain(), want: []string{"unexpected-span stock"}, mutate: again(func(ev *traces.Evidence, s *traces.Span) {
			s.Status, s.Error, s.Start = 503, true, s.Start.Add(-s.Duration)
			ev.Hops = append(ev.Hops, *hop(ev, "stock"))
		})},
		{
			name: "an application that stores spans without a sidecar", sent: chain(bare("stock")),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.CallsThrough("stock")))},
			want:     []string{"unexpected-span stock"},
			mutate: func(ev *traces.Evidence) {
				call := *span(ev, "cart", traces.Client, 0)
				add(ev, call, func(s *traces.Span) {
					s.ID, s.Parent, s.Service, s.Kind = strangeID(), call.ID, "stock", traces.Server
				})
			},
		},
		{
			name: "a sidecar that only its counts show", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.CallsThrough("stock")))},
			want:     []string{"unexpected-span stock"},
			mutate: func(ev *traces.Evidence) {
				ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
			},
		},
		{
			name: "a service of which nothing is known", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.CallsThrough("stock")))},
			want:     []string{"unexpected-span stock"},
			mutate: func(ev *traces.Evidence) {
				ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
				ev.Proxies = nil
			},
		},
		{
			name: "a status of which the hops say nothing", sent: chain(), expected: answered200(), want: []string{"wrong-status stock"},
			mutate: func(ev *traces.Evidence) {
				span(ev, "stock", traces.Server, 0).Status = 418
				ev.Hops = slices.DeleteFunc(ev.Hops, func(h traces.Hop) bool { return h.Service == "stock" })
			},
		},
		{
			name: "a status that a proxy answered", sent: chain(), expected: answered200(), want: []string{"wrong-status stock"},
			mutate: func(ev *traces.Evidence) {
				s := span(ev, "stock", traces.Server, 0)
				s.Status, s.Flags = 429, "RL"
			},
		},
		{
			name: "a call that timed out", sent: chain(), expected: wholeChain(), want: []string{"failed-request web"},
			mutate: func(ev *traces.Evidence) {
				ev.Requests[0].Status = 504
				span(ev, "client", traces.Client, 0).Flags = "UT"
			},
		},
	}
}

func explainedNothing() []compared {
	nothing := func(change func(ev *traces.Evidence)) func(*traces.Evidence) {
		return func(ev *traces.Evidence) {
			ev.Traces = nil
			change(ev)
		}
	}
	sums := func(sent, dropped int64) func(*traces.Evidence) {
		return nothing(func(ev *traces.Evidence) {
			for i := range ev.Proxies {
				ev.Proxies[i].Sent, ev.Proxies[i].Dropped = sent, dropped
			}
		})
	}
	want := []string{"missing-trace web"}
	return []compared{
		{name: "nothing sent", sent: chain(), expected: wholeChain(), want: want, mutate: sums(0, 0)},
		{name: "everything dropped", sent: chain(), expected: wholeChain(), want: want, mutate: sums(0, 2)},
		{
			name: "nothing stored and no counts", sent: chain(), expected: wholeChain(), want: want,
			mutate: nothing(func(ev *traces.Evidence) { ev.Proxies = nil }),
		},
		{name: "nothing sampled", sent: chain(), expected: wholeChain(), want: want, mutate: nothing(func(ev *traces.Evidence) {
			for i := range ev.Hops {
				ev.Hops[i].Received = traceparent(strangeTrace(), strangeID(), "00")
				ev.Hops[i].Received["x-request-id"] = "5b0f7a4e-3c1d-4e2b-a1b2-000000000000"
			}
		})},
		{name: "no context anywhere", sent: chain(), expected: wholeChain(), want: want, mutate: nothing(func(ev *traces.Evidence) {
			for i := range ev.Hops {
				ev.Hops[i].Received = nil
			}
		})},
		{name: "nothing at all", sent: chain(), expected: wholeChain(), want: want, mutate: nothing(func(ev *traces.Evidence) { ev.Hops, ev.Proxies = nil, nil })},
	}
}

func explainedFlags() []compared {
	var all []compared
	for _, flag := range []string{"UT", "UH", "UF", "UC", "DC", "UO", "NR", "RL", "DI", "FI", "LH"} {
		all = append(all, compared{
			name: "the flag " + flag, sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Flagged(traces.NoFlags)))},
			mutate:   func(ev *traces.Evidence) { span(ev, "cart", traces.Client, 0).Flags = flag },
			want:     []string{"wrong-flags cart"},
		})
	}
	return append(all, compared{
		name: "no flag where one must be", sent: chain(),
		expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Flagged("DI")))},
		want:     []string{"wrong-flags cart"},
	})
}

func TestEachCauseIsToldApart(t *testing.T) {
	told := map[string]string{}
	for _, c := range explained() {
		for _, f := range traces.JudgeForest(c.evidence(1), c.expected) {
			cause := string(f.Kind) + f.Why + strings.Join(f.Candidates, "; ")
			if f.Why+strings.Join(f.Candidates, "") == "" || f.Next == "" {
				t.Errorf("%s has neither cause nor candidates, or no next step:\n%s", c.name, f.Text())
			}
			if other, ok := told[cause]; ok {
				t.Errorf("%s and %s are told alike:\n%s", c.name, other, f.Text())
			}
			told[cause] = c.name
		}
	}
}
