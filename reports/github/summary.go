package github

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// full is the size from which on a summary gets no more details: GitHub refuses one above 1 MiB,
// and shows nothing of it.
const full = 900 << 10

// Summary writes the result as the summary of a job: the verdict, the counts by area, and the text of
// whatever did not pass. Dir is the run folder, for the paths in the text; it may be empty.
func Summary(w io.Writer, result reports.Result, dir string) error {
	result = result.Sound()
	var b strings.Builder
	outcome := result.Outcome()
	fmt.Fprintf(&b, "## Throughline: %s\n\n%s", outcome.Verdict, reports.Code(result.Subject.String()))
	if took := result.Finished.Sub(result.Started); !result.Finished.IsZero() && took > 0 {
		fmt.Fprintf(&b, ", in %s", reports.Elapsed(took.Round(time.Second)))
	}
	fmt.Fprintf(&b, ", seed %d\n", result.Seed)
	if trouble := result.Trouble(); trouble != "" {
		b.WriteString("\n" + block(reports.Safe(trouble)))
	}
	areas(&b, result)
	failures(&b, result, dir)
	skipped(&b, result)
	for _, note := range result.Notes {
		fmt.Fprintf(&b, "\nNote: %s\n", reports.Code(note))
	}
	if dir != "" {
		fmt.Fprintf(&b, "\nThe results are in %s.\n", reports.Code(dir))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// areas writes how the checks of each area ended, and all controls.
func areas(b *strings.Builder, result reports.Result) {
	if len(result.Checks) == 0 {
		return
	}
	b.WriteString("\n| area | passed | failed | inconclusive | skipped |\n|---|---|---|---|---|\n")
	var order []string
	checks := map[string][]reports.Check{}
	for _, c := range result.Ordered() {
		area := c.Area
		if c.Control {
			continue
		}
		if checks[area] == nil {
			order = append(order, area)
		}
		checks[area] = append(checks[area], c)
	}
	for _, area := range order {
		row(b, reports.Code(area), reports.Result{Checks: checks[area]}.Count().Checks)
	}
	row(b, "controls", result.Count().Controls)
}

func row(b *strings.Builder, name string, t reports.Tally) {
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d |\n", name, t.Passed, t.Failed, t.Inconclusive, t.Skipped)
}

// failures writes the text of each check and control that did not pass, the failed ones first.
func failures(b *strings.Builder, result reports.Result, dir string) {
	var left []string
	for _, verdict := range []reports.Verdict{reports.Failed, reports.Inconclusive} {
		for _, c := range result.Ordered() {
			switch {
			case c.Verdict != verdict:
			case b.Len() > full:
				left = append(left, c.Label())
			default:
				fmt.Fprintf(b, "\n### %s: %s\n\n%s", verdict, reports.Code(c.Label()), block(cut(c.Failure(dir))))
			}
		}
	}
	if len(left) > 0 {
		fmt.Fprintf(b, "\n%d more did not pass, for which there is no room here:\n\n%s", len(left), block(cut(strings.Join(left, "\n"))))
	}
}

// skipped writes what was skipped, and why.
func skipped(b *strings.Builder, result reports.Result) {
	var lines []string
	for _, c := range result.Ordered() {
		if c.Verdict == reports.Skipped && !c.Control {
			lines = append(lines, c.Label()+": "+c.Why())
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n### Skipped\n\n%s", block(cut(strings.Join(lines, "\n"))))
	}
}

// block is text as a block of code, which nothing in it can end.
func block(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "text\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}
