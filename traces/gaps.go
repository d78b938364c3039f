package traces

import (
	"cmp"
	"slices"
	"time"
)

// Transit is one call between two sidecars, and the time that it spent on the way.
// With the part that SERVER spans cover, Before, Between and After make up the
// Duration of the CLIENT span, as long as those spans lie within it.
type Transit struct {
	Edge
	// Attempts is how many SERVER spans hang below the CLIENT span: more than one
	// after retries, 0 where the callee stored none. Then Before, Between and After
	// are 0: nothing tells them apart.
	Attempts int
	// Before is from the start of the CLIENT span to that of the first SERVER span:
	// the caller's queue for a connection, the network, and the delay of a fault. It is
	// negative where the two clocks say so.
	Before time.Duration
	// Between is the time between attempts, in which no SERVER span was open.
	Between time.Duration
	// After is from the end of the last SERVER span to that of the CLIENT span: the
	// answer on its way. It is negative where the caller gave up before the callee
	// was done, or the two clocks say so.
	After time.Duration
	// Duration is the CLIENT span's.
	Duration time.Duration
}

// Gap is the time that was no service's: Before, Between and After.
func (t Transit) Gap() time.Duration { return plus(plus(t.Before, t.Between), t.After) }

// Transits lists the calls of one request, in order of their CLIENT spans' start. A
// SERVER span of another service than the called one, which a service without a
// sidecar passed the request on to, counts like the callee's; that service's own time
// is then in the gap. Spans with a negative duration are left out.
func Transits(stored []Trace) []Transit {
	w := readWork(stored)
	var calls []int
	for _, v := range w.order {
		if w.call[v] && w.nodes[v].span.Duration >= 0 {
			calls = append(calls, v)
		}
	}
	slices.SortFunc(calls, func(a, b int) int {
		return cmp.Or(cmp.Compare(w.times[a].from, w.times[b].from), w.nodes[a].span.order(w.nodes[b].span))
	})
	transits := make([]Transit, len(calls))
	for i, v := range calls {
		transits[i] = w.transit(v)
	}
	return transits
}

func (w *work) transit(v int) Transit {
	t := Transit{Edge: Edge{w.nodes[v].service, w.callee(v)}, Duration: w.times[v].length()}
	var parts []stretch
	for _, c := range w.under(v) {
		if w.serves(c) && w.nodes[c].span.Duration >= 0 {
			parts = append(parts, w.times[c])
		}
	}
	if len(parts) == 0 {
		return t
	}
	covered := union(parts)
	whole := parts[0]
	for _, p := range parts {
		whole.to = max(whole.to, p.to)
	}
	t.Attempts = len(parts)
	t.Before, t.After = whole.from-w.times[v].from, w.times[v].to-whole.to
	t.Between = whole.length() - covered
	return t
}
