package e2e

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/rules"
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

// recordings is the folder of the recordings, from docs.
const recordings = "../traces/testdata/recorded/"

// DerivationPage is the rules of the derivation as Markdown, each with its source and
// its recording.
func DerivationPage() string {
	var b strings.Builder
	b.WriteString("# The derivation and what it rests on\n\n" +
		"From a topology, the tracing configuration of the mesh and a request the oracle derives every forest of spans that the\n" +
		"request may leave. It relies on the rules below. Each names its source and is pinned by what a live mesh did: the\n" +
		"recording that its name leads to, written by `throughline record --rule NAME`. The tests of the oracle hold each\n" +
		"recording against the derivation. This page is generated from the rules themselves (`make docs`).\n")
	for _, g := range rules.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | what holds | sent | source |\n|---|---|---|---|\n", g.Title)
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "| [%s](%s%s.json) | %s | %s | [%s](%s) |\n",
				r.Name, recordings, r.Name, r.Statement, shownBy(r), sourceName(r.Source), r.Source)
		}
	}
	return b.String()
}

// shownBy is what a rule sends, in words.
func shownBy(r rules.Rule) string {
	from := ""
	if r.Traffic.Bare {
		from = ", from a client without a sidecar"
	}
	return fmt.Sprintf("%d requests through `%s`%s, with %s", r.Traffic.Requests, r.Topology().Name, from, r.Traffic.Mesh)
}

// sourceName is the last part of a link.
func sourceName(link string) string {
	parts := strings.Split(strings.TrimRight(link, "/"), "/")
	return parts[len(parts)-1]
}
