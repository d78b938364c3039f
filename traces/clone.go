package traces

import (
	"maps"
	"slices"
)

// Clone is a copy of the evidence that can be changed without changing the original.
func (e Evidence) Clone() Evidence {
	e.Requests = slices.Clone(e.Requests)
	for i := range e.Requests {
		x := &e.Requests[i]
		x.Sent, x.Headers = maps.Clone(x.Sent), maps.Clone(x.Headers)
	}
	e.Hops = slices.Clone(e.Hops)
	for i := range e.Hops {
		h := &e.Hops[i]
		h.Received, h.Sent = maps.Clone(h.Received), slices.Clone(h.Sent)
		for j := range h.Sent {
			h.Sent[j].Headers = maps.Clone(h.Sent[j].Headers)
		}
	}
	e.Traces = slices.Clone(e.Traces)
	for i := range e.Traces {
		e.Traces[i].Spans = slices.Clone(e.Traces[i].Spans)
		for j := range e.Traces[i].Spans {
			e.Traces[i].Spans[j].Links = slices.Clone(e.Traces[i].Spans[j].Links)
		}
	}
	e.Proxies = slices.Clone(e.Proxies)
	e.Incomplete = slices.Clone(e.Incomplete)
	return e
}
