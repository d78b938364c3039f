package page

import "github.com/throughline/throughline/reports"

// safe is text in which nothing is hidden: what moves a cursor, turns text round or has no
// width is visible in it as reports.Safe writes it. What the page is made of holds no
// other text; html/template and the scripts see to it that none of it becomes markup.
type safe string

// line is text that stays on one line.
func line[T ~string](s T) safe { return safe(reports.SafeLine(string(s))) }

// text may have several lines.
func text[T ~string](s T) safe { return safe(reports.Safe(string(s))) }

func lines[T ~string](all []T) []safe {
	shown := make([]safe, 0, len(all))
	for _, s := range all {
		shown = append(shown, line(s))
	}
	return shown
}

// words numbers texts, so that what is said often is written once.
type words struct {
	list []safe
	of   map[string]int
}

func (w *words) number(s string) int {
	n, known := w.of[s]
	if !known {
		if w.of == nil {
			w.of = map[string]int{}
		}
		n = len(w.list)
		w.of[s] = n
		w.list = append(w.list, line(s))
	}
	return n
}
