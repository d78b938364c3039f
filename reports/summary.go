package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Summary writes the result for a person at a terminal: each check with its verdict and the
// time that it took, its controls below it, the text of each failure, the phases,
// and in the last line what to do next. Dir is the run folder, for the paths in
// the text; it may be empty.
func Summary(w io.Writer, result Result, dir string) error {
	result = result.Sound()
	var b strings.Builder
	writeChecks(&b, result.Checks)
	writeFailures(&b, result.Checks, dir)
	writePhases(&b, result)
	writeSlowest(&b, result.Checks)
	for _, note := range result.Notes {
		b.WriteString("\nnote: " + SafeLine(note) + "\n")
	}
	writeOutcome(&b, result, dir)
	if _, err := io.WriteString(w, strings.TrimPrefix(b.String(), "\n")); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

const (
	nameWidth    = 16
	verdictWidth = 12
	timeWidth    = 7
)

func writeChecks(b *strings.Builder, checks []Check) {
	for _, c := range byName(checks) {
		name, what := c.Name(), c.Title
		if c.Control {
			name, what = "  control", c.ControlName
		}
		fmt.Fprintf(b, "  %s  %s  %*s  %s\n",
			pad(SafeLine(name), nameWidth), pad(string(c.Verdict), verdictWidth),
			timeWidth, elapsedSeconds(c.Seconds), SafeLine(what))
		if c.Verdict == Skipped && c.Reason != "" {
			b.WriteString(strings.Repeat(" ", nameWidth+verdictWidth+timeWidth+8) + SafeLine(c.Reason) + "\n")
		}
	}
}

// byName orders checks by name, a check before its controls.
func byName(checks []Check) []Check {
	checks = slices.Clone(checks)
	slices.SortStableFunc(checks, func(a, b Check) int {
		return cmp.Or(
			cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Case, b.Case),
			cmp.Compare(order(a), order(b)),
			cmp.Compare(a.ControlName, b.ControlName),
			cmp.Compare(a.Round, b.Round),
		)
	})
	return checks
}

func order(c Check) int {
	if c.Control {
		return 1
	}
	return 0
}

func writeFailures(b *strings.Builder, checks []Check, dir string) {
	for _, verdict := range []Verdict{Failed, Inconclusive} {
		for _, c := range byName(checks) {
			if c.Verdict == verdict {
				b.WriteString("\n" + c.heading() + "\n" + c.details(dir))
			}
		}
	}
}

func writePhases(b *strings.Builder, result Result) {
	if len(result.Phases) == 0 {
		return
	}
	b.WriteString("\nphases\n")
	for _, p := range result.Phases {
		fmt.Fprintf(b, "  %*s  %s", timeWidth, elapsedSeconds(p.Seconds), SafeLine(p.Name))
		if p.Error != "" {
			b.WriteString("  failed: " + SafeLine(p.Error))
		}
		b.WriteByte('\n')
	}
	if took := result.took(); took > 0 {
		fmt.Fprintf(b, "  %*s  in all\n", timeWidth, Elapsed(took))
	}
}

// slowest is how many of the slowest checks are named.
const slowest = 3

// writeSlowest names the checks and controls that took longest, where there are more.
func writeSlowest(b *strings.Builder, checks []Check) {
	if len(checks) <= slowest {
		return
	}
	checks = byName(checks)
	slices.SortStableFunc(checks, func(a, b Check) int { return cmp.Compare(b.Seconds, a.Seconds) })
	b.WriteString("\nslowest\n")
	for _, c := range checks[:slowest] {
		fmt.Fprintf(b, "  %*s  %s\n", timeWidth, elapsedSeconds(c.Seconds), SafeLine(c.label()))
	}
}

func (r Result) took() time.Duration {
	if r.Started.IsZero() || r.Finished.IsZero() {
		return 0
	}
	return r.Finished.Sub(r.Started)
}

func writeOutcome(b *strings.Builder, result Result, dir string) {
	outcome, count := result.Outcome(), result.Count()
	fmt.Fprintf(b, "\n%s: %s, %s; seed %d\n", strings.ToUpper(string(outcome.Verdict)),
		count.Checks.text("check"), count.Controls.text("control"), result.Seed)
	if outcome.Reason != "" {
		writeIndented(b, Safe(outcome.Reason))
	}
	b.WriteString("next: " + SafeLine(result.next(outcome, dir)) + "\n")
}

// text is the tally in words, as `15 checks (1 skipped, 14 passed)`.
func (t Tally) text(noun string) string {
	total := t.total()
	if total != 1 {
		noun += "s"
	}
	var parts []string
	for _, part := range []struct {
		n    int
		name Verdict
	}{{t.Failed, Failed}, {t.Inconclusive, Inconclusive}, {t.Skipped, Skipped}, {t.Passed, Passed}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.name))
		}
	}
	text := fmt.Sprintf("%d %s", total, noun)
	if len(parts) == 0 {
		return text
	}
	return text + " (" + strings.Join(parts, ", ") + ")"
}

func (r Result) next(outcome Outcome, dir string) string {
	again := "throughline run"
	if versions := r.Configuration["versions"]; versions != "" {
		again += " --versions " + versions
	}
	switch outcome.Verdict {
	case Passed:
		if dir == "" {
			return "nothing to do"
		}
		return "nothing to do; the results are in " + dir
	case Failed:
		if r.Count().Checks.Failed == 0 {
			return fmt.Sprintf("a check that misses its sabotage proves nothing: look at its evidence; then run again: %s --check %s", again, r.ids(Failed))
		}
		return fmt.Sprintf("follow the line \"next\" of each failure above; then run just these again: %s --check %s", again, r.ids(Failed))
	case Inconclusive:
		if ids := r.ids(Inconclusive); ids != "" && r.Whole() {
			return fmt.Sprintf("mend what made the evidence incomplete; then run just these again: %s --check %s", again, ids)
		}
		if r.Problem != "" {
			return "mend what is named above; then run again: " + again
		}
		return "run again: " + again
	case Skipped:
	}
	return "run again: " + again
}

// ids lists the ids of the checks that ended with verdict, or whose control did.
func (r Result) ids(verdict Verdict) string {
	var ids []string
	for _, c := range byName(r.Checks) {
		if c.Verdict == verdict && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return strings.Join(ids, ",")
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
