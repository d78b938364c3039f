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
	g.measure()
	return g
}

// observe makes a grove of stored traces. Siblings and roots come out in an order
// that does not depend on that of the input.
func observe(stored []Trace) *grove {
	g := &grove{traces: stored}
	total := 0
	for _, t := range stored {
		total += len(t.Spans)
	}
	g.nodes = make([]vertex, 0, total)
	for tree, t := range stored {
		first := len(g.nodes)
		spans := make([]*Span, len(t.Spans))
		for i := range t.Spans {
			spans[i] = &t.Spans[i]
		}
		slices.SortStableFunc(spans, func(a, b *Span) int { return a.order(b) })
		for _, s := range spans {
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
	g.cycles()
	g.measure()
	for i := range g.nodes {
		slices.SortStableFunc(g.nodes[i].children, g.order)
	}
	slices.SortStableFunc(g.roots, g.order)
	return g
}

// order sorts spans by what they are, and only then by their ids.
func (s *Span) order(o *Span) int {
	return cmp.Or(
		slices.Compare(s.ID[:], o.ID[:]),
		cmp.Compare(s.Namespace, o.Namespace),
		cmp.Compare(s.Service, o.Service),
		cmp.Compare(s.Kind, o.Kind),
		slices.Compare(s.Parent[:], o.Parent[:]),
		cmp.Compare(s.Name, o.Name),
		cmp.Compare(s.Status, o.Status),
		s.Start.Compare(o.Start),
		cmp.Compare(s.Duration, o.Duration),
	)
}

func (g *grove) order(a, b int) int {
	x, y := &g.nodes[a], &g.nodes[b]
	return cmp.Or(
		cmp.Compare(x.namespace, y.namespace),
		cmp.Compare(x.service, y.service),
		cmp.Compare(x.kind, y.kind),
		cmp.Compare(x.to, y.to),
		cmp.Compare(y.size, x.size),
		cmp.Compare(x.full, y.full),
		slices.Compare(x.span.TraceID[:], y.span.TraceID[:]),
		slices.Compare(x.span.ID[:], y.span.ID[:]),
	)
}

// link finds the parents of the spans of one trace, which start at first and are
// sorted by id.
func (g *grove) link(first int, id TraceID) {
	spans := g.nodes[first:]
	find := func(want SpanID) int {
		i, ok := slices.BinarySearchFunc(spans, want, func(v vertex, id SpanID) int {
			return slices.Compare(v.span.ID[:], id[:])
		})
		if !ok {
			return -1
		}
		return i
	}
	for i := range spans {
		v := &spans[i]
		g.inspect(v.span, id)
		if i > 0 && v.span.ID == spans[i-1].span.ID && v.span.ID != (SpanID{}) {
			g.duplicate(spans[i-1].span, v.span)
		}
		switch p := find(v.span.Parent); {
		case v.span.Parent == SpanID{}:
			g.roots = append(g.roots, first+i)
		case p < 0:
			v.orphan = true
		default:
			v.parent = first + p
			g.nodes[first+p].children = append(g.nodes[first+p].children, first+i)
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

// cycles notes the spans that lead to no root, and gives every node its depth.
func (g *grove) cycles() {
	reached := make([]bool, len(g.nodes))
	queue := slices.Clone(g.roots)
	for i := range g.nodes {
		if g.nodes[i].orphan {
			queue = append(queue, i)
		}
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		if reached[v] {
			continue
		}
		reached[v] = true
		for _, c := range g.nodes[v].children {
			g.nodes[c].depth = g.nodes[v].depth + 1
			queue = append(queue, c)
		}
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
	var visit func(v int)
	visit = func(v int) {
		n := &g.nodes[v]
		n.size = 1
		var shapes, fulls uint64
		for _, c := range n.children {
			visit(c)
			child := &g.nodes[c]
			n.size += child.size
			shapes += mix(child.shape)
			fulls += mix(child.full)
		}
		label := text(text(text(offset, n.namespace), n.service), string(n.kind))
		n.shape = mix(label + shapes)
		n.full = mix(detail(n, label) + fulls)
	}
	for i := range g.nodes {
		if g.nodes[i].parent < 0 {
			visit(i)
		}
	}
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

func text(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return (h ^ 0xff) * prime
}

// mix is the finalizer of splitmix64.
func mix(h uint64) uint64 {
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	return h ^ (h >> 31)
}
