package stats_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// gap is the largest distance of the empirical distributions where a group of
// equal values ends, in units of 1/(n·m): bit i of chosen says whether the i-th
// smallest value is one of x, bit i of tied whether it equals the next one.
func gap(n, m, chosen, tied int) int {
	i, j, largest := 0, 0, 0
	for k := range n + m {
		if chosen>>k&1 == 1 {
			i++
		} else {
			j++
		}
		if tied>>k&1 == 0 || k == n+m-1 {
			largest = max(largest, max(i*m-j*n, j*n-i*m))
		}
	}
	return largest
}

func ones(bits int) (count int) {
	for ; bits > 0; bits &= bits - 1 {
		count++
	}
	return count
}

func TestKolmogorovSmirnovCountsAllInterleavingsOut(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for n := 1; n <= 6; n++ {
		for m := 1; m <= 6; m++ {
			for _, tied := range []int{0, r.IntN(1 << (n + m)), r.IntN(1<<(n+m)) & r.IntN(1<<(n+m))} {
				gaps, all := make([]int, n*m+1), 0
				for chosen := range 1 << (n + m) {
					if ones(chosen) == n {
						gaps[gap(n, m, chosen, tied)]++
						all++
					}
				}
				for chosen := range 1 << (n + m) {
					if ones(chosen) != n {
						continue
					}
					var x, y []float64
					value := 0.0
					for k := range n + m {
						if chosen>>k&1 == 1 {
							x = append(x, value)
						} else {
							y = append(y, value)
						}
						value += float64(1 - tied>>k&1)
					}
					d, as := gap(n, m, chosen, tied), 0
					for g := d; g <= n*m; g++ {
						as += gaps[g]
					}
					distance, p := stats.KolmogorovSmirnov(x, y)
					what := fmt.Sprint(x, y)
					near(t, what+" distance", distance, float64(d)/float64(n*m), 1e-12)
					near(t, what+" p-value", p, float64(as)/float64(all), 1e-12)
					if t.Failed() {
						return
					}
				}
			}
		}
	}
}

// gnedenko is the p-value of the distance k/n of two samples of n (Gnedenko and
// Korolyuk 1951).
func gnedenko(n, k int) float64 {
	sum := new(big.Int)
	for i := 1; i*k <= n; i++ {
		c := new(big.Int).Binomial(int64(2*n), int64(n-i*k))
		if i%2 == 0 {
			c.Neg(c)
		}
		sum.Add(sum, c)
	}
	f, _ := new(big.Rat).SetFrac(sum.Lsh(sum, 1), new(big.Int).Binomial(int64(2*n), int64(n))).Float64()
	return f
}

// apart are two samples of n whose distance is k/n.
func apart(n, k int) (x, y []float64) {
	for i := range n {
		x = append(x, float64(i))
		y = append(y, float64(i+k)-0.5)
	}
	return x, y
}

func TestPublishedDistancesOfTwoSamples(t *testing.T) {
	// Massey (1951): two samples of n differ by k/n with at most the given probability.
	for _, c := range []struct {
		n, k int
		want float64
	}{{5, 5, 0.007937}, {5, 4, 0.079365}, {10, 6, 0.052448}, {10, 7, 0.012341}, {10, 8, 0.002057}} {
		_, p := stats.KolmogorovSmirnov(apart(c.n, c.k))
		near(t, fmt.Sprintf("%d/%d", c.k, c.n), p, c.want, 1e-3)
	}
}

func TestKolmogorovSmirnovOfEqualSizesIsTheSumOfGnedenkoAndKorolyuk(t *testing.T) {
	for _, c := range []struct{ n, k int }{
		{20, 9}, {100, 10}, {100, 20}, {200, 60}, {200, 150}, {500, 300}, {1000, 70}, {1024, 101},
	} {
		distance, p := stats.KolmogorovSmirnov(apart(c.n, c.k))
		near(t, "distance", distance, float64(c.k)/float64(c.n), 1e-12)
		near(t, fmt.Sprintf("%d/%d", c.k, c.n), p, gnedenko(c.n, c.k), 1e-9)
	}
}

func TestLargeSamplesFollowKolmogorovsDistribution(t *testing.T) {
	// Smirnov (1948): 1 - L(z) at the scaled distance z = d √(n/2), n = 20,000.
	for _, c := range []struct{ z, want float64 }{
		{0.5, 0.963945}, {0.8, 0.544142}, {1, 0.270000}, {1.36, 0.049486}, {1.63, 0.009846}, {2, 0.000671},
	} {
		k := int(math.Round(c.z * math.Sqrt(2*20000)))
		_, p := stats.KolmogorovSmirnov(apart(20000, k))
		near(t, fmt.Sprintf("z = %g", c.z), p, c.want, 2e-3)
	}
	// Just above what is counted, the limit is near the exact value, also far out.
	for _, k := range []int{50, 63, 80, 120} {
		_, p := stats.KolmogorovSmirnov(apart(1025, k))
		near(t, fmt.Sprintf("%d/1025", k), p, gnedenko(1025, k), 0.05)
	}
	// Of unequal sizes the harmonic mean counts, and one term of the sum is enough.
	x, y := make([]float64, 400), make([]float64, 100000)
	for i := range x {
		x[i] = (float64(i)+0.5)/400 + 0.0681
	}
	for i := range y {
		y[i] = float64(i) / 100000
	}
	distance, p := stats.KolmogorovSmirnov(x, y)
	near(t, "unequal sizes", p, 2*math.Exp(-2*distance*distance*400*100000/100400), 1e-3)
}

func TestKolmogorovSmirnovOfEqualEmptyAndAbsurdSamples(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct{ x, y, want []float64 }{
		"both empty":    {nil, nil, []float64{0, 1}},
		"one empty":     {nil, []float64{1}, []float64{1, 1}},
		"other empty":   {[]float64{1}, nil, []float64{1, 1}},
		"equal":         {[]float64{1, 2, 2}, []float64{2, 1, 2}, []float64{0, 1}},
		"all tied":      {[]float64{7, 7}, []float64{7, 7, 7}, []float64{0, 1}},
		"infinities":    {[]float64{-inf, -inf}, []float64{inf, inf}, []float64{1, 1.0 / 3}},
		"NaN in x":      {[]float64{nan}, []float64{1}, []float64{nan, nan}},
		"NaN in y":      {nil, []float64{nan}, []float64{nan, nan}},
		"tied for half": {[]float64{0, 1}, []float64{0, 0}, []float64{0.5, 1}},
	} {
		d, p := stats.KolmogorovSmirnov(c.x, c.y)
		for i, got := range []float64{d, p} {
			if math.Abs(got-c.want[i]) > 1e-12 || math.IsNaN(got) != math.IsNaN(c.want[i]) {
				t.Errorf("%s: %v, want %v", name, []float64{d, p}, c.want)
			}
		}
	}
}

func TestSeparateSamplesHaveTheDistanceOne(t *testing.T) {
	// Nine ninths, added up as floats, exceed one.
	for n := 1; n < 60; n++ {
		if distance, _ := stats.KolmogorovSmirnov(upTo(n), []float64{99}); distance != 1 {
			t.Errorf("distance %.17g of %d values below another, want 1", distance, n)
		}
	}
}
