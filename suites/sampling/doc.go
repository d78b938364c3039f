// Package sampling holds the checks that sampling rates are respected.
//
// A rate is a hypothesis, tested exactly, once, with the number of requests that
// the stated error rates ask for. What must be exact (all, none, a parent's
// decision) is compared exactly.
package sampling

import (
	. "github.com/throughline/throughline/suites"
)

// Checks is the sampling part of the catalogue, in the order of its ids. The
// alpha is the false-alarm rate of one test.
func Checks(alpha float64) []Check {
	return []Check{
		everyRequest(alpha),
		noRequest(alpha),
		unset(alpha),
		half(alpha),
		parentSampled(),
		parentNotSampled(alpha),
	}
}
