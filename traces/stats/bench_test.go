package stats_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// design is the sizes of the design's checks of a rate.
func design() []int { return []int{1375, 15300, 31000} }

func sizes() []int { return []int{20, 200, 2000, 20000} }

func each(b *testing.B, sizes []int, prepare func(n int) func()) {
	for _, n := range sizes {
		run := prepare(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
}

func BenchmarkBinomialTest(b *testing.B) {
	each(b, design(), func(n int) func() { return func() { stats.BinomialTest(n/90, n, 0.01) } })
}

func BenchmarkBinomialTails(b *testing.B) {
	each(b, design(), func(n int) func() { return func() { stats.BinomialTails(n/90, n, 0.01) } })
}

func BenchmarkClopperPearson(b *testing.B) {
	each(b, design(), func(n int) func() { return func() { stats.ClopperPearson(n/90, n, 2e-8) } })
}

func BenchmarkPower(b *testing.B) {
	each(b, design(), func(n int) func() { return func() { stats.Power(n, 0.01, 0.02, 2e-8) } })
}

func BenchmarkMiss(b *testing.B) {
	each(b, design(), func(n int) func() { return func() { stats.Miss(n, 0.01, 0.02, 2e-8) } })
}

func BenchmarkRequiredN(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		stats.RequiredN(0.005, 0.01, 2e-8, 1e-6)
	}
}

func BenchmarkRuns(b *testing.B) {
	each(b, design(), func(n int) func() {
		r, sequence := rand.New(rand.NewPCG(1, 1)), make([]bool, n)
		for i := range sequence {
			sequence[i] = r.Float64() < 0.3
		}
		return func() { stats.Runs(sequence) }
	})
}

func BenchmarkChiSquare(b *testing.B) {
	each(b, design(), func(n int) func() {
		observed := into(rand.New(rand.NewPCG(1, 1)), n, 5, 3, 2)
		return func() { stats.ChiSquare(observed, []float64{5, 3, 2}) }
	})
}

func BenchmarkContingency(b *testing.B) {
	each(b, design(), func(n int) func() {
		r := rand.New(rand.NewPCG(1, 1))
		table := [][]int{into(r, n/3, 5, 3, 2), into(r, n/3, 5, 3, 2), into(r, n/3, 5, 3, 2)}
		return func() { stats.Contingency(table) }
	})
}

func BenchmarkContingencyOfTwoByTwo(b *testing.B) {
	each(b, design(), func(n int) func() {
		r := rand.New(rand.NewPCG(1, 1))
		table := [][]int{into(r, n/2, 1, 1), into(r, n/2, 1, 1)}
		return func() { stats.Contingency(table) }
	})
}

func BenchmarkPooling(b *testing.B) {
	for name, test := range map[string]func([]float64) float64{
		"Fisher": stats.Fisher, "Uniform": stats.Uniform, "TooManySmall": stats.TooManySmall,
		"Stouffer": func(p []float64) float64 {
			n := make([]int, len(p))
			for i := range n {
				n[i] = 1375
			}
			return stats.Stouffer(p, n)
		},
	} {
		b.Run(name, func(b *testing.B) {
			each(b, sizes(), func(n int) func() {
				r, p := rand.New(rand.NewPCG(1, 1)), make([]float64, n)
				for i := range p {
					p[i] = r.Float64()
				}
				return func() { test(p) }
			})
		})
	}
}

// pairs runs what compares two samples, without and with ties.
func pairs(b *testing.B, compare func(x, y []float64)) {
	for name, step := range map[string]float64{"different": 0, "tied": 0.05} {
		b.Run(name, func(b *testing.B) {
			each(b, sizes(), func(n int) func() {
				r := rand.New(rand.NewPCG(1, 1))
				x, y := latencies(r, n, 0, step), latencies(r, n, 0, step)
				return func() { compare(x, y) }
			})
		})
	}
}

func BenchmarkMannWhitney(b *testing.B) {
	pairs(b, func(x, y []float64) { stats.MannWhitney(x, y) })
}

func BenchmarkHodgesLehmann(b *testing.B) {
	pairs(b, func(x, y []float64) { stats.HodgesLehmann(x, y, 2e-8) })
}

func BenchmarkKolmogorovSmirnov(b *testing.B) {
	pairs(b, func(x, y []float64) { stats.KolmogorovSmirnov(x, y) })
}

func BenchmarkQuantileInterval(b *testing.B) {
	each(b, sizes(), func(n int) func() {
		x := latencies(rand.New(rand.NewPCG(1, 1)), n, 0, 0)
		return func() { stats.QuantileInterval(x, 0.95, 2e-8) }
	})
}
