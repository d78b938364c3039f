// Package propagation holds the checks that traces connect: one file a check, or
// one for a few that are variations of each other.
package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
)

// Checks is the propagation part of the catalogue, in the order of its ids.
func Checks() []Check {
	return []Check{
		chain(traces.OpenTelemetry),
		chain(traces.Zipkin),
		inSequence(),
		inParallel(),
		diamond(),
		dropped(),
		bareMiddle(),
		bareDropping(),
		bareLeaf(),
		bareCaller(),
		tcpHop(),
	}
}
