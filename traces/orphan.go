package traces

import (
	"fmt"
	"slices"
)

// orphan looks at the partner o of an expected orphan e; got is the nearest stored span
// above o that has a partner, or -1.
func (x *comparison) orphan(e, o, got int) {
	a, b := &x.grove.nodes[e], &x.observed.nodes[o]
	elsewhere := x.m.elseTrace(e, o)
	switch {
	case b.orphan && elsewhere:
		x.split(e, o)
	case a.host < 0 && got < 0 && len(x.rivals(e, o)) > 0:
		x.roots(e, o)
	case b.orphan && a.host < 0 && !x.continued(b):
		x.discontinued(e, o)
	case b.orphan:
	case b.parent < 0 && x.inItsTrace(e, o):
		x.moved(e, o, x.m.home(e), -1)
	case b.parent < 0 && a.host < 0:
		x.begun(e, o)
	case b.parent < 0:
		x.split(e, o)
	case x.m.toE[b.parent] < 0 && !elsewhere:
		// Its parent is stored and not expected, which is a finding of its own.
	case a.host < 0 && got >= 0 && !x.together(e, got):
		x.joined(e, o)
	default:
		x.moved(e, o, x.m.home(e), got)
	}
}

// inItsTrace says whether o is seen to be of the trace that the orphan e must be of.
func (x *comparison) inItsTrace(e, o int) bool {
	if home := x.m.home(e); home >= 0 {
		return x.observed.nodes[home].tree == x.observed.nodes[o].tree
	}
	id := x.observed.nodes[o].span.TraceID
	return x.grove.nodes[e].host < 0 && slices.ContainsFunc(x.sent(), func(w wire) bool { return w.trace == id })
}

// together says whether the orphan e at the top of the forest may be of one trace
// with the partner of o.
func (x *comparison) together(e, o int) bool {
	a, b := &x.grove.nodes[e], &x.grove.nodes[x.m.toE[o]]
	return a.tree == b.tree || x.grove.nodes[x.grove.roots[b.tree]].orphan
}

// belowGuest says whether the stored span o is part of an orphan that must be of the
// trace of tree.
func (x *comparison) belowGuest(tree, o int) bool {
	v := x.m.toE[o]
	for x.grove.nodes[v].parent >= 0 {
		v = x.grove.nodes[v].parent
	}
	return x.grove.nodes[v].host >= 0 && x.grove.nodes[v].tree == tree
}

// sent are the contexts that the caller sent and that a span can hang below.
func (x *comparison) sent() []wire {
	return slices.DeleteFunc(wires(x.ev.Exchange.Sent), func(w wire) bool { return w.span == (SpanID{}) })
}

// continued says whether an orphan at the top goes on with a context that the caller
// sent, or that an application sent in the call that the orphan is of, or in one to a
// callee that nobody saw, such as a gateway. Of a caller that sent none nothing is known.
func (x *comparison) continued(b *vertex) bool {
	sent := x.sent()
	if len(sent) == 0 {
		return true
	}
	is := func(w wire) bool { return w.trace == b.span.TraceID && w.span == b.span.Parent }
	if slices.ContainsFunc(sent, is) {
		return true
	}
	for i := range x.ev.Hops {
		h := &x.ev.Hops[i]
		for _, call := range h.Sent {
			direct := leadsTo(call, b) && (b.kind != Client || plainName(h.Service) == b.service)
			if (direct || len(x.hops(plainName(call.To))) == 0) && slices.ContainsFunc(wires(call.Headers), is) {
				return true
			}
		}
	}
	return false
}

// discontinued reports an orphan at the top that goes on with another context than the
// caller's.
func (x *comparison) discontinued(e, o int) {
	b, sent := &x.observed.nodes[o], x.sent()
	x.add(Finding{
		Kind: WrongParent, Service: b.service,
		Observed: fmt.Sprintf("%s in trace %s hangs below span %s, which is not stored",
			b.describe(), short(b.span.TraceID), b.span.Parent),
		Expected: fmt.Sprintf("%s in trace %s below span %s, which the caller sent; %s",
			x.grove.nodes[e].describe(), short(sent[0].trace), sent[0].span, x.path),
	}.because(cause{
		candidates: []string{"an application on the way makes spans of its own", "a proxy took another context than the caller's"},
		next:       "look at the headers that " + quote(b.service) + " received: another span id in them means an application",
	}))
}

// begun reports an orphan at the top of the forest that began a trace of its own.
func (x *comparison) begun(e, o int) {
	b := &x.observed.nodes[o]
	c := cause{
		candidates: []string{"the proxy of " + quote(b.service) + " does not read the headers that the caller sent", "they were lost on the way to it"},
		next:       "compare the headers that the caller sent with those that " + quote(b.service) + " received, and look at the provider in force there",
	}
	x.add(Finding{
		Kind: SplitTrace, Service: b.service,
		Observed: fmt.Sprintf("%s; %s begins trace %s", x.inventory(), b.describe(), short(b.span.TraceID)),
		Expected: x.grove.nodes[e].describe() + " goes on with the context that it received; " + x.path,
	}.because(c))
}

// explainStored says why the parent of b is stored, or none, where it must be a span of
// an application or of the caller that nobody stores.
func (x *comparison) explainStored(b *vertex) cause {
	name := quote(b.service)
	if b.span.Parent == (SpanID{}) {
		return cause{
			candidates: []string{"the context that " + name + " received had no span id", "the backend lost the reference to the parent"},
			next:       "look at the headers that " + name + " received: with a span id in them it is the backend",
		}
	}
	for i := range x.ev.Hops {
		h := &x.ev.Hops[i]
		for _, call := range h.Sent {
			if leadsTo(call, b) && holds(h.Received, b.span.Parent) && holds(call.Headers, b.span.Parent) {
				return cause{
					why: fmt.Sprintf("%s received span %s and called %s with it as it came: its application makes no spans of its own",
						quote(plainName(h.Service)), b.span.Parent, quote(plainName(call.To))),
					next: "look whether the application's SDK is on, or expect the spans of its proxy below each other",
				}
			}
		}
	}
	return cause{
		candidates: []string{"the application before " + name + " makes no spans of its own", "a proxy took another context than it received"},
		next:       "look at the headers that the application before " + name + " received and sent: the same span id means the application",
	}
}
