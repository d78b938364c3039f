package traces

import (
	"cmp"
	"slices"
)

// matching pairs expected with observed spans; -1 means no partner.
type matching struct {
	e, o     *grove
	toO, toE []int
	costs    map[[2]uint64]int
}

// match pairs the spans of two groves so that few differences remain:
// first trees from their roots down, then what is left wherever it is found.
func match(e, o *grove) *matching {
	m := &matching{e: e, o: o, toO: none(len(e.nodes)), toE: none(len(o.nodes))}
	m.pair(e.roots, o.roots)
	if slices.Contains(m.toO, -1) && slices.Contains(m.toE, -1) {
		m.leftovers()
	}
	return m
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

// pair joins siblings at the smallest sum of differences. Where the choice is
// free the first ones of the groves' own order are taken.
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
	for _, p := range m.assign(es, os) {
		m.join(p[0], p[1])
	}
}

func (m *matching) free(e, o int) bool { return m.toO[e] < 0 && m.toE[o] < 0 }

// assign chooses pairs among free nodes of es and os that fit.
func (m *matching) assign(es, os []int) [][2]int {
	es = slices.DeleteFunc(slices.Clone(es), func(e int) bool { return m.toO[e] >= 0 })
	os = slices.DeleteFunc(slices.Clone(os), func(o int) bool { return m.toE[o] >= 0 })
	pairs, restE, restO := m.equal(es, os)
	switch {
	case len(restE) == 0 || len(restO) == 0:
		return pairs
	case len(es) <= maxExact && len(os) <= maxExact:
		// All of them again: one of the pairs may have taken the only partner that
		// another has.
		return cheapest(es, os, m.fitting)
	}
	for _, p := range m.parts(restE, restO) {
		if len(p.es) <= maxExact && len(p.os) <= maxExact {
			pairs = append(pairs, cheapest(p.es, p.os, m.fitting)...)
		} else {
			pairs = append(pairs, m.alike(p.es, p.os)...)
		}
	}
	return pairs
}

// fitting is the cost of a pair of siblings.
func (m *matching) fitting(e, o int) int {
	if !m.e.nodes[e].fits(&m.o.nodes[o]) {
		return forbidden
	}
	return m.cost(e, o)
}

// maxExact bounds the size of an assignment that is solved exactly; beyond it the
// cheapest pair is taken again and again.
const maxExact = 64

// cheapest is an assignment of os to es of the smallest cost; forbidden pairs are left out.
func cheapest(es, os []int, cost func(e, o int) int) [][2]int {
	if len(es) == 0 || len(os) == 0 {
		return nil
	}
	if len(es) > maxExact || len(os) > maxExact {
		return greedy(es, os, cost)
	}
	var pairs [][2]int
	n := max(len(es), len(os))
	table := make([][]int, n)
	for i := range table {
		table[i] = make([]int, n)
		for j := range table[i] {
			table[i][j] = forbidden
			if i < len(es) && j < len(os) {
				table[i][j] = cost(es[i], os[j])
			}
		}
	}
	for i, j := range hungarian(table) {
		if table[i][j] < forbidden {
			pairs = append(pairs, [2]int{es[i], os[j]})
		}
	}
	return pairs
}

func greedy(es, os []int, cost func(e, o int) int) [][2]int {
	type candidate struct{ cost, e, o int }
	var all []candidate
	for i, e := range es {
		// A window keeps the work linear in the number of siblings.
		for j := max(0, i-maxExact); j < min(len(os), i+maxExact); j++ {
			if c := cost(e, os[j]); c < forbidden {
				all = append(all, candidate{c, e, os[j]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.cost, b.cost) })
	usedE, usedO := map[int]bool{}, map[int]bool{}
	var pairs [][2]int
	for _, c := range all {
		if !usedE[c.e] && !usedO[c.o] {
			usedE[c.e], usedO[c.o] = true, true
			pairs = append(pairs, [2]int{c.e, c.o})
		}
	}
	return pairs
}

// forbidden is the cost of a pair that must not be made.
const forbidden = 1 << 40

// spanCost is what a span too many or too few costs, against 1 for a wrong detail.
const spanCost = 16

// cost is how much the subtrees of e and o differ, compared from the top down.
func (m *matching) cost(e, o int) int {
	a, b := &m.e.nodes[e], &m.o.nodes[o]
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
	for _, p := range m.assign(es, os) {
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
	return want == "" || want == got || (want == NoFlags && got == "")
}

// leftovers pairs what hangs elsewhere than expected, or not at all: the highest
// expected spans first, because a moved span takes what is below it along.
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
	parts := m.parts(es, os)
	in := make(map[int]*family, len(es))
	for i := range parts {
		for _, e := range parts[i].es {
			in[e] = &parts[i]
		}
		parts[i].es = nil
	}
	for len(es) > 0 {
		depth, n := m.e.nodes[es[0]].depth, 0
		var here []*family
		for ; n < len(es) && m.e.nodes[es[n]].depth == depth; n++ {
			if p := in[es[n]]; p != nil && m.toO[es[n]] < 0 {
				if len(p.es) == 0 {
					here = append(here, p)
				}
				p.es = append(p.es, es[n])
			}
		}
		es = es[n:]
		var pairs [][2]int
		for _, p := range here {
			pairs = append(pairs, cheapest(p.es, p.free(m.toE, len(p.es)+maxExact), m.elsewhere)...)
			p.es = p.es[:0]
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
	above, found := m.anchor(e), m.anchorOf(o)
	extra := misplaced
	switch {
	case above == found && b.parent >= 0 && m.detour(e, o):
		return forbidden
	case above == found:
		extra = 0
	case b.parent < 0 || a.parent < 0:
		// A split, a joined trace, or an orphan.
	case m.toO[a.parent] < 0 || m.toE[b.parent] < 0:
		return forbidden
	}
	return m.cost(e, o) + 1 + extra
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

// hungarian solves the square assignment problem: result[i] is the column of row i
// at the smallest sum (Kuhn 1955, in the O(n³) form with potentials).
func hungarian(cost [][]int) []int {
	n := len(cost)
	u, v := make([]int, n+1), make([]int, n+1)
	row, way := make([]int, n+1), make([]int, n+1)
	for i := 1; i <= n; i++ {
		row[0] = i
		least := make([]int, n+1)
		used := make([]bool, n+1)
		for j := range least {
			least[j] = 1 << 60
		}
		j0 := 0
		for row[j0] != 0 {
			used[j0] = true
			i0, delta, j1 := row[j0], 1<<60, 0
			for j := 1; j <= n; j++ {
				if used[j] {
					continue
				}
				if c := cost[i0-1][j-1] - u[i0] - v[j]; c < least[j] {
					least[j], way[j] = c, j0
				}
				if least[j] < delta {
					delta, j1 = least[j], j
				}
			}
			for j := 0; j <= n; j++ {
				if used[j] {
					u[row[j]] += delta
					v[j] -= delta
				} else {
					least[j] -= delta
				}
			}
			j0 = j1
		}
		for j0 != 0 {
			row[j0] = row[way[j0]]
			j0 = way[j0]
		}
	}
	result := make([]int, n)
	for j := 1; j <= n; j++ {
		result[row[j]-1] = j - 1
	}
	return result
}
