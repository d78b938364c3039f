package traces_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/traces"
)

// at is a span by the places of its trace and of itself.
type at struct{ trace, span int }

// garden is good evidence with the links between its spans, read without the
// package's own matching. The mutations are made to its first request.
type garden struct {
	good
	states statements
	// owner is the place of the request of each trace.
	owner []int
	// spans are those of the first request.
	spans  []at
	parent map[at]at
	below  map[at][]at
	// host is the span that the application received which sent the context of a span
	// whose parent is not stored; guests are the other way round.
	host   map[at]at
	guests map[at][]at
}

func plantGarden(g good) *garden {
	x := &garden{good: g, states: statementsOf(g.forest), parent: map[at]at{}, below: map[at][]at{}, host: map[at]at{}, guests: map[at][]at{}}
	for t, trace := range g.evidence.Traces {
		x.owner = append(x.owner, x.request(trace.ID))
		place := map[traces.SpanID]at{}
		for i, s := range trace.Spans {
			place[s.ID] = at{t, i}
		}
		for i, s := range trace.Spans {
			me := at{t, i}
			if p, ok := place[s.Parent]; ok {
				x.parent[me] = p
				x.below[p] = append(x.below[p], me)
			}
			if h, ok := x.sender(s, place); ok {
				x.host[me] = h
				x.guests[h] = append(x.guests[h], me)
			}
			if x.owner[t] == 0 {
				x.spans = append(x.spans, me)
			}
		}
	}
	return x
}

// sender is the span, of those at the places, whose context the application received
// that sent the context of s, if the parent of s is not stored.
func (g *garden) sender(s traces.Span, places map[traces.SpanID]at) (at, bool) {
	if _, stored := places[s.Parent]; stored || s.Parent == (traces.SpanID{}) || g.called(s) {
		return at{}, false
	}
	for _, h := range g.evidence.Hops {
		for _, call := range h.Sent {
			if !strings.Contains(fmt.Sprint(call.Headers), s.Parent.String()) {
				continue
			}
			for id, place := range places {
				if strings.Contains(fmt.Sprint(h.Received), id.String()) {
					return place, true
				}
			}
		}
	}
	return at{}, false
}

// request is the place of the request whose hops carried a trace, or -1.
func (g *garden) request(id traces.TraceID) int {
	for _, h := range g.evidence.Hops {
		for _, value := range h.Received {
			if strings.Contains(value, id.String()) {
				return slices.IndexFunc(g.evidence.Requests, func(x traces.Exchange) bool { return x.Request == h.Request })
			}
		}
	}
	return -1
}

func (g *garden) span(a at) traces.Span { return g.evidence.Traces[a.trace].Spans[a.span] }

// linked is a and all below it.
func (g *garden) linked(a at) []at {
	all := []at{a}
	for _, c := range g.below[a] {
		all = append(all, g.linked(c)...)
	}
	return all
}

// under is a, all below it, and what went on with the context of any of them.
func (g *garden) under(a at) []at {
	all := []at{a}
	for _, c := range slices.Concat(g.below[a], g.guests[a]) {
		all = append(all, g.under(c)...)
	}
	return all
}

func (g *garden) isUnder(a, top at) bool { return slices.Contains(g.linked(top), a) }

// come is what is found of spans that are where they must not be: one finding for
// those that hang together.
func (g *garden) come(moved []at) string {
	var found []string
	for _, a := range moved {
		if p, ok := g.parent[a]; !ok || !slices.Contains(moved, p) {
			found = append(found, "unexpected-span "+g.about(g.linked(a)))
		}
	}
	return strings.Join(found, "\n")
}

// whole are all spans of a trace, its root first.
func (g *garden) whole(trace int) []at {
	all := []at{g.root(trace)}
	for i := range g.evidence.Traces[trace].Spans {
		if a := (at{trace, i}); a != all[0] {
			all = append(all, a)
		}
	}
	return all
}

// tracesOf are the traces of a request.
func (g *garden) tracesOf(request int) []int {
	var all []int
	for t, owner := range g.owner {
		if owner == request {
			all = append(all, t)
		}
	}
	return all
}

// root is the first span of a trace that no other one of it leads to.
func (g *garden) root(trace int) at {
	for i := range g.evidence.Traces[trace].Spans {
		a := at{trace, i}
		_, hangs := g.parent[a]
		_, follows := g.host[a]
		if !hangs && !follows {
			return a
		}
	}
	panic("a good trace has a root")
}

// edit is the evidence after a change. What the change may touch is copied first.
func (g *garden) edit(change func(ev *traces.Evidence, span func(at) *traces.Span)) traces.Evidence {
	ev := g.evidence
	ev.Traces = slices.Clone(ev.Traces)
	for t := range ev.Traces {
		ev.Traces[t].Spans = slices.Clone(ev.Traces[t].Spans)
	}
	ev.Hops = slices.Clone(ev.Hops)
	for i := range ev.Hops {
		h := &ev.Hops[i]
		h.Received = maps.Clone(h.Received)
		h.Sent = slices.Clone(h.Sent)
		for j := range h.Sent {
			h.Sent[j].Headers = maps.Clone(h.Sent[j].Headers)
		}
	}
	change(&ev, func(a at) *traces.Span { return &ev.Traces[a.trace].Spans[a.span] })
	ev.Traces = slices.DeleteFunc(ev.Traces, func(t traces.Trace) bool { return len(t.Spans) == 0 })
	return ev
}

// drop takes spans out of their traces.
func (g *garden) drop(ev *traces.Evidence, gone ...at) {
	for t := range ev.Traces {
		var kept []traces.Span
		for i, s := range ev.Traces[t].Spans {
			if !slices.Contains(gone, at{t, i}) {
				kept = append(kept, s)
			}
		}
		ev.Traces[t].Spans = kept
	}
}

// recontext writes another trace id into the contexts of the moved spans, in all
// headers of hops: what applications see when a context changes on the way.
func (g *garden) recontext(ev *traces.Evidence, moved []at, id traces.TraceID) {
	for _, a := range moved {
		old := g.span(a)
		rewrite := func(headers map[string]string) {
			for _, value := range headers {
				if !strings.Contains(value, old.ID.String()) {
					continue
				}
				for name, value := range headers {
					headers[name] = strings.ReplaceAll(value, old.TraceID.String(), id.String())
				}
				return
			}
		}
		for i := range ev.Hops {
			rewrite(ev.Hops[i].Received)
			for j := range ev.Hops[i].Sent {
				rewrite(ev.Hops[i].Sent[j].Headers)
			}
		}
	}
}

// move puts spans into another trace, or into one of their own.
func (g *garden) move(ev *traces.Evidence, moved []at, id traces.TraceID) {
	var taken []traces.Span
	for _, a := range moved {
		s := ev.Traces[a.trace].Spans[a.span]
		s.TraceID = id
		taken = append(taken, s)
	}
	g.drop(ev, moved...)
	for t := range ev.Traces {
		if ev.Traces[t].ID == id {
			ev.Traces[t].Spans = append(ev.Traces[t].Spans, taken...)
			return
		}
	}
	ev.Traces = append(ev.Traces, traces.Trace{ID: id, Spans: taken})
}

// gone is the finding that spans which hang together are not there, by Compare's doc.
func (g *garden) gone(lost []at) string {
	top := g.span(lost[0])
	switch {
	case len(lost) == len(g.spans):
		return "missing-trace " + g.forest.Entry()
	case len(lost) == len(g.evidence.Traces[lost[0].trace].Spans):
		return "missing-trace " + top.Service
	default:
		return "missing-span " + g.about(lost)
	}
}

// strayed is the finding of a span that got a parent which is not stored, or another
// one, or none; "" where nothing must be found.
func (g *garden) strayed(a at, parent traces.SpanID) string {
	s := g.span(a)
	wrong := "wrong-parent " + s.Service
	if parent == (traces.SpanID{}) || slices.ContainsFunc(g.evidence.Traces[a.trace].Spans, func(o traces.Span) bool { return o.ID == parent }) {
		return wrong
	}
	_, follows := g.host[a]
	switch {
	case follows:
		// Its parent is any span that nobody stored.
		return ""
	case g.called(s):
		return wrong
	}
	return "malformed-trace " + s.Service
}

// called says whether s goes on with the context of the caller.
func (g *garden) called(s traces.Span) bool {
	return slices.ContainsFunc(g.evidence.Requests, func(x traces.Exchange) bool {
		return s.Parent != (traces.SpanID{}) && sentBy(x, s.TraceID, s.Parent)
	})
}

// about is the service that spans which hang together are about, by Compare's doc.
func (g *garden) about(group []at) string {
	top := g.span(group[0])
	if top.Kind == traces.Client {
		for _, c := range g.below[group[0]] {
			if s := g.span(c); slices.Contains(group, c) && s.Kind == traces.Server {
				return s.Service
			}
		}
	}
	return top.Service
}

// loser is who lost the context before a span that begins a trace though it must
// not, or the reverse, by Compare's doc: the owner of a CLIENT span; else the service
// called before it. above is the span that it hangs below, when it hangs.
func (g *garden) loser(a at, above traces.Span) string {
	s := g.span(a)
	if s.Kind == traces.Client {
		return s.Service
	}
	_, hangs := g.parent[a]
	if _, follows := g.host[a]; !hangs && !follows {
		if via := g.forest[g.rank(a)].Via; len(via) > 0 {
			return via[len(via)-1]
		}
	}
	if above.Kind == traces.Client && above.Callee() != "" && above.Callee() != s.Service {
		if via := viaOf(g.forest, s, above.Callee()); len(via) > 0 {
			return via[len(via)-1]
		}
		return above.Callee()
	}
	if above.Service == "" {
		// Nobody between the two lost it: its own proxy was not to read it.
		return s.Service
	}
	return above.Service
}

// viaOf is the way without sidecars, beginning at first, before the nodes of a forest
// that are like s.
func viaOf(nodes []traces.Node, s traces.Span, first string) []string {
	for _, n := range nodes {
		if n.Kind == s.Kind && n.Service == s.Service && len(n.Via) > 0 && n.Via[0] == first {
			return n.Via
		}
		if via := viaOf(n.Children, s, first); len(via) > 0 {
			return via
		}
	}
	return nil
}

// rest are the spans of the traces of moved that are not among them.
func (g *garden) rest(moved []at) []at {
	var rest []at
	for i := range g.evidence.Traces[moved[0].trace].Spans {
		if a := (at{moved[0].trace, i}); !slices.Contains(moved, a) {
			rest = append(rest, a)
		}
	}
	return rest
}

// rank is the place of the forest's tree that a root is like.
func (g *garden) rank(root at) int {
	s := g.span(root)
	return slices.IndexFunc(g.forest, func(n traces.Node) bool {
		return n.Service == s.Service && n.Kind == s.Kind && n.To == s.Callee()
	})
}

func (g *garden) describe(a at) string {
	s := g.span(a)
	return fmt.Sprintf("%s %s>%s", s.Service, s.Kind, s.Callee())
}

// The values that mutations use and that no good evidence holds.
func strangeID() traces.SpanID     { return traces.SpanID{0xfe, 0xfe, 1} }
func strangeTrace() traces.TraceID { return traces.TraceID{0xfe, 0xfe, 2} }
func negative() time.Duration      { return -time.Millisecond }
func calledCellar(s *traces.Span) {
	s.Tags = s.Tags.With("upstream_cluster.name", "outbound|80||cellar.shop.svc")
}

func otherKind(k traces.Kind) traces.Kind {
	if k == traces.Client {
		return traces.Server
	}
	return traces.Client
}
