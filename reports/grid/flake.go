package grid

import (
	"fmt"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
	"github.com/throughline/throughline/traces/stats"
)

// Confidence is that of the intervals of flake rates.
const Confidence = 0.95

// Flake is a check that ended differently in repeated runs of one subject: the same versions, the
// same images, the same provider and flavour. A subject on which it never passed says nothing
// of flakes, for there it is simply broken.
type Flake struct {
	Check string `json:"check"`
	// Subjects were judged more than once and passed at least once, N times together. Of these,
	// Failed and Inconclusive did not pass.
	Subjects     int `json:"subjects"`
	N            int `json:"n"`
	Failed       int `json:"failed"`
	Inconclusive int `json:"inconclusive"`
	// Rate is the share that did not pass, Lower and Upper its Clopper-Pearson interval at Confidence.
	Rate  float64 `json:"rate"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// Steady are the checks that were judged repeatedly and never ended differently.
type Steady struct {
	Checks int `json:"checks"`
	// Fewest is how often the one of them was judged that was judged least, Upper the rate of
	// flakes that this does not exclude at Confidence.
	Fewest int     `json:"fewest"`
	Upper  float64 `json:"upper"`
}

// exactly names the subject of a result, so that two results share the name only where they tested the
// same thing.
func exactly(cell matrix.Cell, r reports.Result) string {
	return fmt.Sprintf("%q %q %q", cell, r.Subject.Versions, r.Subject.Images)
}

// count adds the check to the flakes, or to those that are steady.
func (g *Grid) count(s *series) {
	f := Flake{Check: s.name}
	for _, t := range s.subjects {
		if t.total() < 2 || t.passed == 0 {
			continue
		}
		f.Subjects++
		f.N += t.total()
		f.Failed += t.failed
		f.Inconclusive += t.inconclusive
	}
	switch odd := f.Failed + f.Inconclusive; {
	case f.N == 0:
	case odd > 0:
		f.Rate = float64(odd) / float64(f.N)
		f.Lower, f.Upper = stats.ClopperPearson(odd, f.N, 1-Confidence)
		g.Flakes = append(g.Flakes, f)
	default:
		g.Steady.Checks++
		if g.Steady.Fewest == 0 || f.N < g.Steady.Fewest {
			g.Steady.Fewest = f.N
			_, g.Steady.Upper = stats.ClopperPearson(0, f.N, 1-Confidence)
		}
	}
}
