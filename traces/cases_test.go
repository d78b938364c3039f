package traces_test

import (
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// A compared is evidence, held against a forest, and the findings that must come out.
type compared struct {
	name     string
	sent     traces.Topology
	bare     bool
	provider traces.Provider
	mutate   func(*traces.Evidence)
	expected traces.Forest
	want     []string
}

func cases() []compared {
	server := func(ev *traces.Evidence, service string) *traces.Span { return span(ev, service, traces.Server, 0) }
	client := func(ev *traces.Evidence, service string) *traces.Span { return span(ev, service, traces.Client, 0) }
	failing := func(status int) traces.Forest {
		return traces.Forest{
			traces.Calls("web", traces.Calls("cart", traces.Calls("stock").
				Answering(status)).Answering(status)).Answering(status),
		}
	}
	return append(explained(), []compared{
		{name: "a whole chain", sent: chain(), expected: wholeChain()},
		{name: "a whole diamond", sent: diamond(), expected: wholeDiamond()},
		{name: "dropped headers", sent: chain(drops("cart")), expected: wholeChain(), want: []string{"split-trace cart"}},
		{
			name: "half-forwarded headers", sent: chain(cartForwardsOnly("x-request-id", "tracestate")),
			expected: wholeChain(), want: []string{"split-trace cart"},
		},
		{name: "headers dropped at a fan-out", sent: diamond(drops("web")), expected: wholeDiamond(), want: []string{"split-trace web"}},
		{name: "headers dropped in one branch", sent: diamond(drops("price")), expected: wholeDiamond(), want: []string{"split-trace price"}},
		{
			name: "headers dropped twice", sent: chain(drops("web"), drops("cart")), expected: wholeChain(),
			want: []string{"split-trace cart", "split-trace web"},
		},
		{
			name: "dropped without a sidecar", sent: chain(bare("cart"), drops("cart")),
			expected: traces.Forest{traces.Calls("web", traces.CallsThrough("cart", traces.Serves("stock")))},
			want:     []string{"split-trace cart"},
		},
		{
			name: "forwarded where a split must be", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
			want:     []string{"joined-trace cart"},
		},
		{
			name: "forwarded without a sidecar where a split must be", sent: chain(bare("cart")),
			expected: traces.Forest{traces.Calls("web", traces.CallsThrough("cart")), traces.Serves("stock")},
			want:     []string{"joined-trace cart"},
		},
		{
			name: "injected where none must be", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.CallsThrough("cart", traces.Serves("stock")))},
			want:     []string{"unexpected-span cart"},
		},
		{
			name: "an injected leaf", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.CallsThrough("stock")))},
			want:     []string{"unexpected-span stock"},
		},
		{
			name: "an injected client", sent: chain(),
			expected: traces.Forest{traces.Serves("web", traces.Calls("cart", traces.Calls("stock")))},
			want:     []string{"unexpected-span client"},
		},
		{name: "a client without a sidecar", sent: chain(), bare: true, expected: wholeChain(), want: []string{"missing-span client"}},
		{name: "a middle without a sidecar", sent: chain(bare("cart")), expected: wholeChain(), want: []string{"missing-span cart"}},
		{name: "a branch without a sidecar", sent: diamond(bare("cart")), expected: wholeDiamond(), want: []string{"missing-span cart"}},
		{name: "a leaf without a sidecar", sent: chain(bare("stock")), expected: wholeChain(), want: []string{"missing-span stock"}},
		{
			name: "a leaf of two branches without a sidecar", sent: diamond(bare("stock")),
			expected: wholeDiamond(), want: []string{"missing-span stock"},
		},
		{
			name: "a call that was not made", sent: diamond(calls("web", traces.Step{{To: "cart"}})),
			expected: wholeDiamond(), want: []string{"missing-span price"},
		},
		{
			name: "a call too many", sent: diamond(calls("web", traces.Step{{To: "cart"}, {To: "price"}}, traces.Step{{To: "price"}})),
			expected: wholeDiamond(), want: []string{"unexpected-span price"},
		},
		{
			name: "another service called", sent: diamond(calls("cart", traces.Step{{To: "price"}})),
			expected: wholeDiamond(), want: []string{"missing-span stock", "unexpected-span price"},
		},
		{
			name: "a TCP hop that is HTTP",
			sent: edited(diamond(), calls("web", traces.Step{{To: "cart"}}), calls("price"),
				calls("cart", traces.Step{{To: "price"}}, traces.Step{{To: "stock"}})),
			expected: wholeChain(), want: []string{"unexpected-span price"},
		},
		{
			name: "a TCP hop",
			sent: edited(diamond(), calls("web", traces.Step{{To: "cart"}}),
				calls("cart", traces.Step{{To: "price", Protocol: traces.TCP}}, traces.Step{{To: "stock"}})),
			expected: wholeChain(),
		},
		{
			name: "nothing stored", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { ev.Traces = nil },
			want:   []string{"missing-trace web"},
		},
		{
			name: "one of two traces lost", sent: chain(drops("cart")),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart")), traces.CallFrom("cart", "stock")},
			mutate: func(ev *traces.Evidence) {
				ev.Traces = slices.DeleteFunc(ev.Traces, func(t traces.Trace) bool { return len(t.Spans) == 2 })
			},
			want: []string{"missing-trace cart"},
		},
		{
			name: "a trace where none may be", sent: chain(), expected: traces.Forest{},
			want: []string{"unexpected-trace client"},
		},
		{
			name: "a lost SERVER span", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "cart" && s.Kind == traces.Server })
			},
			want: []string{"missing-span cart"},
		},
		{
			name: "a lost CLIENT span", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "web" && s.Kind == traces.Client })
			},
			want: []string{"missing-span web"},
		},
		{
			name: "a lost root", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "client" })
			},
			want: []string{"missing-span client"},
		},
		{
			name: "a dead exporter", sent: diamond(), expected: wholeDiamond(),
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "web" })
				proxy(ev, "web").Sent = 0
			},
			want: []string{"missing-span web"},
		},
		{
			name: "swapped parents", sent: diamond(), expected: wholeDiamond(),
			mutate: func(ev *traces.Evidence) {
				a, b := server(ev, "cart"), server(ev, "price")
				a.Parent, b.Parent = b.Parent, a.Parent
			},
			want: []string{"wrong-parent cart", "wrong-parent price"},
		},
		{
			name: "a branch below the other", sent: diamond(), expected: wholeDiamond(),
			mutate: func(ev *traces.Evidence) { span(ev, "web", traces.Client, 1).Parent = server(ev, "cart").ID },
			want:   []string{"wrong-parent web"},
		},
		{
			name: "a second root in one trace", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { client(ev, "cart").Parent = traces.SpanID{} },
			want:   []string{"wrong-parent cart"},
		},
		{
			name: "a parent that nobody stored", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { client(ev, "cart").Parent = traces.SpanID{9, 9} },
			want:   []string{"malformed-trace cart"},
		},
		{
			name: "a duplicate", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { add(ev, *server(ev, "cart"), func(*traces.Span) {}) },
			want:   []string{"duplicate-span cart"},
		},
		{
			name: "two spans of one id", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").ID = client(ev, "client").ID },
			want:   []string{"duplicate-span stock"},
		},
		{
			name: "a copy under a new id", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				add(ev, *server(ev, "stock"), func(s *traces.Span) { s.ID = traces.SpanID{1, 2, 3} })
			},
			want: []string{"unexpected-span stock"},
		},
		{
			name: "a span id of zero", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").ID = traces.SpanID{} },
			want:   []string{"malformed-trace stock"},
		},
		{
			name: "its own parent", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { s := server(ev, "stock"); s.Parent = s.ID },
			want:   []string{"malformed-trace stock"},
		},
		{
			name: "a cycle", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { client(ev, "cart").Parent = server(ev, "stock").ID },
			want:   []string{"malformed-trace cart"},
		},
		{
			name: "a span of another trace", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").TraceID = traces.TraceID{1} },
			want:   []string{"malformed-trace stock"},
		},
		{
			name: "a negative duration", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").Duration = -time.Millisecond },
			want:   []string{"malformed-trace stock"},
		},
		{
			name: "a renamed service", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").Service = "cellar" },
			want:   []string{"missing-span stock", "unexpected-span cellar"},
		},
		{
			name: "another namespace", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").Namespace = "ward" },
			want:   []string{"missing-span stock", "unexpected-span stock"},
		},
		{
			name: "another kind", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { server(ev, "stock").Kind = traces.UnknownKind },
			want:   []string{"missing-span stock", "unexpected-span stock"},
		},
		{name: "the expected error", sent: chain(answers("stock", 500)), expected: failing(500)},
		{
			name: "an error at another hop", sent: chain(answers("cart", 500)), expected: failing(500),
			want: []string{"wrong-origin cart"},
		},
		{
			name: "another status", sent: chain(answers("stock", 502)), expected: failing(500),
			want: []string{"wrong-status stock"},
		},
		{
			name: "no error where one must be", sent: chain(), expected: failing(500),
			want: []string{"wrong-status stock"},
		},
		{
			name: "an error where none may be", sent: chain(answers("stock", 500)), expected: failing(200),
			want: []string{"wrong-status stock"},
		},
		{
			name: "a missing error mark", sent: chain(answers("stock", 500)), expected: failing(500),
			mutate: func(ev *traces.Evidence) { client(ev, "web").Error = false },
			want:   []string{"wrong-status web"},
		},
		{
			name: "a failed request", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) { ev.Requests[0].Status = 503 },
			want:   []string{"failed-request web"},
		},
		{
			name: "no answer and no trace", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				ev.Requests[0].Status, ev.Requests[0].Err = 0, "connection refused"
				ev.Traces = nil
			},
			want: []string{"failed-request web"},
		},
		{
			name: "flags where none may be", sent: chain(),
			expected: traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Flagged(traces.NoFlags)))},
			mutate:   func(ev *traces.Evidence) { client(ev, "cart").Flags = "UF,URX" },
			want:     []string{"wrong-flags cart"},
		},
		{
			name: "a trace of no request", sent: chain(), expected: wholeChain(),
			mutate: func(ev *traces.Evidence) {
				id := traces.TraceID{0xee}
				ev.Traces = append(ev.Traces, traces.Trace{ID: id, Spans: []traces.Span{
					{TraceID: id, ID: traces.SpanID{1}, Service: "cron", Namespace: "shop", Kind: traces.Client},
				}})
			},
			want: []string{"unexpected-trace cron"},
		},
	}...)
}
