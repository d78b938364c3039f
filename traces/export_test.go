package traces

// TopDownCost is what pairing the trees from their roots down costs: spanCost for
// each span without a partner, 1 for each stated detail that a partner contradicts.
func TopDownCost(f Forest, stored []Trace) int {
	e, o := plant(f), observe(stored)
	m := newMatching(e, o)
	m.pairRoots()
	total := 0
	for i, p := range m.toO {
		if p < 0 {
			total += spanCost
		} else {
			total += details(&e.nodes[i], &o.nodes[p])
		}
	}
	for _, p := range m.toE {
		if p < 0 {
			total += spanCost
		}
	}
	return total
}

// SpanCost and MaxClasses are the comparison's own.
const (
	SpanCost   = spanCost
	MaxClasses = maxClasses
)
