package traces

import (
	"cmp"
	"slices"
)

// costing is the cost of a pair; forbidden must not be made.
type costing func(e, o int) int

// forbidden is the cost of a pair that must not be made.
const forbidden = 1 << 40

// maxClasses bounds the size of an assignment that is solved exactly: as many pairs of
// sets as maxClasses sets on each side make.
const maxClasses = 64

// assign pairs expected with observed siblings so that the sum of what they cost is
// the smallest: the cost of each pair, and spanCost for each span of a subtree
// without a partner. Of assignments that cost as little the one is taken whose pairs
// differ least, and of several such the first ones of the groves' own order are paired. With classes, spans with equal subtrees are one
// set, which cost must not tell apart.
//
// The result is exact as long as the sets of one label that remain on both sides make
// no more than maxClasses² pairs; beyond it partners without a difference are paired
// first, then what is left: exactly where that is few, else in order, cheapest first
// among near ones. What holds at any number: a pair fits, and no span is paired twice.
func (m *matching) assign(es, os []int, classes bool, cost costing) [][2]int {
	if len(es) == 1 && len(os) == 1 {
		if cost(es[0], os[0]) >= forbidden {
			return nil
		}
		return [][2]int{{es[0], os[0]}}
	}
	pairs, restE, restO := m.equal(es, os, cost)
	if len(restE) == 0 || len(restO) == 0 {
		// The pairs cost nothing, and how many spans are over is given: nothing is cheaper.
		return pairs
	}
	pairs = nil
	for _, f := range m.families(es, os) {
		pairs = append(pairs, m.within(f, classes, cost)...)
	}
	return pairs
}

// within is assign for spans of one family.
func (m *matching) within(f family, classes bool, cost costing) [][2]int {
	if len(f.es) == 0 || len(f.os) == 0 {
		return nil
	}
	x := exchange{m: m, cost: cost, es: sets(m.e, f.es, classes), os: sets(m.o, f.os, classes)}
	if len(x.es)*len(x.os) <= maxClasses*maxClasses {
		return x.solve()
	}
	pairs, restE, restO := m.equal(f.es, f.os, cost)
	x.es, x.os = sets(m.e, restE, classes), sets(m.o, restO, classes)
	if len(x.es)*len(x.os) <= maxClasses*maxClasses {
		return append(pairs, x.solve()...)
	}
	return append(pairs, m.nearby(restE, restO, cost)...)
}

// equal pairs what costs nothing to pair, and gives what is left of both.
func (m *matching) equal(es, os []int, cost costing) (pairs [][2]int, restE, restO []int) {
	// The observed ones by all that may be compared in them, and those kinds by
	// their shape: without the same shape there is a difference.
	byFull := make(map[uint64][]int, len(os))
	kinds := map[uint64][]uint64{}
	for _, o := range os {
		n := &m.o.nodes[o]
		if len(byFull[n.full]) == 0 {
			kinds[n.shape] = append(kinds[n.shape], n.full)
		}
		byFull[n.full] = append(byFull[n.full], o)
	}
	// tried is how many kinds cannot serve expected ones of a kind any more.
	tried := map[uint64]int{}
	// Those that state more choose first, for they can use fewer.
	chosen := slices.SortedStableFunc(slices.Values(es), func(a, b int) int {
		return cmp.Compare(m.e.nodes[b].want.stated(), m.e.nodes[a].want.stated())
	})
	taken := make(map[int]bool, len(os))
	for _, e := range chosen {
		n := &m.e.nodes[e]
		candidates, i := kinds[n.shape], tried[n.full]
		for i < len(candidates) && (len(byFull[candidates[i]]) == 0 || cost(e, byFull[candidates[i]][0]) != 0) {
			i++
		}
		tried[n.full] = i
		if i == len(candidates) {
			restE = append(restE, e)
			continue
		}
		o := byFull[candidates[i]][0]
		byFull[candidates[i]] = byFull[candidates[i]][1:]
		taken[o] = true
		pairs = append(pairs, [2]int{e, o})
	}
	if len(restE) == 0 {
		return pairs, nil, nil
	}
	for _, o := range os {
		if !taken[o] {
			restO = append(restO, o)
		}
	}
	return pairs, restE, restO
}

// stated is how many details of its own the node states.
func (n *Node) stated() int {
	count := 0
	for _, stated := range []bool{n.Status != 0, n.Error != nil, n.Flags != ""} {
		if stated {
			count++
		}
	}
	return count
}

// family is expected and observed nodes of which none fits one of another family.
type family struct{ es, os []int }

// families parts spans by label, and CLIENT spans by callee where all tell it; observed
// ones that fit nothing are left out.
func (m *matching) families(es, os []int) []family {
	type key struct {
		label
		to string
	}
	vague := map[label]bool{}
	for _, e := range es {
		if v := &m.e.nodes[e]; v.to == "" {
			vague[labelOf(v)] = true
		}
	}
	for _, o := range os {
		if v := &m.o.nodes[o]; v.to == "" {
			vague[labelOf(v)] = true
		}
	}
	of := func(v *vertex) key {
		if l := labelOf(v); vague[l] {
			return key{label: l}
		}
		return key{labelOf(v), v.to}
	}
	var all []family
	at := map[key]int{}
	for _, e := range es {
		k := of(&m.e.nodes[e])
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, family{})
		}
		all[i].es = append(all[i].es, e)
	}
	for _, o := range os {
		if i, ok := at[of(&m.o.nodes[o])]; ok {
			all[i].os = append(all[i].os, o)
		}
	}
	return all
}

// free is the first observed nodes of the family without a partner, at most limit.
func (f *family) free(partner []int, limit int) []int {
	var free []int
	for i, o := range f.os {
		if len(free) == limit {
			break
		}
		if partner[o] < 0 {
			free = append(free, o)
		}
		if i-len(free) > limit {
			// So many are taken that it pays to forget them.
			f.os = slices.DeleteFunc(f.os, func(o int) bool { return partner[o] >= 0 })
			return f.free(partner, limit)
		}
	}
	return free
}

// nearby pairs the cheapest first. It looks only at pairs whose places differ by less
// than maxClasses, which keeps the work linear in the number of siblings.
func (m *matching) nearby(es, os []int, cost costing) [][2]int {
	type candidate struct{ cost, e, o int }
	var all []candidate
	for i, e := range es {
		for j := max(0, i-maxClasses); j < min(len(os), i+maxClasses); j++ {
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
