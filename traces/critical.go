package traces

import (
	"cmp"
	"slices"
	"time"
)

// Place is where time is spent: in a service, or, where To is set, between the
// CLIENT span of Service and the SERVER span of To.
type Place struct{ Service, To string }

// String is "cart", or "web > cart".
func (p Place) String() string {
	if p.To == "" {
		return p.Service
	}
	return p.Service + " > " + p.To
}

func (p Place) order(o Place) int {
	return cmp.Or(cmp.Compare(p.Service, o.Service), cmp.Compare(p.To, o.To))
}

// unknownCallee stands for whom a CLIENT span called that does not say so.
const unknownCallee = "unknown"

// Segment is a part of a critical path.
type Segment struct {
	Place
	// Span is the span that the time was spent in, outside of what it called.
	Span SpanID
	// Start and Duration say when; the Duration is positive.
	Start    time.Time
	Duration time.Duration
}

// Path is the critical path of one request: what determined when its root ended.
type Path struct {
	// Root is the root span; nil where no span is a root or lasts.
	Root *Span
	// Segments are in order of time, disjoint, and make up the root's duration.
	Segments []Segment
}

// CriticalPath is the chain of spans that determined when the root of the request
// ended. Any of them being shorter would have ended it earlier.
//
// It is walked backwards from the root's end, as in CRISP (Zhang et al., USENIX ATC
// 2022) and Jaeger's critical path: the child that ended last is what the parent had
// waited for, and the time after its end is the parent's own; from that child's start
// on, the next is the child that ended last before it. So of parallel calls only the
// slowest is on the path. Of two that ended at once the one that began first is taken,
// then the lower span id. What differs from those two:
//
//   - A call that outlives the SERVER span that made it was not waited for, and is not
//     on the path at all. A SERVER span that outlives the CLIENT span above it is on
//     the path until that ended: the caller did wait.
//   - An application's own spans count as its service (see TimesOf). The time of a
//     CLIENT span outside the SERVER spans below it belongs to the edge.
//   - Times are taken as they are stored. A child outside its parent's time is not on
//     the path; JudgeClocks finds it.
//
// The root is the root span that began first, of several such the longest; spans
// whose parent is not stored count where there is no root. Other traces of the request
// are not on the path. A root of more than 73 years is cut to them.
func CriticalPath(stored []Trace) Path {
	w := readWork(stored)
	root := w.root()
	if root < 0 {
		return Path{}
	}
	p := path{work: w}
	p.walk(root, w.times[root])
	slices.Reverse(p.parts)
	segments := make([]Segment, len(p.parts))
	begin := w.nodes[root].span.Start
	for i, s := range p.parts {
		segments[i] = Segment{
			Place: w.place(s.owner), Span: w.nodes[s.owner].span.ID,
			Start: begin.Add(s.from - w.times[root].from), Duration: s.length(),
		}
	}
	return Path{Root: w.nodes[root].span, Segments: segments}
}

// root is the span that a request begins with, or -1.
func (w *work) root() int {
	best := -1
	for _, v := range w.order {
		n := &w.nodes[v]
		if n.parent >= 0 {
			break
		}
		if w.times[v].length() <= 0 {
			continue
		}
		if best < 0 || w.earlier(v, best) {
			best = v
		}
	}
	return best
}

func (w *work) earlier(a, b int) bool {
	x, y := &w.nodes[a], &w.nodes[b]
	if x.orphan != y.orphan {
		return y.orphan
	}
	return cmp.Or(
		cmp.Compare(w.times[a].from, w.times[b].from),
		cmp.Compare(w.times[b].to, w.times[a].to),
		slices.Compare(x.span.TraceID[:], y.span.TraceID[:]),
		x.span.order(y.span),
	) < 0
}

// place is where the time of a head or call itself is spent.
func (w *work) place(v int) Place {
	p := Place{Service: w.nodes[v].service}
	if w.call[v] {
		p.To = cmp.Or(w.callee(v), unknownCallee)
	}
	return p
}

// path gathers the parts of a critical path, last part first.
type path struct {
	*work
	parts []part
}

// part is time that a head or call spent itself.
type part struct {
	stretch
	owner int
}

func (p *path) add(owner int, s stretch) {
	if s.length() > 0 {
		p.parts = append(p.parts, part{s, owner})
	}
}

// walk adds the path through v during window, which v covers.
func (p *path) walk(v int, window stretch) {
	children := p.under(v)
	during := func(c int) stretch { return p.times[c].clipped(window) }
	slices.SortFunc(children, func(a, b int) int {
		x, y := during(a), during(b)
		return cmp.Or(
			cmp.Compare(y.to, x.to),
			cmp.Compare(x.from, y.from),
			p.nodes[a].span.order(p.nodes[b].span),
		)
	})
	until := window.to
	for _, c := range children {
		s := during(c)
		if s.length() <= 0 || s.to > until || !p.awaited(c, v) {
			continue
		}
		p.add(v, stretch{s.to, until})
		p.walk(c, s)
		until = s.from
	}
	p.add(v, stretch{window.from, until})
}
