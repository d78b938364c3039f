package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// doubt is the probability at which a simulation may contradict what is claimed.
const doubt = 1e-9

// tails are the probabilities of at most and of at least k of n at the rate p, term
// by term.
func tails(k, n int, p float64) (atMost, atLeast float64) {
	lgamma := func(i int) float64 { v, _ := math.Lgamma(float64(i + 1)); return v }
	for i := range n + 1 {
		term := math.Exp(lgamma(n) - lgamma(i) - lgamma(n-i) + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		if i <= k {
			atMost += term
		}
		if i >= k {
			atLeast += term
		}
	}
	return atMost, atLeast
}

// successes is how many of n requests are sampled at the rate p.
func successes(r *rand.Rand, n int, p float64) (k int) {
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}

// into shares n requests out by weights.
func into(r *rand.Rand, n int, weights ...float64) []int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	counts := make([]int, len(weights))
	for range n {
		at, i := r.Float64()*sum, 0
		for i < len(weights)-1 && at >= weights[i] {
			at -= weights[i]
			i++
		}
		counts[i]++
	}
	return counts
}

// latencies are n skewed values from some milliseconds on, in steps if step > 0.
func latencies(r *rand.Rand, n int, from, step float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = from + r.ExpFloat64()
		if step > 0 {
			x[i] = math.Floor(x[i] / step)
		}
	}
	return x
}

func oneSidedP(r *rand.Rand, n int, p0, p1 float64) float64 {
	_, atLeast := stats.BinomialTails(successes(r, n, p1), n, p0)
	return atLeast
}

// calibration is a test of the package under its null hypothesis and under an
// alternative that it must find.
type calibration struct {
	name string
	runs int
	// claim is the largest false-alarm rate over alpha: 1 but for approximations.
	claim float64
	// full says that the rate is alpha, not only at most.
	full              bool
	null, alternative func(r *rand.Rand) float64
}

func calibrations() []calibration {
	pooled := func(n int, p1 float64) func(*rand.Rand) []float64 {
		return func(r *rand.Rand) []float64 {
			p := make([]float64, 12)
			for i := range p {
				p[i] = stats.BinomialTest(successes(r, n, p1), n, 0.4)
			}
			return p
		}
	}
	uniform := func(n int, power float64) func(*rand.Rand) []float64 {
		return func(r *rand.Rand) []float64 {
			p := make([]float64, n)
			for i := range p {
				p[i] = math.Pow(r.Float64(), power)
			}
			return p
		}
	}
	of := func(test func([]float64) float64, p func(*rand.Rand) []float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 { return test(p(r)) }
	}
	stouffer := func(p1 float64) func(*rand.Rand) float64 {
		n := []int{20, 60, 100}
		return func(r *rand.Rand) float64 {
			p := make([]float64, len(n))
			for i := range p {
				p[i] = oneSidedP(r, n[i], 0.3, p1)
			}
			return stats.Stouffer(p, n)
		}
	}
	shared := func(n int, truth []float64, weights ...float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 { return stats.ChiSquare(into(r, n, truth...), weights) }
	}
	table := func(n int, rows ...[]float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			var counts [][]int
			for _, row := range rows {
				counts = append(counts, into(r, n, row...))
			}
			return stats.Contingency(counts)
		}
	}
	runs := func(n int, stay float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			sequence, now := make([]bool, n), false
			for i := range sequence {
				if r.Float64() >= stay {
					now = !now
				}
				sequence[i] = now
			}
			return stats.Runs(sequence)
		}
	}
	shift := func(n, m int, step, by float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			return stats.MannWhitney(latencies(r, n, 0, step), latencies(r, m, by, step))
		}
	}
	smirnov := func(n, m int, step, by float64) func(*rand.Rand) float64 {
		return func(r *rand.Rand) float64 {
			_, p := stats.KolmogorovSmirnov(latencies(r, n, 0, step), latencies(r, m, by, step))
			return p
		}
	}
	equal := []float64{1, 1, 1}
	return []calibration{
		{
			"BinomialTest", 3000, 1, false,
			func(r *rand.Rand) float64 { return stats.BinomialTest(successes(r, 200, 0.3), 200, 0.3) },
			func(r *rand.Rand) float64 { return stats.BinomialTest(successes(r, 200, 0.7), 200, 0.3) },
		},
		{
			"BinomialTails", 3000, 1, false,
			func(r *rand.Rand) float64 { return oneSidedP(r, 150, 0.3, 0.3) },
			func(r *rand.Rand) float64 { return oneSidedP(r, 150, 0.3, 0.7) },
		},
		{"Fisher of discrete tests", 1000, 1, false, of(stats.Fisher, pooled(25, 0.4)), of(stats.Fisher, pooled(25, 0.8))},
		{"Fisher of uniform p-values", 3000, 1, true, of(stats.Fisher, uniform(9, 1)), of(stats.Fisher, uniform(60, 4))},
		{"Stouffer", 2000, 1, false, stouffer(0.3), stouffer(0.7)},
		{"Uniform", 3000, 1.001, true, of(stats.Uniform, uniform(30, 1)), of(stats.Uniform, uniform(60, 5))},
		{"Uniform of p-values that are too large", 1000, 1, true, of(stats.Uniform, uniform(10, 1)), of(stats.Uniform, uniform(60, 0.1))},
		{"TooManySmall", 3000, 1, true, of(stats.TooManySmall, uniform(30, 1)), of(stats.TooManySmall, uniform(60, 5))},
		{"TooManySmall of discrete tests", 1000, 1, false, of(stats.TooManySmall, pooled(25, 0.4)), of(stats.TooManySmall, pooled(60, 0.8))},
		{"ChiSquare of two cells", 3000, 1, false, shared(120, []float64{9, 1}, 9, 1), shared(120, []float64{5, 5}, 9, 1)},
		{"ChiSquare approximated", 3000, 1.35, false, shared(300, []float64{8, 1, 1}, 8, 1, 1), shared(300, equal, 8, 1, 1)},
		{"ChiSquare by its cells", 3000, 1, false, shared(40, []float64{98, 1, 1}, 98, 1, 1), shared(40, equal, 98, 1, 1)},
		{"Contingency of two by two", 2000, 1, false, table(60, []float64{3, 7}, []float64{3, 7}), table(60, []float64{1, 9}, []float64{9, 1})},
		{"Contingency approximated", 2000, 1.35, false, table(80, equal, equal, equal), table(80, equal, []float64{9, 1, 0}, equal)},
		{"Contingency by its cells", 2000, 1, false, table(9, equal, equal, equal), table(40, []float64{40, 1, 1}, []float64{1, 1, 40}, equal)},
		{"Runs of a fair coin", 2000, 1, false, runs(200, 0.5), runs(200, 0.8)},
		{"Runs that alternate", 2000, 1, false, runs(30, 0.5), runs(200, 0.1)},
		{"MannWhitney counted", 2000, 1, false, shift(12, 20, 0, 0), shift(30, 30, 0, 3)},
		{"MannWhitney counted with ties", 300, 1, false, shift(12, 16, 0.5, 0), shift(20, 20, 0.5, 3)},
		{"MannWhitney approximated", 700, 1.02, true, shift(110, 110, 0, 0), shift(110, 110, 0, 1)},
		{"MannWhitney approximated with ties", 700, 1.02, true, shift(80, 80, 0.5, 0), shift(80, 80, 0.5, 1.5)},
		{"KolmogorovSmirnov counted", 1500, 1, false, smirnov(20, 25, 0, 0), smirnov(40, 40, 0, 2)},
		{"KolmogorovSmirnov counted with ties", 1500, 1, false, smirnov(20, 25, 0.5, 0), smirnov(40, 40, 0.5, 2)},
		{"KolmogorovSmirnov approximated", 100, 1, false, smirnov(1025, 1025, 0, 0), smirnov(1025, 1025, 0, 0.5)},
	}
}

func TestEveryTestKeepsItsFalseAlarmRateAndFindsItsAlternative(t *testing.T) {
	for i, c := range calibrations() {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2718, uint64(i)))
			rejected := map[float64]int{0.1: 0, 0.05: 0, 0.01: 0, 0.005: 0}
			for range c.runs {
				p := c.null(r)
				if !(p >= 0 && p <= 1) {
					t.Fatalf("p-value %g", p)
				}
				for alpha := range rejected {
					if p <= alpha {
						rejected[alpha]++
					}
				}
			}
			for alpha, k := range rejected {
				claim := alpha
				if alpha >= 0.01 {
					claim *= c.claim
				}
				if _, atLeast := tails(k, c.runs, claim); atLeast < doubt {
					t.Errorf("%d false alarms in %d at %g, which has the probability %.2g under the claimed rate", k, c.runs, alpha, atLeast)
				}
				if atMost, _ := tails(k, c.runs, alpha); c.full && atMost < doubt {
					t.Errorf("%d false alarms in %d at %g are too few for a level of just that", k, c.runs, alpha)
				}
			}
			for range 5 {
				if p := c.alternative(r); !(p <= 2e-8) {
					t.Errorf("the alternative has the p-value %g, want at most 2e-8", p)
				}
			}
		})
	}
}

func TestEveryIntervalCoversAsOftenAsItSays(t *testing.T) {
	medianOf := math.Ln2 // Of the exponential distribution.
	for i, c := range []struct {
		name string
		runs int
		// draw gives an interval, what it must cover, and what it must exclude
		// nearly always.
		draw func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64)
	}{
		{"ClopperPearson", 2000, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			lo, hi = stats.ClopperPearson(successes(r, 150, 0.2), 150, alpha)
			return lo, hi, 0.2, 0.5
		}},
		{"HodgesLehmann counted", 400, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			s := stats.HodgesLehmann(latencies(r, 20, 0, 0), latencies(r, 20, 5, 0), alpha)
			return s.Lower, s.Upper, 5, 0
		}},
		{"HodgesLehmann with ties", 400, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			s := stats.HodgesLehmann(latencies(r, 20, 0, 0.25), latencies(r, 20, 5, 0.25), alpha)
			return s.Lower, s.Upper, 20, 0
		}},
		{"HodgesLehmann approximated", 150, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			s := stats.HodgesLehmann(latencies(r, 105, 0, 0), latencies(r, 105, 5, 0), alpha)
			return s.Lower, s.Upper, 5, 0
		}},
		{"QuantileInterval of the median", 2000, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			lo, hi = stats.QuantileInterval(latencies(r, 80, 0, 0), 0.5, alpha)
			return lo, hi, medianOf, 3
		}},
		{"QuantileInterval of the 90th percentile", 2000, func(r *rand.Rand, alpha float64) (lo, hi, truth, wrong float64) {
			lo, hi = stats.QuantileInterval(latencies(r, 120, 0, 0), 0.9, alpha)
			return lo, hi, math.Log(10), 0.5
		}},
	} {
		for _, alpha := range []float64{0.1, 0.05, 0.01} {
			r := rand.New(rand.NewPCG(31415, uint64(i)))
			missed, covered := 0, 0
			for range c.runs {
				lo, hi, truth, wrong := c.draw(r, alpha)
				if truth < lo || truth > hi {
					missed++
				}
				if lo <= wrong && wrong <= hi {
					covered++
				}
			}
			if _, atLeast := tails(missed, c.runs, alpha); atLeast < doubt {
				t.Errorf("%s at %g misses %d times in %d", c.name, alpha, missed, c.runs)
			}
			if covered > 0 {
				t.Errorf("%s at %g covers a value far off %d times in %d", c.name, alpha, covered, c.runs)
			}
		}
	}
}

func TestTheClaimedPowerIsWhatSimulationFinds(t *testing.T) {
	const runs = 4000
	r := rand.New(rand.NewPCG(161, 803))
	need := stats.RequiredN(0.3, 0.45, 0.01, 0.1)
	for _, c := range []struct {
		n             int
		p0, p1, alpha float64
	}{{200, 0.3, 0.4, 0.05}, {60, 0.5, 0.3, 0.01}, {40, 0.9, 0.7, 0.1}, {100, 0, 0.01, 0.05}, {need, 0.3, 0.45, 0.01}} {
		rejected := 0
		for range runs {
			if stats.BinomialTest(successes(r, c.n, c.p1), c.n, c.p0) <= c.alpha {
				rejected++
			}
		}
		power, miss := stats.Power(c.n, c.p0, c.p1, c.alpha), stats.Miss(c.n, c.p0, c.p1, c.alpha)
		atMost, atLeast := tails(rejected, runs, power)
		if atMost < doubt/2 || atLeast < doubt/2 {
			t.Errorf("%+v: found %d times in %d, but the claimed power is %g", c, rejected, runs, power)
		}
		if atMost, atLeast = tails(runs-rejected, runs, miss); atMost < doubt/2 || atLeast < doubt/2 {
			t.Errorf("%+v: missed %d times in %d, but the claimed rate is %g", c, runs-rejected, runs, miss)
		}
		if c.n == need && miss > 0.1 {
			t.Errorf("the required n of %d misses with %g, want at most 0.1", need, miss)
		}
	}
}
