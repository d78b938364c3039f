// Package errors holds the checks that failures show where they happened.
package errors

import (
	"net/http"
	"slices"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
)

// Checks is the errors part of the catalogue, in the order of its ids.
func Checks() []Check {
	return slices.Concat(
		[]Check{
			failingLeaf(),
			aborted(traces.OpenTelemetry), aborted(traces.Zipkin),
		},
		unanswered(),
		rejected(),
		[]Check{
			refused(traces.OpenTelemetry, http.StatusBadRequest),
			refused(traces.OpenTelemetry, http.StatusNotFound),
			refused(traces.OpenTelemetry, http.StatusTooManyRequests),
			refused(traces.Zipkin, http.StatusNotFound),
		},
		rpcFailures(),
		[]Check{clientGone()},
	)
}
