package traces

import (
	"cmp"
	"slices"
	"time"
)

// Edge is a caller and whom it calls.
type Edge struct{ Caller, Callee string }

// Times is where the time of one request went.
type Times struct {
	// Self is each service's self time: its SERVER spans less the union of the
	// CLIENT spans below them, clipped to them. Waiting for a call is not self time.
	Self map[string]time.Duration
	// Gap is the time of CLIENT spans that the SERVER spans below them do not cover:
	// the network, and the queues of the proxies. It is no service's.
	Gap map[Edge]time.Duration
	// Faults names the services with spans whose times make no sense: a negative
	// duration, or a call that ends before its SERVER span begins.
	Faults []string
}

// TimesOf reads the times of one request's traces. Spans with a negative duration
// are left out and named in Faults. A service that serves the request several
// times has the sum.
func TimesOf(stored []Trace) Times {
	g := observe(stored)
	t := Times{Self: map[string]time.Duration{}, Gap: map[Edge]time.Duration{}}
	for i := range g.nodes {
		v := &g.nodes[i]
		if v.span.Duration < 0 {
			t.fault(v.service)
			continue
		}
		switch v.kind {
		case Server:
			t.Self[v.service] += v.span.Duration - t.covered(g, v, Client)
		case Client:
			if callee := served(g, v); callee != "" {
				t.Gap[Edge{v.service, callee}] += v.span.Duration - t.covered(g, v, Server)
			}
		case UnknownKind:
		}
	}
	slices.Sort(t.Faults)
	t.Faults = slices.Compact(t.Faults)
	return t
}

func (t *Times) fault(service string) { t.Faults = append(t.Faults, service) }

// served is the service of the SERVER span below a CLIENT span, or "".
func served(g *grove, v *vertex) string {
	for _, c := range v.children {
		if g.nodes[c].kind == Server {
			return g.nodes[c].service
		}
	}
	return ""
}

// covered is how much of v its children of kind cover, overlaps counted once.
func (t *Times) covered(g *grove, v *vertex, kind Kind) time.Duration {
	type stretch struct{ from, to time.Time }
	var parts []stretch
	for _, c := range v.children {
		child := &g.nodes[c]
		if child.kind != kind {
			continue
		}
		s := child.span
		if s.Duration < 0 {
			t.fault(child.service)
			continue
		}
		if s.End().Before(v.span.Start) || s.Start.After(v.span.End()) {
			// Outlasting the parent is allowed, lying wholly before it is not.
			if s.End().Before(v.span.Start) {
				t.fault(child.service)
			}
			continue
		}
		parts = append(parts, stretch{later(s.Start, v.span.Start), earlier(s.End(), v.span.End())})
	}
	slices.SortFunc(parts, func(a, b stretch) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
	var sum time.Duration
	until := v.span.Start
	for _, p := range parts {
		if from := later(p.from, until); p.to.After(from) {
			sum += p.to.Sub(from)
			until = p.to
		}
	}
	return sum
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
