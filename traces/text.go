package traces

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrintable bounds a single value in a text, in runes.
const maxPrintable = 96

// Printable is s made safe for a terminal: what does not print is escaped, and
// what is too long is cut and marked with an ellipsis. Anything that came from a
// trace or a header passes through it before it is shown.
func Printable(s string) string {
	return printable(s, maxPrintable)
}

func printable(s string, limit int) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		if n == limit {
			b.WriteRune('…')
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
		n++
	}
	return b.String()
}

// hidden says that r moves the cursor, turns text round, or is not seen: what does not
// print, and what prints without a shape of its own (selectors of variants, fillers).
func hidden(r rune) bool {
	return r != ' ' && !unicode.IsPrint(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// short is a trace id as a text shows it.
func short(id TraceID) string { return id.String()[:4] + "…" }

// Text is the finding in its fixed parts and their fixed order, each beginning a line
// under an aligned heading; empty parts are left out. Where Why is empty, Candidates
// stand in its place under "either", joined by "or". No line is wider than 98 columns,
// so that it fits 100 when it is indented; what is longer goes on under its part. It
// ends without a line break and is safe for a terminal.
func (f Finding) Text() string {
	var b strings.Builder
	line := func(part, text string) {
		if text == "" {
			return
		}
		for i, row := range wrapped(printable(text, maxText), textWidth-headWidth) {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			if i > 0 {
				part = ""
			}
			fmt.Fprintf(&b, "%-*s%s", headWidth, part, row)
		}
	}
	head := string(f.Kind)
	if f.Service != "" {
		head += " " + f.Service
	}
	switch {
	case f.Count > 1 && len(f.Requests) == 0 && len(f.Traces) > 0:
		head += fmt.Sprintf(" (%d times)", f.Count)
	case f.Count > 1:
		head += fmt.Sprintf(" (%d requests)", f.Count)
	}
	line("finding", head)
	line("observed", f.Observed)
	line("expected", f.Expected)
	line("why", f.Why)
	if f.Why == "" {
		line("either", strings.Join(f.Candidates, "; or "))
	}
	line("next", f.Next)
	if len(f.Requests) > 0 {
		line("requests", strings.Join(f.Requests, ", "))
	}
	if len(f.Traces) > 0 {
		line("traces", strings.Join(f.Traces, ", "))
	}
	return b.String()
}

// textWidth is how many columns a line of a finding may have, headWidth those of the
// heading in front of it.
const (
	textWidth = 98
	headWidth = 10
)

// maxText bounds one part of a finding's text, in runes.
const maxText = 600
