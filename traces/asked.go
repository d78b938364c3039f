package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// asked is what the texts of a comparison were asked for before. Many findings about
// one request ask for the same.
type asked struct {
	inventory string
	hops      map[string][]*Hop
	servers   map[string]int
	flagged   map[string]cause
	missing   map[string]cause
	// rooted are the roots of the forest by the trace that their partners begin.
	rooted map[int][]int
}

// inventory says in one line what was stored.
func (x *comparison) inventory() string {
	if x.asked.inventory == "" {
		x.asked.inventory = x.summarize()
	}
	return x.asked.inventory
}

func (x *comparison) summarize() string {
	total := len(x.grove.nodes)
	order := make([]int, len(x.ev.Traces))
	for i := range order {
		order[i] = i
	}
	first := -1
	if len(x.grove.roots) > 0 {
		if o := x.m.toO[x.grove.roots[0]]; o >= 0 {
			first = x.observed.nodes[o].tree
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if a == first || b == first {
			return cmp.Compare(b2i(b == first), b2i(a == first))
		}
		s, t := x.ev.Traces[a], x.ev.Traces[b]
		return cmp.Or(cmp.Compare(len(t.Spans), len(s.Spans)), slices.Compare(s.ID[:], t.ID[:]))
	})
	parts := make([]string, 0, len(order))
	for i, t := range order {
		trace := x.ev.Traces[t]
		if i == 0 && total > 0 {
			parts = append(parts, fmt.Sprintf("%s has %d of %s", short(trace.ID), len(trace.Spans), counted(total, "span")))
			continue
		}
		if i == maxListed {
			parts = append(parts, fmt.Sprintf("and %d more", len(order)-maxListed))
			break
		}
		parts = append(parts, fmt.Sprintf("%s has %d", short(trace.ID), len(trace.Spans)))
	}
	return counted(len(order), "trace") + ": " + strings.Join(parts, ", ")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hops are what the application of a service saw of the request.
func (x *comparison) hops(service string) []*Hop {
	if x.asked.hops == nil {
		x.asked.hops = map[string][]*Hop{}
		for i := range x.ev.Hops {
			name := plainName(x.ev.Hops[i].Service)
			x.asked.hops[name] = append(x.asked.hops[name], &x.ev.Hops[i])
		}
	}
	return x.asked.hops[service]
}

// servers is how many SERVER spans of service are expected.
func (x *comparison) servers(service string) int {
	if x.asked.servers == nil {
		x.asked.servers = map[string]int{}
		for i := range x.grove.nodes {
			if v := &x.grove.nodes[i]; v.kind == Server {
				x.asked.servers[v.service]++
			}
		}
	}
	return x.asked.servers[service]
}

// flaggedCalls says what the flags tell of the first call to service that has any.
func (x *comparison) flaggedCalls(service string) cause {
	if x.asked.flagged == nil {
		x.asked.flagged = map[string]cause{}
		for i := range x.observed.nodes {
			n := &x.observed.nodes[i]
			if n.kind != Client || n.span.Flags == "" || x.asked.flagged[n.to].why != "" {
				continue
			}
			x.asked.flagged[n.to] = flagCause(n.span.Flags)
		}
	}
	return x.asked.flagged[service]
}

// whyMissing says why spans of service are not there.
func (x *comparison) whyMissing(service string) cause {
	c, ok := x.asked.missing[service]
	if !ok {
		if x.asked.missing == nil {
			x.asked.missing = map[string]cause{}
		}
		c = x.explainMissing(service)
		x.asked.missing[service] = c
	}
	return c
}
