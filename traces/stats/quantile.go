package stats

import (
	"math"
	"slices"
)

// Median is the middle value of x, or NaN for none. It leaves x as it is.
func Median(x []float64) float64 { return Quantile(x, 0.5) }

// Quantile is the q-quantile of x with linear interpolation between order
// statistics (Hyndman and Fan 1996, type 7). It is NaN for no values, for a NaN
// among them, and where q is not in [0, 1]. It leaves x as it is.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 || hasNaN(x) || !isRate(q) {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	part := at - float64(i)
	if part == 0 {
		return sorted[i]
	}
	// Rounding must not lead out of what it lies between.
	below, above := sorted[i], sorted[i+1]
	return math.Max(below, math.Min(above, (1-part)*below+part*above))
}

// QuantileInterval is a confidence interval of the q-quantile (0 < q < 1) of what x
// was drawn from, at the level 1 - alpha at least and whatever the distribution:
// two order statistics, by the binomial number of values below the quantile, with
// at most alpha/2 on each side (Thompson 1936; David and Nagaraja 2003, section
// 7.1). A side that no order statistic bounds at that level is infinite: both are
// finite only where q^n and (1-q)^n are at most alpha/2. For the median at 2e-8
// that takes 27 values, for the 95th percentile 360. It is NaN where q or alpha is
// not in (0, 1) or x has a NaN.
func QuantileInterval(x []float64, q, alpha float64) (lo, hi float64) {
	l, u, ok := QuantileRanks(len(x), q, alpha)
	if !ok || hasNaN(x) {
		return math.NaN(), math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	lo, hi = math.Inf(-1), math.Inf(1)
	if l >= 1 {
		lo = sorted[l-1]
	}
	if u <= len(x) {
		hi = sorted[u-1]
	}
	return lo, hi
}

// QuantileRanks are the order statistics of n values, counted from 1, between which
// QuantileInterval lies. Where none bounds a side, low is 0 or high is n+1. It is
// not ok where q or alpha is not in (0, 1), or n is not in 0 to a billion.
func QuantileRanks(n int, q, alpha float64) (low, high int, ok bool) {
	if !(q > 0 && q < 1 && alpha > 0 && alpha < 1) || n < 0 || n > most {
		return 0, 0, false
	}
	// The order statistic l lies above the quantile where fewer than l values are
	// at most it; the order statistic u lies below it where at least u are.
	low = search(1, n+1, func(l int) bool { return between(0, l-1, n, q) > alpha/2 }) - 1
	high = search(1, n+1, func(u int) bool { return between(u, n, n, q) <= alpha/2 })
	return low, high, true
}

func hasNaN(x []float64) bool { return slices.ContainsFunc(x, math.IsNaN) }
