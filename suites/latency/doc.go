// Package latency holds the checks that time shows up where it is spent.
package latency

import (
	"slices"

	. "github.com/throughline/throughline/suites"
)

// Checks is the latency part of the catalogue, in the order of its ids. The alpha
// is the false-alarm rate of one test.
func Checks(alpha float64) []Check {
	return slices.Concat(
		[]Check{addedDelay(alpha), bottleneck(alpha), injectedDelay(alpha), slowConnection(alpha), parallelBranches(alpha)},
		retries(alpha),
		[]Check{timeout(alpha), rootDuration(), boundedOverhead(alpha), unbiased(alpha)},
		queues(alpha),
		[]Check{clocks()},
	)
}
