package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// JSON writes the decision as an indented JSON object, with all its reasons one by one.
func JSON(w io.Writer, d Decision) error {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return fmt.Errorf("encode decision: %w", err)
	}
	if _, err := w.Write(reports.EscapeJSON(buf.Bytes())); err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	return nil
}

// Markdown writes the decision as a document, for a pull request or the summary of a job.
// Whatever came from results or from the policy stands in it as code.
func Markdown(w io.Writer, d Decision) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Gate: %s\n\nBy %s: %s.\n", d.Outcome, reports.Code(d.title()), d.headline())
	for _, s := range d.sections() {
		if len(s.groups) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s%s\n\n", strings.ToUpper(s.title[:1]), s.title[1:])
		for _, g := range s.groups {
			fmt.Fprintf(&b, "- **%s**", g.Kind)
			if len(g.keys) > 0 {
				b.WriteString(" " + reports.Code(some(g.keys)))
			}
			if g.Subject != "" {
				b.WriteString(" on " + reports.Code(g.Subject))
			}
			fmt.Fprintf(&b, ": %s\n", reports.Code(g.Why))
			fmt.Fprintf(&b, "  - to turn it: %s\n", reports.Code(g.Turn))
			if g.File != "" {
				fmt.Fprintf(&b, "  - result: %s\n", reports.Code(g.File))
			}
		}
	}
	d.markQuarantine(&b)
	d.markTables(&b)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	return nil
}

func (d Decision) markQuarantine(b *strings.Builder) {
	if len(d.Quarantine) == 0 {
		return
	}
	b.WriteString("\n### Quarantine\n\n| check | subject | state | until | excuses | new | owner | reason | link |\n" +
		"|---|---|---|---|---|---|---|---|---|\n")
	for _, x := range d.Quarantine {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", reports.Code(x.Key.String()), reports.Code(x.Subject), x.State, x.Expires,
			reports.Code(some(x.Files)), reports.Code(some(x.New)), reports.Code(x.Owner), reports.Code(x.Reason), reports.Code(x.Link))
	}
}

func (d Decision) markTables(b *strings.Builder) {
	b.WriteString("\n### Coverage\n\n" +
		"| subject | required | passed | failed | inconclusive | skipped | not run | quarantined | result | versions |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, c := range d.Coverage {
		if len(c.Results) == 0 {
			fmt.Fprintf(b, "| %s | | | | | | | | none | |\n", reports.Code(c.Subject))
		}
		for _, s := range c.Results {
			fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d | %d | %s | %s |\n", reports.Code(c.Subject), s.Required, s.Passed, s.Failed,
				s.Inconclusive, s.Skipped, s.NotRun, s.Quarantined, reports.Code(s.File), reports.Code(s.Versions))
		}
	}
	b.WriteString("\n### Results\n\n| result | verdict | started | evidence | sha256 |\n|---|---|---|---|---|\n")
	for _, r := range d.Results {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", reports.Code(r.File), reports.Code(string(r.Verdict)),
			r.Started.UTC().Format(time.RFC3339), r.Evidence, reports.Code(r.SHA256))
	}
	for _, c := range d.Compared {
		fmt.Fprintf(b, "\n%s was compared with %s: %s; %s.\n", reports.Code(c.File), reports.Code(c.FormerFile), c.counts(), reports.Code(differences(c.Versions)))
	}
}
