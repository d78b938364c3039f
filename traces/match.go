package traces

import (
	"cmp"
	"slices"
	"strings"
)

// matching pairs expected with observed spans; -1 means no partner.
type matching struct {
	e, o     *grove
	toO, toE []int
	costs    map[[2]uint64]int
	// continued says whether an observed orphan goes on with a context that it may be
	// of; nil where nothing is known.
	continued func(*vertex) bool
}

// match pairs the spans of two groves so that few differences remain:
// first trees from their roots down, then what is left wherever it is found.
func match(e, o *grove, continued func(*vertex) bool) *matching {
	m := newMatching(e, o)
	m.continued = continued
	m.pairRoots()
	if slices.Contains(m.toO, -1) && slices.Contains(m.toE, -1) {
		m.leftovers()
	}
	return m
}

func newMatching(e, o *grove) *matching {
	return &matching{e: e, o: o, toO: none(len(e.nodes)), toE: none(len(o.nodes))}
}

func none(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = -1
	}
	return s
}

// join makes e and o partners and pairs their children.
func (m *matching) join(e, o int) {
	m.toO[e], m.toE[o] = o, e
	m.pair(m.e.nodes[e].children, m.o.nodes[o].children)
}

// pair joins those of the siblings that have no partner yet, at the smallest sum of
// differences.
func (m *matching) pair(es, os []int) {
	if len(es) == 1 && len(os) == 1 {
		if m.free(es[0], os[0]) && m.e.nodes[es[0]].fits(&m.o.nodes[os[0]]) {
			m.join(es[0], os[0])
		}
		return
	}
	if len(es) == 0 || len(os) == 0 {
		return
	}
	es, os = alone(es, m.toO), alone(os, m.toE)
	for _, p := range m.assign(es, os, true, m.cost) {
		m.join(p[0], p[1])
	}
}

// alone are the nodes without a partner.
func alone(list, partner []int) []int {
	if !slices.ContainsFunc(list, func(v int) bool { return partner[v] >= 0 }) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(v int) bool { return partner[v] >= 0 })
}

func (m *matching) free(e, o int) bool { return m.toO[e] < 0 && m.toE[o] < 0 }

// spanCost is what a span too many or too few costs, against 1 for a wrong detail.
const spanCost = 16

// cost is how much the subtrees of e and o differ, compared from the top down; it is
// forbidden to pair what does not fit.
func (m *matching) cost(e, o int) int {
	a, b := &m.e.nodes[e], &m.o.nodes[o]
	if !a.fits(b) {
		return forbidden
	}
	key := [2]uint64{a.full, b.full}
	if c, ok := m.costs[key]; ok {
		return c
	}
	c := details(a, b)
	switch {
	case len(a.children) == 0 || len(b.children) == 0:
		c += spanCost * (a.size + b.size - 2)
	default:
		c += m.below(a.children, b.children)
	}
	if m.costs == nil {
		m.costs = map[[2]uint64]int{}
	}
	m.costs[key] = c
	return c
}

// below is the cost of the best assignment of os to es.
func (m *matching) below(es, os []int) int {
	total := 0
	for _, e := range es {
		total += spanCost * m.e.nodes[e].size
	}
	for _, o := range os {
		total += spanCost * m.o.nodes[o].size
	}
	for _, p := range m.assign(es, os, true, m.cost) {
		total += m.cost(p[0], p[1]) - spanCost*(m.e.nodes[p[0]].size+m.o.nodes[p[1]].size)
	}
	return total
}

// details counts the stated details of the expected span that the observed one contradicts.
func details(e, o *vertex) int {
	n := 0
	if e.want.Status != 0 && e.want.Status != o.span.Status {
		n++
	}
	if e.want.Error != nil && *e.want.Error != o.span.Error {
		n++
	}
	if !flagsAgree(e.want.Flags, o.span.Flags) {
		n++
	}
	return n
}

func flagsAgree(want, got string) bool {
	if want == "" || want == got || (want == NoFlags && got == "") {
		return true
	}
	// Of several flags the order says nothing.
	if len(want) != len(got) || !strings.Contains(want, ",") {
		return false
	}
	a, b := flagList(want), flagList(got)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// leftovers pairs what hangs elsewhere than expected, or not at all: the highest
// expected spans first, because a moved span takes what is below it along. Each looks
// at maxClasses observed ones more than it has rivals, which keeps the work linear.
func (m *matching) leftovers() {
	var es, os []int
	for e := range m.e.nodes {
		if m.toO[e] < 0 {
			es = append(es, e)
		}
	}
	for o := range m.o.nodes {
		if m.toE[o] < 0 {
			os = append(os, o)
		}
	}
	slices.SortStableFunc(es, func(a, b int) int { return cmp.Compare(m.e.nodes[a].depth, m.e.nodes[b].depth) })
	slices.SortStableFunc(os, func(a, b int) int {
		if c := cmp.Compare(m.o.nodes[a].depth, m.o.nodes[b].depth); c != 0 {
			return c
		}
		return m.o.order(a, b)
	})
	families := m.families(es, os)
	in := make(map[int]*family, len(es))
	for i := range families {
		for _, e := range families[i].es {
			in[e] = &families[i]
		}
		families[i].es = nil
	}
	for len(es) > 0 {
		depth, n := m.e.nodes[es[0]].depth, 0
		var here []*family
		for ; n < len(es) && m.e.nodes[es[n]].depth == depth; n++ {
			if f := in[es[n]]; m.toO[es[n]] < 0 {
				if len(f.es) == 0 {
					here = append(here, f)
				}
				f.es = append(f.es, es[n])
			}
		}
		es = es[n:]
		var pairs [][2]int
		for _, f := range here {
			free := f.free(m.toE, len(f.es)+maxClasses)
			pairs = append(pairs, m.within(family{f.es, free}, false, m.elsewhere)...)
			f.es = f.es[:0]
		}
		slices.SortStableFunc(pairs, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
		for _, p := range pairs {
			if m.free(p[0], p[1]) {
				m.join(p[0], p[1])
			}
		}
	}
}

// misplaced is added to the cost of a pair whose parents are not partners.
const misplaced = 4

// elsewhere is the cost of a pair that was not found from the roots down. It is
// forbidden where "one missing, one unexpected" explains as much in fewer steps.
func (m *matching) elsewhere(e, o int) int {
	a, b := &m.e.nodes[e], &m.o.nodes[o]
	if !a.fits(b) || !m.free(e, o) {
		return forbidden
	}
	c := m.cost(e, o) + 1
	above, found := m.anchor(e), m.anchorOf(o)
	switch {
	case a.orphan:
		return c + m.astray(e, o)
	case above == found && b.parent >= 0 && m.detour(e, o):
		return forbidden
	case above == found:
		return c
	case b.parent < 0 || a.parent < 0:
		// A split, a joined trace, or an orphan, which stayed in its trace if it can.
		if m.elseTrace(e, o) {
			c++
		}
		return c + misplaced
	case m.toO[a.parent] < 0 || m.toE[b.parent] < 0:
		return forbidden
	default:
		return c + misplaced
	}
}

// detour says whether unlike numbers of spans without partners lie above e and o:
// then o was reached in another way, and is another span.
func (m *matching) detour(e, o int) bool {
	a, b := gap(m.e, e, m.toO), gap(m.o, o, m.toE)
	return a > 0 && b > 0 && a != b
}

// gap counts the nodes without a partner between v and its nearest ancestor with one.
func gap(g *grove, v int, partner []int) int {
	n := 0
	for p := g.nodes[v].parent; p >= 0 && partner[p] < 0; p = g.nodes[p].parent {
		n++
	}
	return n
}

// anchor is the partner of the nearest expected ancestor of e that has one, or -1.
func (m *matching) anchor(e int) int {
	for p := m.e.nodes[e].parent; p >= 0; p = m.e.nodes[p].parent {
		if m.toO[p] >= 0 {
			return m.toO[p]
		}
	}
	return -1
}

// anchorOf is the nearest observed ancestor of o that has a partner, or -1.
func (m *matching) anchorOf(o int) int {
	for p := m.o.nodes[o].parent; p >= 0; p = m.o.nodes[p].parent {
		if m.toE[p] >= 0 {
			return p
		}
	}
	return -1
}
