package stats_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// clustered is a sequence of as many yes and no in so many runs: every run but the
// last two has one element.
func clustered(yes, no, runs int) []bool {
	left := map[bool]int{true: yes, false: no}
	s := yes >= no
	var sequence []bool
	for r := runs; r > 0; r-- {
		length := 1
		if r <= 2 {
			length = left[s]
		}
		for range length {
			sequence = append(sequence, s)
		}
		left[s] -= length
		s = !s
	}
	return sequence
}

func TestRunsCountsAllShortSequencesOut(t *testing.T) {
	for n := range 13 {
		// How many sequences have so many yes and so many runs.
		var count [13][14]int64
		runsOf := func(s int) (yes, runs int) {
			for i := range n {
				yes += s >> i & 1
				if i == 0 || s>>i&1 != s>>(i-1)&1 {
					runs++
				}
			}
			return yes, runs
		}
		for s := range 1 << n {
			yes, runs := runsOf(s)
			count[yes][runs]++
		}
		for s := range 1 << n {
			yes, runs := runsOf(s)
			var few, many, all int64
			for r, c := range count[yes] {
				all += c
				if r <= runs {
					few += c
				}
				if r >= runs {
					many += c
				}
			}
			sequence := make([]bool, n)
			for i := range sequence {
				sequence[i] = s>>i&1 == 1
			}
			want := math.Min(1, 2*float64(min(few, many))/float64(all))
			near(t, fmt.Sprint(sequence), stats.Runs(sequence), want, 1e-12)
		}
	}
}

func TestPublishedCriticalNumbersOfRuns(t *testing.T) {
	// Swed and Eisenhart (1943), 2.5 % on each side: so few and so many runs are
	// significant, the next are not.
	for _, c := range []struct{ yes, no, few, many int }{
		{5, 5, 2, 10}, {8, 8, 4, 14}, {10, 10, 6, 16}, {12, 12, 7, 19}, {15, 15, 10, 22}, {20, 20, 14, 28},
	} {
		p := func(runs int) float64 { return stats.Runs(clustered(c.yes, c.no, runs)) }
		if p(c.few) > 0.05 || p(c.few+1) <= 0.05 || p(c.many) > 0.05 || p(c.many-1) <= 0.05 {
			t.Errorf("%d and %d: %d runs %g, %d runs %g, %d runs %g, %d runs %g; want only the first and last at most 0.05",
				c.yes, c.no, c.few, p(c.few), c.few+1, p(c.few+1), c.many-1, p(c.many-1), c.many, p(c.many))
		}
	}
}

// runsRat is the p-value by the formula of Wald and Wolfowitz in whole numbers.
func runsRat(yes, no, runs int) float64 {
	c := func(n, k int) *big.Int { return new(big.Int).Binomial(int64(n-1), int64(k-1)) }
	few, many := new(big.Int), new(big.Int)
	for r := 2; r <= 2*min(yes, no)+1; r++ {
		k := r / 2
		ways := new(big.Int).Mul(c(yes, k), c(no, k))
		if r%2 == 0 {
			ways.Lsh(ways, 1)
		} else {
			ways.Add(new(big.Int).Mul(c(yes, k+1), c(no, k)), new(big.Int).Mul(c(yes, k), c(no, k+1)))
		}
		if r <= runs {
			few.Add(few, ways)
		}
		if r >= runs {
			many.Add(many, ways)
		}
	}
	if many.Cmp(few) < 0 {
		few = many
	}
	all := new(big.Int).Binomial(int64(yes+no), int64(yes))
	f, _ := new(big.Rat).SetFrac(few.Lsh(few, 1), all).Float64()
	return math.Min(1, f)
}

func TestRunsOfLongSequencesKeepTheirDigits(t *testing.T) {
	for _, c := range []struct{ yes, no, runs int }{
		{60, 140, 2},
		{60, 140, 70},
		{60, 140, 85},
		{60, 140, 121},
		{300, 300, 2},
		{300, 300, 260},
		{300, 300, 600},
		{3, 2000, 6},
		{3, 2000, 7},
		{1, 900, 2},
		{1, 900, 3},
		{700, 20, 12},
		{700, 20, 37},
	} {
		name := fmt.Sprintf("%d and %d in %d runs", c.yes, c.no, c.runs)
		near(t, name, stats.Runs(clustered(c.yes, c.no, c.runs)), runsRat(c.yes, c.no, c.runs), 1e-9)
	}
}

func TestRunsOfEqualAnswersAreNoEvidence(t *testing.T) {
	for _, sequence := range [][]bool{nil, {true}, {false, false, false}, make([]bool, 31000)} {
		if p := stats.Runs(sequence); p != 1 {
			t.Errorf("p-value %g of %d equal answers, want 1", p, len(sequence))
		}
	}
	// Beyond the smallest float the p-value is 0, not NaN.
	if p := stats.Runs(clustered(15500, 15500, 2)); p != 0 {
		t.Errorf("p-value %g of 15,500 yes before 15,500 no, want 0", p)
	}
}
