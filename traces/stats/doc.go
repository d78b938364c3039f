// Package stats holds the tests that verdicts rest on, for four questions:
//
//   - Is the rate right? BinomialTest, with ClopperPearson for the interval and
//     Miss for how many requests it takes. Runs says whether the answers come in an
//     order that chance would give them.
//   - Is the sharing out right? ChiSquare against weights, Contingency for two
//     properties of a request.
//   - Are two samples of latency alike? MannWhitney and HodgesLehmann for a shift,
//     KolmogorovSmirnov for any difference, QuantileInterval for one of them.
//   - What do many runs say together? Fisher, Stouffer, TooManySmall, Bonferroni.
//
// For example:
//
//	p := stats.BinomialTest(observed, n, 0.5) // is the rate 50 %?
//	shift := stats.HodgesLehmann(before, after, 1e-6)
//
// Every formula names its source. Nothing here draws random numbers, and no
// function has a tolerance: what counts as significant is the caller's alpha. A
// p-value is NaN where the input has no meaning, so test p > alpha for what passes.
package stats
