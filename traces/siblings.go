package traces

import (
	"cmp"
	"slices"
)

// Many siblings are matched without looking at every pair of them: those without a
// difference by their hashes, the rest within parts that cannot fit one another.

// equal pairs es and os without any difference, and gives what is left of both.
func (m *matching) equal(es, os []int) (pairs [][2]int, restE, restO []int) {
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
	for _, e := range chosen {
		n := &m.e.nodes[e]
		candidates, i := kinds[n.shape], tried[n.full]
		for i < len(candidates) && (len(byFull[candidates[i]]) == 0 || m.fitting(e, byFull[candidates[i]][0]) != 0) {
			i++
		}
		tried[n.full] = i
		if i == len(candidates) {
			restE = append(restE, e)
			continue
		}
		o := byFull[candidates[i]][0]
		byFull[candidates[i]] = byFull[candidates[i]][1:]
		pairs = append(pairs, [2]int{e, o})
	}
	if len(restE) == 0 {
		return pairs, nil, nil
	}
	for _, o := range os {
		// A kind is taken from the front, in the order of os.
		if left := byFull[m.o.nodes[o].full]; len(left) > 0 && left[0] == o {
			restO = append(restO, o)
			byFull[m.o.nodes[o].full] = left[1:]
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

// label is what two nodes that fit have in common. A part of CLIENT spans has the
// empty to if some of them do not say whom they call.
type label struct {
	namespace, service string
	kind               Kind
	to                 string
}

// parts divides nodes by label, in the order of es; observed nodes that fit nothing
// are left out.
func (m *matching) parts(es, os []int) []family {
	vague := map[label]bool{}
	note := func(v *vertex) {
		if v.to == "" {
			vague[label{v.namespace, v.service, v.kind, ""}] = true
		}
	}
	for _, e := range es {
		note(&m.e.nodes[e])
	}
	for _, o := range os {
		note(&m.o.nodes[o])
	}
	of := func(v *vertex) label {
		l := label{v.namespace, v.service, v.kind, ""}
		if !vague[l] {
			l.to = v.to
		}
		return l
	}
	var parts []family
	at := map[label]int{}
	for _, e := range es {
		l := of(&m.e.nodes[e])
		i, ok := at[l]
		if !ok {
			i = len(parts)
			at[l] = i
			parts = append(parts, family{})
		}
		parts[i].es = append(parts[i].es, e)
	}
	for _, o := range os {
		if i, ok := at[of(&m.o.nodes[o])]; ok {
			parts[i].os = append(parts[i].os, o)
		}
	}
	return parts
}

// free is the first observed nodes of the part without a partner, at most limit.
func (p *family) free(partner []int, limit int) []int {
	var free []int
	for i, o := range p.os {
		if len(free) == limit {
			break
		}
		if partner[o] < 0 {
			free = append(free, o)
		}
		if i-len(free) > limit {
			// So many are taken that it pays to forget them.
			p.os = slices.DeleteFunc(p.os, func(o int) bool { return partner[o] >= 0 })
			return p.free(partner, limit)
		}
	}
	return free
}

// alike pairs many nodes of one part, the cheapest kinds of pair first. With more
// kinds than can be compared with each other it looks at neighbours only.
func (m *matching) alike(es, os []int) [][2]int {
	kindsE, ofE := kinds(m.e, es)
	kindsO, ofO := kinds(m.o, os)
	if len(kindsE)*len(kindsO) > maxExact*maxExact {
		return greedy(es, os, m.fitting)
	}
	type pairing struct {
		cost int
		e, o uint64
	}
	var all []pairing
	for _, e := range kindsE {
		for _, o := range kindsO {
			if c := m.fitting(ofE[e][0], ofO[o][0]); c < forbidden {
				all = append(all, pairing{c, e, o})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pairing) int { return cmp.Compare(a.cost, b.cost) })
	var pairs [][2]int
	for _, p := range all {
		n := min(len(ofE[p.e]), len(ofO[p.o]))
		for i := range n {
			pairs = append(pairs, [2]int{ofE[p.e][i], ofO[p.o][i]})
		}
		ofE[p.e], ofO[p.o] = ofE[p.e][n:], ofO[p.o][n:]
	}
	return pairs
}

// kinds groups nodes by all that may be compared in them.
func kinds(g *grove, nodes []int) (order []uint64, of map[uint64][]int) {
	of = map[uint64][]int{}
	for _, v := range nodes {
		full := g.nodes[v].full
		if len(of[full]) == 0 {
			order = append(order, full)
		}
		of[full] = append(of[full], v)
	}
	return order, of
}
