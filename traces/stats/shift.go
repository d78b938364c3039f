package stats

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// MannWhitney is the two-sided p-value of the hypothesis that x and y have one
// distribution (Mann and Whitney 1947): the exact distribution of U for small
// samples without ties, else the normal approximation with the correction for
// ties and for continuity (Hollander, Wolfe and Chicken 2014, section 4.1).
// It is 1 where a sample is empty or all values are equal.
func MannWhitney(x, y []float64) float64 {
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return 1
	}
	u, ties := statistic(x, y)
	if ties == 0 && n <= maxExact && m <= maxExact {
		return exactU(u, n, m)
	}
	a, b := float64(n), float64(m)
	all := a + b
	variance := a * b / 12 * (all + 1 - ties/(all*(all-1)))
	if variance <= 0 {
		return 1
	}
	z := math.Max(0, math.Abs(u-a*b/2)-0.5) / math.Sqrt(variance)
	return math.Min(1, 2*distuv.UnitNormal.Survival(z))
}

// maxExact is the size up to which U's distribution is counted out.
const maxExact = 40

// statistic is Mann and Whitney's U (the pairs in which y is larger, ties half)
// and the sum of t³ - t over groups of t equal values.
func statistic(x, y []float64) (u, ties float64) {
	type value struct {
		v  float64
		iy bool
	}
	all := make([]value, 0, len(x)+len(y))
	for _, v := range x {
		all = append(all, value{v, false})
	}
	for _, v := range y {
		all = append(all, value{v, true})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].v < all[j].v })
	var before float64
	for i := 0; i < len(all); {
		j := i
		var fromX, fromY float64
		for ; j < len(all) && all[j].v == all[i].v; j++ {
			if all[j].iy {
				fromY++
			} else {
				fromX++
			}
		}
		u += fromY * (before + fromX/2)
		before += fromX
		t := float64(j - i)
		ties += t*t*t - t
		i = j
	}
	return u, ties
}

// exactU counts the distribution of U by its generating function, the product of
// (1 - q^(m+i)) / (1 - q^i) for i = 1..n.
func exactU(u float64, n, m int) float64 {
	counts := make([]float64, n*m+1)
	counts[0] = 1
	for i := 1; i <= n; i++ {
		for k := n * m; k >= m+i; k-- {
			counts[k] -= counts[k-m-i]
		}
		for k := i; k <= n*m; k++ {
			counts[k] += counts[k-i]
		}
		// Every factor of n!m!/(n+m)! that is due, so that nothing overflows.
		scale := float64(i) / float64(m+i)
		for k := range counts {
			counts[k] *= scale
		}
	}
	extreme := int(math.Min(u, float64(n*m)-u))
	var p float64
	for k := 0; k <= extreme; k++ {
		p += counts[k]
	}
	return math.Min(1, 2*p)
}

// Shift is by how much a second sample lies above a first.
type Shift struct {
	// Estimate is the median of all pairwise differences.
	Estimate float64
	// Lower and Upper are the confidence interval; infinite where the samples are
	// too small for its level.
	Lower, Upper float64
}

// HodgesLehmann is the shift from x to y with its confidence interval at the level
// 1 - alpha (Hodges and Lehmann 1963; the interval by inverting Mann and Whitney's
// test, Hollander, Wolfe and Chicken 2014, sections 4.2 and 4.3, large samples).
// It takes all pairs: time and memory grow with the product of the two sizes.
// For an empty sample the estimate is NaN and the interval infinite.
func HodgesLehmann(x, y []float64, alpha float64) Shift {
	none := Shift{Estimate: math.NaN(), Lower: math.Inf(-1), Upper: math.Inf(1)}
	n, m := len(x), len(y)
	if n == 0 || m == 0 {
		return none
	}
	differences := make([]float64, 0, n*m)
	for _, a := range x {
		for _, b := range y {
			differences = append(differences, b-a)
		}
	}
	slices.Sort(differences)
	s := Shift{Estimate: median(differences), Lower: none.Lower, Upper: none.Upper}
	pairs := float64(n * m)
	z := distuv.UnitNormal.Quantile(1 - alpha/2)
	if alpha/2 < 1e-15 {
		z = math.Inf(1)
	}
	c := int(math.Floor(pairs/2 - z*math.Sqrt(pairs*float64(n+m+1)/12)))
	if c >= 1 {
		s.Lower, s.Upper = differences[c-1], differences[n*m-c]
	}
	return s
}

// Median is the middle value of x, or NaN for none. It leaves x as it is.
func Median(x []float64) float64 { return Quantile(x, 0.5) }

// Quantile is the q-quantile of x with linear interpolation between order
// statistics (Hyndman and Fan 1996, type 7), or NaN for no values.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	at := q * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
