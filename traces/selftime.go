package traces

import (
	"slices"
	"time"
)

// Edge is a caller and whom it calls.
type Edge struct{ Caller, Callee string }

// Times is where the time of one request went.
type Times struct {
	// Self is each service's self time: the SERVER spans at which it is entered, less
	// the union of the CLIENT spans with which it calls others, clipped to them.
	// Waiting for a call is not self time. This is the exclusive time of a span as
	// profilers and Dapper (Sigelman et al. 2010) have it, with overlaps counted once.
	Self map[string]time.Duration
	// Beside is the part of those SERVER spans in which no call was open but such as
	// outlived the SERVER span. The service answered without waiting for them to end:
	// it may have worked beside them, or have waited in vain. What it worked is
	// between Self and Self + Beside.
	Beside map[string]time.Duration
	// Gap is the time of CLIENT spans that the SERVER spans below them do not cover:
	// the network, and the queues of the proxies. It is no service's. Transits splits it.
	Gap map[Edge]time.Duration
	// Faults names the services with spans whose times make no sense: a negative
	// duration, or a span that ends before the one above it begins.
	Faults []string
}

// TimesOf reads the times of one request's traces. Spans with a negative duration
// are left out and named in Faults. A service that serves the request several
// times has the sum.
//
// Spans of an application's own SDK, below the SERVER span of its proxy and of the
// same service, change nothing: a SERVER span of the service it hangs inside is not
// another entry, and of CLIENT spans one below the other only the lowest is the call.
// Where the proxy's spans say that they are the proxy's (tag component: proxy), a
// CLIENT span of the SDK is none at all, whatever it reached.
func TimesOf(stored []Trace) Times {
	w := readWork(stored)
	t := Times{Self: map[string]time.Duration{}, Beside: map[string]time.Duration{}, Gap: map[Edge]time.Duration{}}
	var all, awaited []stretch
	for _, v := range w.order {
		n := &w.nodes[v]
		if n.span.Duration < 0 {
			t.fault(n.service)
			continue
		}
		call := w.call[v]
		if !call && !w.serves(v) {
			continue
		}
		all, awaited = all[:0], awaited[:0]
		for _, c := range w.under(v) {
			if call && !w.serves(c) || !call && !w.call[c] || w.nodes[c].span.Duration < 0 {
				continue
			}
			if w.times[c].to < w.times[v].from {
				// Outlasting the parent is allowed, lying wholly before it is not.
				t.fault(w.nodes[c].service)
				continue
			}
			part := w.times[c].clipped(w.times[v])
			if part.length() <= 0 {
				continue
			}
			all = append(all, part)
			if w.awaited(c, v) {
				awaited = append(awaited, part)
			}
		}
		rest := w.times[v].length() - union(all)
		switch {
		case !call:
			t.Self[n.service] = plus(t.Self[n.service], rest)
			if beside := w.times[v].length() - union(awaited) - rest; beside > 0 {
				t.Beside[n.service] = plus(t.Beside[n.service], beside)
			}
		case w.answered(v):
			edge := Edge{n.service, w.callee(v)}
			t.Gap[edge] = plus(t.Gap[edge], rest)
		}
	}
	slices.Sort(t.Faults)
	t.Faults = slices.Compact(t.Faults)
	return t
}

func (t *Times) fault(service string) { t.Faults = append(t.Faults, service) }

// awaited says whether u can have waited for v to end. A service that ended its own
// span first did not. A SERVER span that ends after the CLIENT span above it was
// waited for as long as that lasted, or has another clock.
func (w *work) awaited(v, u int) bool {
	return !w.call[v] || w.times[v].to <= w.times[u].to+Resolution
}

// answered says whether a SERVER span is stored below a call.
func (w *work) answered(call int) bool {
	return slices.ContainsFunc(w.under(call), w.serves)
}
