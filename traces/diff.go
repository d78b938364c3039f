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
//   - SplitTrace: a span that must hang below another is the root of its own trace
//     (the service whose application lost the context: the owner of the root if
//     that is a CLIENT span, else the service called before it).
//   - JoinedTrace: the reverse (the service that was expected to lose the context).
//   - MissingSpan, UnexpectedSpan: spans that hang together and have no partner are
//     one finding, named after the topmost: the owner of a SERVER span; for a CLIENT
//     span the callee if that one's SERVER span is among them, else the owner.
//   - UnexpectedTrace: a whole stored trace has no partner (the owner of its root).
//   - WrongParent: a span hangs elsewhere than it must (its owner). What hangs below
//     it moved along and is not mentioned. Two spans that changed places are two findings.
//   - WrongStatus, WrongOrigin, WrongFlags: see the kinds. A status that callers
//     passed on is reported where it began.
//   - DuplicateSpan, MalformedTrace: the spans themselves are defective (the owner).
//     Where they make no tree, nothing else is compared.
func Compare(expected Forest, ev RequestEvidence) []Finding {
	return newComparer(expected).compare(ev)
}

// comparer holds what all requests share.
type comparer struct {
	expected Forest
	grove    *grove
	path     string
	// scratch is the observed grove of one request after the other.
	scratch grove
}

func newComparer(expected Forest) *comparer {
	return &comparer{expected: expected, grove: plant(expected), path: printable(expected.path(), maxPath)}
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
	for _, f := range x.observed.faults {
		x.fault(f)
	}
	if x.observed.broken {
		return
	}
	if x.grove.agrees(x.observed) {
		return
	}
	x.m = match(x.grove, x.observed)
	x.missing()
	x.unexpected()
	x.edges()
	x.details()
}

func (x *comparison) nothing() {
	root := &x.grove.nodes[0]
	x.add(Finding{
		Kind: MissingTrace, Service: cmp.Or(x.expected.Entry(), root.service),
		Observed: "no trace", Expected: x.path,
		Why:  x.whyNothing(),
		Next: "look at the sampling decision in the headers of each hop, and at the exporter of " + Printable(root.service) + "'s proxy",
	})
}

func (x *comparison) fault(f fault) {
	finding := Finding{
		Kind: f.kind, Service: f.span.Service,
		Observed: fmt.Sprintf("%s in trace %s: span %s %s",
			describe(f.span.Service, f.span.Namespace, f.span.Kind, f.span.Callee()), short(f.span.TraceID), f.span.ID, f.text),
		Expected: "spans with ids of their own, that make a tree, and no negative time",
		Next:     "look at the raw spans in the evidence; if they are right, the backend changed them on the way in or out",
	}
	if f.kind == DuplicateSpan {
		finding.Expected = "each span id once"
		finding.Next = "look for a proxy that shares span ids between CLIENT and SERVER, or an exporter that sends a batch twice"
	}
	x.add(finding)
}

// missing reports the expected spans without a partner, those that hang together as one.
func (x *comparison) missing() {
	for _, group := range components(x.grove, x.m.toO) {
		top := &x.grove.nodes[group[0]]
		f := Finding{
			Kind: MissingSpan, Service: blamed(x.grove, group),
			Observed: x.stored(),
			Expected: x.path + "; missing: " + list(x.grove, group),
		}
		if top.parent < 0 && len(group) == top.size {
			f.Kind, f.Service = MissingTrace, top.service
		}
		f.Why, f.Next = x.explainMissing(f.Service)
		x.add(f)
	}
}

// unexpected reports the stored spans without a partner, those that hang together as one.
func (x *comparison) unexpected() {
	for _, group := range components(x.observed, x.m.toE) {
		top := &x.observed.nodes[group[0]]
		f := Finding{
			Kind: UnexpectedSpan, Service: blamed(x.observed, group),
			Observed: x.stored() + "; not expected: " + list(x.observed, group),
			Expected: x.path,
		}
		if top.parent < 0 && !top.orphan && len(group) == top.size {
			f.Kind, f.Service = UnexpectedTrace, top.service
		}
		f.Why, f.Next = x.explainUnexpected(f.Service)
		x.add(f)
	}
}

// components groups the nodes without a partner that hang together; the topmost of
// a group comes first.
func components(g *grove, partner []int) [][]int {
	var groups [][]int
	var gather func(v int, group []int) []int
	gather = func(v int, group []int) []int {
		group = append(group, v)
		for _, c := range g.nodes[v].children {
			if partner[c] < 0 {
				group = gather(c, group)
			}
		}
		return group
	}
	for v := range g.nodes {
		if p := g.nodes[v].parent; partner[v] < 0 && (p < 0 || partner[p] >= 0) {
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
		case b.orphan && x.explainsOrphan(a, b, want):
		case b.orphan:
			x.add(Finding{
				Kind: MalformedTrace, Service: b.service,
				Observed: fmt.Sprintf("%s in trace %s hangs below span %s, which is not stored",
					b.describe(), short(b.span.TraceID), b.span.Parent),
				Expected: x.path,
				Next: "look at the headers that " + Printable(b.service) +
					" sent: an application that makes spans of its own and does not export them leaves such parents",
			})
		case want == got && want >= 0:
		case want == got:
			x.roots(e, o)
		case want < 0:
			x.joined(e, o)
		case got < 0 && b.tree != x.observed.nodes[want].tree:
			x.split(e, o)
		default:
			x.moved(e, o, want, got)
		}
	}
}

// explainsOrphan says whether a span that is missing explains why the parent of b is not stored.
func (x *comparison) explainsOrphan(a, b *vertex, want int) bool {
	if a.parent < 0 || x.m.toO[a.parent] >= 0 {
		return false
	}
	return want < 0 || x.observed.nodes[want].tree == b.tree
}

// roots looks at two partners without partners above: they must be of different
// traces than the roots before them.
func (x *comparison) roots(e, o int) {
	a, b := &x.grove.nodes[e], &x.observed.nodes[o]
	for _, r := range x.grove.roots {
		if r >= e {
			return
		}
		if p := x.m.toO[r]; p >= 0 && x.grove.nodes[r].tree != a.tree && x.observed.nodes[p].tree == b.tree {
			x.joined(e, o)
			return
		}
	}
}

func (x *comparison) joined(e, o int) {
	service := x.loser(e, o)
	why, next := x.explainJoined(service)
	x.add(Finding{
		Kind: JoinedTrace, Service: service,
		Observed: x.stored() + "; " + x.observed.nodes[o].describe() + " hangs below " + x.above(o),
		Expected: x.path,
		Why:      why, Next: next,
	})
}

func (x *comparison) split(e, o int) {
	service := x.loser(e, o)
	why, next := x.explainSplit(service, &x.observed.nodes[o])
	x.add(Finding{
		Kind: SplitTrace, Service: service,
		Observed: x.stored(), Expected: x.path,
		Why: why, Next: next,
	})
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
	for _, above := range []*vertex{parentOf(x.grove, e), parentOf(x.observed, o)} {
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

func (x *comparison) above(o int) string {
	if p := parentOf(x.observed, o); p != nil {
		return p.describe()
	}
	return "nothing, in the trace of another root"
}

func (x *comparison) moved(e, o, want, got int) {
	b := &x.observed.nodes[o]
	sender := quote(b.service)
	if b.kind == Server {
		sender = "the caller of " + sender
	}
	below := "nothing"
	if got >= 0 {
		below = x.observed.nodes[got].describe()
	}
	f := Finding{
		Kind: WrongParent, Service: b.service,
		Observed: fmt.Sprintf("%s hangs below %s", b.describe(), below),
		Expected: fmt.Sprintf("%s below %s; %s", x.grove.nodes[e].describe(), x.observed.nodes[want].describe(), x.path),
		Next: "look at the headers that " + sender +
			" sent: an application that shares one header set between its calls or requests mixes up parents",
	}
	x.add(f)
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
