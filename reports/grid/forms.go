package grid

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"al.essio.dev/pkg/shellescape"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
)

// JSON writes the grid as indented JSON.
func JSON(w io.Writer, g Grid) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(g); err != nil {
		return fmt.Errorf("write grid: %w", err)
	}
	return nil
}

// Command is what makes the run anew, as a line for a shell.
func (r Run) Command() string {
	return shellescape.QuoteCommand(append([]string{"bin/throughline", "run"}, r.Reproduce...))
}

// Took is how long the run took, or a dash where it did not finish.
func (r Run) Took() string {
	if r.Seconds == 0 {
		return "–"
	}
	return reports.Elapsed(time.Duration(r.Seconds * float64(time.Second)))
}

// Begun is when the run began, in UTC, to the minute.
func (r Run) Begun() string { return r.Started.Format("2006-01-02 15:04") }

// inWords is a tally in words, as `160 passed, 1 failed`.
func inWords(t reports.Tally) string {
	var parts []string
	for _, part := range []struct {
		n    int
		name reports.Verdict
	}{{t.Failed, reports.Failed}, {t.Inconclusive, reports.Inconclusive}, {t.Passed, reports.Passed}, {t.Skipped, reports.Skipped}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.name))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// value is the cell's value on an axis, or a question mark where nobody knows it.
func (c Cell) value(a matrix.Axis) string {
	if c.Values[a] == "" {
		return "?"
	}
	return c.Values[a]
}

// Alike says in a sentence what is the same in all cells; it is empty where nothing is.
func (g Grid) Alike() string {
	var parts []string
	for _, a := range matrix.Axes() {
		if g.Same[a] != "" {
			parts = append(parts, a.String()+" "+g.Same[a])
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "The same in all cells: " + strings.Join(parts, ", ") + "."
}

// Summary says in a sentence how the cells stand.
func (g Grid) Summary() string {
	counts := map[reports.Verdict]int{}
	for _, c := range g.Cells {
		counts[c.Verdict]++
	}
	var parts []string
	for _, v := range []reports.Verdict{reports.Failed, reports.Inconclusive, NoResult, reports.Passed} {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	text := plural(len(g.Cells), "cell") + ", " + plural(g.Results, "result")
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// Repeated says of the checks that are steady what that excludes.
func (s Steady) Repeated() string {
	if s.Checks == 0 {
		return "No check was judged twice and passed on one subject."
	}
	return fmt.Sprintf("%s ended alike each time that one subject was tested again. The one that was judged least, %s, may still end otherwise in up to %s of its runs (%.0f %% confidence).",
		checks(s.Checks), plural(s.Fewest, "time"), percent(s.Upper), 100*Confidence)
}

// checks says how many checks and controls there are.
func checks(n int) string {
	if n == 1 {
		return "1 check or control"
	}
	return fmt.Sprintf("%d checks and controls", n)
}

// Others says of what is not in the table of checks that it passed.
func (g Grid) Others() string {
	return checks(g.Elsewhere) + " passed wherever a latest run judged them."
}

// Markdown writes the grid as a document.
func Markdown(w io.Writer, g Grid) error {
	d := &document{}
	d.WriteString("# Results by cell\n\n<!-- Written by `throughline matrix report`; do not edit. -->\n\n")
	d.WriteString(escape(g.Summary()) + ". A cell is one combination that was tested; its verdict is that of its latest run.\n")
	if same := g.Alike(); same != "" {
		d.WriteString("\n" + escape(same) + "\n")
	}
	d.cells(g)
	d.checks(g)
	d.flakes(g)
	d.firstBad(g)
	d.again(g)
	d.unread(g)
	if _, err := w.Write(d.Bytes()); err != nil {
		return fmt.Errorf("write grid: %w", err)
	}
	return nil
}

// document is a text in Markdown.
type document struct{ bytes.Buffer }

// row writes one row of a table; its cells are Markdown already.
func (d *document) row(cells ...string) {
	d.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func (d *document) head(cells ...string) {
	d.WriteByte('\n')
	d.row(cells...)
	d.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func (d *document) cells(g Grid) {
	if len(g.Cells) == 0 {
		d.WriteString("\nThere is no result yet.\n")
		return
	}
	head := []string{"#", "verdict"}
	for _, a := range g.Axes {
		head = append(head, a.String())
	}
	d.head(append(head, "checks", "controls", "begun (UTC)", "took", "runs", "latest result")...)
	for _, c := range g.Cells {
		verdict := "**" + string(c.Verdict) + "**"
		if c.Planned != nil && !*c.Planned {
			verdict += " (not planned)"
		}
		row := []string{fmt.Sprint(c.Number), verdict}
		for _, a := range g.Axes {
			row = append(row, escape(c.value(a)))
		}
		if len(c.Runs) == 0 {
			d.row(append(row, "", "", "", "", "0", "")...)
			continue
		}
		r := c.Runs[0]
		d.row(append(row, inWords(r.Counts.Checks), inWords(r.Counts.Controls), r.Begun(), r.Took(), fmt.Sprint(len(c.Runs)),
			"["+escape(r.Run)+"]("+address(r.Path)+")")...)
	}
}

func (d *document) checks(g Grid) {
	if g.Results == 0 {
		return
	}
	d.WriteString("\n## What is not passed everywhere\n\n")
	if len(g.Checks) == 0 {
		d.WriteString("Nothing. " + g.Others() + "\n")
		return
	}
	d.WriteString("In the latest run of each cell. " + g.Others() + "\n")
	head := []string{"check"}
	for _, c := range g.Cells {
		head = append(head, fmt.Sprint(c.Number))
	}
	d.head(head...)
	for _, check := range g.Checks {
		row := []string{escape(check.Name)}
		for _, j := range check.Cells {
			row = append(row, string(j.Verdict))
		}
		d.row(row...)
	}
}

func (d *document) flakes(g Grid) {
	if g.Results == 0 {
		return
	}
	d.WriteString("\n## Flakes\n\n" + g.Steady.Repeated() + "\n")
	if len(g.Flakes) == 0 {
		return
	}
	d.head("check", "not passed", "of", "on subjects", "rate", fmt.Sprintf("%.0f %% interval", 100*Confidence))
	for _, f := range g.Flakes {
		d.row(escape(f.Check), fmt.Sprint(f.Failed+f.Inconclusive), fmt.Sprint(f.N), fmt.Sprint(f.Subjects),
			percent(f.Rate), percent(f.Lower)+" to "+percent(f.Upper))
	}
}

func (d *document) firstBad(g Grid) {
	if len(g.FirstBad) == 0 {
		return
	}
	d.WriteString("\n## First bad version\n")
	d.head("check", "component", "what the results say", "with")
	for _, b := range g.FirstBad {
		d.row(escape(b.Check), b.Axis, escape(b.Text), escape(strings.Join(b.With, ", ")))
	}
}

func (d *document) again(g Grid) {
	if g.Results == 0 {
		return
	}
	d.WriteString("\n## To have a result again\n\nThe latest of each cell, with the version of throughline that it names, after `make build`:\n")
	for _, c := range g.Cells {
		if len(c.Runs) > 0 {
			r := c.Runs[0]
			fmt.Fprintf(&d.Buffer, "\n%d. throughline %s:\n\n        %s\n", c.Number, escape(orUnknown(r.Throughline)), r.Command())
		}
	}
}

func (d *document) unread(g Grid) {
	if len(g.Unread) == 0 {
		return
	}
	d.WriteString("\n## Results that cannot be read\n")
	d.head("file, and what is wrong")
	for _, problem := range g.Unread {
		d.row(escape(problem))
	}
}

func orUnknown(text string) string {
	if text == "" {
		return "of an unknown version"
	}
	return text
}

// escape is text that means nothing to Markdown: no markup, no link, no mention.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]#|~!@", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.NewReplacer("://", `\://`, "www.", `www\.`).Replace(b.String())
}

// address is a path as the target of a link.
func address(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
