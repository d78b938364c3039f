package traces_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// astray is evidence of one request where spans whose parents nobody stores must be.
type astray struct {
	name    string
	sent    traces.Topology
	headers map[string]string
	// expected are the topology and headers that the forest is derived from; unset ones are those sent.
	expected traces.Topology
	request  map[string]string
	mutate   func(ev *traces.Evidence)
	want     []string
}

func astrays() []astray {
	another := map[string]string{"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	none := map[string]string{}
	return []astray{
		{name: "a silent SDK", sent: chain(silent("cart"))},
		{name: "a caller's context", sent: chain(), headers: w3c(0)},
		{name: "an SDK that stores its spans", sent: chain(exporting("cart")), expected: chain(silent("cart")), want: []string{"unexpected-span cart"}},
		{name: "no SDK", sent: chain(), expected: chain(silent("cart")), want: []string{"wrong-parent cart"}},
		{
			name: "an SDK that nobody knows of", sent: chain(silent("cart")), expected: chain(), want: []string{"malformed-trace cart"},
		},
		{
			name: "a header that a proxy left as it came", sent: chain(silent("cart")), expected: chain(), want: []string{"malformed-trace cart"},
			mutate: func(ev *traces.Evidence) {
				call := span(ev, "cart", traces.Client, 0)
				for i := range ev.Hops {
					if h := &ev.Hops[i]; h.Service == "cart" {
						h.Received = maps.Clone(h.Received)
						h.Received["b3"] = fmt.Sprintf("%s-%s-1", call.TraceID, call.Parent)
					}
				}
			},
		},
		{name: "a caller's context that the mesh did not go on with", sent: chain(), headers: none, request: w3c(0), want: []string{"split-trace client"}},
		{name: "another context than the caller's", sent: chain(), headers: another, request: w3c(0), want: []string{"wrong-parent client"}, mutate: func(ev *traces.Evidence) {
			ev.Requests[0].Sent = w3c(0)
		}},
		{name: "a caller's context that was cut off", sent: chain(), headers: w3c(0), want: []string{"wrong-parent client"}, mutate: func(ev *traces.Evidence) {
			span(ev, "client", traces.Client, 0).Parent = traces.SpanID{}
		}},
		{
			name: "a silent SDK in the trace of another", sent: chain(drops("cart"), silent("cart")), expected: chain(silent("cart")),
			mutate: func(ev *traces.Evidence) { alone(ev, span(ev, "cart", traces.Client, 0)) },
			want:   []string{"split-trace cart"},
		},
		{name: "a caller's context in two branches", sent: diamond(bare("web")), headers: w3c(0)},
		{
			name: "a branch of a caller's context that is lost", sent: diamond(bare("web")), headers: w3c(0),
			mutate: func(ev *traces.Evidence) {
				remove(ev, func(s traces.Span) bool { return s.Service == "cart" })
				remove(ev, func(s traces.Span) bool {
					return s.Service == "stock" && strings.HasPrefix(s.Name, "stock") && !below(ev, s, "price")
				})
			},
			want: []string{"missing-span cart"},
		},
	}
}

// alone gives a span and all below it a trace of their own, which its hops saw.
func alone(ev *traces.Evidence, top *traces.Span) {
	g := plantGarden(good{evidence: *ev})
	for a := range g.host {
		if g.span(a).ID == top.ID {
			moved := g.under(a)
			*ev = g.edit(func(ev *traces.Evidence, _ func(at) *traces.Span) {
				g.recontext(ev, moved, strangeTrace())
				g.move(ev, moved, strangeTrace())
			})
			return
		}
	}
}

// below says whether s hangs below a span of service.
func below(ev *traces.Evidence, s traces.Span, service string) bool {
	for _, t := range ev.Traces {
		for _, p := range t.Spans {
			if p.ID == s.Parent && p.Service == service {
				return true
			}
		}
	}
	return false
}

func exporting(name string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].SDK = traces.ExportingSDK }
}

func (c astray) judge(t *testing.T) (traces.Evidence, traces.Forest, []traces.Finding) {
	t.Helper()
	expected, request := c.expected, c.request
	if expected.Name == "" {
		expected = c.sent
	}
	if request == nil {
		request = c.headers
	}
	bareClient := strings.Contains(c.name, "branch")
	forest, err := traces.Derive(expected, everything(traces.OpenTelemetry), traces.Request{Bare: bareClient, Headers: request})
	if err != nil {
		t.Fatal(err)
	}
	ev := tracesim.Send(c.sent, everything(traces.OpenTelemetry), tracesim.Options{Requests: 1, Prefix: "r", Seed: 7, Bare: bareClient, Headers: c.headers})
	if c.mutate != nil {
		c.mutate(&ev)
	}
	return ev, forest, traces.JudgeForest(ev, forest)
}

func TestSpansWithoutAStoredParentAreHeldAgainstTheForest(t *testing.T) {
	for _, c := range astrays() {
		t.Run(c.name, func(t *testing.T) {
			_, forest, got := c.judge(t)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v; expected\n%s%s", names, c.want, forest, texts(got))
			}
			golden(t, "testdata/orphans/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestTracesAreToldApartByTheirOrphans(t *testing.T) {
	alike := func(below ...traces.Node) traces.Node { return traces.CallFrom("web", "cart", below...) }
	orphan := func(to string) traces.Node {
		call := traces.Calls(to)
		call.Orphan = true
		return call
	}
	forest := traces.Forest{alike(), alike(orphan("stock")), alike(orphan("price")), alike(orphan("stock"), orphan("stock"))}
	// Stored in the reverse order, and each orphan beside the root of its trace.
	ev := traces.RequestEvidence{}
	for i := range forest {
		root := forest[len(forest)-1-i].Children[0].Children
		id := traces.TraceID{1, byte(i)}
		trace := traces.Trace{ID: id}
		add := func(s traces.Span, n int) traces.SpanID {
			s.TraceID, s.ID, s.Namespace = id, traces.SpanID{1, byte(i), byte(n)}, traces.DefaultNamespace
			trace.Spans = append(trace.Spans, s)
			return s.ID
		}
		to := func(name string) string { return name + ".shop.svc.cluster.local:8080/*" }
		top := add(traces.Span{Service: "web", Kind: traces.Client, Name: to("cart")}, 1)
		add(traces.Span{Service: "cart", Kind: traces.Server, Parent: top}, 2)
		for n, o := range root {
			call := add(traces.Span{Service: "cart", Kind: traces.Client, Name: to(o.To), Parent: strangeID()}, 3+2*n)
			add(traces.Span{Service: o.To, Kind: traces.Server, Parent: call}, 4+2*n)
		}
		ev.Traces = append(ev.Traces, trace)
	}
	if got := traces.Compare(forest, ev); len(got) > 0 {
		t.Errorf("findings:\n%s", texts(got))
	}
	ev.Traces[0].Spans[5].Service = "price"
	if got := named(traces.Compare(forest, ev)); !slices.Equal(got, []string{"missing-span stock", "unexpected-span price"}) {
		t.Errorf("with another callee there: %v", got)
	}
}

func TestAnOrphanIsDrawn(t *testing.T) {
	forest, err := traces.Derive(chain(silent("cart")), everything(traces.OpenTelemetry), traces.Request{Headers: w3c(0)})
	if err != nil {
		t.Fatal(err)
	}
	want := `client CLIENT > web 200 (its parent is not stored)
  web SERVER 200
    web CLIENT > cart 200
      cart SERVER 200
        cart CLIENT > stock 200 (its parent is not stored)
          stock SERVER 200
`
	if got := forest.String(); got != want {
		t.Errorf("drawn as\n%swant\n%s", got, want)
	}
	missing := traces.Compare(forest, traces.RequestEvidence{})
	if got, want := missing[0].Expected, "1 trace: […] > client > web > cart > […] > stock"; got != want {
		t.Errorf("in one line %q, want %q", got, want)
	}
}
