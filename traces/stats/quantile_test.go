package stats_test

import (
	"math"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// upTo are the values 1 to n, in falling order.
func upTo(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(n - i)
	}
	return x
}

func TestPublishedIntervalsOfTheMedian(t *testing.T) {
	// The order statistics of the sign test at 95 % (David and Nagaraja 2003, 7.1).
	for _, c := range []struct{ n, lo, hi int }{
		{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {10, 2, 9}, {15, 4, 12}, {20, 6, 15}, {25, 8, 18}, {30, 10, 21}, {50, 18, 33},
	} {
		lo, hi := stats.QuantileInterval(upTo(c.n), 0.5, 0.05)
		if lo != float64(c.lo) || hi != float64(c.hi) {
			t.Errorf("n=%d: values %g to %g, want %d to %d", c.n, lo, hi, c.lo, c.hi)
		}
	}
}

func TestTheQuantileIntervalIsTheNarrowestThatCovers(t *testing.T) {
	for _, q := range []struct{ num, den int64 }{{1, 2}, {1, 4}, {9, 10}, {19, 20}, {1, 100}} {
		for n := 1; n <= 120; n += 7 {
			e := newExact(n, q.num, q.den)
			for _, alpha := range []float64{0.3, 0.049, 1e-3, 1.1e-8} {
				lo, hi := stats.QuantileInterval(upTo(n), float64(q.num)/float64(q.den), alpha)
				// Value l is above the quantile where fewer than l are below it.
				l, u := 0, n+1
				for l < n && e.sum(0, l) <= alpha/2 {
					l++
				}
				for u > 1 && e.sum(u-1, n) <= alpha/2 {
					u--
				}
				wantLo, wantHi := float64(l), float64(u)
				if l == 0 {
					wantLo = math.Inf(-1)
				}
				if u == n+1 {
					wantHi = math.Inf(1)
				}
				if lo != wantLo || hi != wantHi {
					t.Errorf("%d/%d-quantile of %d at %g: %g to %g, want %g to %g", q.num, q.den, n, alpha, lo, hi, wantLo, wantHi)
				}
			}
		}
	}
}

func TestTheRanksAreThoseOfTheInterval(t *testing.T) {
	for _, n := range []int{0, 1, 5, 26, 27, 100, 1001} {
		for _, q := range []float64{0.01, 0.5, 0.95} {
			for _, alpha := range []float64{0.3, 0.05, 2e-8} {
				low, high, ok := stats.QuantileRanks(n, q, alpha)
				wantLow, wantHigh := float64(low), float64(high)
				if low == 0 {
					wantLow = math.Inf(-1)
				}
				if high == n+1 {
					wantHigh = math.Inf(1)
				}
				if lo, hi := stats.QuantileInterval(upTo(n), q, alpha); !ok || lo != wantLow || hi != wantHigh {
					t.Errorf("%g-quantile of %d at %g: ranks %d and %d (%t), interval %g to %g", q, n, alpha, low, high, ok, lo, hi)
				}
			}
		}
	}
	// By the normal approximation, n/2 ± 1.959964 sqrt(n)/2 = 499020.0 and 500980.0.
	if low, high, ok := stats.QuantileRanks(1_000_000, 0.5, 0.05); !ok || low != 499020 || high != 500981 {
		t.Errorf("the median of a million lies between the ranks %d and %d, %t", low, high, ok)
	}
}

func TestAbsurdRanksAreNotOK(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		n        int
		q, alpha float64
	}{
		"n below 0": {-1, 0.5, 0.1}, "n beyond all bounds": {2_000_000_000, 0.5, 0.1}, "q 0": {9, 0, 0.1}, "q 1": {9, 1, 0.1},
		"q NaN": {9, nan, 0.1}, "alpha 0": {9, 0.5, 0}, "alpha 1": {9, 0.5, 1}, "alpha NaN": {9, 0.5, nan},
	} {
		if low, high, ok := stats.QuantileRanks(c.n, c.q, c.alpha); ok || low != 0 || high != 0 {
			t.Errorf("%s: %d and %d, %t", name, low, high, ok)
		}
	}
}

func TestTooFewValuesBoundNoQuantile(t *testing.T) {
	finite := func(n int, q float64) (lower, upper bool) {
		lo, hi := stats.QuantileInterval(upTo(n), q, 2e-8)
		return !math.IsInf(lo, -1), !math.IsInf(hi, 1)
	}
	for _, c := range []struct {
		n            int
		q            float64
		lower, upper bool
	}{
		{0, 0.5, false, false},
		{26, 0.5, false, false},
		{27, 0.5, true, true},
		{359, 0.95, true, false},
		{360, 0.95, true, true},
		{359, 0.05, false, true},
		{360, 0.05, true, true},
	} {
		if lower, upper := finite(c.n, c.q); lower != c.lower || upper != c.upper {
			t.Errorf("%g-quantile of %d: bounded below %t, above %t; want %t, %t", c.q, c.n, lower, upper, c.lower, c.upper)
		}
	}
}

func TestQuantilesOfAbsurdInputAreNaN(t *testing.T) {
	nan, x := math.NaN(), []float64{1, 2, 3}
	for name, got := range map[string]float64{
		"of nothing":     stats.Quantile(nil, 0.5),
		"below 0":        stats.Quantile(x, -0.1),
		"above 1":        stats.Quantile(x, 1.1),
		"NaN":            stats.Quantile(x, nan),
		"of NaN":         stats.Quantile([]float64{1, nan}, 0),
		"median of NaN":  stats.Median([]float64{nan, 1, 2}),
		"of single NaNs": stats.Quantile([]float64{nan}, 1),
	} {
		if !math.IsNaN(got) {
			t.Errorf("the quantile %s is %g, want NaN", name, got)
		}
	}
	for name, c := range map[string]struct {
		x        []float64
		q, alpha float64
	}{
		"q 0": {x, 0, 0.1}, "q 1": {x, 1, 0.1}, "q NaN": {x, nan, 0.1}, "alpha 0": {x, 0.5, 0},
		"alpha 1": {x, 0.5, 1}, "alpha NaN": {x, 0.5, nan}, "a NaN": {[]float64{nan, 1}, 0.5, 0.1},
	} {
		if lo, hi := stats.QuantileInterval(c.x, c.q, c.alpha); !math.IsNaN(lo) || !math.IsNaN(hi) {
			t.Errorf("%s: interval %g to %g, want NaN", name, lo, hi)
		}
	}
}

func TestTheIntervalLeavesTheValuesInTheirOrder(t *testing.T) {
	x := upTo(30)
	stats.QuantileInterval(x, 0.5, 0.05)
	stats.Median(x)
	if x[0] != 30 || x[29] != 1 {
		t.Error("the values were sorted in place")
	}
}

func TestAQuantileIsNeverOutsideOfItsNeighbours(t *testing.T) {
	for _, v := range []float64{-1e6, 0.1, 1e300, math.Inf(1), 5e-324} {
		x := []float64{v, v, v, v, v, v, v}
		for q := range 101 {
			if got := stats.Quantile(x, float64(q)/100); got != v {
				t.Errorf("the %d %% quantile of values that are all %g is %.17g", q, v, got)
			}
		}
	}
}
