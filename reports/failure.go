package reports

import (
	"fmt"
	"strings"
)

// heading is the first line of a failure, as `FAILED P01 keeps one trace`.
func (c Check) heading() string {
	return SafeLine(strings.ToUpper(string(c.Verdict)) + " " + c.label())
}

// label names the check, or the control of it, in one line.
func (c Check) label() string {
	text := strings.TrimSpace(c.Name() + " " + c.Title)
	if c.Control {
		text = c.Name() + " control: " + c.ControlName
	}
	if c.Round > 1 {
		text += fmt.Sprintf(" (round %d)", c.Round)
	}
	return text
}

// Why says in one line why the check did not pass. It is safe for a terminal.
func (c Check) Why() string {
	if len(c.Findings) > 0 && !c.Control {
		f := c.Findings[0]
		text := string(f.Kind)
		if f.Service != "" {
			text += " at " + f.Service
		}
		return SafeLine(text + ": " + f.Observed)
	}
	first, _, _ := strings.Cut(c.Reason, "\n")
	if first == "" {
		first = string(c.Verdict)
	}
	return SafeLine(first)
}

// details are the lines below the heading: the reason, each finding with its fixed
// parts, and where to look. They end in a line feed.
func (c Check) details(dir string) string {
	var b strings.Builder
	writeIndented(&b, Safe(c.Reason))
	for _, f := range c.Findings {
		if text := f.Text(); !strings.Contains(c.Reason, text) {
			writeIndented(&b, Safe(text))
		}
	}
	if folder := c.folder(); folder != "" {
		writeIndented(&b, "evidence  "+SafeLine(join(dir, folder)))
	}
	if c.Location != "" {
		writeIndented(&b, "check     "+SafeLine(c.Location))
	}
	return b.String()
}

// folder is the folder of the evidence, or "" where there is none.
func (c Check) folder() string {
	if len(c.Evidence) == 0 {
		return ""
	}
	folder, found := before(c.Evidence[0].Path, "/")
	if !found {
		return ""
	}
	return folder + "/"
}

// before is what stands before the last separator.
func before(s, sep string) (string, bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", false
	}
	return s[:i], true
}

func join(dir, file string) string {
	if dir == "" {
		return file
	}
	return strings.TrimSuffix(dir, "/") + "/" + file
}

// writeIndented writes the lines of text, all indented by two columns, so that lines
// which go on under a heading stay under it. Text that is indented throughout is
// written as it is.
func writeIndented(b *strings.Builder, text string) {
	text = strings.TrimRight(text, "\n")
	if text == "" {
		return
	}
	indent := ""
	for row := range strings.SplitSeq(text, "\n") {
		if row != "" && !strings.HasPrefix(row, "  ") {
			indent = "  "
		}
	}
	for row := range strings.SplitSeq(text, "\n") {
		if row != "" {
			b.WriteString(indent)
		}
		b.WriteString(row)
		b.WriteByte('\n')
	}
}
