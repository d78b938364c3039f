package page

import (
	"cmp"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// bars are spans on the time axis, one at each index of the lists. Times are in nanoseconds,
// At after the start of the first span; stretches are pairs of begin and end after the
// start of their span. Labels, names and what Says says are words.
type bars struct {
	Trace []int   `json:"trace"`
	Depth []int   `json:"depth"`
	Label []int   `json:"label"`
	Name  []int   `json:"name"`
	At    []int64 `json:"at"`
	Took  []int64 `json:"took"`
	// Self is how long no span directly below was open, Own when: null where that is all of
	// the span, or nothing of it.
	Self []int64   `json:"self"`
	Own  [][]int64 `json:"own"`
	// Critical is when the span itself was on the critical path: null where it never was,
	// empty where it was as long as Own says.
	Critical [][]int64 `json:"critical"`
	// Says is what is special about the span, as its error and flags, -1 where nothing is.
	Says []int `json:"says"`
	// IDs and Tags are those of the spans, where they are shown; a tag is two words.
	IDs  []safe  `json:"ids,omitempty"`
	Tags [][]int `json:"tags,omitempty"`
}

// waterfall gives the spans of a request in the order in which they are drawn, each below its
// parent and siblings in order of time, and how long all of it takes; nil where there is none.
func waterfall(stored []traces.Trace, tagged bool, all *words) (int64, *bars) {
	first, last := extent(stored)
	critical := criticalOf(stored)
	b := &bars{}
	for n, t := range stored {
		for _, placed := range ordered(t.Spans) {
			s := &t.Spans[placed.span]
			b.Trace = append(b.Trace, n)
			b.Depth = append(b.Depth, placed.depth)
			b.Label = append(b.Label, all.number(label(s)))
			b.Name = append(b.Name, all.number(s.Name))
			b.At = append(b.At, s.Start.Sub(first).Nanoseconds())
			b.Took = append(b.Took, s.Duration.Nanoseconds())
			self, own := own(s, placed.below)
			b.Self = append(b.Self, self)
			b.Own = append(b.Own, own)
			b.Says = append(b.Says, optional(all, special(s, placed.note)))
			// Of spans that share an id the first has the path.
			b.Critical = append(b.Critical, stretches(s, critical[key{s.TraceID, s.ID}], self, own))
			delete(critical, key{s.TraceID, s.ID})
			if tagged {
				var tags []int
				for t := range s.Tags.All() {
					tags = append(tags, all.number(t.Key), all.number(t.Value))
				}
				b.IDs, b.Tags = append(b.IDs, line(s.ID.String())), append(b.Tags, tags)
			}
		}
	}
	if len(b.At) == 0 {
		return 0, nil
	}
	return last.Sub(first).Nanoseconds(), b
}

// extent is from when to when there were spans.
func extent(stored []traces.Trace) (first, last time.Time) {
	for _, t := range stored {
		for i := range t.Spans {
			s := &t.Spans[i]
			if first.IsZero() || s.Start.Before(first) {
				first = s.Start
			}
			if s.End().After(last) {
				last = s.End()
			}
		}
	}
	return first, last
}

// stretches are those of the critical path in a span, as bars.Critical has them.
func stretches(s *traces.Span, path []traces.Segment, self int64, own []int64) []int64 {
	var all []int64
	for _, part := range path {
		from := part.Start.Sub(s.Start).Nanoseconds()
		all = append(all, from, from+part.Duration.Nanoseconds())
	}
	if own == nil && self > 0 {
		own = []int64{0, self}
	}
	if all != nil && slices.Equal(all, own) {
		return []int64{}
	}
	return all
}

// label is whose span it is, in one line.
func label(s *traces.Span) string {
	name := s.Service
	if s.Namespace != "" && s.Namespace != traces.DefaultNamespace {
		name += "." + s.Namespace
	}
	name = cmp.Or(name, "(no service)") + " " + cmp.Or(string(s.Kind), "(no kind)")
	if to := s.Callee(); to != "" {
		name += " > " + to
	}
	return name
}

// special is what a reader must know of a span besides its times.
func special(s *traces.Span, note string) string {
	says := ""
	add := func(part string) {
		if says != "" && part != "" {
			says += ", "
		}
		says += part
	}
	if s.Error || s.Status >= 400 {
		add(status(s.Status, ""))
	}
	if s.Error {
		add("error")
	}
	add(s.Flags)
	add(note)
	return says
}

type key struct {
	trace traces.TraceID
	span  traces.SpanID
}

// criticalOf is the critical path by span.
func criticalOf(stored []traces.Trace) map[key][]traces.Segment {
	path := traces.CriticalPath(stored)
	parts := map[key][]traces.Segment{}
	for _, s := range path.Segments {
		k := key{path.Root.TraceID, s.Span}
		parts[k] = append(parts[k], s)
	}
	return parts
}

// placed is a span at its place in the drawing.
type placed struct {
	span, depth int
	// below are the spans directly below.
	below []*traces.Span
	note  string
}

// ordered puts each span below its parent. Spans without a stored parent come first, by
// time, those in a cycle of parents last.
func ordered(spans []traces.Span) []placed {
	byID := make(map[traces.SpanID]int, len(spans))
	for i := range spans {
		if _, taken := byID[spans[i].ID]; !taken {
			byID[spans[i].ID] = i
		}
	}
	children := make([][]int, len(spans))
	notes := make([]string, len(spans))
	var tops []int
	for i := range spans {
		p, stored := byID[spans[i].Parent]
		switch {
		case spans[i].Parent == (traces.SpanID{}):
			tops = append(tops, i)
		case !stored:
			notes[i] = "its parent is not stored"
			tops = append(tops, i)
		default:
			children[p] = append(children[p], i)
		}
	}
	byTime := func(a, b int) int {
		return cmp.Or(spans[a].Start.Compare(spans[b].Start), cmp.Compare(spans[b].Duration, spans[a].Duration))
	}
	slices.SortStableFunc(tops, byTime)
	drawn := make([]bool, len(spans))
	all := make([]placed, 0, len(spans))
	draw := func(top int) {
		type place struct{ span, depth int }
		for open := []place{{top, 0}}; len(open) > 0; {
			at := open[len(open)-1]
			open = open[:len(open)-1]
			if drawn[at.span] {
				continue
			}
			drawn[at.span] = true
			slices.SortStableFunc(children[at.span], byTime)
			p := placed{span: at.span, depth: at.depth, note: notes[at.span]}
			for _, c := range slices.Backward(children[at.span]) {
				p.below = append(p.below, &spans[c])
				open = append(open, place{c, at.depth + 1})
			}
			all = append(all, p)
		}
	}
	for _, top := range tops {
		draw(top)
	}
	for i := range spans {
		if !drawn[i] {
			notes[i] = "in a cycle of parents"
			draw(i)
		}
	}
	return all
}

// own is how long a span was open and no span directly below it, and when, where that is
// neither all of it nor nothing. Spans below that overlap count once.
func own(s *traces.Span, below []*traces.Span) (self int64, parts []int64) {
	whole := s.Duration.Nanoseconds()
	if whole <= 0 {
		return 0, nil
	}
	type stretch struct{ from, to int64 }
	busy := make([]stretch, 0, len(below))
	for _, c := range below {
		from := c.Start.Sub(s.Start).Nanoseconds()
		to := min(from+max(c.Duration.Nanoseconds(), 0), whole)
		if from = max(from, 0); from < to {
			busy = append(busy, stretch{from, to})
		}
	}
	slices.SortFunc(busy, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	at := int64(0)
	for _, b := range append(busy, stretch{whole, whole}) {
		if b.from > at {
			parts = append(parts, at, b.from)
			self += b.from - at
		}
		at = max(at, b.to)
	}
	if self == whole || self == 0 {
		return self, nil
	}
	return self, parts
}

// place is where time went: a service, or the way between two.
type place struct {
	Name safe `json:"name"`
	// Own is the self time of the service, or what the way took; Critical is what it has of
	// the critical path. Both are in nanoseconds.
	Own      int64 `json:"own"`
	Critical int64 `json:"critical"`
}

// maxPlaces bounds the places that are told of one request.
const maxPlaces = 30

// placesOf lists where the time of a request went, what has most of the critical path first.
func placesOf(stored []traces.Trace) []place {
	times := traces.TimesOf(stored)
	at := map[traces.Place]*place{}
	of := func(p traces.Place) *place {
		if at[p] == nil {
			at[p] = &place{Name: line(p.String())}
		}
		return at[p]
	}
	for service, took := range times.Self {
		of(traces.Place{Service: service}).Own = took.Nanoseconds()
	}
	for edge, took := range times.Gap {
		of(traces.Place{Service: edge.Caller, To: edge.Callee}).Own = took.Nanoseconds()
	}
	for _, s := range traces.CriticalPath(stored).Segments {
		of(s.Place).Critical += s.Duration.Nanoseconds()
	}
	var all []place
	for _, p := range at {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.Critical, a.Critical), cmp.Compare(b.Own, a.Own), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), maxPlaces)]
}
