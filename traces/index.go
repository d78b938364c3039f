package traces

import (
	"cmp"
	"fmt"
	"slices"
)

// RequestEvidence is the part of an Evidence that belongs to one request.
type RequestEvidence struct {
	Exchange Exchange
	Hops     []Hop
	// Traces are the stored traces of the request (see Evidence.ByRequest), in order of id.
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
	// Strays are the stored traces that belong to no request, in order of id.
	Strays []Trace
}

// ByRequest sorts the evidence by request, at a cost linear in its size. A trace
// belongs to the request whose hops carried its id, in any header that they
// received or sent. One that hops of several requests carried belongs to the
// request with the most such hops, the smallest request id breaking a tie. One that
// no hop carried belongs to the request whose x-request-id its spans have.
func (e Evidence) ByRequest() Index {
	x := indexing{Evidence: e, numbers: make(map[string]int, len(e.Requests))}
	for i := range e.Requests {
		x.number(e.Requests[i].Request)
	}
	hops := make([]int, len(e.Hops))
	for i := range e.Hops {
		if i > 0 && e.Hops[i].Request == e.Hops[i-1].Request {
			hops[i] = hops[i-1]
			continue
		}
		hops[i] = x.number(e.Hops[i].Request)
	}
	return x.share(hops, x.owners(hops))
}

// indexing is an Evidence whose requests have numbers: those of the exchanges
// first, then those that only hops name.
type indexing struct {
	Evidence
	numbers  map[string]int
	requests []string
	// ids are the numbers of the requests by their x-request-id (see stableID), once
	// they are asked for.
	ids map[string]int
}

func (x *indexing) number(request string) int {
	n, ok := x.numbers[request]
	if !ok {
		n = len(x.requests)
		x.numbers[request] = n
		x.requests = append(x.requests, request)
	}
	return n
}

// owners is who carried each stored trace; hops are the numbers of the hops' requests.
func (x *indexing) owners(hops []int) []*ownership {
	all := make([]ownership, len(x.Traces))
	owners := make([]*ownership, len(x.Traces))
	stored := make(map[TraceID]*ownership, len(x.Traces))
	for i := range x.Traces {
		id := x.Traces[i].ID
		if stored[id] == nil {
			stored[id] = &all[i]
		}
		// The backend may give one trace twice: both go where the id goes.
		owners[i] = stored[id]
	}
	var found []wire
	var carried []*ownership
	for i := range x.Hops {
		h := &x.Hops[i]
		// Most applications send what they received.
		last := contextOf(h.Received)
		found = last.appendWires(found[:0])
		for j := range h.Sent {
			if c := contextOf(h.Sent[j].Headers); c != last {
				found = c.appendWires(found)
				last = c
			}
		}
		carried = carried[:0]
		for j := range found {
			if j > 0 && found[j].trace == found[j-1].trace {
				continue
			}
			if o := stored[found[j].trace]; o != nil && !slices.Contains(carried, o) {
				carried = append(carried, o)
				o.claim(hops[i])
			}
		}
	}
	return owners
}

func (x *indexing) share(hopsOf []int, owners []*ownership) Index {
	var index Index
	tracesOf := make([]int, len(x.Traces))
	mixed := map[int][]TraceID{}
	foreign := map[int]map[TraceID]bool{}
	for i, o := range owners {
		id := x.Traces[i].ID
		owner := o.owner(x.requests)
		if owner < 0 {
			owner = x.adopter(&x.Traces[i])
		}
		tracesOf[i] = owner
		if owner < 0 {
			index.Strays = append(index.Strays, x.Traces[i])
		}
		for request := range o.shared() {
			mixed[request] = append(mixed[request], id)
			if request != owner {
				if foreign[request] == nil {
					foreign[request] = map[TraceID]bool{}
				}
				foreign[request][id] = true
			}
		}
	}
	byID := func(a, b *Trace) int { return a.ID.compare(b.ID) }
	slices.SortStableFunc(index.Strays, func(a, b Trace) int { return byID(&a, &b) })
	hops := grouped(x.Hops, hopsOf, len(x.requests), (*Hop).order)
	stored := grouped(x.Traces, tracesOf, len(x.requests), byID)
	index.Requests = make([]RequestEvidence, len(x.Requests))
	for i, exchange := range x.Requests {
		n := x.numbers[exchange.Request]
		slices.SortFunc(mixed[n], TraceID.compare)
		index.Requests[i] = RequestEvidence{
			Exchange: exchange, Hops: hops[n], Traces: stored[n], Proxies: x.Proxies,
			Mixed: mixed[n], foreign: foreign[n],
		}
	}
	return index
}

// order is an order of hops that does not depend on that of the input.
func (h *Hop) order(o *Hop) int {
	if c := h.Start.Compare(o.Start); c != 0 {
		return c
	}
	if c := cmp.Compare(h.Service, o.Service); c != 0 {
		return c
	}
	key := func(h *Hop) string {
		return fmt.Sprint(h.End.UnixNano(), h.Status, h.Protocol, h.Bare, h.Namespace, h.Received, len(h.Sent), h.Sent)
	}
	return cmp.Compare(key(h), key(o))
}

// grouped copies items into n groups, each in order, equal ones as they came. of is
// the group of each item; -1 leaves it out.
func grouped[T any](items []T, of []int, n int, order func(a, b *T) int) [][]T {
	sizes := make([]int, n)
	for _, group := range of {
		if group >= 0 {
			sizes[group]++
		}
	}
	members, rest := make([][]int, n), make([]int, len(items))
	for group, size := range sizes {
		members[group], rest = rest[:0:size], rest[size:]
	}
	for i, group := range of {
		if group >= 0 {
			members[group] = append(members[group], i)
		}
	}
	groups, all := make([][]T, n), make([]T, 0, len(items))
	for group := range groups {
		// Numbers are moved to sort, for an item may be large.
		slices.SortStableFunc(members[group], func(a, b int) int { return order(&items[a], &items[b]) })
		first := len(all)
		for _, i := range members[group] {
			all = append(all, items[i])
		}
		groups[group] = all[first:len(all):len(all)]
	}
	return groups
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
	first, hops int
	others      map[int]int
}

func (o *ownership) claim(request int) {
	switch {
	case o.hops == 0 || o.first == request:
		o.first = request
		o.hops++
	default:
		if o.others == nil {
			o.others = map[int]int{}
		}
		o.others[request]++
	}
}

// owner is the number of the request that the trace belongs to, or -1.
func (o *ownership) owner(requests []string) int {
	if o.hops == 0 {
		return -1
	}
	best, most := o.first, o.hops
	for request, n := range o.others {
		if n > most || (n == most && requests[request] < requests[best]) {
			best, most = request, n
		}
	}
	return best
}

// shared is every request that claimed the trace, when there are several.
func (o *ownership) shared() map[int]int {
	if len(o.others) == 0 {
		return nil
	}
	all := map[int]int{o.first: o.hops}
	for request, n := range o.others {
		all[request] = n
	}
	return all
}
