package traces

import (
	"slices"
	"strings"
)

// plant makes a grove of an expected forest. Its roots are those of the forest, in
// their order. An orphan is a tree of its own, which has the number of the tree that
// it is written in.
func plant(f Forest) *grove {
	g := &grove{}
	for i, root := range f.resolved() {
		g.roots = append(g.roots, g.add(&root, -1, 0, i))
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

// add plants n, which is written below the node above, and gives its number.
func (g *grove) add(n *Node, above, depth, tree int) int {
	id := len(g.nodes)
	v := vertex{
		namespace: strings.TrimPrefix(n.Namespace, NoNamespace), service: n.Service, kind: n.Kind, to: n.To,
		parent: above, host: -1, depth: depth, tree: tree, orphan: n.Orphan, want: n,
	}
	if n.Orphan {
		v.parent, v.host = -1, above
		g.orphans = append(g.orphans, id)
	}
	g.nodes = append(g.nodes, v)
	for i := range n.Children {
		child := g.add(&n.Children[i], id, depth+1, tree)
		if n.Children[i].Orphan {
			g.nodes[id].guests = append(g.nodes[id].guests, child)
		} else {
			g.nodes[id].children = append(g.nodes[id].children, child)
		}
	}
	return id
}

// above is the node that v is below: its parent, or its host. It is -1 for a root.
func (g *grove) above(v int) int {
	if p := g.nodes[v].parent; p >= 0 {
		return p
	}
	return g.nodes[v].host
}

// hosted are the orphans that must be of the trace of tree.
func (g *grove) hosted(tree int) []int {
	var all []int
	for _, v := range g.orphans {
		if n := &g.nodes[v]; n.tree == tree && n.host >= 0 {
			all = append(all, v)
		}
	}
	return all
}

// append adds siblings to the levels, in order.
func (g *grove) append(siblings []int) {
	first := len(g.levels)
	g.levels = append(g.levels, siblings...)
	slices.SortStableFunc(g.levels[first:], g.order)
}

// agrees says whether the observed grove o is the expected one g. Siblings are
// paired in their order, so that a yes is certain; a no may only mean that alike
// siblings must be paired otherwise, or that orphans are expected, which match finds out.
func (g *grove) agrees(o *grove) bool {
	trees := 0
	for i := range o.traces {
		if len(o.traces[i].Spans) > 0 {
			trees++
		}
	}
	if len(g.orphans) > 0 || len(g.nodes) != len(o.nodes) || len(g.roots) != len(o.roots) || len(o.roots) != trees {
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
