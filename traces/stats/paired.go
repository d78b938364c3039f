package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// PairedShift is the shift that differences of pairs show, with its confidence
// interval at the level 1 - alpha: the median of all means of two of them, one and
// the same included (Hodges and Lehmann 1963; the interval by inverting Wilcoxon's
// signed-rank test, Hollander, Wolfe and Chicken 2014, sections 3.2 and 3.3: its exact
// distribution for up to 150 differences, else the normal approximation). It asks that
// the differences are independent and symmetric about the shift. Time and memory grow
// with the square of their number. For no differences the estimate is NaN and the
// interval infinite.
func PairedShift(differences []float64, alpha float64) Shift {
	s := Shift{Estimate: math.NaN(), Lower: math.Inf(-1), Upper: math.Inf(1)}
	n := len(differences)
	if n == 0 {
		return s
	}
	means := make([]float64, 0, n*(n+1)/2)
	for i, a := range differences {
		for _, b := range differences[i:] {
			means = append(means, a/2+b/2)
		}
	}
	slices.Sort(means)
	s.Estimate = Median(means)
	if c := signedRank(n, alpha/2); c >= 1 {
		s.Lower, s.Upper = means[c-1], means[len(means)-c]
	}
	return s
}

// maxSigned is the number up to which the signed-rank distribution is counted out.
const maxSigned = 150

// signedRank is the largest c for which the sum of the positive ranks of n is below c
// with a probability of at most tail.
func signedRank(n int, tail float64) int {
	if n > maxSigned {
		if tail < 1e-15 {
			return 0
		}
		m := float64(n)
		z := distuv.UnitNormal.Quantile(1 - tail)
		return int(math.Floor(m*(m+1)/4 - z*math.Sqrt(m*(m+1)*(2*m+1)/24)))
	}
	// The generating function, the product of (1 + q^i) / 2 for i = 1..n.
	probabilities := make([]float64, n*(n+1)/2+1)
	probabilities[0] = 1
	for i := 1; i <= n; i++ {
		for k := i * (i + 1) / 2; k >= 0; k-- {
			if k >= i {
				probabilities[k] += probabilities[k-i]
			}
			probabilities[k] /= 2
		}
	}
	c, below := 0, 0.0
	for c < len(probabilities)/2 && below+probabilities[c] <= tail {
		below += probabilities[c]
		c++
	}
	return c
}

// SignTest is the one-sided p-value of the hypothesis that an outcome with successes
// in n independent trials has a probability of at most one half (Arbuthnot's sign
// test, exact). It is 1 for n = 0, and NaN where successes is not in 0..n.
func SignTest(successes, n int) float64 {
	if n <= 0 {
		return 1
	}
	_, atLeast := BinomialTails(successes, n, 0.5)
	return atLeast
}
