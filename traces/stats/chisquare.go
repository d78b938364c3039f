package stats

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// trusted is the smallest p-value that is taken from the chi-squared distribution:
// the levels of 5 and 1 % are those for which Cochran (1954) made his rule.
const trusted = 0.01

// ChiSquare is the p-value of the hypothesis that each observation falls into cell i
// with a probability that is proportional to weights[i], as requests do that are
// shared out by weight (Pearson 1900).
//
// Two cells are a BinomialTest, which is exact. With more the p-value is that of the
// chi-squared distribution where expected counts allow it: all at least 1, and at
// most one in five below 5 (Cochran 1954). Where they do not, it is the exact one of
// the cells: the smallest of their binomial p-values times the number of cells
// (Bonferroni).
//
// The approximation is not on the safe side: for alpha from 1 to 10 % the false-alarm
// rate can be 35 % above alpha (50 observations by 8:1:1), or 11 % (300). So a
// p-value below 1 % is never taken from it alone: the cells must give it too, and for
// every alpha below 1 % the false-alarm rate is at most alpha. The price is that many
// small deviations of which no single cell is significant are reported as 1 %.
//
// A cell of weight 0 must be empty: the p-value is 0 if not. It is 1 without
// observations or with a single cell, and NaN where the lengths differ, a count is
// negative, there are more than a billion, or a weight is negative or their sum is
// not positive and finite.
func ChiSquare(observed []int, weights []float64) float64 {
	n, sum, ok := 0, 0.0, len(observed) == len(weights)
	for i := 0; ok && i < len(observed); i++ {
		ok = observed[i] >= 0 && observed[i] <= most-n && weights[i] >= 0
		n += observed[i]
		sum += weights[i]
	}
	if !ok || !(sum > 0) || math.IsInf(sum, 1) {
		return math.NaN()
	}
	var counts, expected []float64
	smallest := 1.0
	for i, o := range observed {
		if weights[i] == 0 {
			if o > 0 {
				return 0
			}
			continue
		}
		rate := weights[i] / sum
		counts = append(counts, float64(o))
		expected = append(expected, rate*float64(n))
		smallest = math.Min(smallest, BinomialTest(o, n, math.Min(1, rate)))
	}
	cells := len(counts)
	switch {
	case n == 0 || cells == 1:
		return 1
	case cells == 2:
		return smallest
	}
	return agreed(counts, expected, cells-1, math.Min(1, smallest*float64(cells)))
}

// Contingency is the p-value of the hypothesis that the rows and columns of a table
// of counts are independent, such as the answer and the path of a request
// (Pearson 1900), given the sums of its rows and columns.
//
// Rows and columns without counts are left out. Two rows and two columns are
// Fisher's exact test (Fisher 1935), two-sided by the method of small p-values.
// Larger tables are judged as in ChiSquare, with the same rule for expected counts;
// a cell's exact p-value is Fisher's for that cell against all others.
//
// It is 1 where fewer than two rows or columns are left, and NaN where the rows
// differ in length, a count is negative or there are more than a billion.
func Contingency(table [][]int) float64 {
	rows, columns, n, ok := margins(table)
	if !ok {
		return math.NaN()
	}
	var counts, expected []float64
	smallest := 1.0
	for i, row := range table {
		for j, o := range row {
			if rows[i] > 0 && columns[j] > 0 {
				counts = append(counts, float64(o))
				expected = append(expected, float64(rows[i])*float64(columns[j])/float64(n))
				smallest = math.Min(smallest, hypergeometricTest(o, rows[i], columns[j], n))
			}
		}
	}
	r, c := positive(rows), positive(columns)
	switch {
	case r < 2 || c < 2:
		return 1
	case r == 2 && c == 2:
		return smallest
	}
	// Of two rows or columns the second says what the first does.
	tests := len(counts)
	if r == 2 || c == 2 {
		tests /= 2
	}
	return agreed(counts, expected, (r-1)*(c-1), math.Min(1, smallest*float64(tests)))
}

// most is the largest number of observations; beyond it products of two counts
// would not fit.
const most = 1_000_000_000

func margins(table [][]int) (rows, columns []int, n int, ok bool) {
	if len(table) > 0 {
		columns = make([]int, len(table[0]))
	}
	for _, row := range table {
		if len(row) != len(columns) {
			return nil, nil, 0, false
		}
		sum := 0
		for j, o := range row {
			if o < 0 || o > most-n {
				return nil, nil, 0, false
			}
			sum += o
			n += o
			columns[j] += o
		}
		rows = append(rows, sum)
	}
	return rows, columns, n, true
}

func positive(sums []int) int {
	count := 0
	for _, s := range sums {
		if s > 0 {
			count++
		}
	}
	return count
}

// agreed is the chi-squared p-value where it may be trusted, else the exact one.
func agreed(counts, expected []float64, freedom int, exact float64) float64 {
	few := 0
	for _, e := range expected {
		if e < 1-relative {
			return exact
		}
		if e < 5-relative {
			few++
		}
	}
	if 5*few > len(expected) {
		return exact
	}
	p := distuv.ChiSquared{K: float64(freedom)}.Survival(stat.ChiSquare(counts, expected))
	if p >= trusted {
		return p
	}
	return math.Max(p, math.Min(trusted, exact))
}

// hypergeometricTest is the probability of all counts of a cell that are at most as
// likely as the observed one, given the sums of its row and column and of all.
func hypergeometricTest(observed, row, column, n int) float64 {
	from, to := max(0, row+column-n), min(row, column)
	// ratio is how much likelier k+1 is than k.
	ratio := func(k int) float64 {
		return float64(row-k) / float64(k+1) * float64(column-k) / float64(n-row-column+k+1)
	}
	// Relative to the likeliest count, outwards from it.
	start := min(max((row+1)*(column+1)/(n+2), from), to)
	limit := 1.0
	for k := start; k < observed && limit >= tiny; k++ {
		limit *= ratio(k)
	}
	for k := start; k > observed && limit >= tiny; k-- {
		limit /= ratio(k - 1)
	}
	if limit < tiny {
		return 0
	}
	negligible := math.Max(tiny, limit*1e-18)
	as, all := 0.0, 0.0
	count := func(weight float64) {
		all += weight
		if weight <= limit*(1+relative) {
			as += weight
		}
	}
	count(1)
	for k, w := start, 1.0; k < to && w > negligible; k++ {
		w *= ratio(k)
		count(w)
	}
	for k, w := start, 1.0; k > from && w > negligible; k-- {
		w /= ratio(k - 1)
		count(w)
	}
	return math.Min(1, as/all)
}
