package traces

import (
	"fmt"
	"slices"
)

// carried says in words which context headers hold.
func carried(headers map[string]string) string {
	found := wires(headers)
	if len(found) == 0 {
		return "no trace context"
	}
	return found[0].header + " " + short(found[0].trace)
}

// explainSplit says why the context was lost at service before the span root.
func (x *comparison) explainSplit(service string, root *vertex) cause {
	name := quote(service)
	for _, h := range x.hops(service) {
		if len(wires(h.Received)) == 0 {
			continue
		}
		for _, sent := range h.Sent {
			if sent.Protocol == TCP || !leadsTo(sent, root) {
				continue
			}
			if c := lostBetween(name, h, sent, root); c.why != "" {
				return c
			}
		}
	}
	return cause{
		candidates: []string{"the application of " + name + " does not forward headers", "the next proxy did not accept them"},
		next:       "compare the headers that " + name + " received with those that it sent: with the context in its calls it is the proxy",
	}
}

// leadsTo says whether a sent call can be the one that root began with.
func leadsTo(sent SentCall, root *vertex) bool {
	to := plainName(sent.To)
	if root.kind == Client && root.to != "" {
		return to == root.to
	}
	return root.kind == Client || to == root.service
}

// lostBetween says how the context that a hop received is gone from one of its calls.
func lostBetween(name string, h *Hop, sent SentCall, root *vertex) cause {
	received, to := wires(h.Received), quote(plainName(sent.To))
	out := wires(sent.Headers)
	forward := "forward " + received[0].header + " in " + name
	if received[0].header == headerTraceparent {
		forward += " (and tracestate)"
	} else {
		forward = "forward the x-b3-* headers or b3 in " + name
	}
	same := func(w wire) bool { return w.trace == received[0].trace }
	switch {
	case len(out) == 0 && (sent.Headers[headerB3SpanID] != "" || sent.Headers[headerB3Sampled] != ""):
		return cause{fmt.Sprintf("%s called %s with x-b3-* headers but without a valid x-b3-traceid: its application forwards half of the headers", name, to), nil, forward}
	case len(out) == 0:
		return cause{fmt.Sprintf("%s received %s and called %s without it: its application does not forward headers",
			name, carried(h.Received), to), nil, forward}
	case !slices.ContainsFunc(out, same):
		return cause{fmt.Sprintf("%s received %s and called %s with %s: its application made a context of its own",
			name, carried(h.Received), to, carried(sent.Headers)), nil, forward + " as they came"}
	case !slices.ContainsFunc(out, func(w wire) bool { return same(w) && w.header == received[0].header }):
		return cause{fmt.Sprintf("%s received %s and called %s with %s alone, which the provider does not read",
			name, carried(h.Received), to, out[0].header), nil, forward}
	case out[0].header == headerB3TraceID && out[0].span == (SpanID{}):
		return cause{fmt.Sprintf("%s called %s with x-b3-traceid and without x-b3-spanid: its application forwards half of the headers",
			name, to), nil, forward}
	case root.span.TraceID == received[0].trace:
		return cause{}
	default:
		return cause{fmt.Sprintf("%s called %s with the context that it received (%s): the proxies lost it",
			name, to, carried(sent.Headers)), nil, "look at disableContextPropagation and at the providers of both proxies"}
	}
}

// explainJoined says why a trace goes on where it must have ended.
func (x *comparison) explainJoined(service string) cause {
	name := quote(service)
	for _, h := range x.hops(service) {
		in := wires(h.Received)
		for _, sent := range h.Sent {
			out := wires(sent.Headers)
			if len(in) > 0 && len(out) > 0 && in[0].trace == out[0].trace {
				return cause{fmt.Sprintf("%s received %s and called %s with it: its application forwards headers",
					name, carried(h.Received), quote(plainName(sent.To))), nil, "expect one trace, or stop the forwarding"}
			}
		}
	}
	return cause{
		candidates: []string{"the application of " + name + " forwards headers", "the proxies of both calls share a trace"},
		next:       "compare the headers that " + name + " received with those that it sent: with the context in its calls it is the application",
	}
}

// explainMoved says why a span hangs below another than it must: the context that it
// was made from is that of another call.
func (x *comparison) explainMoved(b *vertex, want int) cause {
	sender := quote(b.service)
	if b.kind == Server {
		sender = "the caller of " + sender
	}
	parent := b.span.Parent
	mixed := []string{sender + " shares one header set between its calls or requests", "a proxy took the context of another call"}
	if parent == (SpanID{}) {
		return cause{
			candidates: []string{sender + " sent no parent, but the trace id", "the backend lost the reference to the parent"},
			next:       "look at the headers that " + sender + " sent: a context without a span id means the application",
		}
	}
	for i := range x.ev.Hops {
		h := &x.ev.Hops[i]
		if b.kind != Client || plainName(h.Service) != b.service || want < 0 || !holds(h.Received, x.observed.nodes[want].span.ID) {
			continue
		}
		for _, sent := range h.Sent {
			if plainName(sent.To) == b.to && holds(sent.Headers, parent) {
				return cause{
					why:  fmt.Sprintf("%s received span %s and called %s with span %s of the same trace: it mixed up the contexts of its calls", sender, x.observed.nodes[want].span.ID, quote(b.to), parent),
					next: "look for a header set that " + sender + " shares between its calls",
				}
			}
		}
	}
	return cause{
		candidates: mixed,
		next:       "look at the headers that " + sender + " sent: the wrong span id in them means the application",
	}
}

// explainOrphan says whose span the parent is that nobody stored.
func (x *comparison) explainOrphan(e int, b *vertex) cause {
	parent := b.span.Parent
	for i := range x.ev.Hops {
		h := &x.ev.Hops[i]
		in := wires(h.Received)
		if len(in) == 0 || in[0].span == parent {
			continue
		}
		for _, sent := range h.Sent {
			if out := wires(sent.Headers); len(out) > 0 && out[0].trace == in[0].trace && holds(sent.Headers, parent) {
				name := quote(plainName(h.Service))
				if old := slices.IndexFunc(in, func(w wire) bool { return w.span == parent }); old >= 0 {
					return cause{
						why: fmt.Sprintf("%s received span %s in %s and span %s in %s, and called %s with both: a proxy left a header as it came, and the next one read it",
							name, in[0].span, in[0].header, parent, in[old].header, quote(plainName(sent.To))),
						next: "look at the proxy before " + name + ": it must write anew every header that it reads, or take it away",
					}
				}
				return cause{
					why: fmt.Sprintf("%s received span %s and called %s with span %s of the same trace: its application makes spans of its own, which nobody stored",
						name, in[0].span, quote(plainName(sent.To)), parent),
					next: "export the spans of " + name + "'s application to the same backend, or forward the headers as they came",
				}
			}
		}
	}
	switch {
	case x.grove.nodes[e].parent < 0 && e == x.grove.roots[0]:
		return cause{
			why:  fmt.Sprintf("it is the first span of the request, and its parent is none of the mesh's: the caller sent a context of its own (span %s)", parent),
			next: "store the caller's spans as well, or let it send no trace headers",
		}
	case x.traceOf(parent) != (TraceID{}):
		return cause{
			why:  fmt.Sprintf("its parent is stored in trace %s: the spans of one request have two trace ids", short(x.traceOf(parent))),
			next: "look at what changes the trace id and keeps the span id: an application that rewrites one header of two",
		}
	}
	sender := quote(b.service)
	if b.kind == Server {
		sender = "the caller of " + sender
	}
	return cause{
		candidates: []string{sender + "'s application makes spans of its own and does not export them", "the proxy that made the parent did not export it"},
		next:       "look at the headers that " + sender + " sent: the parent's id in them, and not in those that it received, means the application",
	}
}

// traceOf is the trace of the request that holds a span id, the zero id where none does.
func (x *comparison) traceOf(id SpanID) TraceID {
	for i := range x.observed.nodes {
		if s := x.observed.nodes[i].span; s.ID == id {
			return s.TraceID
		}
	}
	return TraceID{}
}

func holds(headers map[string]string, id SpanID) bool {
	return slices.ContainsFunc(wires(headers), func(w wire) bool { return w.span == id })
}
