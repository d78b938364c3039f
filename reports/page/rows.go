package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
)

// group is one row of the table: a check with its controls. Where only controls ran, the
// first of them stands for the check.
type group struct {
	check    reports.Check
	controls []reports.Check
}

// all are the check and its controls.
func (g group) all() []reports.Check { return append([]reports.Check{g.check}, g.controls...) }

// groupsOf puts each control to its check, in order of name and round.
func groupsOf(checks []reports.Check) []group {
	checks = slices.Clone(checks)
	slices.SortStableFunc(checks, func(a, b reports.Check) int {
		return cmp.Or(
			cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Case, b.Case),
			cmp.Compare(max(a.Round, 1), max(b.Round, 1)),
			boolean(a.Control)-boolean(b.Control),
			cmp.Compare(a.ControlName, b.ControlName),
		)
	})
	var groups []group
	for _, c := range checks {
		if last := len(groups) - 1; last >= 0 && c.Control && same(groups[last].check, c) {
			groups[last].controls = append(groups[last].controls, c)
			continue
		}
		groups = append(groups, group{check: c})
	}
	return groups
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

func same(a, b reports.Check) bool {
	return a.ID == b.ID && a.Case == b.Case && max(a.Round, 1) == max(b.Round, 1)
}

// row is what the table shows of a check.
type row struct {
	N                                       int
	Anchor                                  safe
	Name, What, Area, Profile, Verdict, Why safe
	Took                                    safe
	// Controls says how they ended, Worst is the worst of their verdicts.
	Controls, Worst safe
}

func rowsOf(groups []group) []row {
	rows := make([]row, 0, len(groups))
	taken := map[safe]bool{}
	for i, g := range groups {
		c := g.check
		r := row{
			N: i, Name: line(c.Name()), What: what(c), Area: line(c.Area), Profile: line(c.Profile),
			Verdict: line(c.Verdict), Took: elapsed(c.Seconds), Anchor: anchor(c, i, taken),
		}
		if c.Verdict != reports.Passed {
			r.Why = line(c.Why())
		}
		r.Controls, r.Worst = ended(g.controls)
		rows = append(rows, r)
	}
	return rows
}

// anchor is what the address of the check's row ends in. It is like no other id of the page.
func anchor(c reports.Check, row int, taken map[safe]bool) safe {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		}
		return '-'
	}, c.Name())
	is := safe("check-" + name)
	if taken[is] {
		is = safe(fmt.Sprintf("%s-row-%d", is, row))
	}
	taken[is] = true
	return is
}

// ended says in a few words how controls ended.
func ended(controls []reports.Check) (words, worst safe) {
	if len(controls) == 0 {
		return "", ""
	}
	n := map[reports.Verdict]int{}
	for _, c := range controls {
		n[c.Verdict]++
	}
	for _, v := range []reports.Verdict{reports.Failed, reports.Inconclusive, reports.Skipped} {
		if n[v] > 0 {
			return line(fmt.Sprintf("%d of %d %s", n[v], len(controls), v)), line(v)
		}
	}
	return line(fmt.Sprintf("%d caught", len(controls))), line(reports.Passed)
}

// found is what rows are chosen by.
type found struct {
	Area     safe   `json:"area"`
	Profile  safe   `json:"profile"`
	Verdicts []safe `json:"verdicts"`
	// Text is all that a search looks at, in lower case.
	Text safe `json:"text"`
}

func indexOf(groups []group, details []detail) []found {
	index := make([]found, 0, len(groups))
	for i, g := range groups {
		f := found{Area: line(g.check.Area), Profile: line(g.check.Profile)}
		texts := []string{g.check.Name(), g.check.Area, string(g.check.Profile), g.check.Location}
		for _, c := range g.all() {
			verdict := line(c.Verdict)
			caught := c.Control && c.Verdict == reports.Passed // A failed check did not pass because its control did.
			if !caught && !slices.Contains(f.Verdicts, verdict) {
				f.Verdicts = append(f.Verdicts, verdict)
			}
			texts = append(texts, string(what(c)), c.Reason)
			for _, finding := range c.Findings {
				texts = append(texts, string(finding.Kind), finding.Service, finding.Observed, finding.Expected, finding.Why)
				texts = append(append(texts, finding.Requests...), finding.Traces...)
			}
		}
		for _, d := range append([]detail{details[i]}, details[i].Controls...) {
			for _, r := range d.Requests {
				texts = append(texts, string(r.ID))
				for _, t := range r.Traces {
					texts = append(texts, string(t.ID))
				}
			}
		}
		f.Text = line(strings.ToLower(strings.Join(texts, " ")))
		index = append(index, f)
	}
	return index
}
