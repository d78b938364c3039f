package stats_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

func TestPublishedPairedShift(t *testing.T) {
	// Depression scores, Hollander and Wolfe (1973), as in R's help page of wilcox.test:
	// the pseudomedian of first - second is 0.46. Counted by hand: of 512 signs 10 give a
	// sum of ranks of at most 5, and 14 one of at most 6, so that the 95 % interval is
	// from the 6th to the 40th of the 45 means.
	first := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	second := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	differences := make([]float64, len(first))
	for i := range first {
		differences[i] = first[i] - second[i]
	}
	s := stats.PairedShift(differences, 0.05)
	near(t, "shift", s.Estimate, 0.46, 1e-9)
	near(t, "lower bound", s.Lower, 0.01, 1e-9)
	near(t, "upper bound", s.Upper, 0.786, 1e-9)
}

func TestPairsThatAreTooFewHaveNoInterval(t *testing.T) {
	s := stats.PairedShift([]float64{1, 2, 3}, 1e-6)
	if s.Estimate != 2 || !math.IsInf(s.Lower, -1) || !math.IsInf(s.Upper, 1) {
		t.Errorf("shift %+v, want 2 with an infinite interval", s)
	}
	if s := stats.PairedShift(nil, 0.05); !math.IsNaN(s.Estimate) || !math.IsInf(s.Upper, 1) {
		t.Errorf("shift of nothing is %+v", s)
	}
	if s := stats.PairedShift([]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1e-16); !math.IsInf(s.Lower, -1) {
		t.Errorf("shift at a level that no number holds is %+v", s)
	}
}

func TestSimulatedMissesOfThePairedShift(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	const alpha = 0.05
	for _, c := range []struct{ size, runs int }{{8, 1000}, {40, 300}, {160, 100}} {
		size, runs := c.size, c.runs
		outside := 0
		for range runs {
			x := make([]float64, size)
			for i := range x {
				x[i] = r.NormFloat64() + 3
			}
			if s := stats.PairedShift(x, alpha); s.Lower > 3 || s.Upper < 3 {
				outside++
			}
		}
		if low, _ := stats.ClopperPearson(outside, runs, 1e-9); low > alpha {
			t.Errorf("%d pairs: outside the interval in %d of %d, more than %g", size, outside, runs, alpha)
		}
	}
}

func TestTheSignedRankIntervalIsTheTestInverted(t *testing.T) {
	// The bounds lie at the c-th mean, where c - 1 is the largest sum of ranks that at
	// most alpha/2 of all signs stay within. Differences of powers of two keep their
	// means apart, so that the bound tells c.
	for n := 1; n <= 12; n++ {
		x := make([]float64, n)
		var means []float64
		for i := range x {
			x[i] = math.Pow(2, float64(i))
			for _, y := range x[:i+1] {
				means = append(means, (x[i]+y)/2)
			}
		}
		slices.Sort(means)
		sums := make([]int, n*(n+1)/2+1)
		for signs := range 1 << n {
			sum := 0
			for i := range n {
				sum += (signs >> i & 1) * (i + 1)
			}
			sums[sum]++
		}
		for _, alpha := range []float64{0.5, 0.1, 0.01, 0.001} {
			c, below := 0, 0
			for c < len(means)/2 && float64(below+sums[c])/float64(int(1)<<n) <= alpha/2 {
				below += sums[c]
				c++
			}
			want := math.Inf(-1)
			if c > 0 {
				want = means[c-1]
			}
			if got := stats.PairedShift(x, alpha).Lower; got != want {
				t.Errorf("%d differences at %g: lower bound %g, want %g", n, alpha, got, want)
			}
		}
	}
}

func TestTheSignTestCountsOut(t *testing.T) {
	for _, c := range []struct {
		successes, n int
		want         float64
	}{
		{0, 0, 1},
		{0, 5, 1},
		{5, 5, 1.0 / 32},
		{4, 5, 6.0 / 32},
		{3, 5, 0.5},
		{40, 40, math.Pow(2, -40)},
	} {
		near(t, "p-value", stats.SignTest(c.successes, c.n), c.want, 1e-15)
	}
}
