package e2e

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/suites/rules"
)

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
