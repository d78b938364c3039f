package traces

import (
	"cmp"
	"encoding/binary"
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
	// orphan marks an observed span whose parent is not stored.
	orphan bool
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
}

// plant makes a grove of an expected forest.
func plant(f Forest) *grove {
	g := &grove{}
	resolved := f.resolved()
	var add func(n *Node, parent, depth, tree int) int
	add = func(n *Node, parent, depth, tree int) int {
		id := len(g.nodes)
		g.nodes = append(g.nodes, vertex{
			namespace: strings.TrimPrefix(n.Namespace, NoNamespace), service: n.Service, kind: n.Kind, to: n.To,
			parent: parent, depth: depth, tree: tree, want: n,
		})
		for i := range n.Children {
			child := add(&n.Children[i], id, depth+1, tree)
			g.nodes[id].children = append(g.nodes[id].children, child)
		}
		return id
	}
	for i := range resolved {
		g.roots = append(g.roots, add(&resolved[i], -1, 0, i))
	}
	g.walk()
	g.measure()
	// Children stay as they were written, levels have them in order.
	g.levels = g.levels[:0]
	g.append(g.roots)
	for i := 0; i < len(g.levels); i++ {
		g.append(g.nodes[g.levels[i]].children)
	}
	return g
}

// append adds siblings to the levels, in order.
func (g *grove) append(siblings []int) {
	first := len(g.levels)
	g.levels = append(g.levels, siblings...)
	slices.SortStableFunc(g.levels[first:], g.order)
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
				parent: -1, tree: tree, span: s,
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

// order sorts spans by what they are, and only then by their ids.
func (s *Span) order(o *Span) int {
	if c := s.ID.compare(o.ID); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(s.Namespace, o.Namespace),
		cmp.Compare(s.Service, o.Service),
		cmp.Compare(s.Kind, o.Kind),
		s.Parent.compare(o.Parent),
		cmp.Compare(s.Name, o.Name),
		cmp.Compare(s.Status, o.Status),
		s.Start.Compare(o.Start),
		cmp.Compare(s.Duration, o.Duration),
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
		g.inspect(v.span, id)
		if i > 0 && v.span.ID == spans[i-1].span.ID && v.span.ID != (SpanID{}) {
			g.duplicate(spans[i-1].span, v.span)
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
func (g *grove) duplicate(a, b *Span) {
	text := "is stored twice, the same each time"
	if a.Service != b.Service || a.Namespace != b.Namespace || a.Kind != b.Kind || a.Parent != b.Parent {
		text = "is that of " + describe(a.Service, a.Namespace, a.Kind, "") +
			" and of " + describe(b.Service, b.Namespace, b.Kind, "")
	}
	g.faults = append(g.faults, fault{DuplicateSpan, b, text})
	g.broken = true
}

// inspect notes what is wrong with a span by itself.
func (g *grove) inspect(s *Span, id TraceID) {
	bad := func(text string) {
		g.faults = append(g.faults, fault{MalformedTrace, s, text})
		g.broken = true
	}
	switch {
	case s.ID == SpanID{}:
		bad("has the id zero")
	case s.Parent == s.ID:
		bad("is its own parent")
	}
	if s.TraceID == (TraceID{}) {
		bad("has the trace id zero")
	} else if s.TraceID != id {
		bad("has the trace id " + short(s.TraceID) + " inside another trace")
	}
	if s.Duration < 0 {
		g.faults = append(g.faults, fault{MalformedTrace, s, "lasts " + s.Duration.String()})
	}
}

// walk lists the levels, in the order of the children, and gives every node its depth.
func (g *grove) walk() {
	g.levels = append(g.levels[:0], g.roots...)
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
		v := &g.nodes[i]
		if !reached[i] && v.span.Parent != v.span.ID {
			g.faults = append(g.faults, fault{MalformedTrace, v.span, "is in or below a cycle of parents"})
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

// agrees says whether the observed grove o is the expected one g. Siblings are
// paired in their order, so that a yes is certain; a no may only mean that alike
// siblings must be paired otherwise, which match finds out.
func (g *grove) agrees(o *grove) bool {
	trees := 0
	for i := range o.traces {
		if len(o.traces[i].Spans) > 0 {
			trees++
		}
	}
	if len(g.nodes) != len(o.nodes) || len(g.roots) != len(o.roots) || len(o.roots) != trees {
		return false
	}
	for i, e := range g.levels {
		// The same number of children at each place makes the same trees.
		a, b := &g.nodes[e], &o.nodes[o.levels[i]]
		if b.orphan || len(a.children) != len(b.children) || !a.fits(b) || details(a, b) > 0 {
			return false
		}
	}
	return true
}

// detail adds to a hash what may be compared of one node beyond its label.
func detail(n *vertex, h uint64) uint64 {
	h = text(h, n.to)
	if n.want != nil {
		h = text(mix(h+uint64(n.want.Status)), n.want.Flags)
		if n.want.Error != nil && *n.want.Error {
			return mix(h + 2)
		}
		if n.want.Error != nil {
			return mix(h + 1)
		}
		return h
	}
	h = text(mix(h+uint64(n.span.Status)), n.span.Flags)
	if n.span.Error {
		h = mix(h + 2)
	}
	return h
}

// offset and prime are those of the 64-bit FNV-1a hash.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

// text adds a string to a hash, eight bytes at a time, and its length.
func text(h uint64, s string) uint64 {
	h ^= uint64(len(s)) * prime
	for len(s) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64([]byte(s[:8])))
		s = s[8:]
	}
	var rest uint64
	for i := range len(s) {
		rest = rest<<8 | uint64(s[i])
	}
	return mix(h ^ rest)
}

// mix is the finalizer of splitmix64.
func mix(h uint64) uint64 {
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	return h ^ (h >> 31)
}
