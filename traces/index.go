package traces

import (
	"cmp"
	"slices"
)

// RequestEvidence is the part of an Evidence that belongs to one request.
type RequestEvidence struct {
	Exchange Exchange
	Hops     []Hop
	// Traces are the stored traces whose ids the request's hops carried, in order of id.
	Traces []Trace
	// Proxies are the counts of all proxies, which no request owns.
	Proxies []ProxyCount
	// Mixed holds the ids of stored traces that hops of several requests carried,
	// this one among them. Where it is not empty, the application mixed up headers.
	Mixed []TraceID
	// foreign are those of Mixed that belong to another request.
	foreign map[TraceID]bool
}

// Index is an Evidence by request.
type Index struct {
	// Requests holds one element for each Exchange, in their order.
	Requests []RequestEvidence
	// Strays are the stored traces that no hop carried, in order of id.
	Strays []Trace
}

// ByRequest sorts the evidence by request, at a cost linear in its size. A trace
// belongs to the request whose hops carried its id, in any header that they
// received or sent. One that hops of several requests carried belongs to the
// request with the most such hops, the smallest request id breaking a tie.
func (e Evidence) ByRequest() Index {
	stored := make(map[TraceID]int, len(e.Traces))
	for i, t := range e.Traces {
		stored[t.ID] = i
	}
	hops := make(map[string][]Hop, len(e.Requests))
	owners := make([]ownership, len(e.Traces))
	for i := range e.Hops {
		h := &e.Hops[i]
		hops[h.Request] = append(hops[h.Request], *h)
		seen := [8]TraceID{}
		ids := seen[:0]
		note := func(headers map[string]string) {
			for _, w := range wires(headers) {
				if !slices.Contains(ids, w.trace) {
					ids = append(ids, w.trace)
				}
			}
		}
		note(h.Received)
		for _, sent := range h.Sent {
			note(sent.Headers)
		}
		for _, id := range ids {
			if t, ok := stored[id]; ok {
				owners[t].claim(h.Request)
			}
		}
	}
	return e.share(stored, hops, owners)
}

func (e Evidence) share(stored map[TraceID]int, hops map[string][]Hop, owners []ownership) Index {
	var index Index
	owned := make(map[string][]Trace, len(e.Requests))
	mixed := map[string][]TraceID{}
	foreign := map[string]map[TraceID]bool{}
	for i, t := range e.Traces {
		o := &owners[i]
		if stored[t.ID] != i {
			// The backend gave one trace twice: both go where the id goes.
			o = &owners[stored[t.ID]]
		}
		owner, ok := o.owner()
		if !ok {
			index.Strays = append(index.Strays, t)
			continue
		}
		owned[owner] = append(owned[owner], t)
		for request := range o.shared() {
			mixed[request] = append(mixed[request], t.ID)
			if request != owner {
				if foreign[request] == nil {
					foreign[request] = map[TraceID]bool{}
				}
				foreign[request][t.ID] = true
			}
		}
	}
	byID := func(a, b Trace) int { return slices.Compare(a.ID[:], b.ID[:]) }
	slices.SortStableFunc(index.Strays, byID)
	index.Requests = make([]RequestEvidence, len(e.Requests))
	for i, x := range e.Requests {
		r := RequestEvidence{
			Exchange: x, Hops: hops[x.Request], Traces: owned[x.Request], Proxies: e.Proxies,
			Mixed: mixed[x.Request], foreign: foreign[x.Request],
		}
		slices.SortStableFunc(r.Traces, byID)
		slices.SortFunc(r.Mixed, func(a, b TraceID) int { return slices.Compare(a[:], b[:]) })
		slices.SortStableFunc(r.Hops, func(a, b Hop) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Service, b.Service))
		})
		index.Requests[i] = r
	}
	return index
}

// Only is the evidence without the exchanges of other variants. Their hops and
// traces stay: what another request carried is not a stray.
func (e Evidence) Only(variant string) Evidence {
	e.Requests = slices.DeleteFunc(slices.Clone(e.Requests), func(x Exchange) bool { return x.Variant != variant })
	return e
}

// ownership counts how many hops of which request carried one trace id. Nearly
// always there is one request, which needs no map.
type ownership struct {
	first  string
	hops   int
	others map[string]int
}

func (o *ownership) claim(request string) {
	switch {
	case o.hops == 0 || o.first == request:
		o.first = request
		o.hops++
	default:
		if o.others == nil {
			o.others = map[string]int{}
		}
		o.others[request]++
	}
}

func (o *ownership) owner() (string, bool) {
	best, most := o.first, o.hops
	for request, n := range o.others {
		if n > most || (n == most && request < best) {
			best, most = request, n
		}
	}
	return best, most > 0
}

// shared is every request that claimed the trace, when there are several.
func (o *ownership) shared() map[string]int {
	if len(o.others) == 0 {
		return nil
	}
	all := map[string]int{o.first: o.hops}
	for request, n := range o.others {
		all[request] = n
	}
	return all
}
