// Package propagation holds the checks that traces connect: one file a check, or
// one for a few that are variations of each other.
package propagation

import (
	"slices"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
)

// Checks is the propagation part of the catalogue, in the order of its ids. The alpha is
// the false-alarm rate of one test.
func Checks(alpha float64) []Check {
	return slices.Concat(
		[]Check{chain(traces.OpenTelemetry), chain(traces.Zipkin), inSequence(), inParallel(), diamond()},
		[]Check{dropped(), bareMiddle(), bareDropping(), bareLeaf(), bareCaller()},
		halfForwarded(),
		[]Check{
			concurrent(), overGRPC("unary", traces.GRPC), overGRPC("streaming", traces.GRPCStream),
			overHTTP2(), overHTTP10(), keptAlive(), answeredEarly(), callersContext(),
		},
		[]Check{
			onTheWire(w3c.Ingress(), traces.OpenTelemetry), onTheWire(w3c.Egress(), traces.OpenTelemetry),
			onTheWire(w3c.Ingress(), traces.ZipkinW3C), onTheWire(w3c.Egress(), traces.ZipkinW3C),
		},
		b3(), mixedHeaders(), passing(), requestIDs(),
		[]Check{tcpHop(), ownSDK(), demo(alpha), bookinfo(alpha)},
		outside(), encrypted(), muted(), []Check{identities()},
	)
}
