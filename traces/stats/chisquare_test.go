package stats_test

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces/stats"
)

// pearson is the statistic of counts against expected ones.
func pearson(observed []int, expected ...float64) (x float64) {
	for i, o := range observed {
		x += (float64(o) - expected[i]) * (float64(o) - expected[i]) / expected[i]
	}
	return x
}

func TestPublishedChiSquareTests(t *testing.T) {
	// Mendel's peas of two characters, 9:3:3:1: 0.47 with three degrees of freedom.
	near(t, "Mendel", stats.ChiSquare([]int{315, 108, 101, 32}, []float64{9, 3, 3, 1}), 0.9254259, 1e-6)
	// Insects in R's help page of chisq.test: 89, 37, 30, 28, 2 by 40:20:20:15:5.
	near(t, "R's help page", stats.ChiSquare([]int{89, 37, 30, 28, 2}, []float64{40, 20, 20, 15, 5}),
		survival(pearson([]int{89, 37, 30, 28, 2}, 74.4, 37.2, 37.2, 27.9, 9.3), 4), 1e-9)
	// 5 % of two degrees of freedom is 5.991 (Fisher 1925, table III).
	if p := stats.ChiSquare([]int{110, 110, 80}, []float64{1, 1, 1}); p > 0.05 || p < 0.0495 {
		t.Errorf("p-value %g of the statistic 6, want just below 5 %%", p)
	}
	if p := stats.ChiSquare([]int{103, 115, 82}, []float64{1, 1, 1}); p < 0.05 || p > 0.065 {
		t.Errorf("p-value %g of the statistic 5.58, want just above 5 %%", p)
	}
}

func TestTwoCellsAreAnExactBinomialTest(t *testing.T) {
	for _, c := range []struct{ n, num, den int64 }{{12, 1, 2}, {40, 3, 10}, {70, 1, 90}} {
		e := newExact(int(c.n), c.num, c.den)
		weights := []float64{float64(c.num), float64(c.den - c.num)}
		for x := range int(c.n) + 1 {
			near(t, "p-value", stats.ChiSquare([]int{x, int(c.n) - x}, weights), math.Min(1, e.twoSided(x)), 1e-8)
		}
	}
}

// bonferroni is the smallest exact p-value of a cell times the number of cells.
func bonferroni(observed []int, weights ...int64) float64 {
	n, den, smallest := 0, int64(0), 1.0
	for i, o := range observed {
		n += o
		den += weights[i]
	}
	for i, o := range observed {
		smallest = math.Min(smallest, newExact(n, weights[i], den).twoSided(o))
	}
	return math.Min(1, smallest*float64(len(observed)))
}

func TestCochransRuleDecidesBetweenTheApproximationAndTheCells(t *testing.T) {
	for _, c := range []struct {
		name     string
		observed []int
		weights  []int64
		exact    bool
	}{
		{"an expected count below 1", []int{50, 37, 3}, []int64{60, 39, 1}, true},
		{"an expected count of 1", []int{41, 20, 18, 19, 2}, []int64{40, 20, 20, 19, 1}, false},
		{"one of three below 5", []int{50, 40, 10}, []int64{56, 40, 4}, true},
		{"all of three at least 5", []int{50, 41, 9}, []int64{55, 40, 5}, false},
		{"one of five below 5", []int{20, 22, 30, 19, 9}, []int64{24, 24, 24, 24, 4}, false},
		{"two of five below 5", []int{30, 29, 28, 5, 8}, []int64{31, 31, 30, 4, 4}, true},
		{"one of four below 5", []int{30, 29, 33, 8}, []int64{31, 31, 34, 4}, true},
	} {
		weights, expected := make([]float64, len(c.weights)), make([]float64, len(c.weights))
		n, sum := 0.0, 0.0
		for i, o := range c.observed {
			n += float64(o)
			sum += float64(c.weights[i])
		}
		for i, w := range c.weights {
			weights[i], expected[i] = float64(w)/7, n*float64(w)/sum
		}
		want := bonferroni(c.observed, c.weights...)
		if !c.exact {
			x := pearson(c.observed, expected...)
			want = survival(x, len(c.observed)-1)
		}
		if want < 0.01 || want == 1 {
			t.Fatalf("%s: p-value %g says nothing about the rule", c.name, want)
		}
		near(t, c.name, stats.ChiSquare(c.observed, weights), want, 1e-7)
	}
}

func TestASmallPValueNeedsTheCellsToo(t *testing.T) {
	// No cell is out of the ordinary, all together are: 1 %.
	many := []int{130, 70, 128, 72, 126, 74, 127, 73, 100}
	equal := []float64{1, 1, 1, 1, 1, 1, 1, 1, 1}
	if p := stats.ChiSquare([]int{118, 82, 118, 82, 118, 82, 118, 82, 100}, equal); p != 0.01 {
		t.Errorf("p-value %g of many small deviations, want 0.01", p)
	}
	// The cells give it: theirs, which is the larger one.
	near(t, "the cells", stats.ChiSquare(many, equal), bonferroni(many, 1, 1, 1, 1, 1, 1, 1, 1, 1), 1e-7)
	// The cells give less: the approximation.
	one := []int{160, 100, 100}
	x := survival(pearson(one, 120, 120, 120), 2)
	exact := bonferroni(one, 1, 1, 1)
	near(t, "one cell", stats.ChiSquare(one, []float64{1, 1, 1}), math.Max(x, exact), 1e-7)
}

// levels gives the false-alarm rate of the p-values at most alpha, by their
// probabilities, which add up to 1.
func levels(p map[float64]float64) func(alpha float64) float64 {
	keys, sums, sum := make([]float64, 0, len(p)), make([]float64, 0, len(p)), 0.0
	for k := range p {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		sum += p[k]
		sums = append(sums, sum)
	}
	return func(alpha float64) float64 {
		i, found := slices.BinarySearch(keys, alpha)
		if found {
			i++
		}
		if i == 0 {
			return 0
		}
		return sums[i-1]
	}
}

// sharedOut is the distribution of ChiSquare's p-value of n observations in three
// cells under these weights, in tenths.
func sharedOut(n int, a, b, c float64) map[float64]float64 {
	lgamma := func(k int) float64 { v, _ := math.Lgamma(float64(k + 1)); return v }
	p := map[float64]float64{}
	for i := range n + 1 {
		for j := range n - i + 1 {
			k := n - i - j
			probability := math.Exp(lgamma(n) - lgamma(i) - lgamma(j) - lgamma(k) +
				float64(i)*math.Log(a/10) + float64(j)*math.Log(b/10) + float64(k)*math.Log(c/10))
			if probability > 1e-13 {
				p[stats.ChiSquare([]int{i, j, k}, []float64{a, b, c})] += probability
			}
		}
	}
	return p
}

func TestTheFalseAlarmRateOfSharingOutIsAsStated(t *testing.T) {
	for _, c := range []struct {
		n      int
		excess float64
	}{{50, 1.3515}, {300, 1.1116}} {
		p := sharedOut(c.n, 8, 1, 1)
		level, largest := levels(p), 0.0
		for alpha := range p {
			if alpha < 0.01 && level(alpha) > alpha {
				t.Errorf("n=%d: false-alarm rate %g at %g, want at most that", c.n, level(alpha), alpha)
			}
			if alpha >= 0.01 && alpha <= 0.1 {
				largest = math.Max(largest, level(alpha)/alpha)
			}
		}
		near(t, fmt.Sprintf("n=%d: the largest false-alarm rate between 1 and 10 %%, over alpha", c.n), largest, c.excess, 1e-4)
	}
}

// hypergeometric is Fisher's exact test of a cell, in whole numbers.
func hypergeometric(observed, row, column, n int) float64 {
	ways := func(k int) *big.Int {
		w := new(big.Int).Binomial(int64(column), int64(k))
		return w.Mul(w, new(big.Int).Binomial(int64(n-column), int64(row-k)))
	}
	sum, limit := new(big.Int), ways(observed)
	for k := max(0, row+column-n); k <= min(row, column); k++ {
		if w := ways(k); w.Cmp(limit) <= 0 {
			sum.Add(sum, w)
		}
	}
	f, _ := new(big.Rat).SetFrac(sum, new(big.Int).Binomial(int64(n), int64(row))).Float64()
	return f
}

func TestTwoByTwoIsFishersExactTest(t *testing.T) {
	// The lady tasting tea (Fisher 1935) and the convictions of twins (Fisher 1962).
	near(t, "tea", stats.Contingency([][]int{{3, 1}, {1, 3}}), 34.0/70, 1e-12)
	near(t, "all the tea", stats.Contingency([][]int{{4, 0}, {0, 4}}), 2.0/70, 1e-12)
	near(t, "twins", stats.Contingency([][]int{{2, 15}, {10, 3}}), 0.0005367241, 1e-6)
	for n := 2; n <= 11; n++ {
		for a := range n + 1 {
			for b := range n - a + 1 {
				for c := range n - a - b + 1 {
					d := n - a - b - c
					want := hypergeometric(a, a+b, a+c, n)
					if a+b == 0 || c+d == 0 || a+c == 0 || b+d == 0 {
						want = 1
					}
					near(t, fmt.Sprint(a, b, c, d), stats.Contingency([][]int{{a, b}, {c, d}}), want, 1e-9)
				}
			}
		}
	}
	near(t, "large", stats.Contingency([][]int{{900, 1000}, {1100, 1000}}), hypergeometric(900, 1900, 2000, 4000), 1e-9)
	near(t, "tiny", stats.Contingency([][]int{{400, 10}, {20, 500}}), hypergeometric(400, 410, 420, 930), 1e-9)
}

func TestLargerTablesAreJudgedByCochransRule(t *testing.T) {
	// Party by gender in R's help page of chisq.test: 30.07 with two degrees of
	// freedom is 2.954e-7, so the cells decide, of which one row says all.
	party := [][]int{{762, 327, 468}, {484, 239, 477}}
	smallest := 1.0
	for j := range 3 {
		smallest = math.Min(smallest, hypergeometric(party[0][j], 1557, party[0][j]+party[1][j], 2757))
	}
	near(t, "party", stats.Contingency(party), math.Max(2.954e-7, 3*smallest), 1e-3)
	// 2 x 3 with expected counts of 20 and 30: (4+4+0)/20 + (4+4+0)/30 = 2/3.
	near(t, "approximated", stats.Contingency([][]int{{18, 22, 20}, {32, 28, 30}}), math.Exp(-1.0/3), 1e-9)
	// 3 x 3 with expected counts of 10 and four degrees of freedom.
	near(t, "three by three", stats.Contingency([][]int{{14, 8, 8}, {8, 12, 10}, {8, 10, 12}}),
		survival(4.0, 4), 1e-9)
	// Too few for the approximation: 3 cells of 2 x 3, 9 cells of 3 x 3.
	near(t, "few in 2 x 3", stats.Contingency([][]int{{6, 1, 0}, {1, 2, 3}}), 3*hypergeometric(6, 7, 7, 13), 1e-9)
	near(t, "few in 3 x 3", stats.Contingency([][]int{{7, 0, 1}, {0, 3, 1}, {1, 2, 1}}), 9*hypergeometric(7, 8, 8, 16), 1e-9)
}

func TestTheFalseAlarmRateOfIndependenceIsAsStated(t *testing.T) {
	// All tables of these margins, each with its hypergeometric probability.
	const first, all = 16, 40
	columns := []int{12, 12, 16}
	p := map[float64]float64{}
	binomial := func(n, k int) float64 {
		f, _ := new(big.Float).SetInt(new(big.Int).Binomial(int64(n), int64(k))).Float64()
		return f
	}
	for a := range columns[0] + 1 {
		for b := range columns[1] + 1 {
			c := first - a - b
			if c < 0 || c > columns[2] {
				continue
			}
			table := [][]int{{a, b, c}, {columns[0] - a, columns[1] - b, columns[2] - c}}
			p[stats.Contingency(table)] += binomial(columns[0], a) * binomial(columns[1], b) *
				binomial(columns[2], c) / binomial(all, first)
		}
	}
	level := levels(p)
	near(t, "all tables", level(1), 1, 1e-9)
	for alpha := range p {
		if (alpha < 0.01 && level(alpha) > alpha) || (alpha <= 0.1 && level(alpha) > 1.35*alpha) {
			t.Errorf("false-alarm rate %g at %g", level(alpha), alpha)
		}
	}
}

func TestEmptyAndAbsurdCounts(t *testing.T) {
	nan, equal := math.NaN(), []float64{1, 1, 1}
	for name, c := range map[string]struct{ got, want float64 }{
		"no observations":            {stats.ChiSquare([]int{0, 0, 0}, equal), 1},
		"one cell":                   {stats.ChiSquare([]int{9}, []float64{0.3}), 1},
		"a full cell of weight 0":    {stats.ChiSquare([]int{9, 1}, []float64{1, 0}), 0},
		"an empty cell of weight 0":  {stats.ChiSquare([]int{9, 0}, []float64{1, 0}), 1},
		"lengths that differ":        {stats.ChiSquare([]int{1, 2}, equal), nan},
		"a negative count":           {stats.ChiSquare([]int{1, -1, 3}, equal), nan},
		"more than a billion":        {stats.ChiSquare([]int{1e9, 1, 0}, equal), nan},
		"an overflow":                {stats.ChiSquare([]int{math.MaxInt, math.MaxInt, 2}, equal), nan},
		"a negative weight":          {stats.ChiSquare([]int{1, 2}, []float64{2, -1}), nan},
		"an infinite weight":         {stats.ChiSquare([]int{1, 2}, []float64{2, math.Inf(1)}), nan},
		"a NaN weight":               {stats.ChiSquare([]int{1, 2}, []float64{2, nan}), nan},
		"weights of 0":               {stats.ChiSquare([]int{0, 0}, []float64{0, 0}), nan},
		"nothing at all":             {stats.ChiSquare(nil, nil), nan},
		"a vanishing weight":         {stats.ChiSquare([]int{5, 5}, []float64{5e-324, 1e300}), 0},
		"a billion as shared out":    {stats.ChiSquare([]int{5e8, 3e8, 2e8}, []float64{5, 3, 2}), 1},
		"no table":                   {stats.Contingency(nil), 1},
		"empty rows":                 {stats.Contingency([][]int{{}, {}}), 1},
		"one row":                    {stats.Contingency([][]int{{3, 4, 5}}), 1},
		"one row with counts":        {stats.Contingency([][]int{{3, 4, 5}, {0, 0, 0}}), 1},
		"one column with counts":     {stats.Contingency([][]int{{3, 0}, {4, 0}}), 1},
		"empty rows between":         {stats.Contingency([][]int{{3, 0, 1}, {0, 0, 0}, {1, 0, 3}}), 34.0 / 70},
		"rows of different lengths":  {stats.Contingency([][]int{{3, 4}, {5}}), nan},
		"a negative count in it":     {stats.Contingency([][]int{{3, 4}, {5, -1}}), nan},
		"more than a billion in it":  {stats.Contingency([][]int{{1e9, 0}, {0, 1}}), nan},
		"an overflow in it":          {stats.Contingency([][]int{{math.MaxInt, 1}, {1, math.MaxInt}}), nan},
		"a billion, all or nothing":  {stats.Contingency([][]int{{5e8, 0}, {0, 5e8}}), 0},
		"a billion, all alike":       {stats.Contingency([][]int{{25e7, 25e7}, {25e7, 25e7}}), 1},
		"ten million, all elsewhere": {stats.Contingency([][]int{{0, 5e6}, {5e6, 0}}), 0},
	} {
		if math.Abs(c.got-c.want) > 1e-9 || math.IsNaN(c.got) != math.IsNaN(c.want) {
			t.Errorf("%s: p-value %g, want %g", name, c.got, c.want)
		}
	}
}
