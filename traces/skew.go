package traces

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// heard is what one request's times say.
type heard struct {
	request RequestEvidence
	work    *work
	clocks  []clock
	orders  []order
	// strange are the orders that no clock explains.
	strange []order
}

// JudgeClocks judges that the spans of all stored traces are in causal order on clocks
// that agree: a span begins no earlier than the one above it, and a CLIENT span that got
// its answer ends no earlier than the SERVER span that gave it; that is all that
// causality says. It allows Resolution. Spans that outlive the one that made them are
// in order.
//
// The answer is older than the end of its SERVER span, though: a proxy ends that when it
// lets go of the stream, which nothing bounds. On a live mesh, Envoy 1.40 on two cores,
// three of 584 such spans ended after their CLIENT spans, one of them by 2 ms. So an end
// may be late by late; what it is less than that ahead of its caller's goes unnoticed.
//
// An exchange between two clocks bounds their offset (Cristian 1989; NTP, Mills 1991):
// that of the callee's from the caller's is at least SERVER end - CLIENT end, at most
// SERVER start - CLIENT start. The bounds of all exchanges meet in a range, and the
// smallest set of clocks that could be wrong so that all ranges hold is named. A clock
// is a service's, or a pod's where its proxy tells its node_id. The findings:
//
//   - a clock must be wrong: ClockSkew at its service, with the bounds of its offset
//     from the others. Where several sets of clocks could be it, one is named, the
//     furthest from the client, and the text names the others;
//   - spans are out of order and no offset of a clock explains it, since other spans of
//     the service fit, or both are on one clock, or fewer shifted spans explain it:
//     ClockSkew at the service of the span whose shift explains most;
//   - a span lasts less than nothing: MalformedTrace at its service.
//
// A shift that leaves everything in order cannot be found: see Undetectable.
func JudgeClocks(ev Evidence, late time.Duration) []Finding {
	all := hear(ev, late)
	findings := backwards(all)
	clocks, depth := gather(all)
	pairs := map[pair]*bounds{}
	number := make(map[clock]int, len(clocks))
	for i, c := range clocks {
		number[c] = i
	}
	for _, h := range all {
		h.bound(number, pairs)
	}
	n, agreed := newNetwork(clocks, depth, pairs)
	rest := make([][]order, len(all))
	cover, left := 0, 0
	for i, h := range all {
		h.strange = slices.DeleteFunc(slices.Clone(h.orders), func(o order) bool { return !h.outlier(o, number, agreed) })
		left += len(h.suspects())
		rest[i], h.strange = h.strange, slices.DeleteFunc(slices.Clone(h.orders), func(o order) bool { return !o.broken() })
		cover += len(h.suspects())
	}
	// Whatever needs fewer culprits explains it: clocks and what they leave, or spans.
	if sets := n.wrong(); len(sets) > 0 && len(sets[0])+left <= cover {
		findings = append(findings, n.judge(sets, all, cover)...)
		for i, h := range all {
			h.strange = rest[i]
		}
	}
	for _, h := range all {
		for _, s := range h.suspects() {
			findings = append(findings, h.request.show(h.finding(s)))
		}
	}
	return Aggregate(findings)
}

// hear reads every request, and every stray trace as a request without a name.
func hear(ev Evidence, late time.Duration) []*heard {
	index := ev.ByRequest()
	requests := index.Requests
	for _, t := range index.Strays {
		requests = append(requests, RequestEvidence{Traces: []Trace{t}})
	}
	all := make([]*heard, 0, len(requests))
	for _, r := range requests {
		if len(r.Traces) > 0 {
			w := readWork(r.Traces)
			all = append(all, &heard{request: r, work: w, clocks: w.clocks(), orders: w.orders(late)})
		}
	}
	return all
}

// backwards finds the spans of negative duration.
func backwards(all []*heard) []Finding {
	var findings []Finding
	for _, h := range all {
		for i := range h.work.nodes {
			v := &h.work.nodes[i]
			if v.span.Duration < 0 {
				findings = append(findings, h.request.show(Finding{
					Kind: MalformedTrace, Service: v.service,
					Observed: v.describe() + " lasts " + v.span.Duration.String(),
					Expected: "a duration of 0 or more",
					Next:     "look whether the clock of the node that " + quote(v.service) + " runs on was set back",
				}))
			}
		}
	}
	return findings
}

// gather lists all clocks, in order, with the least depth of their spans.
func gather(all []*heard) ([]clock, []int) {
	least := map[clock]int{}
	for _, h := range all {
		for _, v := range h.work.order {
			c := h.clocks[v]
			if d, ok := least[c]; !ok || h.work.nodes[v].depth < d {
				least[c] = h.work.nodes[v].depth
			}
		}
	}
	clocks := slices.SortedFunc(maps.Keys(least), func(a, b clock) int {
		return cmp.Or(cmp.Compare(a.service, b.service), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.node, b.node))
	})
	depth := make([]int, len(clocks))
	for i, c := range clocks {
		depth[i] = least[c]
	}
	return clocks, depth
}

// across is the pair of clocks that an order is about, and its bound on by how much the
// second is ahead of the first: at most, or with least at least. It is false for an
// order on one clock.
func (h *heard) across(o order, number map[clock]int) (p pair, d time.Duration, least, ok bool) {
	a, b := number[h.clocks[o.before]], number[h.clocks[o.after]]
	d = min(max(o.slack, -unbounded/2), unbounded/2) + Resolution
	if a < b {
		return pair{a, b}, d, false, true
	}
	return pair{b, a}, -d, true, a != b
}

func (h *heard) bound(number map[clock]int, pairs map[pair]*bounds) {
	for _, o := range h.orders {
		p, d, least, ok := h.across(o, number)
		if !ok {
			continue
		}
		if pairs[p] == nil {
			pairs[p] = &bounds{}
		}
		if least {
			pairs[p].low = append(pairs[p].low, d)
		} else {
			pairs[p].high = append(pairs[p].high, d)
		}
	}
}

// outlier says whether an order is broken on one clock, or contradicts what most
// orders of its two clocks agree on.
func (h *heard) outlier(o order, number map[clock]int, agreed map[pair][2]time.Duration) bool {
	p, d, least, ok := h.across(o, number)
	switch {
	case !ok:
		return o.broken()
	case least:
		return d > agreed[p][1]
	default:
		return d < agreed[p][0]
	}
}
