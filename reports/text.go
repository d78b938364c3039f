package reports

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Safe is text as it may go to a terminal: control characters, characters that
// change the direction of text or have no width, and bytes that are no UTF-8 are shown
// as Go writes them (`\x1b`, `\u202e`). Line feeds stay.
func Safe(text string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case r == '\n' || !hostile(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		rest = rest[size:]
	}
	return b.String()
}

// SafeLine is Safe for text that must stay on one line.
func SafeLine(text string) string {
	return strings.ReplaceAll(Safe(text), "\n", `\n`)
}

func plain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' && c != '\n') || c >= 0x7f {
			return false
		}
	}
	return true
}

// hostile says that r moves the cursor, cannot be seen, or turns round what stands near it.
func hostile(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// Elapsed is a duration as people read it: `0.42s`, `34.2s`, `3m12s`, `1h04m`.
func Elapsed(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Elapsed(d.Abs())
	case d < 10*time.Second-5*time.Millisecond:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d < time.Minute-50*time.Millisecond:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	d = d.Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

func elapsedSeconds(seconds float64) string {
	return Elapsed(time.Duration(seconds * float64(time.Second)))
}
