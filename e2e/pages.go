package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// Tests are the statistical tests that each check makes, by its name. What came out of
// them has no meaning here.
type Tests map[string][]traces.Statistic

// Pages are the catalogue as Markdown, by file name: an index, and a page for each
// check with all its cases.
func Pages(checks []suites.Check, tests Tests) map[string]string {
	pages := map[string]string{}
	index := "# The catalogue\n\nWhat throughline checks. Each check has negative controls: sabotages that must make it fail, " +
		"with the finding that they must lead to.\nThese pages are generated from the checks themselves (`make docs`).\n\n" +
		"| id | area | profile | what holds | needs | controls |\n|---|---|---|---|---|---|\n"
	byID := map[string][]Listed{}
	var ids []string
	for _, c := range List(checks) {
		if byID[c.ID] == nil {
			ids = append(ids, c.ID)
		}
		byID[c.ID] = append(byID[c.ID], c)
	}
	for _, id := range ids {
		for _, c := range byID[id] {
			index += fmt.Sprintf("| [%s](%s.md) | %s | %s | %s | %s | %d |\n", c.Name, id, c.Area, c.Profile, c.Title, strings.Join(c.Needs, ", "), len(c.Controls))
		}
		pages[id+".md"] = pageOf(byID[id], tests)
	}
	pages["README.md"] = index
	return pages
}

func pageOf(cases []Listed, tests Tests) string {
	var b strings.Builder
	first := cases[0]
	fmt.Fprintf(&b, "# %s\n", first.ID)
	for i, c := range cases {
		fmt.Fprintf(&b, "\n## %s: %s\n\n", c.Name, c.Title)
		if i == 0 || c.Promise != first.Promise {
			fmt.Fprintf(&b, "%s ([source](%s))\n\n**Why it matters.** %s\n\n**How it is checked.** %s\n\n**When it fails.** %s\n\n",
				c.Promise, c.Link, c.Matters, c.How, c.Failure)
		}
		fmt.Fprintf(&b, "Profile %s: %s.\n\n", c.Profile, c.ProfileReason)
		fmt.Fprintf(&b, "Sends %d requests with %s.", c.Requests, c.Setting)
		if c.CasesPage != "" {
			fmt.Fprintf(&b, " Each is [a case of its own](%s).\n", c.CasesPage)
		} else if c.Expected != "" {
			fmt.Fprintf(&b, " Each must leave:\n\n```\n%s\n```\n", strings.TrimRight(c.Expected, "\n"))
		} else {
			b.WriteString(" None may leave a trace.\n")
		}
		b.WriteString("\n")
		for _, control := range c.Controls {
			how := "live"
			if !control.Live {
				how = "on the evidence"
			}
			fmt.Fprintf(&b, "- Control (%s): %s. It must lead to %s, and to nothing else.\n", how, control.Name, strings.Join(control.Finds, " and "))
		}
		if c.NoControl != "" {
			fmt.Fprintf(&b, "- No control: %s\n", c.NoControl)
		}
		for _, need := range c.Needs {
			fmt.Fprintf(&b, "- Needs %s; skipped on a mesh without it.\n", suites.Feature(need))
		}
		for _, s := range tests[c.Name] {
			fmt.Fprintf(&b, "- Test: %s.\n", inWords(s))
		}
		for _, d := range c.Deviations {
			fmt.Fprintf(&b, "- Known deviation of %s %s: documented: %s; measured: %s ([source](%s)).\n",
				d.Of, d.Versions, d.Documented, d.Measured, d.Source)
		}
	}
	return b.String()
}

// inWords is a statistic without what came out of it.
func inWords(s traces.Statistic) string {
	text := fmt.Sprintf("%s, n = %d, ", s.Test, s.N)
	if s.Alpha == 0 {
		text += "exact"
	} else {
		text += fmt.Sprintf("α = %.2g", s.Alpha)
	}
	if s.Against != "" {
		text += fmt.Sprintf("; overlooks %s with probability %.2g", s.Against, s.Misses)
	}
	return text
}

// DeviationsPage is every known deviation as Markdown.
func DeviationsPage(checks []suites.Check) string {
	var b strings.Builder
	b.WriteString("# Known deviations\n\n" +
		"Where a live mesh does otherwise than its documentation says. Each is an exact expectation of the check that is named:\n" +
		"when a version mends it, the check fails and says so. What each check saw is in its evidence\n" +
		"(`throughline run --check ID`). This page is generated from the checks themselves (`make docs`).\n")
	byComponent := map[string][]*deviating{}
	for _, c := range List(checks) {
		for _, d := range c.Deviations {
			all := byComponent[d.Of]
			at := slices.IndexFunc(all, func(known *deviating) bool { return known.ListedDeviation == d })
			if at < 0 {
				at = len(all)
				byComponent[d.Of] = append(all, &deviating{ListedDeviation: d})
			}
			known := byComponent[d.Of][at]
			known.checks = append(known.checks, fmt.Sprintf("[%s](checks/%s.md)", c.Name, c.ID))
		}
	}
	if len(byComponent) == 0 {
		b.WriteString("\nNone is known.\n")
	}
	for _, of := range slices.Sorted(maps.Keys(byComponent)) {
		fmt.Fprintf(&b, "\n## %s\n\n| versions | documented | measured | why | checks |\n|---|---|---|---|---|\n", of)
		for _, d := range byComponent[of] {
			fmt.Fprintf(&b, "| %s | %s | %s | [source](%s) | %s |\n",
				cell(d.Versions), cell(d.Documented), cell(d.Measured), d.Source, strings.Join(d.checks, ", "))
		}
	}
	return b.String()
}

// deviating is a deviation with the checks that expect it.
type deviating struct {
	ListedDeviation
	checks []string
}

// cell is text that may stand in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
