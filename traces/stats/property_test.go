package stats_test

import (
	"flag"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces/stats"
)

// TestMain draws the same values in every run, unless another seed is asked for, so
// that a failure needs no file to be repeated.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("rapid.seed").Value.String() == "0" {
		for name, value := range map[string]string{"rapid.seed": "20", "rapid.checks": "500", "rapid.nofailfile": "true"} {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	m.Run()
}

func rates() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64Range(0, 1), rapid.SampledFrom([]float64{0, 1, 0.5, 0.01, 1e-9, 1e-300, 1 - 1e-12}))
}

// samples are values with many ties, infinities among them.
func samples(largest int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }),
		rapid.Float64Range(-5, 5),
		rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.MaxFloat64, -5e-324}),
	), 0, largest)
}

func isP(t *rapid.T, what string, p float64) {
	if !(p >= 0 && p <= 1) {
		t.Fatalf("%s is %g, want a probability", what, p)
	}
}

func alike(t *rapid.T, what string, a, b float64) {
	if math.Abs(a-b) > 1e-9*math.Max(math.Abs(a), math.Abs(b))+1e-300 {
		t.Fatalf("%s: %g and %g, want the same", what, a, b)
	}
}

func TestBinomialPropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000).Draw(t, "n")
		x := rapid.IntRange(0, n).Draw(t, "observed")
		p := rates().Draw(t, "rate")
		two := stats.BinomialTest(x, n, p)
		isP(t, "p-value", two)
		atMost, atLeast := stats.BinomialTails(x, n, p)
		isP(t, "lower tail", atMost)
		isP(t, "upper tail", atLeast)
		if atMost+atLeast < 1-1e-9 {
			t.Fatalf("tails %g and %g leave something out", atMost, atLeast)
		}
		if two < math.Min(atMost, atLeast)*(1-1e-9) {
			t.Fatalf("p-value %g is below the tails %g and %g", two, atMost, atLeast)
		}
		mirrored, other := stats.BinomialTails(n-x, n, 1-p)
		if 1-(1-p) == p {
			alike(t, "mirrored tail", atMost, other)
			alike(t, "other mirrored tail", atLeast, mirrored)
		}
		if x < n {
			more, fewer := stats.BinomialTails(x+1, n, p)
			if more < atMost*(1-1e-9) || fewer > atLeast*(1+1e-9) {
				t.Fatal("the tails are not monotone in what was observed")
			}
		}
		higher, _ := stats.BinomialTails(x, n, p+(1-p)/3)
		if higher > atMost*(1+1e-9) {
			t.Fatalf("the lower tail rises with the rate, from %g to %g", atMost, higher)
		}
	})
}

func TestTheIntervalIsDualToTheTails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		x := rapid.IntRange(0, n).Draw(t, "observed")
		alpha := rapid.SampledFrom([]float64{0.5, 0.05, 1e-3, 2e-8}).Draw(t, "alpha")
		lo, hi := stats.ClopperPearson(x, n, alpha)
		if at := float64(x) / float64(n); !(lo >= 0 && lo <= at && at <= hi && hi <= 1) {
			t.Fatalf("interval %g to %g of %d in %d", lo, hi, x, n)
		}
		p := rapid.Float64Range(0, 1).Draw(t, "rate")
		atMost, atLeast := stats.BinomialTails(x, n, p)
		if near := math.Min(math.Abs(p-lo), math.Abs(p-hi)); near > 1e-7 {
			if inside := lo < p && p < hi; inside != (atMost > alpha/2 && atLeast > alpha/2) {
				t.Fatalf("rate %g is inside %g to %g: %t, but the tails are %g and %g", p, lo, hi, inside, atMost, atLeast)
			}
		}
		wideLo, wideHi := stats.ClopperPearson(x, n, alpha/10)
		mirrorLo, mirrorHi := stats.ClopperPearson(n-x, n, alpha)
		if wideLo > lo || wideHi < hi || math.Abs(mirrorLo-(1-hi)) > 1e-9 || math.Abs(mirrorHi-(1-lo)) > 1e-9 {
			t.Fatalf("interval %g to %g is neither monotone in alpha nor symmetric", lo, hi)
		}
	})
}

func TestPowerPropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, p0, p1 := rapid.IntRange(0, 500).Draw(t, "n"), rates().Draw(t, "p0"), rates().Draw(t, "p1")
		alpha := rates().Draw(t, "alpha")
		power, miss := stats.Power(n, p0, p1, alpha), stats.Miss(n, p0, p1, alpha)
		isP(t, "power", power)
		isP(t, "miss", miss)
		if math.Abs(power+miss-1) > 1e-9 {
			t.Fatalf("power %g and miss %g are no complements", power, miss)
		}
		if size := stats.Power(n, p0, p0, alpha); size > alpha*(1+1e-6) {
			t.Fatalf("false-alarm rate %g at %g", size, alpha)
		}
		if stats.Power(n, p0, p1, alpha/2) > power*(1+1e-9) {
			t.Fatal("the power falls with alpha")
		}
	})
}

func TestPoolingPropertiesHold(t *testing.T) {
	tests := map[string]func([]float64) float64{"Fisher": stats.Fisher, "Uniform": stats.Uniform, "TooManySmall": stats.TooManySmall}
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rates(), 0, 40).Draw(t, "p-values")
		n := rapid.SliceOfN(rapid.IntRange(1, 1<<40), len(p), len(p)).Draw(t, "requests")
		turned, sizes := slices.Clone(p), slices.Clone(n)
		slices.Reverse(turned)
		slices.Reverse(sizes)
		for name, test := range tests {
			isP(t, name, test(p))
			alike(t, name+" in another order", test(p), test(turned))
		}
		score := stats.Stouffer(p, n)
		isP(t, "Stouffer", score)
		alike(t, "Stouffer in another order", score, stats.Stouffer(turned, sizes))
		if len(p) == 0 {
			return
		}
		i := rapid.IntRange(0, len(p)-1).Draw(t, "which")
		smaller := slices.Clone(p)
		smaller[i] /= 2
		for name, test := range tests {
			if name != "Uniform" && test(smaller) > test(p)*(1+1e-9) {
				t.Fatalf("%s rises from %g to %g as a p-value falls", name, test(p), test(smaller))
			}
		}
		if after := stats.Stouffer(smaller, n); after > score*(1+1e-9) {
			t.Fatalf("Stouffer rises from %g to %g as a p-value falls", score, after)
		}
		smaller[i] = rapid.SampledFrom([]float64{-1, 1.5, math.NaN(), math.Inf(1), math.Inf(-1)}).Draw(t, "absurd")
		for name, test := range tests {
			if v := test(smaller); !math.IsNaN(v) {
				t.Fatalf("%s of an absurd p-value is %g, want NaN", name, v)
			}
		}
		if v := stats.Stouffer(smaller, n); !math.IsNaN(v) {
			t.Fatalf("Stouffer of an absurd p-value is %g, want NaN", v)
		}
	})
}

func TestCountPropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(1, 5).Draw(t, "columns")
		counts := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 9), rapid.IntRange(0, 3000)), columns, columns)
		table := rapid.SliceOfN(counts, 1, 4).Draw(t, "table")
		p := stats.Contingency(table)
		isP(t, "Contingency", p)
		turned := make([][]int, columns)
		for _, row := range table {
			for j, o := range row {
				turned[columns-1-j] = append(turned[columns-1-j], o)
			}
		}
		alike(t, "Contingency with rows for columns", p, stats.Contingency(turned))
		alike(t, "Contingency with an empty row", p, stats.Contingency(append(slices.Clone(table), make([]int, columns))))

		weights := rapid.SliceOfN(rapid.Float64Range(1e-6, 1e6), columns, columns).Draw(t, "weights")
		observed := slices.Clone(table[0])
		p = stats.ChiSquare(observed, weights)
		isP(t, "ChiSquare", p)
		scaled := make([]float64, columns)
		for i, w := range weights {
			scaled[i] = 1024 * w
		}
		alike(t, "ChiSquare with other units", p, stats.ChiSquare(observed, scaled))
		alike(t, "ChiSquare with an empty cell", p, stats.ChiSquare(append(slices.Clone(observed), 0), append(slices.Clone(weights), 0)))
	})
}

func TestRunsPropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sequence := rapid.SliceOf(rapid.Bool()).Draw(t, "sequence")
		p := stats.Runs(sequence)
		isP(t, "Runs", p)
		opposite := make([]bool, len(sequence))
		for i, s := range sequence {
			opposite[i] = !s
		}
		alike(t, "with yes for no", p, stats.Runs(opposite))
		slices.Reverse(sequence)
		alike(t, "backwards", p, stats.Runs(sequence))
	})
}

func TestSamplePropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := samples(30).Draw(t, "x"), samples(30).Draw(t, "y")
		turned := slices.Clone(x)
		slices.Reverse(turned)
		cubed := func(x []float64) []float64 {
			c := make([]float64, len(x))
			for i, v := range x {
				c[i] = math.Cbrt(v) // Rising, and no two values become one.
			}
			return c
		}
		p := stats.MannWhitney(x, y)
		isP(t, "MannWhitney", p)
		alike(t, "MannWhitney changed round", p, stats.MannWhitney(y, x))
		alike(t, "MannWhitney in another order", p, stats.MannWhitney(turned, y))
		distance, q := stats.KolmogorovSmirnov(x, y)
		isP(t, "distance", distance)
		isP(t, "KolmogorovSmirnov", q)
		back, r := stats.KolmogorovSmirnov(y, turned)
		alike(t, "distance changed round", distance, back)
		alike(t, "KolmogorovSmirnov changed round", q, r)
		if c, d := cubed(x), cubed(y); distinct(slices.Concat(x, y)) == distinct(slices.Concat(c, d)) {
			alike(t, "MannWhitney in other units", p, stats.MannWhitney(c, d))
			_, r = stats.KolmogorovSmirnov(c, d)
			alike(t, "KolmogorovSmirnov in other units", q, r)
		}
		bad := append(slices.Clone(x), math.NaN())
		distance, q = stats.KolmogorovSmirnov(y, bad)
		if !math.IsNaN(distance) || !math.IsNaN(q) || !math.IsNaN(stats.MannWhitney(bad, y)) {
			t.Fatal("a sample with a NaN has a p-value")
		}
	})
}

func distinct(x []float64) int {
	slices.Sort(x)
	return len(slices.Compact(x))
}

func TestIntervalPropertiesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Float64Range(-1e6, 1e6)
		x, y := rapid.SliceOfN(value, 1, 25).Draw(t, "x"), rapid.SliceOfN(value, 1, 25).Draw(t, "y")
		alpha := rapid.SampledFrom([]float64{0.5, 0.05, 1e-3, 2e-8}).Draw(t, "alpha")
		s, back := stats.HodgesLehmann(x, y, alpha), stats.HodgesLehmann(y, x, alpha)
		if !(s.Lower <= s.Estimate && s.Estimate <= s.Upper) {
			t.Fatalf("shift %+v is outside its interval", s)
		}
		if s.Estimate != -back.Estimate || s.Lower != -back.Upper || s.Upper != -back.Lower {
			t.Fatalf("shift %+v, but %+v back", s, back)
		}
		if wide := stats.HodgesLehmann(x, y, alpha/10); wide.Lower > s.Lower || wide.Upper < s.Upper {
			t.Fatalf("interval %+v narrows to %+v at a tenth of alpha", s, wide)
		}
		q := rapid.Float64Range(0.01, 0.99).Draw(t, "q")
		lo, hi := stats.QuantileInterval(x, q, alpha)
		wideLo, wideHi := stats.QuantileInterval(x, q, alpha/10)
		if !(wideLo <= lo && lo <= hi && hi <= wideHi) {
			t.Fatalf("interval %g to %g, and %g to %g at a tenth of alpha", lo, hi, wideLo, wideHi)
		}
		if v := stats.Quantile(x, q); v < slices.Min(x) || v > slices.Max(x) || v > stats.Quantile(x, q+0.01)+1e-9 {
			t.Fatalf("quantile %g of %v", v, x)
		}
	})
}

func TestAbsurdInputGivesNoPanicAndAProbabilityOrNaN(t *testing.T) {
	anything := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1, 5e-324, -1}))
	number := rapid.OneOf(rapid.Int(), rapid.IntRange(-3, 50), rapid.SampledFrom([]int{math.MaxInt, math.MinInt, 1e9, 1e9 + 1}))
	rapid.Check(t, func(t *rapid.T) {
		i, n := number.Draw(t, "i"), number.Draw(t, "n")
		a, b, c := anything.Draw(t, "a"), anything.Draw(t, "b"), anything.Draw(t, "c")
		x, y := rapid.SliceOfN(anything, 0, 9).Draw(t, "x"), rapid.SliceOfN(anything, 0, 9).Draw(t, "y")
		k := rapid.SliceOfN(number, 0, 5).Draw(t, "counts")
		atMost, atLeast := stats.BinomialTails(i, n, a)
		lo, hi := stats.ClopperPearson(i, n, a)
		distance, ks := stats.KolmogorovSmirnov(x, y)
		for what, p := range map[string]float64{
			"BinomialTest": stats.BinomialTest(i, n, a), "lower tail": atMost, "upper tail": atLeast, "lower bound": lo, "upper bound": hi,
			"Power": stats.Power(n, a, b, c), "Miss": stats.Miss(n, a, b, c),
			"Fisher": stats.Fisher(x), "Stouffer": stats.Stouffer(x, k), "Uniform": stats.Uniform(x), "TooManySmall": stats.TooManySmall(x),
			"ChiSquare": stats.ChiSquare(k, x), "Contingency": stats.Contingency([][]int{k, k, {i, n}, {n, i}}),
			"Contingency of two": stats.Contingency([][]int{{i, n}, {n, i}}),
			"MannWhitney":        stats.MannWhitney(x, y), "distance": distance, "KolmogorovSmirnov": ks,
		} {
			if p < 0 || p > 1 {
				t.Fatalf("%s is %g, want a probability or NaN", what, p)
			}
		}
		stats.QuantileInterval(x, a, b)
		stats.Quantile(x, a)
		stats.HodgesLehmann(x, y, a)
		if got := stats.RequiredN(a, b, c, 0.1); got < 0 || got > 10_000_000 {
			t.Fatalf("required n is %d", got)
		}
	})
}
