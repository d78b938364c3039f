package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

func TestPublishedShift(t *testing.T) {
	// Permeability of membranes, Hollander and Wolfe (1973), as in R's help page of
	// wilcox.test: W = 35, one-sided exact p = 0.1272, shift 0.305.
	term := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	near(t, "p-value", stats.MannWhitney(early, term), 2*0.1272061, 1e-5)
	near(t, "shift", stats.HodgesLehmann(early, term, 0.05).Estimate, 0.305, 1e-9)
}

func TestTheShiftIsFoundWithItsInterval(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	x, y := make([]float64, 60), make([]float64, 60)
	for i := range x {
		x[i], y[i] = r.ExpFloat64(), r.ExpFloat64()+50
	}
	s := stats.HodgesLehmann(x, y, 2e-8)
	if s.Lower > 50 || s.Upper < 50 || s.Upper-s.Lower > 4 {
		t.Errorf("shift %+v, want a narrow interval around 50", s)
	}
	if p := stats.MannWhitney(x, y); p > 2e-8 {
		t.Errorf("p-value %g of a shift of 50, want at most 2e-8", p)
	}
}

func TestTooFewValuesGiveNoInterval(t *testing.T) {
	s := stats.HodgesLehmann([]float64{1, 2, 3}, []float64{11, 12, 13}, 1e-6)
	if !math.IsInf(s.Lower, -1) || !math.IsInf(s.Upper, 1) || s.Estimate != 10 {
		t.Errorf("shift %+v, want 10 with an infinite interval", s)
	}
	s = stats.HodgesLehmann(nil, []float64{1}, 0.05)
	if !math.IsNaN(s.Estimate) {
		t.Errorf("shift of nothing is %+v, want NaN", s)
	}
}

func TestEqualValuesAreNoEvidence(t *testing.T) {
	same := []float64{5, 5, 5, 5}
	if p := stats.MannWhitney(same, same); p != 1 {
		t.Errorf("p-value %g for equal values, want 1", p)
	}
	if p := stats.MannWhitney(nil, same); p != 1 {
		t.Errorf("p-value %g for an empty sample, want 1", p)
	}
}

func TestQuantiles(t *testing.T) {
	x := []float64{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 1: 4, 0.25: 1.75} {
		near(t, "quantile", stats.Quantile(x, q), want, 1e-12)
	}
	if x[0] != 4 {
		t.Error("the values were sorted in place")
	}
	if !math.IsNaN(stats.Median(nil)) {
		t.Error("the median of nothing is a number")
	}
}
