package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Fisher pools the p-values of independent tests: -2 Σ ln p is chi-squared with two
// degrees of freedom a test where every p is uniform (Fisher 1932, section 21.1).
// It suits two-sided tests, whose p-values have no direction: one p-value of 1
// takes little from the evidence of the others, and a p-value of 0 gives 0.
//
// The p-values of a discrete test, such as BinomialTest, are stochastically larger
// than uniform: P(p <= a) is at most a, and often less. The statistic falls with
// every p, so the pooled test is then conservative: its level is at most alpha, and
// further below it the more runs of few requests are pooled. Runs that test the
// same rate are better added up and tested once, which is exact.
//
// It is 1 for no p-values, and NaN where one is not in [0, 1].
func Fisher(p []float64) float64 {
	if len(p) == 0 {
		return 1
	}
	var statistic float64
	for _, v := range p {
		if !isRate(v) {
			return math.NaN()
		}
		statistic -= 2 * math.Log(v)
	}
	if math.IsInf(statistic, 1) {
		return 0
	}
	return distuv.ChiSquared{K: float64(2 * len(p))}.Survival(statistic)
}

// Stouffer pools the one-sided p-values of independent tests of n requests each, all
// towards one side: the normal scores, weighted by the square root of n (Stouffer
// and others 1949; Lipták 1958). These weights are the best ones against a
// deviation that is the same in all runs, whose score grows with that root; with
// equal n they are none. Two-sided p-values belong to Fisher: here a deviation
// upwards would add to one downwards, and one p-value of 1 outvotes all others.
//
// For discrete tests, such as BinomialTails, it is conservative, as Fisher is. It is
// 0 where a p-value is 0, else 1 where one is 1. It is 1 for no p-values, and NaN
// where one is not in [0, 1], or where n does not have one positive number for each.
func Stouffer(p []float64, n []int) float64 {
	if len(n) != len(p) {
		return math.NaN()
	}
	if len(p) == 0 {
		return 1
	}
	var score, squares float64
	for i, v := range p {
		if !isRate(v) || n[i] <= 0 {
			return math.NaN()
		}
		squares += float64(n[i])
		if v > 0 {
			score -= math.Sqrt(float64(n[i])) * distuv.UnitNormal.Quantile(v)
		}
	}
	if slices.Contains(p, 0) {
		return 0
	}
	return math.Erfc(score/math.Sqrt(2*squares)) / 2
}

// Uniform is the p-value of the hypothesis that independent p-values are uniform,
// as those of continuous tests of true hypotheses are: Kolmogorov's test of one
// sample, twice the exact one-sided probability of the distance (Birnbaum and
// Tingey 1951). Where the distance is at least a half that is exact, else an upper
// bound, as in the tables of Miller (1956): it counts twice that both sides deviate
// so far, less than a ten thousandth of a p-value up to 0.05.
//
// P-values of discrete tests are not uniform, and this test finds that: use
// TooManySmall for them. It is 1 for no p-values, and NaN where one is not in [0, 1].
func Uniform(p []float64) float64 {
	above, below := distances(p)
	return math.Min(1, 2*birnbaumTingey(len(p), math.Max(above, below)))
}

// TooManySmall is the p-value of the hypothesis that independent p-values are
// uniform or larger, as those of true hypotheses are, discrete ones too: the exact
// one-sided test of Kolmogorov and Smirnov (Birnbaum and Tingey 1951). It is
// conservative for discrete tests. It is 1 for no p-values, and NaN where one is not
// in [0, 1].
func TooManySmall(p []float64) float64 {
	above, _ := distances(p)
	return birnbaumTingey(len(p), above)
}

// distances are by how much at most the empirical distribution of p lies above and
// below the uniform one.
func distances(p []float64) (above, below float64) {
	n := float64(len(p))
	for i, v := range slices.Sorted(slices.Values(p)) {
		if !isRate(v) {
			return math.NaN(), math.NaN()
		}
		above = math.Max(above, float64(i+1)/n-v)
		below = math.Max(below, v-float64(i)/n)
	}
	return above, below
}

// birnbaumTingey is the probability that the empirical distribution of n uniform
// values lies above the uniform one by d somewhere:
//
//	d Σ C(n,j) (1-d-j/n)^(n-j) (d+j/n)^(j-1) for j from 0 to n(1-d)
//
// All terms are positive, so that a tiny probability keeps its digits.
func birnbaumTingey(n int, d float64) float64 {
	switch {
	case math.IsNaN(d):
		return d
	case n == 0 || d <= 0:
		return 1
	}
	all := float64(n)
	var sum float64
	for j := 0; j <= n; j++ {
		at := float64(j) / all
		rest := 1 - d - at
		if rest <= 0 {
			break
		}
		// The binomial probability of j at the rate d+at, over d+at.
		sum += math.Exp(logPMF(j, n, d+at)) / (d + at)
	}
	return math.Min(1, d*sum)
}
