package stats_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// exact computes binomial probabilities in rational arithmetic, independently of
// what is tested.
type exact struct {
	pmf []*big.Float
}

func newExact(n int, num, den int64) exact {
	// Terms C(n,k) num^k (den-num)^(n-k) as integers, over den^n.
	total := new(big.Int).Exp(big.NewInt(den), big.NewInt(int64(n)), nil)
	e := exact{pmf: make([]*big.Float, n+1)}
	for k := 0; k <= n; k++ {
		t := new(big.Int).Binomial(int64(n), int64(k))
		t.Mul(t, new(big.Int).Exp(big.NewInt(num), big.NewInt(int64(k)), nil))
		t.Mul(t, new(big.Int).Exp(big.NewInt(den-num), big.NewInt(int64(n-k)), nil))
		e.pmf[k] = new(big.Float).SetPrec(200).Quo(
			new(big.Float).SetPrec(200).SetInt(t), new(big.Float).SetPrec(200).SetInt(total))
	}
	return e
}

// twoSided sums the outcomes that are at most as likely as x.
func (e exact) twoSided(x int) float64 {
	limit := new(big.Float).SetPrec(200).Mul(e.pmf[x], big.NewFloat(1+1e-7))
	sum := new(big.Float).SetPrec(200)
	for _, p := range e.pmf {
		if p.Cmp(limit) <= 0 {
			sum.Add(sum, p)
		}
	}
	f, _ := sum.Float64()
	return f
}

func (e exact) sum(from, to int) float64 {
	sum := new(big.Float).SetPrec(200)
	for k := from; k <= to; k++ {
		sum.Add(sum, e.pmf[k])
	}
	f, _ := sum.Float64()
	return f
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Max(math.Abs(want), 1e-300) {
		t.Errorf("%s = %.12g, want %.12g", what, got, want)
	}
}

func TestTheTwoSidedPValueIsTheExactSum(t *testing.T) {
	for _, c := range []struct {
		n        int
		num, den int64
	}{{1, 1, 2}, {10, 1, 2}, {17, 3, 10}, {200, 1, 100}, {300, 1, 2}, {400, 99, 100}, {250, 7, 13}} {
		e := newExact(c.n, c.num, c.den)
		p := float64(c.num) / float64(c.den)
		for x := 0; x <= c.n; x++ {
			near(t, "p-value", stats.BinomialTest(x, c.n, p), math.Min(1, e.twoSided(x)), 1e-8)
		}
	}
}

func TestPublishedBinomialTests(t *testing.T) {
	// Mendel's peas in R's help page of binom.test: 682 of 925 against 3/4.
	near(t, "Mendel", stats.BinomialTest(682, 925, 0.75), 0.3824916, 1e-6)
	lo, hi := stats.ClopperPearson(682, 925, 0.05)
	near(t, "Mendel, lower", lo, 0.7076683, 1e-6)
	near(t, "Mendel, upper", hi, 0.7654066, 1e-6)
	// The rule of three's exact form: no success in n trials.
	_, hi = stats.ClopperPearson(0, 20, 0.05)
	near(t, "none of 20", hi, 1-math.Pow(0.025, 1.0/20), 1e-12)
}

func TestRatesOfZeroAndOneAreExact(t *testing.T) {
	for name, c := range map[string]struct {
		x    int
		p    float64
		want float64
	}{
		"none at 0":         {0, 0, 1},
		"one at 0":          {1, 0, 0},
		"all at 1":          {1375, 1, 1},
		"all but one at 1":  {1374, 1, 0},
		"more than n":       {1376, 0.5, math.NaN()},
		"a rate above 1":    {3, 1.5, math.NaN()},
		"a rate of nothing": {3, math.NaN(), math.NaN()},
	} {
		got := stats.BinomialTest(c.x, 1375, c.p)
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%s: p-value %g, want %g", name, got, c.want)
		}
	}
}

func TestTheIntervalHoldsTheRatesThatNeitherSideRejects(t *testing.T) {
	const n = 60
	for _, alpha := range []float64{0.05, 1e-6, 2e-8} {
		for x := 1; x < n; x += 7 {
			lo, hi := stats.ClopperPearson(x, n, alpha)
			// At the bounds the tails are alpha/2: check with exact sums at the
			// bound rounded to a fraction.
			const den = 1 << 52
			e := newExact(n, int64(math.Round(lo*den)), den)
			near(t, "upper tail at the lower bound", e.sum(x, n), alpha/2, 1e-4)
			e = newExact(n, int64(math.Round(hi*den)), den)
			near(t, "lower tail at the upper bound", e.sum(0, x), alpha/2, 1e-4)
		}
	}
}

func TestPowerAndMissAreComplements(t *testing.T) {
	for _, n := range []int{1, 20, 137, 500} {
		near(t, "power + miss", stats.Power(n, 0.3, 0.5, 0.01)+stats.Miss(n, 0.3, 0.5, 0.01), 1, 1e-9)
	}
}

func TestTheFalseAlarmRateIsAtMostAlpha(t *testing.T) {
	for _, alpha := range []float64{0.05, 1e-3, 1e-6} {
		for _, n := range []int{10, 100, 401} {
			if size := stats.Power(n, 0.37, 0.37, alpha); size > alpha {
				t.Errorf("n=%d: rejected with probability %g under the null, want at most %g", n, size, alpha)
			}
		}
	}
}

func TestBonferroniSharesAlpha(t *testing.T) {
	if got := stats.Bonferroni(1e-6, 50); got != 2e-8 {
		t.Errorf("1e-6 over 50 tests is %g, want 2e-8", got)
	}
	if got := stats.Bonferroni(1e-6, 0); got != 1e-6 {
		t.Errorf("1e-6 over no tests is %g, want 1e-6", got)
	}
}
