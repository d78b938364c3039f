package stats

import (
	"math"
	"slices"
)

// KolmogorovSmirnov is the largest distance between the empirical distributions of
// x and y, and the two-sided p-value of the hypothesis that they have one
// distribution (Smirnov 1939).
//
// Where the product of the sizes is at most 2^20 (1,024 and 1,024) the p-value is
// exact, given which values are tied: the share of the lattice paths from (0, 0) to
// (n, m) that come as far from the diagonal where a group of equal values ends
// (Hodges 1957; with ties Schröer and Trenkler 1995). Above that it is Kolmogorov's
// limit distribution, without regard to ties, which make it conservative
// (Noether 1963).
//
// It takes n log n, and n·m where it counts paths, in linear memory. Two empty
// samples have the distance 0, one has the distance 1, both with p-value 1. Both
// results are NaN where a value is NaN.
func KolmogorovSmirnov(x, y []float64) (distance, p float64) {
	n, m := len(x), len(y)
	switch {
	case hasNaN(x) || hasNaN(y):
		return math.NaN(), math.NaN()
	case n == 0 || m == 0:
		return indicator(n != m), 1
	}
	far := farthest(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
	a, b := float64(n), float64(m)
	distance = float64(far) / (a * b)
	switch {
	case far == 0:
		return 0, 1
	case n <= 1<<20/m:
		return distance, touching(n, m, far, ends(x, y))
	}
	return distance, kolmogorov(math.Sqrt(a/(a+b)*b) * distance)
}

// farthest is the distance of two sorted samples in units of 1/(n·m), a whole number.
func farthest(xs, ys []float64) (units int) {
	n, m := len(xs), len(ys)
	for i, j := 0, 0; i < n && j < m; {
		v := math.Min(xs[i], ys[j])
		for i < n && xs[i] == v {
			i++
		}
		for j < m && ys[j] == v {
			j++
		}
		units = max(units, i*m-j*n, j*n-i*m)
	}
	return units
}

// ends says for each number of the smallest joint values whether the next value is
// another one.
func ends(x, y []float64) []bool {
	joint := slices.Concat(x, y)
	slices.Sort(joint)
	ends := make([]bool, len(joint)+1)
	for i := 1; i < len(joint); i++ {
		ends[i] = joint[i] != joint[i-1]
	}
	return ends
}

// touching is the share of the paths that reach the distance, given in units of
// 1/(n·m). It adds up shares of touching paths only, so that a tiny p-value keeps
// its digits: of the paths to (i, j), i of i+j come from (i-1, j).
func touching(n, m, distance int, ends []bool) float64 {
	share := make([]float64, m+1)
	for i := range n + 1 {
		for j := range m + 1 {
			off := i*m - j*n
			switch {
			case (off >= distance || -off >= distance) && ends[i+j]:
				share[j] = 1
			case j == 0:
				// As on the way here: share[0] is of (i-1, 0).
			case i == 0:
				share[j] = share[j-1]
			default:
				share[j] = (float64(i)*share[j] + float64(j)*share[j-1]) / float64(i+j)
			}
		}
	}
	return math.Min(1, share[m])
}

// kolmogorov is the limit of the probability that the scaled distance is at least l
// (Kolmogorov 1933), 2 Σ (-1)^(k-1) exp(-2k²l²). It ends with a positive term, so
// that what is left out never makes it smaller: at l = 0.2 it is 1 already.
func kolmogorov(l float64) float64 {
	sum, sign := 0.0, 1.0
	for k := 1.0; k < 20; k++ {
		sum += sign * math.Exp(-2*k*k*l*l)
		sign = -sign
	}
	return math.Min(1, 2*sum)
}
