package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MannWhitney is the two-sided p-value of the hypothesis that x and y have one
// distribution (Mann and Whitney 1947): twice the smaller tail of U. The tail is
// exact where counting it is cheap: without ties where the product of both sizes
// and the smaller one is at most a million (100 and 100, 20 and 2,000), with ties
// where the product of the smaller and the joint size is at most 4,096 (45 and 45;
// Streitberg and Röhmel 1986). Else it is normal, with the correction for ties and
// for continuity by half a step of U (Hollander, Wolfe and Chicken 2014, section
// 4.1); where nearly all values of large samples of unequal sizes are equal,
// prefer Contingency.
//
// It takes n log n, and where it counts at most some milliseconds. It is 1 where a
// sample is empty or all values are equal, and NaN where a value is NaN.
func MannWhitney(x, y []float64) float64 {
	n, m := len(x), len(y)
	switch {
	case hasNaN(x) || hasNaN(y):
		return math.NaN()
	case n == 0 || m == 0:
		return 1
	}
	r := rank(x, y)
	if r.ties == 0 && countable(n, m) {
		probabilities := distributionU(n, m)
		return twice(probabilities, int(math.Min(r.u, float64(n*m)-r.u)))
	}
	if r.ties > 0 && (n+m)*min(n, m) <= 4096 {
		return exactTied(x, r)
	}
	variance := varianceU(n, m, r.ties)
	if variance <= 0 {
		return 1
	}
	z := math.Max(0, math.Abs(r.u-float64(n)*float64(m)/2)-r.halfStep()) / math.Sqrt(variance)
	return math.Erfc(z / math.Sqrt2)
}

func countable(n, m int) bool { return n*m <= 1<<20/min(n, m) }

func twice(probabilities []float64, extreme int) float64 {
	var p float64
	for _, q := range probabilities[:extreme+1] {
		p += q
	}
	return math.Min(1, 2*p)
}

func varianceU(n, m int, ties float64) float64 {
	a, b := float64(n), float64(m)
	all := a + b
	return a * b / 12 * (all + 1 - ties/(all*(all-1)))
}

// group is a run of equal values in the joint order of two samples.
type group struct {
	value float64
	// size is how many values are equal, rank twice their mean rank.
	size, rank int
}

type ranking struct {
	groups []group
	// u is Mann and Whitney's U: the pairs in which y is larger, ties half.
	u float64
	// ties is the sum of t³ - t over the groups of t values.
	ties float64
}

func rank(x, y []float64) ranking {
	xs, ys := slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	var r ranking
	for i, j := 0, 0; i < len(xs) || j < len(ys); {
		fromI, fromJ := i, j
		v := math.Inf(1)
		if i < len(xs) {
			v = xs[i]
		}
		if j < len(ys) {
			v = math.Min(v, ys[j])
		}
		for i < len(xs) && xs[i] == v {
			i++
		}
		for j < len(ys) && ys[j] == v {
			j++
		}
		t := i - fromI + j - fromJ
		r.groups = append(r.groups, group{v, t, 2*(fromI+fromJ) + t + 1})
		r.u += float64(j-fromJ) * (float64(fromI) + float64(i-fromI)/2)
		r.ties += float64(t) * (float64(t)*float64(t) - 1)
	}
	return r
}

// halfStep is half of the distance between the values that U can take, at least a
// half.
func (r ranking) halfStep() float64 {
	step := 0
	for i, g := range r.groups[1:] {
		a, b := step, g.rank-r.groups[i].rank
		for b != 0 {
			a, b = b, a%b
		}
		step = a
	}
	return math.Max(0.5, float64(step)/4)
}

// distributionU is the distribution of U without ties, accurate up to its middle,
// by its generating function: the product of (1 - q^(m+i)) / (1 - q^i) for i = 1..n
// (Mann and Whitney 1947).
func distributionU(n, m int) []float64 {
	n, m = min(n, m), max(n, m)
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
	return counts
}

// exactTied goes through all ways to give x its share of the joint values: counts
// by how many were given and by the sum of twice their ranks.
func exactTied(x []float64, r ranking) float64 {
	n, sum, joint, total := len(x), 0, 0, 0
	sorted := slices.Sorted(slices.Values(x))
	for _, g := range r.groups {
		joint += g.size
		total += g.size * g.rank
		for len(sorted) > 0 && sorted[0] == g.value {
			sum += g.rank
			sorted = sorted[1:]
		}
	}
	if 2*n > joint {
		n, sum = joint-n, total-sum
	}
	counts := make([][]float64, n+1)
	for k := range counts {
		counts[k] = make([]float64, 2*n*joint+1)
	}
	counts[0][0] = 1
	for _, g := range r.groups {
		for range g.size {
			for k := n; k > 0; k-- {
				from, to := counts[k-1], counts[k][g.rank:]
				for s := range min(len(to), 2*(k-1)*joint+1) {
					to[s] += from[s]
				}
			}
		}
	}
	var below, above, all float64
	for s, c := range counts[n] {
		all += c
		if s <= sum {
			below += c
		}
		if s >= sum {
			above += c
		}
	}
	return math.Min(1, 2*math.Min(below, above)/all)
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
// 1 - alpha (Hodges and Lehmann 1963): the shifts that MannWhitney does not reject,
// exact or normal as there (Hollander, Wolfe and Chicken 2014, sections 4.2 and
// 4.3). With ties the level is at least that (Lehmann 1975).
//
// It takes n log n and linear memory: a pairwise difference of given rank is found
// by bisection over all floats, and the pairs below one are counted in linear time.
// For an empty sample, one with a value that is not finite and an alpha outside
// [0, 1] the estimate is NaN and the interval infinite.
func HodgesLehmann(x, y []float64, alpha float64) Shift {
	s := Shift{Estimate: math.NaN(), Lower: math.Inf(-1), Upper: math.Inf(1)}
	infinite := func(v float64) bool { return math.IsInf(v, 0) || math.IsNaN(v) }
	if len(x) == 0 || len(y) == 0 || !isRate(alpha) ||
		slices.ContainsFunc(x, infinite) || slices.ContainsFunc(y, infinite) {
		return s
	}
	d := differences{slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))}
	pairs := len(x) * len(y)
	s.Estimate = d.at((pairs + 1) / 2)
	if pairs%2 == 0 {
		s.Estimate = s.Estimate/2 + d.at(pairs/2+1)/2
	}
	if c := critical(len(x), len(y), alpha); c >= 1 {
		s.Lower, s.Upper = d.at(c), d.at(pairs+1-c)
	}
	return s
}

// critical is the largest c up to the middle for which U < c has at most the
// probability alpha/2, or 0.
func critical(n, m int, alpha float64) int {
	most := (n*m + 1) / 2
	if countable(n, m) {
		var p float64
		for c, q := range distributionU(n, m)[:most] {
			if p += q; p > alpha/2 {
				return c
			}
		}
		return most
	}
	z := -distuv.UnitNormal.Quantile(alpha / 2)
	c := math.Floor(float64(n)*float64(m)/2 + 0.5 - z*math.Sqrt(varianceU(n, m, 0)))
	return min(most, int(math.Max(0, c)))
}

// differences are the pairwise ones of two sorted samples, never written down.
type differences struct{ x, y []float64 }

// at is the k-th smallest difference, from 1.
func (d differences) at(k int) float64 {
	from := ordinal(d.y[0] - d.x[len(d.x)-1])
	to := ordinal(d.y[len(d.y)-1] - d.x[0])
	for from < to {
		mid := from + (to-from)/2
		if d.upTo(float(mid)) >= k {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return float(from) + 0 // Never -0.
}

func (d differences) upTo(v float64) int {
	var count, j int
	for _, a := range d.x {
		for j < len(d.y) && d.y[j]-a <= v {
			j++
		}
		count += j
	}
	return count
}

// ordinal numbers the floats in their order, and float undoes it.
func ordinal(f float64) uint64 {
	b := math.Float64bits(f)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func float(i uint64) float64 {
	if i>>63 == 1 {
		return math.Float64frombits(i &^ (1 << 63))
	}
	return math.Float64frombits(^i)
}
