package calibration

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/throughline/throughline/reports"
)

// Text writes the calibration for a person: a table of the tests, what they say together,
// what was tested and how, and the verdict.
func Text(w io.Writer, c Calibration) error {
	var b strings.Builder
	rows := "CHECK\tTEST\tN\tPOOLED\tTOO SMALL\tP-VALUES, SMALLEST FIRST\n"
	for _, t := range c.Tests {
		how := " (Fisher)"
		if t.Exact {
			how = " (exact)"
		}
		rows += fmt.Sprintf("%s\t%s\t%d\t%.3g%s\t%.3g\t%s\n", reports.SafeLine(t.Check), reports.SafeLine(t.Test), t.N,
			t.Pooled, how, t.TooSmall, values(t.P))
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(table, rows)
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	fmt.Fprintf(&b, "\nall together: %d p-values, too many small ones with p = %.3g; %d of rates, not uniform with p = %.3g\n",
		c.Overall.Values, c.Overall.TooSmall, c.Overall.Rates, c.Overall.Uniform)
	b.WriteString("\n\"too small\" tests one side only: p-values of whole numbers are uniform or larger. \"not uniform\" tests both sides,\n" +
		"over p-values of rates that are randomised within their steps. \"pooled\" adds up the requests of a rate (exact), or pools\n" +
		"the p-values (Fisher). \"all together\" takes the first test of each check of each run, since those of one check may depend.\n")
	fmt.Fprintf(&b, "\n%s: %d runs; each of the pooled p-values is held against %.2g, %.2g together\n",
		strings.ToUpper(string(c.Verdict)), len(c.Runs), c.Level, c.Alpha)
	b.WriteString("next: " + c.next() + "\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	return nil
}

func (c Calibration) next() string {
	switch c.Verdict {
	case reports.Passed:
		return "nothing to do; more runs make the answer sharper"
	case reports.Failed:
		return "a test of a line with a small p-value is not what it claims to be, or the mesh is off by less than one run shows; look at that check over the runs"
	case reports.Inconclusive, reports.Skipped:
	}
	return "give results of runs that made statistical tests: throughline run --check sampling"
}

// Markdown writes the runs and their calibration as a document.
func Markdown(w io.Writer, c Calibration) error {
	var b strings.Builder
	b.WriteString("| run | seed | verdict | checks | controls | failed | inconclusive | skipped | time |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range c.Runs {
		checks, controls := r.Counts.Checks, r.Counts.Controls
		fmt.Fprintf(&b, "| %s | %d | %s | %d | %d | %d | %d | %d | %s |\n", cell(r.Run), r.Seed, cell(string(r.Verdict)),
			total(checks), total(controls), checks.Failed+controls.Failed, checks.Inconclusive+controls.Inconclusive,
			checks.Skipped+controls.Skipped, reports.Elapsed(time.Duration(r.Seconds*float64(time.Second))))
	}
	b.WriteString("\n| check | test | n | pooled | too small |\n|---|---|---|---|---|\n")
	for _, t := range c.Tests {
		fmt.Fprintf(&b, "| %s | %s | %d | %.3g | %.3g |\n", cell(t.Check), cell(t.Test), t.N, t.Pooled, t.TooSmall)
	}
	fmt.Fprintf(&b, "\nAll together: %d p-values, too many small ones with p = %.3g; %d of rates, not uniform with p = %.3g. %s at %.2g.\n",
		c.Overall.Values, c.Overall.TooSmall, c.Overall.Rates, c.Overall.Uniform, c.Verdict, c.Alpha)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	return nil
}

// cell is text that may stand in a table.
func cell(text string) string { return strings.ReplaceAll(reports.SafeLine(text), "|", `\|`) }

func total(t reports.Tally) int { return t.Passed + t.Failed + t.Inconclusive + t.Skipped }

// shown is how many p-values of a test are written out.
const shown = 10

func values(p []float64) string {
	p = slices.Sorted(slices.Values(p))
	var all []string
	for i, v := range p {
		if i == shown {
			all = append(all, fmt.Sprintf("and %d more", len(p)-i))
			break
		}
		all = append(all, fmt.Sprintf("%.2g", v))
	}
	return strings.Join(all, " ")
}
