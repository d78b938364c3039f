package traces

import (
	"fmt"
	"slices"
)

// edges reports the partners that do not hang below partners.
func (x *comparison) edges() {
	for e := range x.grove.nodes {
		o := x.m.toO[e]
		if o < 0 {
			continue
		}
		a, b := &x.grove.nodes[e], &x.observed.nodes[o]
		want, got := x.m.anchor(e), x.m.anchorOf(o)
		switch {
		case a.orphan:
			x.orphan(e, o, got)
		case b.orphan && x.explainsOrphan(e, o):
		case b.orphan && x.m.elseTrace(e, o):
			x.split(e, o)
		case b.orphan:
			x.add(Finding{
				Kind: MalformedTrace, Service: b.service,
				Observed: fmt.Sprintf("%s in trace %s hangs below span %s, which is not stored",
					b.describe(), short(b.span.TraceID), b.span.Parent),
				Expected: x.path,
			}.because(x.explainOrphan(e, b)))
		case want == got && want >= 0:
		case want == got && x.m.elseTrace(e, o):
			x.split(e, o)
		case want == got:
			x.roots(e, o)
		case want < 0 && x.belowGuest(a.tree, got):
			x.moved(e, o, want, got)
		case want < 0:
			x.joined(e, o)
		case got < 0 && x.m.elseTrace(e, o):
			x.split(e, o)
		default:
			x.moved(e, o, want, got)
		}
	}
}

// explainsOrphan says whether a span that is missing explains why the parent of o is not stored.
func (x *comparison) explainsOrphan(e, o int) bool {
	p := x.grove.nodes[e].parent
	return p >= 0 && x.m.toO[p] < 0 && !x.m.elseTrace(e, o)
}

// roots reports two partners without partners above whose trace is that of a root
// before them. A root that hangs below another is told by itself.
func (x *comparison) roots(e, o int) {
	if slices.ContainsFunc(x.rivals(e, o), func(r int) bool { return r < e }) {
		x.joined(e, o)
	}
}

// rivals are the other roots of the forest that are in the trace of o, the partner of e,
// and must not be. Orphans at the top may share a trace.
func (x *comparison) rivals(e, o int) []int {
	if x.asked.rooted == nil {
		x.asked.rooted = map[int][]int{}
		for _, r := range x.grove.roots {
			if p := x.m.toO[r]; p >= 0 && x.m.anchorOf(p) < 0 {
				tree := x.observed.nodes[p].tree
				x.asked.rooted[tree] = append(x.asked.rooted[tree], r)
			}
		}
	}
	own := x.grove.nodes[e].tree
	shared := x.grove.nodes[x.grove.roots[own]].orphan
	var found []int
	for _, r := range x.asked.rooted[x.observed.nodes[o].tree] {
		if n := &x.grove.nodes[r]; n.tree != own && (!n.orphan || !shared) {
			found = append(found, r)
		}
	}
	return found
}

func (x *comparison) joined(e, o int) {
	service := x.loser(e, o)
	x.add(Finding{
		Kind: JoinedTrace, Service: service,
		Observed: x.inventory() + "; " + x.observed.nodes[o].describe() + " hangs below " + x.above(o),
		Expected: x.path,
	}.because(x.explainJoined(service)))
}

func (x *comparison) split(e, o int) {
	service := x.loser(e, o)
	x.add(Finding{
		Kind: SplitTrace, Service: service,
		Observed: x.inventory(), Expected: x.path,
	}.because(x.explainSplit(service, &x.observed.nodes[o])))
}

// loser is the service at which the context of the trace was, or should have been,
// lost before the expected span e and its partner o.
func (x *comparison) loser(e, o int) string {
	a := &x.grove.nodes[e]
	root := o
	for x.observed.nodes[root].parent >= 0 && x.observed.nodes[x.observed.nodes[root].parent].tree == x.observed.nodes[o].tree &&
		x.m.toE[x.observed.nodes[root].parent] < 0 {
		root = x.observed.nodes[root].parent
	}
	if n := &x.observed.nodes[root]; n.kind == Client {
		return n.service
	}
	if len(a.want.Via) > 0 {
		return a.want.Via[len(a.want.Via)-1]
	}
	for _, above := range []*vertex{aboveOf(x.grove, e), parentOf(x.observed, o)} {
		if above == nil {
			continue
		}
		if above.kind == Client && above.to != "" && above.to != a.service {
			return above.to
		}
		return above.service
	}
	return a.service
}

func parentOf(g *grove, v int) *vertex {
	if p := g.nodes[v].parent; p >= 0 {
		return &g.nodes[p]
	}
	return nil
}

// aboveOf is the parent or the host of v.
func aboveOf(g *grove, v int) *vertex {
	if p := g.above(v); p >= 0 {
		return &g.nodes[p]
	}
	return nil
}

func (x *comparison) above(o int) string {
	if p := parentOf(x.observed, o); p != nil {
		return p.describe()
	}
	return "nothing, in the trace of another root"
}

func (x *comparison) moved(e, o, want, got int) {
	b := &x.observed.nodes[o]
	below := func(v int) string {
		if v < 0 {
			return "nothing"
		}
		return x.observed.nodes[v].describe()
	}
	must, why := below(want), x.explainMoved(b, want)
	if x.grove.nodes[e].orphan {
		must, why = "a span that is not stored", x.explainStored(b)
	}
	x.add(Finding{
		Kind: WrongParent, Service: b.service,
		Observed: fmt.Sprintf("%s hangs below %s", b.describe(), below(got)),
		Expected: fmt.Sprintf("%s below %s; %s", x.grove.nodes[e].describe(), must, x.path),
	}.because(why))
}
