package traces

// work is a grove read as services that work and call. An application's own SDK may
// put spans between the SERVER and the CLIENT spans of its proxy; they are inside
// the service and change nothing here. What remains are heads and calls.
type work struct {
	*grove
	times []stretch
	// order holds every span that a root or an orphan leads to, parents first.
	order []int
	// head is the span that began the work which a span is part of: itself, or the
	// span of another service's or another call's making above it; -1 off the order.
	head []int
	// call marks the CLIENT spans with which a service waits for another one.
	call []bool
	// up is the head or call that a head or call hangs below, -1 for none.
	up []int
	// below holds the heads and calls below v as below[first[v]:first[v+1]].
	below, first []int
}

// kin says whether two spans are of one service. An SDK often knows no namespace:
// the proxy's `cart.shop` is the application's `cart`.
func (v *vertex) kin(w *vertex) bool {
	return v.service == w.service && (v.namespace == w.namespace || v.namespace == "" || w.namespace == "")
}

// inside says whether v belongs to the same work as its parent: it is of the same
// service, and not the SERVER span of a call that the service made to itself.
func (g *grove) inside(v int) bool {
	n := &g.nodes[v]
	if n.parent < 0 {
		return false
	}
	p := &g.nodes[n.parent]
	return p.kin(n) && (p.kind != Client || n.kind != Server)
}

// proxied says whether Envoy recorded the span, as far as the span says.
func (s *Span) proxied() bool { return s.Tags.Get("component") == "proxy" }

// readWork reads the work of one request. Spans in a cycle are in none.
func readWork(stored []Trace) *work {
	g := observe(stored)
	n := len(g.nodes)
	numbers := make([]int, 5*n+1)
	w := &work{
		grove: g, times: make([]stretch, n), call: make([]bool, n), order: numbers[:0:n],
		head: numbers[n : 2*n], up: numbers[2*n : 3*n], below: numbers[3*n : 3*n : 4*n], first: numbers[4*n:],
	}
	for i := range g.nodes {
		w.times[i] = g.nodes[i].span.stretch()
		w.head[i], w.up[i] = -1, -1
		if g.nodes[i].parent < 0 {
			w.order = append(w.order, i)
		}
	}
	for at := 0; at < len(w.order); at++ {
		v := w.order[at]
		w.head[v] = v
		if g.inside(v) {
			w.head[v] = w.head[g.nodes[v].parent]
		}
		w.order = append(w.order, g.nodes[v].children...)
	}
	w.findCalls()
	w.contract()
	return w
}

// findCalls marks the calls: of several CLIENT spans of one service, one below the
// other, the lowest, which is the proxy's; and where the proxy recorded the head,
// only what the proxy recorded.
func (w *work) findCalls() {
	calling := make([]bool, len(w.nodes))
	for at := len(w.order) - 1; at >= 0; at-- {
		v := w.order[at]
		n := &w.nodes[v]
		head := w.nodes[w.head[v]].span
		w.call[v] = n.kind == Client && !calling[v] && (n.span.proxied() || !head.proxied())
		if (w.call[v] || calling[v]) && w.head[v] != v {
			calling[n.parent] = true
		}
	}
}

// contract links heads and calls to each other, past the spans between them.
func (w *work) contract() {
	for _, v := range w.order {
		p := w.nodes[v].parent
		switch {
		case w.head[v] != v && w.call[v]:
			w.up[v] = w.head[v]
		case w.head[v] != v || p < 0:
		case w.call[p]:
			w.up[v] = p
		default:
			w.up[v] = w.head[p]
		}
		if w.up[v] >= 0 {
			w.first[w.up[v]+1]++
		}
	}
	for i := range w.nodes {
		w.first[i+1] += w.first[i]
	}
	w.below = w.below[:w.first[len(w.nodes)]]
	next := make([]int, len(w.nodes))
	copy(next, w.first)
	for _, v := range w.order {
		if u := w.up[v]; u >= 0 {
			w.below[next[u]] = v
			next[u]++
		}
	}
}

// under is the heads and calls directly below v.
func (w *work) under(v int) []int { return w.below[w.first[v]:w.first[v+1]] }

// serves says whether v is the SERVER span at the head of its work.
func (w *work) serves(v int) bool { return w.head[v] == v && w.nodes[v].kind == Server }

// callee is the service that a call reached: that of the SERVER spans below, of
// several services the called one or else the first, and where there is none whom
// the CLIENT span says that it called, or "".
func (w *work) callee(call int) string {
	first := -1
	for _, v := range w.under(call) {
		if !w.serves(v) {
			continue
		}
		if w.nodes[v].service == w.nodes[call].to {
			return w.nodes[v].service
		}
		if first < 0 || w.times[v].from < w.times[first].from ||
			w.times[v].from == w.times[first].from && w.nodes[v].service < w.nodes[first].service {
			first = v
		}
	}
	if first < 0 {
		return w.nodes[call].to
	}
	return w.nodes[first].service
}
