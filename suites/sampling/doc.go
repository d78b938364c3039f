// Package sampling holds the checks that sampling rates are respected.
//
// A rate is a hypothesis, tested exactly, once, with the number of requests that
// the stated error rates ask for. What must be exact (all, none, a parent's
// decision) is compared exactly.
package sampling

import (
	"slices"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
)

// Checks is the sampling part of the catalogue, in the order of its ids. The
// alpha is the false-alarm rate of one test.
func Checks(alpha float64) []Check {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	return slices.Concat(
		[]Check{everyRequest(alpha), noRequest(alpha), unset(alpha)},
		rates(alpha), precedence(alpha),
		[]Check{
			parentSampled(otel), parentNotSampled(otel, alpha), parentSampled(zipkin), parentNotSampled(zipkin, alpha),
		},
		callers(alpha), forced(alpha),
		[]Check{wholeOrNone(otel), wholeOrNone(zipkin), independent(alpha), splitAlone(alpha), changed(alpha)},
		legacy(alpha), sides(), underLoad(alpha),
	)
}
