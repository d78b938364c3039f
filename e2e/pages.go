package e2e

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/suites"
)

// Pages are the catalogue as Markdown, by file name: an index, and a page for each
// check with all its cases.
func Pages(checks []suites.Check) map[string]string {
	pages := map[string]string{}
	index := "# The catalogue\n\nWhat throughline checks. Each check has negative controls: sabotages that must make it fail, " +
		"with the finding that they must lead to.\nThese pages are generated from the checks themselves (`make docs`).\n\n" +
		"| id | area | what holds | controls |\n|---|---|---|---|\n"
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
			index += fmt.Sprintf("| [%s](%s.md) | %s | %s | %d |\n", c.Name, id, c.Area, c.Title, len(c.Controls))
		}
		pages[id+".md"] = page(byID[id])
	}
	pages["README.md"] = index
	return pages
}

func page(cases []Listed) string {
	var b strings.Builder
	first := cases[0]
	fmt.Fprintf(&b, "# %s\n", first.ID)
	for i, c := range cases {
		fmt.Fprintf(&b, "\n## %s: %s\n\n", c.Name, c.Title)
		if i == 0 || c.Promise != first.Promise {
			fmt.Fprintf(&b, "%s ([source](%s))\n\n**Why it matters.** %s\n\n**How it is checked.** %s\n\n**When it fails.** %s\n\n",
				c.Promise, c.Link, c.Matters, c.How, c.Failure)
		}
		fmt.Fprintf(&b, "Sends %d requests with %s.", c.Requests, c.Setting)
		if c.Expected != "" {
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
	}
	return b.String()
}
