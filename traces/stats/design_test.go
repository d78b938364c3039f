package stats_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// outcomes are the probabilities of 0 to n successes at the rate num/den, each from
// its neighbour with more digits and range than a float has.
func outcomes(n int, num, den int64) []float64 {
	const digits = 96
	whole := func(i int64) *big.Float { return new(big.Float).SetPrec(digits).SetInt64(i) }
	all := make([]float64, n+1)
	if num == 0 || num == den {
		all[n*int(num/den)] = 1
		return all
	}
	p := whole(1)
	for base, e := new(big.Float).Quo(whole(den-num), whole(den)), n; e > 0; e >>= 1 {
		if e&1 == 1 {
			p.Mul(p, base)
		}
		base = new(big.Float).Mul(base, base)
	}
	all[0], _ = p.Float64()
	for k := 1; k <= n; k++ {
		p.Mul(p, whole(int64(n-k+1)*num)).Quo(p, whole(int64(k)*(den-num)))
		all[k], _ = p.Float64()
	}
	return all
}

// missed is the probability at the second rate, in thousandths as the first, of all
// outcomes whose two-sided p-value under the first exceeds the design's alpha, by
// looking at each of them.
func missed(n int, num0, num1 int64) (sum float64) {
	const alpha = 2e-8
	null, alternative := outcomes(n, num0, 1000), outcomes(n, num1, 1000)
	sorted := slices.Sorted(slices.Values(null))
	tail, i, total := make([]float64, n+1), 0, 0.0
	for j, p := range sorted {
		for ; i <= n && sorted[i] <= p*(1+1e-7); i++ {
			total += sorted[i]
		}
		tail[j] = total
	}
	for k, p := range null {
		j, _ := slices.BinarySearch(sorted, p)
		if tail[j] > alpha {
			sum += alternative[k]
		}
	}
	return sum
}

func TestTheDesignsTableHolds(t *testing.T) {
	const alpha, beta = 2e-8, 1e-6
	for _, c := range []struct {
		// The rates in thousandths, the design's n, its probability of a miss, and
		// the smallest n that suffices.
		null, alternative int64
		n                 int
		miss              float64
		smallest          int
	}{
		{0, 10, 1375, 9.96e-7, 1375},
		{1000, 990, 1375, 9.96e-7, 1375},
		{10, 20, 15300, 7.91e-7, 15142},
		{100, 120, 26300, 8.43e-7, 26146},
		{500, 600, 2700, 6.97e-7, 2652},
		{5, 10, 31000, 7.65e-7, 30439},
	} {
		p0, p1 := float64(c.null)/1000, float64(c.alternative)/1000
		miss := stats.Miss(c.n, p0, p1, alpha)
		near(t, "miss, published", miss, c.miss, 0.005)
		near(t, "miss, summed", miss, missed(c.n, c.null, c.alternative), 1e-7)
		near(t, "power", stats.Power(c.n, p0, p1, alpha), 1, beta)
		if miss > beta {
			t.Errorf("%d requests of %g against %g: missed with %g, want at most %g", c.n, p0, p1, miss, beta)
		}
		// The smallest n and its neighbour, by both computations.
		for n, enough := range map[int]bool{c.smallest: true, c.smallest - 1: false} {
			got, want := stats.Miss(n, p0, p1, alpha), missed(n, c.null, c.alternative)
			near(t, "miss", got, want, 1e-7)
			if (got <= beta) != enough || (want <= beta) != enough {
				t.Errorf("%g against %g: %d requests miss with %g, summed %g; want enough %t", p0, p1, n, got, want, enough)
			}
		}
		// The one found suffices and its neighbour does not, as its comment says.
		need := stats.RequiredN(p0, p1, alpha, beta)
		if need < c.smallest || need > c.n || missed(need, c.null, c.alternative) > beta ||
			missed(need-1, c.null, c.alternative) <= beta {
			t.Errorf("%g against %g: required n %d, want from %d to %d and one less not to suffice", p0, p1, need, c.smallest, c.n)
		}
	}
}

func TestNoSmallerNumberOfRequestsSuffices(t *testing.T) {
	// The sawtooth has few teeth: two per cent below, nothing suffices any more.
	for _, c := range []struct {
		p0, p1   float64
		smallest int
	}{{0, 0.01, 1375}, {0.5, 0.6, 2652}, {0.01, 0.02, 15142}} {
		for n := c.smallest - c.smallest/50; n < c.smallest; n += 1 + c.smallest/3000 {
			if miss := stats.Miss(n, c.p0, c.p1, 2e-8); miss <= 1e-6 {
				t.Errorf("%g against %g: %d requests miss with %g already", c.p0, c.p1, n, miss)
			}
		}
	}
}

func TestTheTailsAreTheExactSums(t *testing.T) {
	for _, c := range []struct {
		n        int
		num, den int64
	}{{1, 1, 2}, {10, 1, 2}, {17, 3, 10}, {200, 1, 100}, {300, 99, 100}} {
		e, p := newExact(c.n, c.num, c.den), float64(c.num)/float64(c.den)
		for x := range c.n + 1 {
			atMost, atLeast := stats.BinomialTails(x, c.n, p)
			near(t, "at most", atMost, e.sum(0, x), 1e-10)
			near(t, "at least", atLeast, e.sum(x, c.n), 1e-10)
		}
	}
}

func TestPowerIsTheSumOverTheRejectedOutcomes(t *testing.T) {
	for _, n := range []int{1, 2, 9, 40, 100} {
		for _, alpha := range []float64{0, 1e-9, 1e-3, 0.05, 0.3, 0.9, 1} {
			null, alternative := newExact(n, 3, 10), newExact(n, 9, 20)
			var rejected, accepted float64
			for x := range n + 1 {
				if math.Min(1, null.twoSided(x)) <= alpha {
					rejected += alternative.sum(x, x)
				} else {
					accepted += alternative.sum(x, x)
				}
			}
			near(t, "power", stats.Power(n, 0.3, 0.45, alpha), rejected, 1e-9)
			near(t, "miss", stats.Miss(n, 0.3, 0.45, alpha), accepted, 1e-9)
		}
	}
	// A p-value of just alpha rejects.
	alpha := stats.BinomialTest(0, 10, 0.5)
	near(t, "at the p-value of 0 of 10", stats.Power(10, 0.5, 0.3, alpha), math.Pow(0.7, 10)+math.Pow(0.3, 10), 1e-9)
	near(t, "the largest of the design", stats.Power(31000, 0.005, 0.5, 2e-8), 1, 1e-15)
}

func TestRequiredNGoesUpToTenMillion(t *testing.T) {
	n := stats.RequiredN(0.5, 0.4994, 0.05, 0.05)
	if n < 1<<23 || n > 10_000_000 || stats.Miss(n, 0.5, 0.4994, 0.05) > 0.05 || stats.Miss(n-1, 0.5, 0.4994, 0.05) <= 0.05 {
		t.Errorf("required n is %d, want one between 2^23 and ten million that suffices", n)
	}
	if n = stats.RequiredN(0.5, 0.4995, 0.05, 0.05); n != 0 {
		t.Errorf("required n is %d where thirteen million are too few, want 0", n)
	}
	near(t, "none of a hundredth", float64(stats.RequiredN(0, 0.01, 0.5, 1e-6)), math.Ceil(math.Log(1e-6)/math.Log(0.99)), 0)
}

func TestATailBelowTheNormalFloatsEnds(t *testing.T) {
	// Half a billion terms that stay at the smallest float would add up.
	if _, atLeast := stats.BinomialTails(500_602_000, 1_000_000_000, 0.5); !(atLeast > 0 && atLeast < 1e-316) {
		t.Errorf("tail %g of 38 standard deviations, want less than 1e-316 and more than 0", atLeast)
	}
}

func TestAbsurdRatesAndCountsAreNaN(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		x, n int
		rate float64
	}{
		{-1, 10, 0.5},
		{11, 10, 0.5},
		{0, -1, 0.5},
		{1, 10, -0.1},
		{1, 10, 1.1},
		{1, 10, nan},
		{1, 10, math.Inf(1)},
		{1, math.MaxInt, 0.5},
		{math.MaxInt / 2, math.MaxInt, 0.5},
		{1, 1_000_000_001, 0.5},
		{math.MinInt, math.MinInt, 0.5},
	} {
		atMost, atLeast := stats.BinomialTails(c.x, c.n, c.rate)
		lo, hi := stats.ClopperPearson(c.x, c.n, c.rate)
		for what, v := range map[string]float64{
			"p-value": stats.BinomialTest(c.x, c.n, c.rate), "lower tail": atMost, "upper tail": atLeast, "lower bound": lo, "upper bound": hi,
		} {
			if !math.IsNaN(v) {
				t.Errorf("%d of %d at %g: %s %g, want NaN", c.x, c.n, c.rate, what, v)
			}
		}
	}
	for _, c := range []struct {
		n             int
		p0, p1, alpha float64
	}{{-1, 0.1, 0.2, 0.05}, {10, 2, 0.2, 0.05}, {10, 0.1, -1, 0.05}, {10, 0.1, 0.2, nan}, {math.MaxInt, 0.1, 0.2, 0.05}, {10, nan, 0.2, 0.05}, {10, 0.1, nan, 0.05}} {
		if p, m := stats.Power(c.n, c.p0, c.p1, c.alpha), stats.Miss(c.n, c.p0, c.p1, c.alpha); !math.IsNaN(p) || !math.IsNaN(m) {
			t.Errorf("%v: power %g and miss %g, want NaN", c, p, m)
		}
	}
	for _, c := range [][4]float64{{0.5, 0.5, 0.05, 0.1}, {nan, 0.5, 0.05, 0.1}, {0.5, 2, 0.05, 0.1}, {0.5, 0.6, nan, 0.1}, {0.5, 0.6, 0.05, nan}, {0.5, 0.6, 0.05, -1}} {
		if n := stats.RequiredN(c[0], c[1], c[2], c[3]); n != 0 {
			t.Errorf("%v: required n %d, want 0", c, n)
		}
	}
	// A billion is not absurd.
	near(t, "a billion", stats.BinomialTest(500_000_000, 1_000_000_000, 0.5), 1, 1e-9)
	lo, hi := stats.ClopperPearson(0, 0, 0.05)
	if lo != 0 || hi != 1 || stats.BinomialTest(0, 0, 0.3) != 1 {
		t.Errorf("of no trials: interval %g to %g, want 0 to 1, and the p-value 1", lo, hi)
	}
}
