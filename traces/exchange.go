package traces

// tie weighs what an assignment costs against how much its pairs differ.
const tie = 1 << 20

// class is a set of spans that are interchangeable.
type class []int

// sets are the classes of spans with equal subtrees, or each span by itself.
func sets(g *grove, list []int, equal bool) []class {
	at := make(map[uint64]int, len(list))
	var all []class
	for _, v := range list {
		full := g.nodes[v].full
		if i, ok := at[full]; ok && equal {
			all[i] = append(all[i], v)
			continue
		}
		at[full] = len(all)
		all = append(all, class{v})
	}
	return all
}

// exchange is an assignment between classes, as a flow of the smallest cost: each
// unit pairs a span of es[i] with one of os[j].
type exchange struct {
	m      *matching
	cost   costing
	es, os []class
	// price is what a unit from i to j adds, below zero where a pair is worth it.
	price [][]int
	// flow is how many spans of es[i] are paired with such of os[j].
	flow         [][]int
	freeE, freeO []int
}

// solve sends units along the cheapest path as long as that lowers the sum
// (successive shortest paths; Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7).
func (x *exchange) solve() [][2]int {
	for _, e := range x.es {
		row := make([]int, len(x.os))
		for j, o := range x.os {
			row[j] = forbidden
			if c := x.cost(e[0], o[0]); c < forbidden {
				// Of assignments that cost as little, the one whose pairs differ least: what has
				// no partner yet may find one elsewhere.
				row[j] = (c-spanCost*(x.m.e.nodes[e[0]].size+x.m.o.nodes[o[0]].size))*tie + min(c, tie-1)
			}
		}
		x.price = append(x.price, row)
		x.flow = append(x.flow, make([]int, len(x.os)))
		x.freeE = append(x.freeE, len(e))
	}
	for _, o := range x.os {
		x.freeO = append(x.freeO, len(o))
	}
	for x.augment() {
	}
	return x.pairs()
}

// augment sends units along the cheapest path from a class of es with free spans to
// one of os with free spans, and says whether one was worth it.
func (x *exchange) augment() bool {
	const far = 1 << 50
	toE, toO := make([]int, len(x.es)), make([]int, len(x.os))
	fromO, fromE := make([]int, len(x.es)), make([]int, len(x.os))
	for i := range toE {
		toE[i], fromO[i] = far, -1
		if x.freeE[i] > 0 {
			toE[i] = 0
		}
	}
	for j := range toO {
		toO[j] = far
	}
	// Bellman and Ford: prices are negative, and no cycle is.
	for changed := true; changed; {
		changed = false
		for i := range x.es {
			for j := range x.os {
				if x.price[i][j] >= forbidden {
					continue
				}
				if d := toE[i] + x.price[i][j]; toE[i] < far && d < toO[j] {
					toO[j], fromE[j], changed = d, i, true
				}
				if d := toO[j] - x.price[i][j]; x.flow[i][j] > 0 && toO[j] < far && d < toE[i] {
					toE[i], fromO[i], changed = d, j, true
				}
			}
		}
	}
	last := -1
	for j := range x.os {
		if x.freeO[j] > 0 && toO[j] < 0 && (last < 0 || toO[j] < toO[last]) {
			last = j
		}
	}
	if last < 0 {
		return false
	}
	x.send(last, fromE, fromO)
	return true
}

// send puts as many units on the path to last as it can hold.
func (x *exchange) send(last int, fromE, fromO []int) {
	units := x.freeO[last]
	first := 0
	for j := last; ; {
		i := fromE[j]
		if fromO[i] < 0 {
			first = i
			break
		}
		j = fromO[i]
		units = min(units, x.flow[i][j])
	}
	units = min(units, x.freeE[first])
	x.freeO[last] -= units
	x.freeE[first] -= units
	for j := last; ; {
		i := fromE[j]
		x.flow[i][j] += units
		if fromO[i] < 0 {
			return
		}
		j = fromO[i]
		x.flow[i][j] -= units
	}
}

func (x *exchange) pairs() [][2]int {
	var pairs [][2]int
	nextO := make([]int, len(x.os))
	for i, e := range x.es {
		next := 0
		for j, o := range x.os {
			for range x.flow[i][j] {
				pairs = append(pairs, [2]int{e[next], o[nextO[j]]})
				next++
				nextO[j]++
			}
		}
	}
	return pairs
}
