package traces

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// suspect is a span whose times must be wrong, with the orders that it explains.
type suspect struct {
	span   int
	orders []order
	// clock is how many strange orders of the request its clock takes part in.
	clock int
	// or is another span that explains the same, -1 for none.
	or int
	// low and high are by how much the span is late; low is above high where no shift
	// of this span alone puts everything in order.
	low, high time.Duration
}

// suspects is a small set of spans such that each strange order is about one of
// them: first those whose own shift would put everything in order, those with
// more strange orders before those with fewer, by themselves or by their clock, and
// lower spans before higher ones.
func (h *heard) suspects() []suspect {
	if len(h.strange) == 0 {
		return nil
	}
	at := map[int]*suspect{}
	onClock := map[clock]int{}
	for _, o := range h.strange {
		onClock[h.clocks[o.before]]++
		onClock[h.clocks[o.after]]++
		for _, v := range []int{o.before, o.after} {
			if at[v] == nil {
				at[v] = &suspect{span: v, or: -1, low: math.MinInt64, high: math.MaxInt64}
			}
			at[v].orders = append(at[v].orders, o)
		}
	}
	for _, o := range h.orders {
		// Taken back by its lateness, the span must be in order.
		if s := at[o.after]; s != nil {
			s.high = min(s.high, o.slack+Resolution)
		}
		if s := at[o.before]; s != nil {
			s.low = max(s.low, -o.slack-Resolution)
		}
	}
	all := make([]*suspect, 0, len(at))
	for _, s := range at {
		s.clock = onClock[h.clocks[s.span]]
		all = append(all, s)
	}
	slices.SortFunc(all, h.bySuspicion)
	left := make(map[order]bool, len(h.strange))
	for _, o := range h.strange {
		left[o] = true
	}
	var taken []suspect
	for _, s := range all {
		orders := slices.DeleteFunc(slices.Clone(s.orders), func(o order) bool { return !left[o] })
		if len(orders) == 0 {
			continue
		}
		for _, o := range orders {
			delete(left, o)
		}
		one := *s
		one.orders = orders
		one.or = one.alternative(at)
		taken = append(taken, one)
	}
	return taken
}

func (s *suspect) alone() bool { return s.low <= s.high }

func (h *heard) bySuspicion(a, b *suspect) int {
	if a.alone() != b.alone() {
		if a.alone() {
			return -1
		}
		return 1
	}
	x, y := &h.work.nodes[a.span], &h.work.nodes[b.span]
	return cmp.Or(
		cmp.Compare(len(b.orders), len(a.orders)),
		cmp.Compare(b.clock, a.clock),
		cmp.Compare(y.depth, x.depth),
		slices.Compare(x.span.TraceID[:], y.span.TraceID[:]),
		x.span.order(y.span),
	)
}

// alternative is the other span of all the orders, if its shift explains them too.
func (s *suspect) alternative(at map[int]*suspect) int {
	for _, v := range []int{s.orders[0].before, s.orders[0].after} {
		if v == s.span || !at[v].alone() {
			continue
		}
		if !slices.ContainsFunc(s.orders, func(o order) bool { return o.before != v && o.after != v }) {
			return v
		}
	}
	return -1
}

// finding is what the text says of a span whose times are wrong.
func (h *heard) finding(s suspect) Finding {
	v := &h.work.nodes[s.span]
	worst := slices.MinFunc(s.orders, func(a, b order) int { return cmp.Compare(a.slack, b.slack) })
	f := Finding{
		Kind: ClockSkew, Service: v.service,
		Observed: h.says(worst),
		Expected: "a span begins after the one that made it, and a CLIENT span ends after the answer that it got",
		Next:     "look at what recorded " + v.describe() + ", and whether its clock was set meanwhile",
	}
	why := "the times of " + v.describe() + " are wrong by themselves"
	if s.alone() {
		why = "the times of " + v.describe() + " are " + lateness(s.low, s.high)
	}
	if h.clocks[worst.before] == h.clocks[worst.after] {
		why += "; both spans are of one clock, so that it is no skew of clocks"
	} else {
		why += "; other spans of " + quote(v.service) + " fit, or fewer spans than clocks explain it"
	}
	if s.or >= 0 {
		why += "; or those of " + h.work.nodes[s.or].describe() + " are wrong instead: the evidence does not tell"
	}
	f.Why = why
	return f
}

func (h *heard) says(o order) string {
	before, after := h.work.nodes[o.before].describe(), h.work.nodes[o.after].describe()
	if o.ends {
		return fmt.Sprintf("%s ends %s before %s, whose answer it got", after, -o.slack, before)
	}
	return fmt.Sprintf("%s begins %s before %s, which made it", after, -o.slack, before)
}

// judge makes the findings of the first set of clocks; the other sets are named in
// them. Where as few spans as clocks would explain it, they are named too.
func (n *network) judge(sets [][]clockOffset, all []*heard, cover int) []Finding {
	set := sets[0]
	var instead []string
	if len(set) == 1 && cover == 1 {
		for _, h := range all {
			for _, s := range h.suspects() {
				if i := slices.IndexFunc(sets, func(o []clockOffset) bool { return h.has(s, n.clocks[o[0].clock]) }); i >= 0 {
					set = sets[i]
				}
				instead = append(instead, "only the times of "+h.work.nodes[s.span].describe()+" are")
				if s.or >= 0 {
					instead = append(instead, "only those of "+h.work.nodes[s.or].describe()+" are")
				}
			}
		}
	}
	for _, other := range sets {
		if !slices.Equal(other, set) {
			names := make([]string, len(other))
			for i, o := range other {
				names[i] = "the clock of " + n.clocks[o.clock].text() + " is " + lateness(o.low, o.high)
			}
			instead = append(instead, strings.Join(names, " and "))
		}
	}
	var findings []Finding
	for _, o := range set {
		findings = append(findings, n.finding(o, instead, all)...)
	}
	return findings
}

// has says whether a suspect or its alternative is on a clock.
func (h *heard) has(s suspect, c clock) bool {
	return h.clocks[s.span] == c || s.or >= 0 && h.clocks[s.or] == c
}

// maxInstead is how many other explanations a text names.
const maxInstead = 3

func (n *network) finding(o clockOffset, instead []string, all []*heard) []Finding {
	c := n.clocks[o.clock]
	f := Finding{
		Kind: ClockSkew, Service: c.service,
		Observed: "the clock of " + c.text() + " is " + lateness(o.low, o.high) + " against the others",
		Expected: "clocks on which every call lies inside the one that made it",
		Next:     "look at the time synchronisation of the node that " + quote(c.service) + " runs on",
	}
	if len(instead) > maxInstead {
		instead = append(slices.Clone(instead[:maxInstead]), fmt.Sprintf("%d more", len(instead)-maxInstead))
	}
	if len(instead) > 0 {
		f.Why = "the evidence does not tell this from: " + strings.Join(instead, "; or ")
	}
	var findings []Finding
	for _, h := range all {
		if len(h.strange) > 0 && slices.Contains(h.clocks, c) {
			one := f
			one.Why = strings.Join(trimmed(f.Why, h.example(c)), "; ")
			findings = append(findings, h.request.show(one))
		}
	}
	return findings
}

func trimmed(parts ...string) []string {
	return slices.DeleteFunc(parts, func(s string) bool { return s == "" })
}

// example is the worst broken order that a clock takes part in.
func (h *heard) example(c clock) string {
	var worst *order
	for i, o := range h.strange {
		if (h.clocks[o.before] == c) != (h.clocks[o.after] == c) && (worst == nil || o.slack < worst.slack) {
			worst = &h.strange[i]
		}
	}
	if worst == nil {
		return ""
	}
	return "for example " + h.says(*worst)
}

func (c clock) text() string {
	if c.node == "" {
		return quote(c.service)
	}
	return quote(c.service) + " on " + Printable(c.node)
}

// lateness says by how much a clock or a span is ahead or behind, positive for ahead.
func lateness(low, high time.Duration) string {
	open := func(d time.Duration) bool { return d <= -unbounded/2 || d >= unbounded/2 }
	side := func(least, most time.Duration, way string) string {
		if open(most) {
			return fmt.Sprintf("at least %s %s", least, way)
		}
		return fmt.Sprintf("at least %s and at most %s %s", least, most, way)
	}
	switch {
	case low > 0:
		return side(low, high, "ahead")
	case high < 0:
		return side(-high, -low, "behind")
	default:
		return "ahead or behind"
	}
}
