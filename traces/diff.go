package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Compare is every way in which the stored traces of one request differ from what
// is expected, each cause once, in a fixed order. No finding means that they are
// equal. The findings and which service each names:
//
//   - MissingTrace: nothing was stored (the entry service), or a whole expected
//     trace was not (the owner of its root).
//   - SplitTrace: a span that must hang below another begins its own trace, without a
//     parent or below one that nobody stored (the service whose application lost the
//     context: the owner of that span if it is a CLIENT span, else the service called
//     before it).
//   - JoinedTrace: the reverse (the service that was expected to lose the context). Of
//     two roots beside each other in one trace, the one that the forest has later.
//   - MissingSpan, UnexpectedSpan: spans that hang together and have no partner are
//     one finding, named after the topmost: the owner of a SERVER span; for a CLIENT
//     span the callee if that one's SERVER span is among them, else the owner. A span
//     of another service, namespace, kind or callee than it must be is one of each.
//   - UnexpectedTrace: a whole stored trace has no partner (the owner of its root).
//   - WrongParent: a span hangs elsewhere than it must (its owner). What hangs below
//     it moved along and is not mentioned. Two spans that changed places are two
//     findings. A trace that hops of several requests carried is one (the service that
//     sent the context of another request; else the first to receive it in the
//     request that the trace does not belong to, see Evidence.ByRequest).
//   - WrongStatus, WrongOrigin, WrongFlags: see the kinds. A status that callers
//     passed on is reported where it began. An error mark alone, beside the status
//     that must be, is a WrongStatus of its span, and moves no origin.
//   - DuplicateSpan, MalformedTrace: the spans themselves are defective (the owner).
//     Of two different spans with one id the later is named, by namespace, service,
//     kind and parent; of a cycle the span whose parent is not that of any expected span
//     like it. Where they make no tree, nothing else is compared.
//
// A span whose parent is not stored is a MalformedTrace, unless its parent is missing by
// a finding of its own, or unless the forest has it as an orphan (see Node). An orphan
// must have no stored parent (else WrongParent; JoinedTrace where that makes one trace
// of two; nothing where the parent is not expected itself) and be of the trace that it
// is written in (else SplitTrace). One at the top must go on with the context that the
// caller or an application sent (WrongParent), and not begin a trace (SplitTrace, the
// owner). Orphans at the top may share a trace or not: those of one context do, and the
// forest does not say which these are.
//
// Spans are paired from the roots down at the smallest cost (a span too many or too
// few costs more than all details of one together; exact within maxClasses), and what
// is left then wherever it is found. One defect in a request is explained by its own finding
// alone; several in one request may hide each other.
func Compare(expected Forest, ev RequestEvidence) []Finding {
	return newComparer(expected).compare(ev)
}

// comparer holds what all requests share.
type comparer struct {
	expected Forest
	grove    *grove
	path     string
	// answer is the status that callers must get, entry the service that they call.
	answer int
	entry  string
	// scratch is the observed grove of one request after the other.
	scratch grove
	// mixers are the services that brought a trace into another request than its own.
	mixers map[TraceID]string
	// stored gives how many spans of each service the whole evidence has; it is nil where
	// only one request is known.
	stored func() map[string]int64
}

func newComparer(expected Forest) *comparer {
	return &comparer{
		expected: expected, grove: plant(expected), path: printable(expected.path(), maxPath),
		answer: expected.Answer(), entry: expected.Entry(),
	}
}

// comparison is the comparison of one request.
type comparison struct {
	*comparer
	ev       RequestEvidence
	observed *grove
	m        *matching
	findings []Finding
	asked    asked
}

func (c *comparer) compare(ev RequestEvidence) []Finding {
	x := &comparison{comparer: c, ev: ev}
	x.run()
	if len(x.findings) == 0 {
		return nil
	}
	slices.SortStableFunc(x.findings, orderFindings)
	return Aggregate(x.findings)
}

func (x *comparison) run() {
	if len(x.ev.Mixed) > 0 {
		x.mixed()
		return
	}
	stored := 0
	for _, t := range x.ev.Traces {
		stored += len(t.Spans)
	}
	switch {
	case stored == 0 && len(x.expected) == 0:
		return
	case stored == 0:
		x.nothing()
		return
	}
	x.observed = &x.scratch
	x.observed.observe(x.ev.Traces)
	x.faults()
	if x.observed.broken {
		return
	}
	if x.grove.agrees(x.observed) {
		return
	}
	x.m = match(x.grove, x.observed, x.continued)
	x.missing()
	x.unexpected()
	x.edges()
	x.details()
}

func (x *comparison) nothing() {
	root := &x.grove.nodes[0]
	x.add(Finding{
		Kind: MissingTrace, Service: cmp.Or(x.entry, root.service),
		Observed: "no trace", Expected: x.path,
	}.because(x.explainNothing(root.service)))
}

// missing reports the expected spans without a partner, those that hang together as one.
func (x *comparison) missing() {
	for _, group := range components(x.grove, x.m.toO) {
		top := &x.grove.nodes[group[0]]
		f := Finding{
			Kind: MissingSpan, Service: blamed(x.grove, group),
			Observed: x.inventory(),
			Expected: x.path + "; missing: " + list(x.grove, group),
		}
		if x.whole(group) {
			f.Kind, f.Service = MissingTrace, top.service
		}
		x.add(f.because(x.whyMissing(f.Service)))
	}
}

// whole says whether a group of expected spans is all of a trace. Orphans at the top
// may share one: it is there as long as one of them is.
func (x *comparison) whole(group []int) bool {
	top := &x.grove.nodes[group[0]]
	if x.grove.above(group[0]) >= 0 {
		return false
	}
	size := top.size
	for _, v := range x.grove.hosted(top.tree) {
		size += x.grove.nodes[v].size
	}
	return len(group) == size && !(top.orphan && slices.ContainsFunc(x.grove.roots, func(r int) bool {
		return x.grove.nodes[r].orphan && x.m.toO[r] >= 0
	}))
}

// unexpected reports the stored spans without a partner, those that hang together as one.
func (x *comparison) unexpected() {
	for _, group := range components(x.observed, x.m.toE) {
		top := &x.observed.nodes[group[0]]
		f := Finding{
			Kind: UnexpectedSpan, Service: blamed(x.observed, group),
			Observed: x.inventory() + "; not expected: " + list(x.observed, group),
			Expected: x.path,
		}
		if len(group) == len(x.ev.Traces[top.tree].Spans) {
			f.Kind, f.Service = UnexpectedTrace, top.service
		}
		x.add(f.because(x.explainUnexpected(f.Service, group)))
	}
}

// components groups the nodes without a partner that hang together; the topmost of
// a group comes first.
func components(g *grove, partner []int) [][]int {
	var groups [][]int
	var gather func(v int, group []int) []int
	gather = func(v int, group []int) []int {
		group = append(group, v)
		for _, below := range [][]int{g.nodes[v].children, g.nodes[v].guests} {
			for _, c := range below {
				if partner[c] < 0 {
					group = gather(c, group)
				}
			}
		}
		return group
	}
	for v := range g.nodes {
		if p := g.above(v); partner[v] < 0 && (p < 0 || partner[p] >= 0) {
			groups = append(groups, gather(v, nil))
		}
	}
	return groups
}

// blamed is the service that a group of spans without partners is about.
func blamed(g *grove, group []int) string {
	top := &g.nodes[group[0]]
	if top.kind != Client {
		return top.service
	}
	for _, v := range group[1:] {
		if n := &g.nodes[v]; n.parent == group[0] && n.kind == Server {
			return n.service
		}
	}
	return top.service
}

// maxListed bounds how many spans a text names.
const maxListed = 4

func list(g *grove, group []int) string {
	names := make([]string, 0, maxListed)
	for i, v := range group {
		if i == maxListed {
			names = append(names, fmt.Sprintf("and %d more", len(group)-maxListed))
			break
		}
		names = append(names, g.nodes[v].describe())
	}
	return strings.Join(names, ", ")
}

// add keeps a finding with the request and the traces that show it.
func (x *comparison) add(f Finding) {
	f.Count = 1
	f.Requests = []string{x.ev.Exchange.Request}
	f.Traces = nil
	for _, t := range x.ev.Traces[:min(maxExamples, len(x.ev.Traces))] {
		f.Traces = append(f.Traces, t.ID.String())
	}
	x.findings = append(x.findings, f)
}
