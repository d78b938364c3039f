package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// tcpHop is P19: what a proxy does not understand it does not trace, and it breaks nothing.
func tcpHop() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "P19", Area: Propagation, Location: Here(),
		Profile: Extended("not everybody has services that speak TCP"),
		Title:   "leaves no span for a TCP hop and keeps the trace around it whole",
		Prose: Prose{
			Promise: "A proxy traces requests. A TCP connection has none, so it leaves no span, and the HTTP calls before and after it stay in one trace.",
			Link:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
			Matters: "Databases and queues are called over TCP. Their time shows as self time of the caller; a span that appears from nowhere, or a trace that breaks there, would mislead.",
			How:     "The middle service makes a TCP call, then an HTTP call. Each request must leave the tree of the HTTP calls alone.",
			Failure: "A span of the TCP callee means that its port was taken for HTTP: look at the port's name and appProtocol.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.TCPHop()),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name: "make the same call over HTTP",
			Sabotage: Through(topology.With(topology.TCPHop(), topology.Calling("cart",
				traces.Step{{To: "price"}},
				traces.Step{{To: "stock"}}))),
			Finds: []Finds{{Kind: traces.UnexpectedSpan, Service: "price"}},
		}},
	}
}
