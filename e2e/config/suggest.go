package config

import (
	"slices"
	"strings"
)

// suggest is `; did you mean x?` where one of words is close to text, else "".
func suggest(text string, words []string) string {
	best, least := "", max(1, len(text)/3)
	for _, word := range words {
		if d := distance(strings.ToLower(text), strings.ToLower(word)); d <= least && (best == "" || d < least) {
			best, least = word, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the number of single-character edits, a swap of neighbours being
// one of them, that lead from a to b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			change := 1
			if s[i-1] == t[j-1] {
				change = 0
			}
			edits := []int{rows[i-1][j] + 1, rows[i][j-1] + 1, rows[i-1][j-1] + change}
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				edits = append(edits, rows[i-2][j-2]+1)
			}
			rows[i][j] = slices.Min(edits)
		}
	}
	return rows[len(s)][len(t)]
}
