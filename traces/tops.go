package traces

import "slices"

// Spans at the top of a tree: roots, and orphans, whose parents are not stored.

// pairRoots is pair for the tops. Traces that hold several roots, and orphans that must
// not be, are differences by themselves, which a root with a trace of its own is not.
// An orphan that a forest writes below a node must be of that node's trace. Whether
// two orphans at the top of a forest are of one trace it does not say.
func (m *matching) pairRoots() {
	roots := make(map[int]int, len(m.o.traces))
	orphans := map[int][]int{}
	tops := slices.Clone(m.o.roots)
	for o := range m.o.nodes {
		switch n := &m.o.nodes[o]; {
		case n.orphan:
			orphans[n.tree] = append(orphans[n.tree], o)
			tops = append(tops, o)
		case n.parent < 0:
			roots[n.tree]++
		}
	}
	if len(roots) == len(tops) && len(m.e.orphans) == 0 {
		m.pair(m.e.roots, m.o.roots)
		return
	}
	slices.SortStableFunc(tops[len(m.o.roots):], m.o.order)
	es, hosted := slices.Clone(m.e.roots), map[int][]int{}
	for _, e := range m.e.orphans {
		if n := &m.e.nodes[e]; n.host >= 0 {
			es = append(es, e)
			hosted[n.tree] = append(hosted[n.tree], e)
		}
	}
	for _, p := range m.assign(es, tops, false, func(e, o int) int {
		c := m.cost(e, o)
		a, b := &m.e.nodes[e], &m.o.nodes[o]
		if c >= forbidden {
			return forbidden
		}
		switch {
		case a.orphan != b.orphan:
			c += misplaced
		case !b.orphan && (roots[b.tree] > 1 || len(m.e.orphans) > 0 && len(orphans[b.tree]) > len(hosted[a.tree])):
			// Its trace holds what must be in another one.
			c++
		case a.orphan && a.host < 0 && (roots[b.tree] > 0 || m.continued != nil && !m.continued(b)):
			c++
		}
		if a.host < 0 {
			c += m.lacking(hosted[a.tree], orphans[b.tree], o)
		}
		return c
	}) {
		if m.e.nodes[p[0]].host < 0 {
			m.join(p[0], p[1])
		}
	}
	m.pairHosted(hosted, orphans)
}

// lacking is how much is missing among the orphans of an observed trace, less its top,
// of those that must be in it; at most spanCost, for the top itself matters more.
func (m *matching) lacking(hosted, orphans []int, top int) int {
	if len(hosted) == 0 {
		return 0
	}
	total := 0
	for _, e := range hosted {
		total += spanCost * m.e.nodes[e].size
	}
	others := slices.DeleteFunc(slices.Clone(orphans), func(o int) bool { return o == top })
	for _, p := range m.assign(hosted, others, true, m.cost) {
		total += m.cost(p[0], p[1]) - spanCost*m.e.nodes[p[0]].size
	}
	return max(0, min(total, spanCost))
}

// pairHosted pairs the orphans of each trace with those that must be in it, which are
// given by tree.
func (m *matching) pairHosted(hosted, orphans map[int][]int) {
	expected := map[int][]int{}
	var order []int
	for i, root := range m.e.roots {
		if m.toO[root] < 0 || len(hosted[i]) == 0 {
			continue
		}
		tree := m.o.nodes[m.toO[root]].tree
		if len(expected[tree]) == 0 {
			order = append(order, tree)
		}
		expected[tree] = append(expected[tree], hosted[i]...)
	}
	for _, tree := range order {
		free := slices.Clone(alone(orphans[tree], m.toE))
		slices.SortStableFunc(free, m.o.order)
		m.pair(expected[tree], free)
	}
}

// home is the partner of the nearest node above e, parent or host, that has one, or -1.
// e must be of its trace.
func (m *matching) home(e int) int {
	for p := m.e.above(e); p >= 0; p = m.e.above(p) {
		if m.toO[p] >= 0 {
			return m.toO[p]
		}
	}
	return -1
}

// elseTrace says whether o is of another trace than e must be.
func (m *matching) elseTrace(e, o int) bool {
	home := m.home(e)
	return home >= 0 && m.o.nodes[home].tree != m.o.nodes[o].tree
}

// astray is what it costs to take o for the expected orphan e, found anywhere.
func (m *matching) astray(e, o int) int {
	b, c := &m.o.nodes[o], 0
	if m.elseTrace(e, o) {
		c += misplaced + 1
	}
	switch {
	case b.orphan:
		return c
	case b.parent >= 0 && m.toE[b.parent] < 0:
		return c + 1
	default:
		return c + misplaced
	}
}
