package traces

import (
	"fmt"
	"slices"
	"strings"
)

// details reports statuses, error marks and flags that differ between partners.
func (x *comparison) details() {
	for e, o := range x.m.toO {
		if o < 0 {
			continue
		}
		a, b := &x.grove.nodes[e], &x.observed.nodes[o]
		if !flagsAgree(a.want.Flags, b.span.Flags) {
			x.add(Finding{
				Kind: WrongFlags, Service: b.service,
				Observed: fmt.Sprintf("%s has the response flags %s", b.describe(), flagsText(b.span.Flags)),
				Expected: fmt.Sprintf("%s with %s", a.describe(), flagsText(a.want.Flags)),
			}.because(explainFlags(b.span.Flags)))
		}
	}
	if !x.origins() {
		x.statuses()
	}
}

func flagsText(flags string) string {
	if flags == "" || flags == NoFlags {
		return "none"
	}
	return Printable(flags)
}

// origins reports errors that began at other services than they must, and says
// whether it did; the statuses of their callers follow from that.
func (x *comparison) origins() bool {
	if slices.Contains(x.m.toO, -1) || slices.Contains(x.m.toE, -1) {
		return false
	}
	want := beginnings(x.grove, func(e int) bool { return marked(x.grove.nodes[e].want) })
	got := beginnings(x.observed, x.failed)
	var elsewhere []string
	for _, service := range got {
		if !slices.Contains(want, service) {
			elsewhere = append(elsewhere, service)
		}
	}
	if len(want) == 0 || len(elsewhere) == 0 || len(elsewhere) < len(got) {
		// Where an expected beginning is there, what differs is a status beside it.
		return false
	}
	for _, service := range elsewhere {
		x.add(Finding{
			Kind: WrongOrigin, Service: service,
			Observed: "the error began at " + Printable(service) + ": below it nothing failed",
			Expected: "the error begins at " + Printable(strings.Join(want, ", ")),
		}.because(x.explainStatus(x.firstFailed(service))))
	}
	return true
}

func marked(n *Node) bool { return n.Error != nil && *n.Error }

// failed says whether the observed span o failed, as far as the forest says anything of
// that: of a span that is reset it says nothing. Where it has the status that it
// must, it did what it must, and its mark alone says nothing of where the error began.
func (x *comparison) failed(o int) bool {
	want, s := x.grove.nodes[x.m.toE[o]].want, x.observed.nodes[o].span
	if want.Status == 0 && want.Error == nil {
		return false
	}
	if want.Status != 0 && want.Status == s.Status && want.Error != nil {
		return *want.Error
	}
	return s.Error
}

// firstFailed is the span at which an error of service began.
func (x *comparison) firstFailed(service string) *vertex {
	var first *vertex
	for o := range x.observed.nodes {
		v := &x.observed.nodes[o]
		if !x.failed(o) || slices.ContainsFunc(v.children, x.failed) || (v.service != service && v.to != service) {
			continue
		}
		if first == nil || v.depth > first.depth {
			first = v
		}
	}
	return first
}

// beginnings are the services at which errors began: their span failed and no call
// below it did. A CLIENT span that failed alone blames whom it called.
func beginnings(g *grove, failed func(int) bool) []string {
	var services []string
	for i := range g.nodes {
		v := &g.nodes[i]
		if !failed(i) || slices.ContainsFunc(v.children, failed) {
			continue
		}
		service := v.service
		if v.kind == Client && v.to != "" {
			service = v.to
		}
		if !slices.Contains(services, service) {
			services = append(services, service)
		}
	}
	slices.Sort(services)
	return services
}

// statuses reports a status or error mark that differs, where it differs deepest:
// callers pass it on.
func (x *comparison) statuses() {
	differs := make([]bool, len(x.grove.nodes))
	for e, o := range x.m.toO {
		if o < 0 {
			continue
		}
		w, s := x.grove.nodes[e].want, x.observed.nodes[o].span
		differs[e] = (w.Status != 0 && w.Status != s.Status) || (w.Error != nil && *w.Error != s.Error)
	}
	// A child comes after its parent, so that one pass from the end sees all below.
	below := make([]bool, len(differs))
	for e := len(differs) - 1; e > 0; e-- {
		if p := x.grove.above(e); p >= 0 {
			below[p] = below[p] || differs[e] || below[e]
		}
	}
	for e, d := range differs {
		if !d || below[e] {
			continue
		}
		a, b := &x.grove.nodes[e], &x.observed.nodes[x.m.toO[e]]
		x.add(Finding{
			Kind: WrongStatus, Service: b.service,
			Observed: b.describe() + " has " + statusText(b.span.Status, &b.span.Error),
			Expected: a.describe() + " with " + statusText(a.want.Status, a.want.Error),
		}.because(x.explainStatus(b)))
	}
}

func statusText(status int, failed *bool) string {
	var parts []string
	if status != 0 || failed == nil {
		parts = append(parts, fmt.Sprintf("status %d", status))
	}
	if failed != nil && *failed {
		parts = append(parts, "an error mark")
	}
	if failed != nil && !*failed {
		parts = append(parts, "no error mark")
	}
	return strings.Join(parts, " and ")
}
