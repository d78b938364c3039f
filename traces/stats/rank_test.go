package stats_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// counted is twice the smaller tail of U over every way to choose which of the
// joint values belong to x; equal values count half.
func counted(x, y []float64) float64 {
	all := slices.Concat(x, y)
	u := func(chosen int) (twice int) {
		for i, a := range all {
			for j, b := range all {
				if chosen>>i&1 == 1 && chosen>>j&1 == 0 {
					if b > a {
						twice += 2
					} else if a == b {
						twice++
					}
				}
			}
		}
		return twice
	}
	observed := u(1<<len(x) - 1)
	var below, above, total int64
	for chosen := range 1 << len(all) {
		if ones(chosen) != len(x) {
			continue
		}
		total++
		switch v := u(chosen); {
		case v < observed:
			below++
		case v > observed:
			above++
		default:
			below++
			above++
		}
	}
	f, _ := big.NewRat(2*min(below, above), total).Float64()
	return math.Min(1, f)
}

func TestMannWhitneyCountsSmallSamplesOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		x, y := make([]float64, 1+r.IntN(6)), make([]float64, 1+r.IntN(5))
		for i := range x {
			x[i] = r.Float64()
		}
		for i := range y {
			y[i] = r.Float64() + 0.2
		}
		near(t, fmt.Sprint(x, y), stats.MannWhitney(x, y), counted(x, y), 1e-12)
	}
}

func TestThreeEqualValuesBelowThreeOthersAreOneTenth(t *testing.T) {
	if p := stats.MannWhitney([]float64{1, 1, 1}, []float64{2, 2, 2}); p != 0.1 {
		t.Errorf("p-value %g, want 2 of 20 ways", p)
	}
}

func TestMannWhitneyCountsAllSmallSamplesWithTiesOut(t *testing.T) {
	// Every sample of one to four values of three kinds, in falling order.
	var samples [][]float64
	for a := range 5 {
		for b := range 5 - a {
			for c := range 5 - a - b {
				if a+b+c > 0 {
					samples = append(samples, slices.Concat(
						slices.Repeat([]float64{9}, a), slices.Repeat([]float64{4}, b), slices.Repeat([]float64{-1}, c)))
				}
			}
		}
	}
	for i, x := range samples {
		for j := i % 3; j < len(samples); j += 3 {
			near(t, fmt.Sprint(x, samples[j]), stats.MannWhitney(x, samples[j]), counted(x, samples[j]), 1e-12)
		}
	}
}

// rankSum is twice the smaller tail by going through the groups of equal values:
// how many of a group are of the smaller sample, times the ways to choose them.
func rankSum(x, y []float64) float64 {
	if len(x) > len(y) {
		x, y = y, x
	}
	joint := slices.Sorted(slices.Values(slices.Concat(x, y)))
	ways := make([][]float64, len(x)+1)
	for k := range ways {
		ways[k] = make([]float64, 2*len(x)*len(joint)+1)
	}
	ways[0][0] = 1
	sum := 0
	for i := 0; i < len(joint); {
		size := 0
		for i+size < len(joint) && joint[i+size] == joint[i] {
			size++
		}
		rank := 2*i + size + 1
		for _, v := range x {
			if v == joint[i] {
				sum += rank
			}
		}
		for given := len(x); given >= 0; given-- {
			choose := 1.0
			for k := 1; k <= min(size, given); k++ {
				choose *= float64(size-k+1) / float64(k)
				for s, w := range ways[given-k][:len(ways[given])-k*rank] {
					ways[given][s+k*rank] += w * choose
				}
			}
		}
		i += size
	}
	var below, above, all float64
	for s, w := range ways[len(x)] {
		all += w
		if s <= sum {
			below += w
		}
		if s >= sum {
			above += w
		}
	}
	return math.Min(1, 2*math.Min(below, above)/all)
}

func TestLargerSamplesWithTiesAreCountedOrNearlySo(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	draw := func(n, kinds int, shift float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Floor(float64(kinds)*r.Float64() + shift)
		}
		return x
	}
	for _, c := range []struct {
		n, m, kinds int
		shift       float64
		within      float64
	}{
		{45, 45, 5, 1, 1e-9},
		{10, 300, 9, 1, 1e-9},
		{300, 10, 4, 0.5, 1e-9},
		{46, 46, 4, 0.5, 0.08},
		{60, 70, 2, 0.2, 0.1},
		{70, 60, 2, -0.3, 0.08},
	} {
		x, y := draw(c.n, c.kinds, 0), draw(c.m, c.kinds, c.shift)
		want := rankSum(x, y)
		if want > 0.9 || want < 1e-12 {
			t.Fatalf("%d and %d: the p-value %g shows nothing", c.n, c.m, want)
		}
		near(t, fmt.Sprintf("%d and %d of %d kinds", c.n, c.m, c.kinds), stats.MannWhitney(x, y), want, c.within)
	}
}

func TestLargeSamplesOfTwoKindsAreCorrectedForTheirStep(t *testing.T) {
	// Fisher's exact tail: 50 of the 110 larger values are among the 100 of x.
	const joint, size, larger, inX = 200, 100, 110, 50
	tail := new(big.Int)
	for k := int64(larger - size); k <= inX; k++ {
		ways := new(big.Int).Binomial(larger, k)
		tail.Add(tail, ways.Mul(ways, new(big.Int).Binomial(joint-larger, size-k)))
	}
	want, _ := new(big.Rat).SetFrac(tail.Lsh(tail, 1), new(big.Int).Binomial(joint, size)).Float64()
	x, y := make([]float64, size), make([]float64, size)
	for i := range larger {
		if i < inX {
			x[i] = 1
		} else {
			y[i-inX] = 1
		}
	}
	near(t, "p-value", stats.MannWhitney(x, y), want, 0.01)
}

// untied is the exact p-value of the samples 0..n-1 and 0..m-1 shifted by a step
// more than u values: the recursion of Mann and Whitney (1947) over the last value.
func untied(n, m, u int) float64 {
	rows := make([][]float64, m+1)
	for j := range rows {
		rows[j] = make([]float64, u+1)
		rows[j][0] = 1
	}
	for i := 1; i <= n; i++ {
		for j := 1; j <= m; j++ {
			for k := u; k >= 0; k-- {
				v := rows[j-1][k] * float64(j) / float64(i+j)
				if k >= j {
					v += rows[j][k-j] * float64(i) / float64(i+j)
				}
				rows[j][k] = v
			}
		}
	}
	sum := 0.0
	for _, v := range rows[m] {
		sum += v
	}
	return 2 * sum
}

// withU are samples of n and m different values, so many pairs of which have the
// larger value in y.
func withU(n, m, u int) (x, y []float64) {
	for i := range n {
		x = append(x, float64(i))
	}
	for range m {
		below := min(n, u)
		u -= below
		y = append(y, float64(below)-0.5-float64(len(y))/float64(2*m))
	}
	return x, y
}

func TestTheTailWithoutTiesIsExactAndThenNearlySo(t *testing.T) {
	for _, c := range []struct {
		n, m, u int
		within  float64
	}{
		{30, 40, 400, 1e-10},
		{30, 40, 100, 1e-10},
		{101, 101, 2500, 1e-9},
		{10, 300, 900, 1e-10},
		// One more is normal.
		{102, 102, 4300, 0.01},
	} {
		x, y := withU(c.n, c.m, c.u)
		want := math.Min(1, untied(c.n, c.m, c.u))
		name := fmt.Sprintf("U = %d of %d and %d", c.u, c.n, c.m)
		near(t, name, stats.MannWhitney(x, y), want, c.within)
		near(t, name+", changed round", stats.MannWhitney(y, x), want, c.within)
	}
}

func TestTheShiftsInTheIntervalAreThoseNotRejected(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, c := range []struct {
		n, m  int
		alpha float64
	}{{1, 1, 0.1}, {3, 3, 0.1}, {4, 6, 0.05}, {7, 5, 0.3}, {8, 8, 1e-3}, {12, 9, 0.9}, {20, 20, 1e-6}, {2, 9, 0.99}, {110, 110, 0.01}} {
		x, y := make([]float64, c.n), make([]float64, c.m)
		var all []float64
		for i := range x {
			x[i] = r.NormFloat64()
		}
		for i := range y {
			y[i] = r.ExpFloat64() + 1
			for _, v := range x {
				all = append(all, y[i]-v)
			}
		}
		slices.Sort(all)
		s := stats.HodgesLehmann(x, y, c.alpha)
		near(t, "estimate", s.Estimate, (all[(len(all)-1)/2]+all[len(all)/2])/2, 1e-12)
		moved := make([]float64, c.n)
		step := 1 + len(all)/500
		lower, _ := slices.BinarySearch(all, s.Lower)
		upper, _ := slices.BinarySearch(all, s.Upper)
		for i := -1; i < len(all); i++ {
			if i%step != 0 && i/3 != lower/3 && i/3 != upper/3 && i+1 != lower && i+1 != upper {
				continue
			}
			// Between two neighbouring differences nothing is tied.
			var shift float64
			switch {
			case i < 0:
				shift = all[0] - 1
			case i == len(all)-1:
				shift = all[i] + 1
			default:
				shift = (all[i] + all[i+1]) / 2
			}
			for k, v := range x {
				moved[k] = v + shift
			}
			kept := stats.MannWhitney(moved, y) > c.alpha
			if inside := s.Lower < shift && shift < s.Upper; inside != kept {
				t.Errorf("%d and %d at %g: shift %g kept %t, but the interval is %g to %g", c.n, c.m, c.alpha, shift, kept, s.Lower, s.Upper)
			}
		}
	}
}

func TestAbsurdSamplesGiveNoShift(t *testing.T) {
	nan, inf, one := math.NaN(), math.Inf(1), []float64{1, 2}
	for name, c := range map[string]struct {
		x, y  []float64
		alpha float64
	}{
		"NaN": {[]float64{nan}, one, 0.1}, "infinite": {one, []float64{1, inf}, 0.1}, "infinite below": {[]float64{-inf}, one, 0.1},
		"empty": {one, nil, 0.1}, "alpha above 1": {one, one, 2}, "alpha below 0": {one, one, -1}, "alpha NaN": {one, one, nan},
	} {
		s := stats.HodgesLehmann(c.x, c.y, c.alpha)
		if !math.IsNaN(s.Estimate) || !math.IsInf(s.Lower, -1) || !math.IsInf(s.Upper, 1) {
			t.Errorf("%s: shift %+v, want NaN in an infinite interval", name, s)
		}
	}
	for name, c := range map[string]struct{ got, want float64 }{
		"NaN in x":            {stats.MannWhitney([]float64{nan}, one), nan},
		"NaN beside nothing":  {stats.MannWhitney(nil, []float64{nan}), nan},
		"infinities as ranks": {stats.MannWhitney([]float64{-inf, -inf, -inf}, []float64{inf, inf, inf}), 0.1},
		"two single values":   {stats.MannWhitney([]float64{1}, []float64{2}), 1},
		"many equal values":   {stats.MannWhitney(make([]float64, 2000), make([]float64, 3000)), 1},
	} {
		if c.got != c.want && !(math.IsNaN(c.got) && math.IsNaN(c.want)) {
			t.Errorf("%s: p-value %g, want %g", name, c.got, c.want)
		}
	}
	s := stats.HodgesLehmann([]float64{math.MaxFloat64, -1}, []float64{-math.MaxFloat64, 3}, 0)
	if s.Estimate != -math.MaxFloat64 || !math.IsInf(s.Lower, -1) || !math.IsInf(s.Upper, 1) {
		t.Errorf("shift %+v of the largest values, want their median in an infinite interval", s)
	}
	if s = stats.HodgesLehmann([]float64{1}, []float64{1}, 0.5); math.Signbit(s.Estimate) || s.Estimate != 0 {
		t.Errorf("shift %+v of equal values, want 0 without a sign", s)
	}
}
