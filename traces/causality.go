package traces

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// A clock is what one workload's times are read from. Replicas of a service on several
// nodes are told apart by the proxy's node_id; without that tag a service has one clock.
type clock struct{ service, namespace, node string }

// order says that one event came before another: the time of after, by its own clock,
// less that of before. With both clocks right it is not negative.
type order struct {
	// before and after are spans, as indices into the work of one request; ends says
	// that their ends are meant, else their starts.
	before, after int
	ends          bool
	// slack is how much later after is recorded than before; where ends are meant, and
	// how late such an end may be.
	slack time.Duration
}

// broken says whether no resolution of the times explains the order.
func (o order) broken() bool { return o.slack < -Resolution }

// orders lists what causality says of a request's spans.
//
//   - A span begins no earlier than the span above it: it was made with its id.
//   - A CLIENT span that got its answer ends no earlier than at least one SERVER span
//     below it, the one that answered. That is known where the CLIENT span has no
//     response flag but that of an injected delay, no 408, 499 or 504, and the SERVER
//     spans are of the service that was called.
//
// Nothing else must be in order. A span may outlive the one that made it, and begin
// after its end. Spans with a negative duration have no order. The end of a SERVER span
// may be recorded late (see JudgeClocks).
func (w *work) orders(late time.Duration) []order {
	all := make([]order, 0, 2*len(w.order))
	for _, v := range w.order {
		if w.nodes[v].span.Duration < 0 {
			continue
		}
		if p := w.nodes[v].parent; p >= 0 && w.nodes[p].span.Duration >= 0 {
			all = append(all, order{before: p, after: v, slack: w.times[v].from - w.times[p].from})
		}
		if answer := w.answer(v); answer >= 0 {
			all = append(all, order{before: answer, after: v, ends: true, slack: w.times[v].to - w.times[answer].to + late})
		}
	}
	return all
}

// answer is the SERVER span below a call that ended first, which no later one can have
// answered before; -1 where the call may not have been answered.
func (w *work) answer(call int) int {
	n := &w.nodes[call]
	if !w.call[call] || !gotAnswer(n.span) {
		return -1
	}
	first := -1
	for _, v := range w.under(call) {
		c := &w.nodes[v]
		if !w.serves(v) || c.parent != call || c.span.Duration < 0 {
			continue
		}
		if n.to != "" && n.to != c.service {
			return -1
		}
		if first < 0 || cmp.Or(cmp.Compare(w.times[v].to, w.times[first].to), c.span.order(w.nodes[first].span)) < 0 {
			first = v
		}
	}
	return first
}

func gotAnswer(s *Span) bool {
	return (s.Flags == "" || s.Flags == delayInjected) && s.Status != 408 && s.Status != 499 && s.Status != 504
}

// clocks is the clock of each span: that of the head of its work.
func (w *work) clocks() []clock {
	all := make([]clock, len(w.nodes))
	for _, v := range w.order {
		if h := w.head[v]; h != v {
			all[v] = all[h]
			continue
		}
		n := &w.nodes[v]
		all[v] = clock{n.service, n.namespace, n.span.Tags.Get("node_id")}
	}
	return all
}

// Undetectable is by how much the times of the stored spans with id could lie earlier
// or later, everything else as it is, without that any order of cause and effect in
// the request would be broken (see JudgeClocks): what the spans around it leave free.
// A shift by up to that and Resolution goes unnoticed, a larger one is found. Where
// nothing bounds it, it is the longest Duration; where an order is broken already it
// is negative on one side. The result is 0 and false where the span is not stored once.
func Undetectable(stored []Trace, id SpanID, late time.Duration) (earlier, later time.Duration, ok bool) {
	w := readWork(stored)
	found := -1
	for _, v := range w.order {
		if w.nodes[v].span.ID == id {
			if found >= 0 {
				return 0, 0, false
			}
			found = v
		}
	}
	if found < 0 {
		return 0, 0, false
	}
	earlier, later = math.MaxInt64, math.MaxInt64
	for _, o := range w.orders(late) {
		switch found {
		case o.after:
			earlier = min(earlier, o.slack)
		case o.before:
			later = min(later, o.slack)
		}
	}
	return earlier, w.laterEnd(found, later, late), true
}

// laterEnd is by how much v may move later when of several attempts below one call
// another one may have answered instead.
func (w *work) laterEnd(v int, later, late time.Duration) time.Duration {
	p := w.nodes[v].parent
	if p < 0 || w.answer(p) != v {
		return later
	}
	others := slices.ContainsFunc(w.under(p), func(c int) bool {
		return c != v && w.serves(c) && w.nodes[c].span.Duration >= 0 && w.times[c].to <= w.times[p].to+late+Resolution
	})
	if !others {
		return later
	}
	later = math.MaxInt64
	for _, o := range w.orders(late) {
		if o.before == v && !o.ends {
			later = min(later, o.slack)
		}
	}
	return later
}
