package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// relative is the slack with which two probabilities count as equal, as in R's
// binom.test: without it rounding decides about outcomes that are equally likely.
const relative = 1e-7

// BinomialTest is the exact two-sided p-value of observed successes in n trials
// under the rate p: the probability of all outcomes that are at most as likely as
// the observed one (the method of small p-values; Gibbons and Pratt 1975, as R's
// binom.test computes it). It is 1 for n = 0, and NaN where observed is not in
// 0..n or p is not in [0, 1].
func BinomialTest(observed, n int, p float64) float64 {
	switch {
	case n < 0 || observed < 0 || observed > n || !(p >= 0 && p <= 1):
		return math.NaN()
	case p == 0:
		return indicator(observed == 0)
	case p == 1:
		return indicator(observed == n)
	}
	limit := pmf(observed, n, p) * (1 + relative)
	mode := min(n, int(math.Floor(float64(n+1)*p)))
	switch {
	case observed < mode:
		// The first outcome above the mode that is as unlikely.
		k := search(mode, n+1, func(k int) bool { return pmf(k, n, p) <= limit })
		return math.Min(1, lower(observed, n, p)+upper(k, n, p))
	case observed > mode:
		k := search(0, mode+1, func(k int) bool { return pmf(k, n, p) > limit }) - 1
		return math.Min(1, lower(k, n, p)+upper(observed, n, p))
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

// lower is P(X <= k), summed from k down, so that a tiny tail keeps its digits.
func lower(k, n int, p float64) float64 {
	if k >= n {
		return 1
	}
	return tail(k, -1, n, p)
}

// upper is P(X >= k).
func upper(k, n int, p float64) float64 {
	if k <= 0 {
		return 1
	}
	return tail(k, 1, n, p)
}

func tail(k, step, n int, p float64) float64 {
	term := pmf(k, n, p)
	sum := 0.0
	odds := p / (1 - p)
	for k >= 0 && k <= n {
		sum += term
		if step > 0 {
			term *= float64(n-k) / float64(k+1) * odds
		} else {
			term *= float64(k) / float64(n-k+1) / odds
		}
		if term < sum*1e-18 {
			break
		}
		k += step
	}
	return sum
}

// ClopperPearson is the exact confidence interval of a binomial rate at the level
// 1 - alpha: the rates that neither one-sided test at alpha/2 rejects (Clopper and
// Pearson 1934), by quantiles of the beta distribution. For n = 0 it is [0, 1].
func ClopperPearson(observed, n int, alpha float64) (lo, hi float64) {
	if n <= 0 {
		return 0, 1
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
// rejection region.
func Power(n int, p0, p1, alpha float64) float64 {
	below, above := rejection(n, p0, alpha)
	power := 0.0
	if below >= 0 {
		power += exactLower(below, n, p1)
	}
	if above <= n {
		power += exactUpper(above, n, p1)
	}
	return math.Min(1, power)
}

// Miss is 1 - Power, summed over the acceptance region, so that a tiny
// probability of missing the alternative keeps its digits.
func Miss(n int, p0, p1, alpha float64) float64 {
	below, above := rejection(n, p0, alpha)
	sum := 0.0
	for k := below + 1; k < above; k++ {
		if term := exactPMF(k, n, p1); term > 0 {
			sum += term
		}
	}
	return math.Min(1, sum)
}

// exactPMF, exactLower and exactUpper also know the rates 0 and 1.

func exactPMF(k, n int, p float64) float64 {
	switch p {
	case 0:
		return indicator(k == 0)
	case 1:
		return indicator(k == n)
	default:
		return pmf(k, n, p)
	}
}

func exactLower(k, n int, p float64) float64 {
	switch p {
	case 0:
		return 1
	case 1:
		return indicator(k >= n)
	default:
		return lower(k, n, p)
	}
}

func exactUpper(k, n int, p float64) float64 {
	switch p {
	case 0:
		return indicator(k <= 0)
	case 1:
		return 1
	default:
		return upper(k, n, p)
	}
}

// rejection is the region in which BinomialTest gives at most alpha: outcomes up
// to below, which may be -1, and from above, which may be n+1.
func rejection(n int, p, alpha float64) (below, above int) {
	switch p {
	case 0:
		return -1, 1
	case 1:
		return n - 1, n + 1
	}
	mode := min(n, int(math.Floor(float64(n+1)*p)))
	below = search(0, mode, func(k int) bool { return BinomialTest(k, n, p) > alpha }) - 1
	above = search(mode+1, n+1, func(k int) bool { return BinomialTest(k, n, p) <= alpha })
	return below, above
}

// RequiredN is the smallest n, searched upwards by bisection, at which the test of
// p0 at alpha misses p1 with at most beta. The power of a discrete test is not
// quite monotone in n: a slightly larger n may miss with slightly more.
// It is 0 where no n up to ten million suffices.
func RequiredN(p0, p1, alpha, beta float64) int {
	const most = 10_000_000
	enough := func(n int) bool { return Miss(n, p0, p1, alpha) <= beta }
	if p0 == p1 {
		return 0
	}
	hi := 1
	for !enough(hi) {
		if hi *= 2; hi > most {
			return 0
		}
	}
	return search(hi/2, hi, enough)
}

// Bonferroni is the alpha of each of tests tests that keeps the false-alarm rate of
// all of them together at most alpha, whatever their dependence.
func Bonferroni(alpha float64, tests int) float64 {
	return alpha / float64(max(1, tests))
}
