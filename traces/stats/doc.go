// Package stats holds the tests that verdicts rest on: the exact binomial test for
// sampling rates, and a distribution-free shift between two samples for latency.
//
//	p := stats.BinomialTest(observed, n, 0.5) // is the rate 50 %?
//	shift := stats.HodgesLehmann(before, after, 1e-6)
//
// Every formula names its source. Nothing here draws random numbers, and no
// function has a tolerance: what counts as significant is the caller's alpha.
package stats
