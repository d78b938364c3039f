package traces

import (
	"strings"
	"unicode"
)

// wrapped breaks a line at spaces into rows of at most width columns. A word that is
// wider than a row is broken where the row ends. The spaces at a break are left out.
func wrapped(line string, width int) []string {
	var rows []string
	runes := []rune(line)
	for {
		end, space := 0, -1
		for columns := 0; end < len(runes); end++ {
			if columns += columnsOf(runes[end]); columns > width {
				break
			}
			if runes[end] == ' ' {
				space = end
			}
		}
		if end == len(runes) {
			return append(rows, string(runes))
		}
		next := end
		switch {
		case runes[end] == ' ':
			next = end + 1
		case space > 0:
			end, next = space, space+1
		}
		rows = append(rows, strings.TrimRight(string(runes[:end]), " "))
		for next < len(runes) && runes[next] == ' ' {
			next++
		}
		runes = runes[next:]
		if len(runes) == 0 {
			return rows
		}
	}
}

// columnsOf is how many columns of a terminal a printable rune takes: none for a mark
// on the rune before it, two for the wide ones of East Asia and for pictures, else one
// (Unicode Standard Annex 11, the wide blocks as a whole).
func columnsOf(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x231a && r <= 0x231b, r >= 0x2329 && r <= 0x232a, r >= 0x23e9 && r <= 0x23f3,
		r >= 0x25fd && r <= 0x25fe, r >= 0x2614 && r <= 0x27bf, r >= 0x2b1b && r <= 0x2b55, r >= 0x2e80 && r <= 0xa4cf,
		r >= 0xa960 && r <= 0xa97f, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe10 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x16fe0 && r <= 0x1b2ff, r >= 0x1f000 && r <= 0x1faff,
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
