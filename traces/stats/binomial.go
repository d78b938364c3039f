package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// relative is the slack with which two probabilities (or an expected count and what
// Cochran asks for) count as equal, as in R's
// binom.test: without it rounding decides about outcomes that are equally likely.
const relative = 1e-7

// tiny is the smallest normal float. Sums end there, as a product with a ratio near
// one may never get below it.
const tiny = 0x1p-1022

// BinomialTest is the exact two-sided p-value of observed successes in n trials
// under the rate p: the probability of all outcomes that are at most as likely as
// the observed one (the method of small p-values; Gibbons and Pratt 1975, as R's
// binom.test computes it). It is 1 for n = 0, and NaN where observed is not in
// 0..n, n is above a billion or p is not in [0, 1].
func BinomialTest(observed, n int, p float64) float64 {
	switch {
	case !possible(observed, n, p):
		return math.NaN()
	case p == 0:
		return indicator(observed == 0)
	case p == 1:
		return indicator(observed == n)
	}
	limit := pmf(observed, n, p) * (1 + relative)
	likeliest := mode(n, p)
	switch {
	case observed < likeliest:
		// The first outcome above the mode that is as unlikely.
		k := search(likeliest, n+1, func(k int) bool { return pmf(k, n, p) <= limit })
		return math.Min(1, between(0, observed, n, p)+between(k, n, n, p))
	case observed > likeliest:
		k := search(0, likeliest+1, func(k int) bool { return pmf(k, n, p) > limit }) - 1
		return math.Min(1, between(0, k, n, p)+between(observed, n, n, p))
	default:
		return 1
	}
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// search is the smallest k in [from, to) for which holds is true, or to.
func search(from, to int, holds func(int) bool) int {
	for from < to {
		mid := from + (to-from)/2
		if holds(mid) {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return from
}

// pmf is the probability of k successes in n trials, 0 outside 0..n.
func pmf(k, n int, p float64) float64 {
	if k < 0 || k > n {
		return 0
	}
	return math.Exp(logPMF(k, n, p))
}

func logPMF(k, n int, p float64) float64 {
	if k < 0 || k > n {
		return math.Inf(-1)
	}
	return distuv.Binomial{N: float64(n), P: p}.LogProb(float64(k))
}

// between is P(from <= X <= to), summed from the likeliest of these outcomes
// outwards by the ratio of neighbours: a tiny tail keeps its digits, and no sum
// starts at a probability that is too small for a float.
func between(from, to, n int, p float64) float64 {
	from, to = max(0, from), min(n, to)
	switch {
	case from > to:
		return 0
	case from == 0 && to == n:
		return 1
	case p == 0:
		return indicator(from == 0)
	case p == 1:
		return indicator(to == n)
	}
	start := min(max(mode(n, p), from), to)
	first := pmf(start, n, p)
	sum, odds := first, p/(1-p)
	for k, term := start, first; k < to && term > math.Max(tiny, sum*1e-18); k++ {
		term *= float64(n-k) / float64(k+1) * odds
		sum += term
	}
	for k, term := start, first; k > from && term > math.Max(tiny, sum*1e-18); k-- {
		term *= float64(k) / float64(n-k+1) / odds
		sum += term
	}
	return math.Min(1, sum)
}

// mode is the likeliest number of successes.
func mode(n int, p float64) int {
	return min(n, int(math.Floor(float64(n+1)*p)))
}

// BinomialTails are the exact one-sided p-values of observed successes in n trials
// under the rate p: the probability of at most as many (small where the rate is
// lower than p) and of at least as many (small where it is higher). They are 1 for
// n = 0, and NaN where BinomialTest is.
func BinomialTails(observed, n int, p float64) (atMost, atLeast float64) {
	if !possible(observed, n, p) {
		return math.NaN(), math.NaN()
	}
	return between(0, observed, n, p), between(observed, n, n, p)
}

func possible(observed, n int, p float64) bool {
	return 0 <= observed && observed <= n && n <= most && isRate(p)
}

func isRate(p float64) bool { return p >= 0 && p <= 1 }

// ClopperPearson is the exact confidence interval of a binomial rate at the level
// 1 - alpha: the rates that neither one-sided test at alpha/2 rejects (Clopper and
// Pearson 1934), by quantiles of the beta distribution. For n = 0 it is [0, 1], and
// NaN where observed is not in 0..n, n is above a billion or alpha is not in [0, 1].
func ClopperPearson(observed, n int, alpha float64) (lo, hi float64) {
	if !possible(observed, n, alpha) {
		return math.NaN(), math.NaN()
	}
	x, m := float64(observed), float64(n)
	hi = 1
	if observed > 0 {
		lo = mathext.InvRegIncBeta(x, m-x+1, alpha/2)
	}
	if observed < n {
		// By symmetry, so that a small alpha is not lost in 1 - alpha.
		hi = 1 - mathext.InvRegIncBeta(m-x, x+1, alpha/2)
	}
	return lo, hi
}

// Power is the probability that BinomialTest rejects the rate p0 at alpha (p-value
// at most alpha) in n trials, when the rate is p1. It is summed over the exact
// rejection region. It is NaN where n is negative or above a billion or one of the
// others is not in [0, 1].
func Power(n int, p0, p1, alpha float64) float64 {
	if !possible(n, n, p0) || !isRate(p1) || !isRate(alpha) {
		return math.NaN()
	}
	below, above := rejection(n, p0, alpha)
	return math.Min(1, between(0, below, n, p1)+between(above, n, n, p1))
}

// Miss is 1 - Power, summed over the acceptance region, so that a tiny
// probability of missing the alternative keeps its digits.
func Miss(n int, p0, p1, alpha float64) float64 {
	if !possible(n, n, p0) || !isRate(p1) || !isRate(alpha) {
		return math.NaN()
	}
	below, above := rejection(n, p0, alpha)
	return between(below+1, above-1, n, p1)
}

// rejection is the region in which BinomialTest gives at most alpha: outcomes up
// to below, which may be -1, and from above, which may be n+1.
func rejection(n int, p, alpha float64) (below, above int) {
	if alpha >= 1 {
		return n, n + 1
	}
	likeliest := mode(n, p)
	below = search(0, likeliest, func(k int) bool { return BinomialTest(k, n, p) > alpha }) - 1
	above = search(likeliest+1, n+1, func(k int) bool { return BinomialTest(k, n, p) <= alpha })
	return below, above
}

// RequiredN is an n, found by bisection, at which the test of p0 at alpha misses
// p1 with at most beta, while n-1 misses more. The power of a discrete test is a
// sawtooth in n (Chernick and Liu 2002): some smaller n may suffice too, and some
// larger n, up to a few per cent more, may not. Round up, and ask Miss. It is 0
// where no n up to ten million suffices or a rate, alpha or beta is none.
func RequiredN(p0, p1, alpha, beta float64) int {
	const largest = 10_000_000
	enough := func(n int) bool { return Miss(n, p0, p1, alpha) <= beta }
	if p0 == p1 || !isRate(p0) || !isRate(p1) || !isRate(alpha) || !(beta >= 0) {
		return 0
	}
	lo, hi := 0, 1
	for !enough(hi) {
		if hi == largest {
			return 0
		}
		lo, hi = hi, min(2*hi, largest)
	}
	return search(lo, hi, enough)
}

// Bonferroni is the alpha of each of tests tests that keeps the false-alarm rate of
// all of them together at most alpha, whatever their dependence.
func Bonferroni(alpha float64, tests int) float64 {
	return alpha / float64(max(1, tests))
}
