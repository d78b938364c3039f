package traces

import (
	"cmp"
	"fmt"
	"slices"
)

// faults reports the spans that are defective by themselves.
func (x *comparison) faults() {
	twice := map[int]bool{}
	for _, f := range x.observed.faults {
		if f.kind == DuplicateSpan {
			twice[f.tree] = true
		}
		x.fault(f)
	}
	for _, v := range x.culprits(twice) {
		n := &x.observed.nodes[v]
		text := "is its own parent"
		if n.parent != v {
			text = "hangs below " + x.observed.nodes[n.parent].describe() + ", which hangs below it: a cycle of parents"
		}
		x.fault(fault{kind: MalformedTrace, span: n.span, text: text})
	}
}

func (x *comparison) fault(f fault) {
	finding := Finding{
		Kind: f.kind, Service: f.span.Service,
		Observed: fmt.Sprintf("%s in trace %s: span %s %s",
			describe(f.span.Service, f.span.Namespace, f.span.Kind, f.span.Callee()), short(f.span.TraceID), f.span.ID, f.text),
		Expected: "spans with ids of their own, that make a tree, and no negative time",
	}
	c := cause{
		candidates: []string{"the proxy sent the span so", "the backend changed it on the way in or out"},
		next:       "look at the raw spans in the evidence, and at the same trace with another client of the backend",
	}
	if f.kind == DuplicateSpan {
		finding.Expected = "each span id once"
		c.candidates = []string{"an exporter sent a batch twice", "the backend stored or gave it twice"}
		c.next = "look at the raw spans: a proxy that sent it twice counts it twice in tracing.*.spans_sent"
		if f.shared {
			c.candidates = []string{"a proxy shares span ids between CLIENT and SERVER", "two proxies drew the same id"}
			c.next = "look at shared_span_context of the zipkin provider; ids that proxies draw do not meet by chance"
		}
	}
	x.add(finding.because(c))
}

// culprits is one span of each cycle of parents: the one whose parent is not that of
// any expected span like it; of several the first in the order of what they are.
// Where ids are not unique (twice, by tree) parents mean nothing, and are not read.
func (x *comparison) culprits(twice map[int]bool) []int {
	if len(x.observed.looped) == 0 {
		return nil
	}
	type edge struct{ above, below label }
	expected := map[edge]bool{}
	for i := range x.grove.nodes {
		if p := parentOf(x.grove, i); p != nil {
			expected[edge{labelOf(p), labelOf(&x.grove.nodes[i])}] = true
		}
	}
	var found []int
	nodes := x.observed.nodes
	walked := make(map[int]int, len(x.observed.looped))
	for walk, start := range x.observed.looped {
		v := start
		for walked[v] == 0 {
			walked[v] = walk + 1
			v = nodes[v].parent
		}
		if walked[v] != walk+1 || twice[nodes[v].tree] {
			continue
		}
		cycle := []int{v}
		for w := nodes[v].parent; w != v; w = nodes[w].parent {
			cycle = append(cycle, w)
		}
		found = append(found, slices.MinFunc(cycle, func(a, b int) int {
			known := func(v int) int {
				return b2i(expected[edge{labelOf(&nodes[nodes[v].parent]), labelOf(&nodes[v])}])
			}
			return cmp.Or(cmp.Compare(known(a), known(b)), labelOf(&nodes[a]).compare(labelOf(&nodes[b])),
				slices.Compare(nodes[a].span.ID[:], nodes[b].span.ID[:]))
		}))
	}
	return found
}

// label is what a span is, without what is below it.
type label struct {
	namespace, service string
	kind               Kind
}

func labelOf(v *vertex) label { return label{v.namespace, v.service, v.kind} }

func (l label) compare(m label) int {
	return cmp.Or(cmp.Compare(l.namespace, m.namespace), cmp.Compare(l.service, m.service), cmp.Compare(l.kind, m.kind))
}
