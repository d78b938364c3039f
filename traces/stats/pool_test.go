package stats_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// survival is the chi-squared tail for an even number of degrees of freedom: the
// Poisson probability of fewer than half as many events.
func survival(x float64, freedom int) float64 {
	term, sum := 1.0, 1.0
	for i := 1; i < freedom/2; i++ {
		term *= x / 2 / float64(i)
		sum += term
	}
	return math.Exp(-x/2) * sum
}

func TestFisherIsThePoissonSumOfTheLogarithms(t *testing.T) {
	// Fisher (1932), section 21.1: 0.145, 0.263 and 0.087 give 11.42 and about 0.076.
	near(t, "Fisher's example", stats.Fisher([]float64{0.145, 0.263, 0.087}), 0.0763, 1e-3)
	near(t, "one p-value is left as it is", stats.Fisher([]float64{0.0123}), 0.0123, 1e-12)
	near(t, "a tiny p-value keeps its digits", stats.Fisher([]float64{1e-250}), 1e-250, 1e-9)
	r := rand.New(rand.NewPCG(1, 9))
	for n := 1; n < 60; n++ {
		p, x := make([]float64, n), 0.0
		for i := range p {
			p[i] = math.Pow(r.Float64(), 2)
			x -= 2 * math.Log(p[i])
		}
		near(t, "Fisher", stats.Fisher(p), survival(x, 2*n), 1e-9)
	}
}

func TestStoufferWeighsByTheRootOfTheRequests(t *testing.T) {
	score := func(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }
	for _, c := range []struct {
		z    []float64
		n    []int
		want float64
	}{
		{[]float64{1.5}, []int{7}, 1.5},
		{[]float64{1.5, -1.5}, []int{9, 9}, 0},
		{[]float64{2, 2, 2, 2}, []int{5, 5, 5, 5}, 4},
		{[]float64{1, 2}, []int{1, 4}, 5 / math.Sqrt(5)},
		{[]float64{3, -1}, []int{100, 300}, (30 - math.Sqrt(300)) / 20},
	} {
		p := make([]float64, len(c.z))
		for i, z := range c.z {
			p[i] = score(z)
		}
		near(t, "Stouffer", stats.Stouffer(p, c.n), score(c.want), 1e-10)
	}
}

func TestPoolingWithoutEvidenceOrWithCertaintyIsExact(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct{ got, want float64 }{
		"Fisher of none":                    {stats.Fisher(nil), 1},
		"Fisher of ones":                    {stats.Fisher([]float64{1, 1}), 1},
		"Fisher with a zero":                {stats.Fisher([]float64{0.5, 0, 1}), 0},
		"Fisher with more than one":         {stats.Fisher([]float64{0, 1.1}), nan},
		"Fisher with NaN after a zero":      {stats.Fisher([]float64{0, nan}), nan},
		"Fisher below zero":                 {stats.Fisher([]float64{-1e-9}), nan},
		"Stouffer of none":                  {stats.Stouffer(nil, nil), 1},
		"Stouffer with a zero and a one":    {stats.Stouffer([]float64{1, 0}, []int{1, 1}), 0},
		"Stouffer with a one":               {stats.Stouffer([]float64{1, 1e-9}, []int{1, 1}), 1},
		"Stouffer without requests":         {stats.Stouffer([]float64{0.5, 0.5}, []int{0, 5}), nan},
		"Stouffer with too few sizes":       {stats.Stouffer([]float64{0.5, 0.5}, []int{1}), nan},
		"Stouffer with sizes alone":         {stats.Stouffer(nil, []int{1}), nan},
		"Stouffer with NaN after a zero":    {stats.Stouffer([]float64{0, nan}, []int{1, 1}), nan},
		"Stouffer of the largest sizes":     {stats.Stouffer([]float64{0.5, 0.5}, []int{math.MaxInt, math.MaxInt}), 0.5},
		"Uniform of none":                   {stats.Uniform(nil), 1},
		"Uniform of a zero":                 {stats.Uniform([]float64{0}), 0},
		"Uniform with NaN":                  {stats.Uniform([]float64{0.5, nan}), nan},
		"Uniform above one":                 {stats.Uniform([]float64{0.5, 2}), nan},
		"TooManySmall of none":              {stats.TooManySmall(nil), 1},
		"TooManySmall of ones":              {stats.TooManySmall([]float64{1, 1}), 1},
		"TooManySmall of zeros":             {stats.TooManySmall([]float64{0, 0}), 0},
		"TooManySmall below zero":           {stats.TooManySmall([]float64{-1, 0.5}), nan},
		"Uniform of twenty thousand zeros":  {stats.Uniform(make([]float64, 20000)), 0},
		"TooManySmall has no lower bound":   {stats.TooManySmall([]float64{1}), 1},
		"Bonferroni of a negative number":   {stats.Bonferroni(0.1, -5), 0.1},
		"Uniform of the middle of one":      {stats.Uniform([]float64{0.5}), 1},
		"TooManySmall is p for one p-value": {stats.TooManySmall([]float64{0.25}), 0.25},
	} {
		if math.Abs(c.got-c.want) > 1e-12 || math.IsNaN(c.got) != math.IsNaN(c.want) {
			t.Errorf("%s: %g, want %g", name, c.got, c.want)
		}
	}
}

// lifted are n p-values whose empirical distribution lies above the uniform one by
// d, and nowhere below it by more.
func lifted(n int, d float64) []float64 {
	p := make([]float64, n)
	for i := range p {
		p[i] = math.Max(0, float64(i+1)/float64(n)-d)
	}
	return p
}

func TestUniformAgreesWithMillersTable(t *testing.T) {
	// Miller (1956), table 1: the critical distance by n.
	for _, c := range []struct {
		n                               int
		oneSided5, twoSided5, twoSided1 float64
	}{
		{1, 0.95, 0.975, 0.995},
		{2, 0.77639, 0.84189, 0.92929},
		{5, 0.50945, 0.56328, 0.66853},
		{10, 0.36866, 0.40925, 0.48893},
		{20, 0.26473, 0.29408, 0.35241},
		{40, 0.18913, 0.21012, 0.25205},
	} {
		near(t, "one-sided 5 %", stats.TooManySmall(lifted(c.n, c.oneSided5)), 0.05, 1e-3)
		near(t, "two-sided 5 %", stats.Uniform(lifted(c.n, c.twoSided5)), 0.05, 1e-3)
		near(t, "two-sided 1 %", stats.Uniform(lifted(c.n, c.twoSided1)), 0.01, 1e-3)
	}
}

// oneSided is the probability that the k-th smallest of n uniform values is at most
// k/n - d for some k: one minus the volume of the rest, integrated as a polynomial,
// one value after the other.
func oneSided(n int, d *big.Rat) float64 {
	volume := []*big.Rat{big.NewRat(1, 1)}
	value := func(x *big.Rat) *big.Rat {
		sum := new(big.Rat)
		for _, c := range slices.Backward(volume) {
			sum.Mul(sum, x).Add(sum, c)
		}
		return sum
	}
	for k := 1; k <= n; k++ {
		integral := []*big.Rat{new(big.Rat)}
		for i, c := range volume {
			// Times k, which makes it a probability.
			integral = append(integral, new(big.Rat).Mul(c, big.NewRat(int64(k), int64(i+1))))
		}
		volume = integral
		from := new(big.Rat).Sub(big.NewRat(int64(k), int64(n)), d)
		if from.Sign() > 0 {
			volume[0] = new(big.Rat).Neg(value(from))
		}
	}
	f, _ := new(big.Rat).Sub(big.NewRat(1, 1), value(big.NewRat(1, 1))).Float64()
	return f
}

func TestTooManySmallIsTheVolumeBeyondTheDistance(t *testing.T) {
	for n := 1; n <= 14; n++ {
		for tenth := int64(1); tenth < 20; tenth += 2 {
			d := big.NewRat(tenth, 20)
			f, _ := d.Float64()
			if f < 1/float64(n) {
				continue
			}
			near(t, "one-sided", stats.TooManySmall(lifted(n, f)), oneSided(n, d), 1e-9)
			mirrored := lifted(n, f)
			for i := range mirrored {
				mirrored[i] = 1 - mirrored[i]
			}
			near(t, "mirrored", stats.Uniform(mirrored), math.Min(1, 2*oneSided(n, d)), 1e-9)
		}
	}
}

// twoSided is the probability that n uniform values deviate by at least d, by the
// matrix of Durbin (1973) as Marsaglia, Tsang and Wang (2003) give it.
func twoSided(n int, d float64) float64 {
	k := int(float64(n)*d) + 1
	size, h := 2*k-1, float64(k)-float64(n)*d
	at := func(m []float64, i, j int) *float64 { return &m[i*size+j] }
	factorial := func(i int) float64 { return math.Gamma(float64(i + 1)) }
	step := make([]float64, size*size)
	for i := range size {
		for j := range min(size, i+2) {
			v := 1.0
			if j == 0 {
				v -= math.Pow(h, float64(i+1))
			}
			if i == size-1 {
				v -= math.Pow(h, float64(size-j))
			}
			if i == size-1 && j == 0 {
				v += math.Pow(math.Max(0, 2*h-1), float64(size))
			}
			*at(step, i, j) = v / factorial(i-j+1)
		}
	}
	row := make([]float64, size)
	row[k-1] = 1
	for s := 1; s <= n; s++ {
		next := make([]float64, size)
		for i, v := range row {
			for j := range next {
				next[j] += v * *at(step, i, j) * float64(s) / float64(n)
			}
		}
		row = next
	}
	return 1 - row[k-1]
}

func TestUniformCountsBothSidesByLessThanATenThousandth(t *testing.T) {
	for _, n := range []int{3, 8, 20, 50} {
		seen := 0
		for d := 0.01 + 1/float64(n); d < 0.97; d += 0.009 {
			got, exact := stats.Uniform(lifted(n, d)), twoSided(n, d)
			if exact < 1e-7 {
				continue // The matrix has no digits left.
			}
			if got < exact*(1-1e-6) {
				t.Errorf("n=%d d=%g: p-value %g is below the exact %g", n, d, got, exact)
			}
			if exact <= 0.05 {
				seen++
				if got > exact*(1+1e-4) {
					t.Errorf("n=%d d=%g: p-value %g exceeds the exact %g by more than a ten thousandth", n, d, got, exact)
				}
			}
			if d >= 0.5 {
				near(t, "at half and beyond", got, exact, 1e-6)
			}
		}
		if seen == 0 {
			t.Errorf("n=%d: no p-value up to 0.05 was compared", n)
		}
	}
}
