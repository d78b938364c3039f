package traces

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// vertex is a span of a grove, expected (want) or observed (span).
type vertex struct {
	namespace, service string
	kind               Kind
	to                 string
	parent             int
	children           []int
	depth              int
	// shape is a hash of the owners and kinds of the subtree, full one of all that
	// may be compared in it. Equal hashes mean interchangeable siblings.
	shape, full uint64
	size        int
	tree        int
	want        *Node
	span        *Span
	// orphan marks a span whose parent is not stored. It is a tree of its own. host is
	// the expected node of whose trace it must be, -1 for any; guests are the other
	// way round.
	orphan bool
	host   int
	guests []int
}

func (v *vertex) sameLabel(w *vertex) bool {
	return v.service == w.service && v.kind == w.kind && v.namespace == w.namespace
}

// fits says whether v and w can be the same span.
func (v *vertex) fits(w *vertex) bool {
	return v.sameLabel(w) && (v.to == "" || w.to == "" || v.to == w.to)
}

func (v *vertex) describe() string {
	return describe(v.service, v.namespace, v.kind, v.to)
}

// grove is several trees in one slice, parents by index, -1 for none.
type grove struct {
	nodes []vertex
	roots []int
	// traces are the observed traces that the tree numbers mean.
	traces []Trace
	// faults are what is wrong with the spans themselves; broken says that no
	// tree can be read from them.
	faults []fault
	broken bool
	// orphans are the expected ones.
	orphans []int
	// looped are the spans in or below a cycle of parents.
	looped []int
	// start is when the earliest observed span began.
	start time.Time
	// levels are the nodes that lead from a root or an orphan, each level after the
	// one above it, siblings in order.
	levels []int
	// spans, counts and below are memory that observe uses again.
	spans         []*Span
	counts, below []int
}

// fault is a defect of one observed span.
type fault struct {
	kind FindingKind
	span *Span
	text string
	tree int
	// shared says that two different spans have one id.
	shared bool
}

// observe makes a grove of stored traces. Siblings and roots come out in an order
// that does not depend on that of the input.
func observe(stored []Trace) *grove {
	g := &grove{}
	g.observe(stored)
	return g
}

// observe makes of g the grove of stored traces. What g held before is gone.
func (g *grove) observe(stored []Trace) {
	total := 0
	for _, t := range stored {
		total += len(t.Spans)
	}
	*g = grove{
		traces: stored, nodes: slices.Grow(g.nodes[:0], total), roots: g.roots[:0], levels: g.levels[:0],
		spans: g.spans, counts: g.counts, below: slices.Grow(g.below[:0], total),
	}
	for tree := range stored {
		t := &stored[tree]
		first := len(g.nodes)
		g.spans = g.spans[:0]
		for i := range t.Spans {
			g.spans = append(g.spans, &t.Spans[i])
		}
		slices.SortStableFunc(g.spans, (*Span).order)
		for _, s := range g.spans {
			if g.start.IsZero() || s.Start.Before(g.start) {
				g.start = s.Start
			}
			g.nodes = append(g.nodes, vertex{
				namespace: s.Namespace, service: s.Service, kind: s.Kind, to: s.Callee(),
				parent: -1, host: -1, tree: tree, span: s,
			})
		}
		g.link(first, t.ID)
	}
	g.walk()
	g.cycles()
	g.measure()
	for i := range g.nodes {
		if len(g.nodes[i].children) > 1 {
			slices.SortStableFunc(g.nodes[i].children, g.order)
		}
	}
	slices.SortStableFunc(g.roots, g.order)
	g.walk()
}

// order sorts spans by their ids, and then by all that a text may say of them.
func (s *Span) order(o *Span) int {
	if c := s.ID.compare(o.ID); c != 0 {
		return c
	}
	// Ids are used once: what follows is for the others.
	return cmp.Or(
		cmp.Compare(s.Namespace, o.Namespace),
		cmp.Compare(s.Service, o.Service),
		cmp.Compare(s.Kind, o.Kind),
		s.Parent.compare(o.Parent),
		cmp.Compare(s.Name, o.Name),
		cmp.Compare(s.Status, o.Status),
		s.Start.Compare(o.Start),
		cmp.Compare(s.Duration, o.Duration),
		cmp.Compare(s.Flags, o.Flags),
		cmp.Compare(s.Callee(), o.Callee()),
	)
}

// order sorts siblings by what they are and what is below them, and only then by
// their ids. Expected ones that are alike are equal.
func (g *grove) order(a, b int) int {
	x, y := &g.nodes[a], &g.nodes[b]
	if c := cmp.Or(
		strings.Compare(x.namespace, y.namespace),
		strings.Compare(x.service, y.service),
		strings.Compare(string(x.kind), string(y.kind)),
		strings.Compare(x.to, y.to),
		cmp.Compare(y.size, x.size),
		cmp.Compare(x.shape, y.shape),
		cmp.Compare(x.full, y.full),
	); c != 0 || x.span == nil {
		return c
	}
	return cmp.Or(x.span.TraceID.compare(y.span.TraceID), x.span.ID.compare(y.span.ID))
}

// link finds the parents of the spans of one trace, which start at first and are
// those of g.spans, sorted by id.
func (g *grove) link(first int, id TraceID) {
	spans := g.nodes[first:]
	g.counts = slices.Grow(g.counts[:0], len(spans))[:len(spans)]
	clear(g.counts)
	for i := range spans {
		v := &spans[i]
		g.inspect(v.span, id, v.tree)
		if i > 0 && v.span.ID == spans[i-1].span.ID && v.span.ID != (SpanID{}) {
			g.duplicate(spans[i-1].span, v.span, v.tree)
		}
		if v.span.Parent == (SpanID{}) {
			g.roots = append(g.roots, first+i)
			continue
		}
		p, stored := slices.BinarySearchFunc(g.spans, v.span.Parent, func(s *Span, id SpanID) int { return s.ID.compare(id) })
		if !stored {
			v.orphan = true
			continue
		}
		v.parent = first + p
		g.counts[p]++
	}
	// All lists of children share one piece of memory.
	for i, n := range g.counts {
		end := len(g.below) + n
		spans[i].children = g.below[len(g.below):len(g.below):end]
		g.below = g.below[:end]
	}
	for i := range spans {
		if p := spans[i].parent; p >= 0 {
			g.nodes[p].children = append(g.nodes[p].children, first+i)
		}
	}
}

// duplicate notes a span id that two spans have.
func (g *grove) duplicate(a, b *Span, tree int) {
	text, shared := "is stored twice, the same each time", false
	if a.Service != b.Service || a.Namespace != b.Namespace || a.Kind != b.Kind || a.Parent != b.Parent {
		shared = true
		text = "is that of " + describe(a.Service, a.Namespace, a.Kind, "") +
			" and of " + describe(b.Service, b.Namespace, b.Kind, "")
	}
	g.faults = append(g.faults, fault{DuplicateSpan, b, text, tree, shared})
	g.broken = true
}

// inspect notes what is wrong with a span by itself.
func (g *grove) inspect(s *Span, id TraceID, tree int) {
	bad := func(text string) {
		g.faults = append(g.faults, fault{MalformedTrace, s, text, tree, false})
		g.broken = true
	}
	if s.ID == (SpanID{}) {
		bad("has the id zero")
	}
	if s.TraceID == (TraceID{}) {
		bad("has the trace id zero")
	} else if s.TraceID != id {
		bad("has the trace id " + short(s.TraceID) + " inside another trace")
	}
	if s.Duration < 0 {
		g.faults = append(g.faults, fault{MalformedTrace, s, "lasts " + s.Duration.String(), tree, false})
	}
}

// walk lists the levels, in the order of the children, and gives every node its depth.
func (g *grove) walk() {
	g.levels = g.levels[:0]
	for _, root := range g.roots {
		if !g.nodes[root].orphan {
			g.levels = append(g.levels, root)
		}
	}
	for i := range g.nodes {
		if g.nodes[i].orphan {
			g.levels = append(g.levels, i)
		}
	}
	for i := 0; i < len(g.levels); i++ {
		v := &g.nodes[g.levels[i]]
		for _, c := range v.children {
			g.nodes[c].depth = v.depth + 1
		}
		g.levels = append(g.levels, v.children...)
	}
}

// cycles notes the spans that lead to no root.
func (g *grove) cycles() {
	if len(g.levels) == len(g.nodes) {
		return
	}
	reached := make([]bool, len(g.nodes))
	for _, v := range g.levels {
		reached[v] = true
	}
	for i := range g.nodes {
		if !reached[i] {
			g.looped = append(g.looped, i)
			g.broken = true
		}
	}
}

// measure computes sizes and hashes from the leaves up. The children of a node are
// summed, so that their order has no effect.
func (g *grove) measure() {
	if g.broken {
		return
	}
	for i := len(g.levels) - 1; i >= 0; i-- {
		n := &g.nodes[g.levels[i]]
		// What is there already is the sum of the children.
		n.size++
		label := text(text(text(offset, n.namespace), n.service), string(n.kind))
		n.shape = mix(label + n.shape)
		n.full = mix(detail(n, label) + n.full)
		if n.parent >= 0 {
			above := &g.nodes[n.parent]
			above.size += n.size
			above.shape += mix(n.shape)
			above.full += mix(n.full)
		}
	}
}
