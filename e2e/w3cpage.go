package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces/w3c"
)

// W3CPage is the cases of W3C Trace Context as Markdown, with what proxies are known to
// make of them.
func W3CPage() string {
	var b strings.Builder
	cases := w3c.Cases()
	suite := 0
	for _, c := range cases {
		if c.Suite != "" {
			suite++
		}
	}
	fmt.Fprintf(&b, "# W3C Trace Context on the wire\n\n"+
		"The %d cases of [P14](checks/P14.md), one request each, with every header line as its bytes: %d from the [public test\n"+
		"suite](https://github.com/w3c/trace-context/tree/main/test), all that its 40 tests send, and %d of ours. `{trace}`, `{other}`\n"+
		"and `{parent}` stand for ids of the request, `{trace-}` for one without its last digit, `{TRACE}` for upper case. Level 2 is\n"+
		"what the suite only asks for at its strict level, or what only the second level of the specification says. A *new trace*\n"+
		"has a root span and carries no tracestate; a *continued* one has the caller's trace id, and the proxy's span below the\n"+
		"caller's. Where the last column is empty, nothing else is expected. This page is generated from the cases (`make docs`).\n\n"+
		"| case | level | lines | wanted | or else |\n|---|---|---|---|---|\n", len(cases), suite, len(cases)-suite)
	for _, c := range cases {
		may := ""
		if c.May != nil {
			may = outcomeCell(*c.May)
		}
		fmt.Fprintf(&b, "| [%s](%s) | %d | %s | %s | %s |\n", c.ID, c.Clause, c.Level, linesCell(c), outcomeCell(c.Want), may)
	}
	b.WriteString("\n## What proxies do otherwise\n")
	for _, d := range w3c.Deviations() {
		fmt.Fprintf(&b, "\n### %s\n\nEnvoy %s, tracer %s. Documented: %s. Measured: %s ([source](%s)).\n\n| case | what comes out |\n|---|---|\n",
			d.ID, strings.Join(d.Versions, ", "), d.Tracer, d.Documented, d.Measured, d.Source)
		for _, c := range cases {
			if does, ok := d.Does[c.ID]; ok {
				fmt.Fprintf(&b, "| %s | %s |\n", c.ID, outcomeCell(does))
			}
		}
	}
	return b.String()
}

func linesCell(c w3c.Case) string {
	var cells []string
	for _, line := range c.Lines {
		cells = append(cells, codeCell(line))
	}
	text := cmp.Or(strings.Join(cells, "<br>"), "none")
	if c.Calls > 0 {
		text += fmt.Sprintf("<br>and %d calls", c.Calls)
	}
	return text
}

// outcomeCell is an outcome in the words of the page.
func outcomeCell(o w3c.Outcome) string {
	words := map[w3c.Fate]string{w3c.Restarted: "new trace", w3c.Continued: "continued", w3c.PassedOn: "passed on as it came, no span"}
	text := cmp.Or(words[o.Fate], string(o.Fate))
	if o.Flags != "" {
		text += ", flags " + o.Flags
	}
	if o.State != "" {
		text += ", " + codeCell(o.State)
	}
	return text
}

// shownWidth is how much of a long line the page shows.
const shownWidth = 120

// codeCell is text as code in a cell of a table, tabs made visible.
func codeCell(text string) string {
	text = strings.NewReplacer("\t", "\\t", "|", "\\|").Replace(text)
	if runes := []rune(text); len(runes) > shownWidth {
		text = string(slices.Concat(runes[:shownWidth], []rune("…")))
	}
	return "`` " + text + " ``"
}
