package traces

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// Line is one line of a forest and of stored traces, drawn beside each other: a span, or the
// heading of a trace.
type Line struct {
	Mark Mark
	// Expected and Observed are what stands on either side, as Forest.String has it
	// without its indentation; "" where that side has nothing here.
	Expected, Observed string
	// ExpectedDepth and ObservedDepth are how deep either hangs. Headings have 0, roots 1.
	ExpectedDepth, ObservedDepth int
	// Span is the stored span; nil for headings and for what was not stored.
	Span *Span
}

// Mark says how the two sides of a Line agree.
type Mark string

// The marks.
const (
	// SameLine: nothing that the forest states is otherwise.
	SameLine Mark = "same"
	// MissingLine: it is expected and not stored.
	MissingLine Mark = "missing"
	// ExtraLine: it is stored and not expected.
	ExtraLine Mark = "extra"
	// DifferentLine: the span has another status, error mark or response flags than it must.
	DifferentLine Mark = "different"
	// MovedLine: the span hangs elsewhere than it must. Where the two places cannot be
	// on one line, each is a MovedLine without the other side.
	MovedLine Mark = "moved"
	// AlongLine: the span hangs where it must, below one that moved, and the two places
	// cannot be on one line. Each is an AlongLine without the other side.
	AlongLine Mark = "along"
)

// Beside draws a forest and the stored traces of one request beside each other. Either
// side, read by itself, is a drawing of all that it has, parents before children. Spans are
// paired as Compare pairs them, and partners stand on one line wherever the order of both
// drawings allows it. Where the spans make no tree, so that Compare pairs none, alike spans
// are partners in their order; those in a cycle come last in their trace.
//
// Of a stored span with a partner the status is drawn where the forest states one; error
// marks and response flags are drawn wherever they are.
func Beside(expected Forest, stored []Trace) []Line {
	d := drawing{m: partners(plant(expected), observe(stored))}
	d.expected()
	d.observed()
	return d.merged()
}

// partners pairs the spans of two groves, also where the observed one is broken.
func partners(e, o *grove) *matching {
	if !o.broken {
		return match(e, o, nil)
	}
	m := newMatching(e, o)
	free := map[vertexLabel][]int{}
	for v := range o.nodes {
		free[o.nodes[v].label()] = append(free[o.nodes[v].label()], v)
	}
	for v := range e.nodes {
		alike := free[e.nodes[v].label()]
		i := slices.IndexFunc(alike, func(p int) bool { return e.nodes[v].fits(&o.nodes[p]) })
		if i >= 0 {
			m.toO[v], m.toE[alike[i]] = alike[i], v
			free[e.nodes[v].label()] = slices.Delete(alike, i, i+1)
		}
	}
	return m
}

type vertexLabel struct {
	namespace, service string
	kind               Kind
}

func (v *vertex) label() vertexLabel { return vertexLabel{v.namespace, v.service, v.kind} }

// entry is one line of one side. Of a heading node is -1.
type entry struct {
	node, tree, depth int
	text              string
	// partner is the line of the other side that says the same, -1 for none.
	partner int
}

// drawing is both sides, each a list of lines.
type drawing struct {
	m           *matching
	left, right []entry
	// line is where each expected span stands on the left.
	line []int
}

// expected draws the forest.
func (d *drawing) expected() {
	e := d.m.e
	d.line = make([]int, len(e.nodes))
	for v := range e.nodes {
		n := &e.nodes[v]
		if n.depth == 0 {
			d.left = append(d.left, entry{
				node: -1, tree: n.tree, partner: -1,
				text: fmt.Sprintf("trace %d of %d", n.tree+1, len(e.roots)),
			})
		}
		d.line[v] = len(d.left)
		d.left = append(d.left, entry{node: v, tree: n.tree, depth: n.depth + 1, partner: -1, text: n.want.text()})
	}
}

// text is the node as a line of a drawing.
func (n *Node) text() string {
	var b strings.Builder
	b.WriteString(describe(n.Service, n.Namespace, n.Kind, n.To))
	drawDetails(&b, n.Status, n.Error != nil && *n.Error, strings.TrimPrefix(n.Flags, NoFlags))
	if len(n.Via) > 0 {
		b.WriteString(" (after " + Printable(strings.Join(n.Via, ", ")) + ", without sidecar)")
	}
	if n.Orphan {
		b.WriteString(" (its parent is not stored)")
	}
	return b.String()
}

func drawDetails(b *strings.Builder, status int, failed bool, flags string) {
	if status != 0 {
		fmt.Fprintf(b, " %d", status)
	}
	if failed {
		b.WriteString(" error")
	}
	if flags != "" {
		b.WriteString(" " + Printable(flags))
	}
}

// observed draws the stored traces in the order of what they are the partners of; what
// has no partner comes after that.
func (d *drawing) observed() {
	o := d.m.o
	rank := d.ranks()
	byRank := func(a, b int) int { return cmp.Compare(rank[a], rank[b]) }
	tops := make([][]int, len(o.traces))
	for _, v := range o.roots {
		tops[o.nodes[v].tree] = append(tops[o.nodes[v].tree], v)
	}
	for v := range o.nodes {
		if o.nodes[v].orphan {
			tops[o.nodes[v].tree] = append(tops[o.nodes[v].tree], v)
		}
	}
	order := make([]int, 0, len(o.traces))
	first := make([]int, len(o.traces))
	for tree := range tops {
		order = append(order, tree)
		slices.SortStableFunc(tops[tree], byRank)
		first[tree] = math.MaxInt
		if len(tops[tree]) > 0 {
			first[tree] = rank[tops[tree][0]]
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(first[a], first[b]) })
	looped := make([][]int, len(o.traces))
	for _, v := range o.looped {
		looped[o.nodes[v].tree] = append(looped[o.nodes[v].tree], v)
	}
	for _, tree := range order {
		t := &o.traces[tree]
		d.right = append(d.right, entry{
			node: -1, tree: tree, partner: -1,
			text: fmt.Sprintf("trace %s: %s", t.ID, counted(len(t.Spans), "span")),
		})
		for _, v := range tops[tree] {
			d.below(v, byRank)
		}
		for _, v := range looped[tree] {
			d.stored(v, 1, " (in a cycle)")
		}
	}
}

// ranks is for each stored span where it belongs on the left: at its own partner, or
// else at the first partner of what hangs below it.
func (d *drawing) ranks() []int {
	o := d.m.o
	rank := make([]int, len(o.nodes))
	for v := range rank {
		rank[v] = math.MaxInt
	}
	for i := len(o.levels) - 1; i >= 0; i-- {
		v := o.levels[i]
		if e := d.m.toE[v]; e >= 0 {
			rank[v] = d.line[e]
		}
		if p := o.nodes[v].parent; p >= 0 && d.m.toE[p] < 0 {
			rank[p] = min(rank[p], rank[v])
		}
	}
	return rank
}

// below draws a stored span and all below it.
func (d *drawing) below(top int, byRank func(a, b int) int) {
	type place struct{ v, depth int }
	for open := []place{{top, 1}}; len(open) > 0; {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		d.stored(at.v, at.depth, "")
		children := slices.Clone(d.m.o.nodes[at.v].children)
		slices.SortStableFunc(children, byRank)
		for _, c := range slices.Backward(children) {
			open = append(open, place{c, at.depth + 1})
		}
	}
}

// stored draws one stored span.
func (d *drawing) stored(v, depth int, note string) {
	n := &d.m.o.nodes[v]
	var b strings.Builder
	b.WriteString(describe(n.span.Service, n.span.Namespace, n.span.Kind, n.to))
	status := n.span.Status
	if e := d.m.toE[v]; e >= 0 && d.m.e.nodes[e].want.Status == 0 {
		status = 0
	}
	drawDetails(&b, status, n.span.Error, n.span.Flags)
	if n.orphan {
		b.WriteString(" (its parent is not stored)")
	}
	b.WriteString(note)
	line := entry{node: v, tree: n.tree, depth: depth, partner: -1, text: b.String()}
	if e := d.m.toE[v]; e >= 0 {
		line.partner = d.line[e]
		d.left[line.partner].partner = len(d.right)
	}
	d.right = append(d.right, line)
}

// merged puts both sides on common lines.
func (d *drawing) merged() []Line {
	d.headings()
	var lines []Line
	l, r := 0, 0
	until := func(left, right int) {
		for ; l < left; l++ {
			lines = append(lines, d.alone(&d.left[l], MissingLine))
		}
		for ; r < right; r++ {
			lines = append(lines, d.alone(&d.right[r], ExtraLine))
		}
	}
	for _, left := range d.inOrder() {
		right := d.left[left].partner
		until(left, right)
		lines = append(lines, d.pair(&d.left[left], &d.right[right]))
		l, r = left+1, right+1
	}
	until(len(d.left), len(d.right))
	return lines
}

// headings pairs each expected trace with the stored one that has its root's partner. Of
// several expected in one stored trace the first gets it.
func (d *drawing) headings() {
	heading := map[int]int{}
	for i := range d.right {
		if d.right[i].node < 0 {
			heading[d.right[i].tree] = i
		}
	}
	for i := range d.left {
		if d.left[i].node >= 0 {
			continue
		}
		o := d.m.toO[d.m.e.roots[d.left[i].tree]]
		if o < 0 {
			continue
		}
		if at := heading[d.m.o.nodes[o].tree]; d.right[at].partner < 0 {
			d.left[i].partner, d.right[at].partner = at, i
		}
	}
}

// inOrder are the lines of the left whose partners can stand beside them, so that neither
// side has to change its order: of those that stayed where they must be as many as
// possible, and between them of all others.
func (d *drawing) inOrder() []int {
	var all []int
	l, r := 0, 0
	for _, stayed := range append(d.longest(0, len(d.left), 0, len(d.right), d.stayed()), len(d.left)) {
		right := len(d.right)
		if stayed < len(d.left) {
			right = d.left[stayed].partner
		}
		all = append(all, d.longest(l, stayed, r, right, nil)...)
		if stayed < len(d.left) {
			all = append(all, stayed)
		}
		l, r = stayed+1, right+1
	}
	return all
}

// stayed says of each line of the left whether its span, and all above it, are where they
// must be.
func (d *drawing) stayed() []bool {
	e := d.m.e
	still := make([]bool, len(e.nodes))
	lines := make([]bool, len(d.left))
	for i := range d.left {
		v := d.left[i].node
		if d.left[i].partner < 0 || v < 0 {
			continue
		}
		above := e.above(v)
		for above >= 0 && d.m.toO[above] < 0 {
			above = e.above(above)
		}
		still[v] = !d.moved(v, d.m.toO[v]) && (above < 0 || still[above])
		lines[i] = still[v]
	}
	return lines
}

// longest is the longest list of lines from one to another of the left whose partners are
// between two lines of the right and stand in the same order. Where only is not nil, it
// says which lines may be in it.
func (d *drawing) longest(from, to, first, last int, only []bool) []int {
	// ends[n] is the line that ends the list of n+1 lines whose last partner stands first.
	var ends []int
	before := make([]int, to-from)
	for i := from; i < to; i++ {
		p := d.left[i].partner
		if p < first || p >= last || only != nil && !only[i] {
			continue
		}
		n := sort.Search(len(ends), func(n int) bool { return d.left[ends[n]].partner >= p })
		before[i-from] = -1
		if n > 0 {
			before[i-from] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		}
		ends[n] = i
	}
	if len(ends) == 0 {
		return nil
	}
	var list []int
	for i := ends[len(ends)-1]; i >= 0; i = before[i-from] {
		list = append(list, i)
	}
	slices.Reverse(list)
	return list
}

// alone is a line of which the other side has nothing here.
func (d *drawing) alone(e *entry, mark Mark) Line {
	line := Line{Mark: mark}
	switch {
	case e.partner >= 0:
		line.Mark = d.displaced(e, mark)
	case mark == MissingLine && e.node < 0 && d.shares(e.tree):
		line.Mark = SameLine
	}
	if mark == MissingLine {
		line.Expected, line.ExpectedDepth = e.text, e.depth
		return line
	}
	line.Observed, line.ObservedDepth = e.text, e.depth
	if e.node >= 0 {
		line.Span = d.m.o.nodes[e.node].span
	}
	return line
}

// displaced is the mark of a line whose partner stands elsewhere.
func (d *drawing) displaced(e *entry, side Mark) Mark {
	if e.node < 0 {
		return SameLine
	}
	var moved bool
	if side == MissingLine {
		moved = d.moved(e.node, d.right[e.partner].node)
	} else {
		moved = d.moved(d.left[e.partner].node, e.node)
	}
	if moved {
		return MovedLine
	}
	return AlongLine
}

// shares says whether the expected tree is an orphan that was stored. It may be of a trace
// that has its line already.
func (d *drawing) shares(tree int) bool {
	root := d.m.e.roots[tree]
	return d.m.e.nodes[root].orphan && d.m.toO[root] >= 0
}

// pair is a line of partners.
func (d *drawing) pair(left, right *entry) Line {
	line := Line{
		Mark: SameLine, Expected: left.text, Observed: right.text,
		ExpectedDepth: left.depth, ObservedDepth: right.depth,
	}
	if left.node < 0 {
		return line
	}
	line.Span = d.m.o.nodes[right.node].span
	switch {
	case d.moved(left.node, right.node):
		line.Mark = MovedLine
	case details(&d.m.e.nodes[left.node], &d.m.o.nodes[right.node]) > 0:
		line.Mark = DifferentLine
	}
	return line
}

// moved says whether o hangs elsewhere than its partner e. What hangs below a span that
// is missing itself did not move.
func (d *drawing) moved(e, o int) bool {
	a, b := &d.m.e.nodes[e], &d.m.o.nodes[o]
	switch {
	case a.orphan:
		return !b.orphan && d.m.anchorOf(o) >= 0
	case b.orphan:
		return a.parent < 0 || d.m.toO[a.parent] >= 0
	default:
		return d.m.anchor(e) != d.m.anchorOf(o)
	}
}
