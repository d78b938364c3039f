package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func threeInAChain() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
}

// speaking makes every call of t, the client's too, in a protocol.
func speaking(t traces.Topology, protocol traces.Protocol) traces.Topology {
	for _, s := range t.Services {
		t = topology.With(t, topology.Speaking(s.Name, protocol))
	}
	return t
}

// dropping is the control of a chain in which the middle service forwards nothing.
func dropping(name string, t traces.Topology) Control {
	return Control{
		Name:     name,
		Sabotage: Through(topology.With(t, topology.Dropping("cart"))),
		Finds:    []Finds{{Kind: traces.SplitTrace, Service: "cart"}},
	}
}

// overGRPC is P10: metadata carries the context as headers do.
func overGRPC(name string, protocol traces.Protocol) Check {
	t := speaking(topology.Chain(), protocol)
	return Check{
		ID: "P10", Case: name, Area: Propagation, Location: Here(),
		Profile: Extended("not everybody speaks gRPC"),
		Title:   "keeps one trace along gRPC calls (" + name + ")",
		Prose: Prose{
			Promise: "A gRPC call is an HTTP/2 request, its metadata are headers: one CLIENT and one SERVER span for each call, however many messages it streams.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "gRPC clients do not copy metadata from the request that they serve: it has to be done by hand or by an interceptor, and a stream lives long enough that its span is what one looks for first.",
			How:     "Requests go down a chain of three over gRPC. Each must leave one trace of six spans with HTTP status 200 and no error mark.",
			Failure: "A split names the service whose application does not copy the metadata. A span a message would mean that the proxy took a stream for several requests.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), t),
		Expected: threeInAChain(),
		Judge:    WholeForest(threeInAChain()),
		Controls: []Control{dropping("drop the metadata", t)},
	}
}

func protocolProse(what string) Prose {
	return Prose{
		Promise: "Tracing does not depend on the version of HTTP that a caller speaks, nor on how many requests share a connection: a span is of a request.",
		Link:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
		Matters: "Old clients, health checkers and proxies still speak HTTP/1.0, and everything new HTTP/2. A version for which spans are missing, or a connection that makes one span of many requests, falsifies every number that is read off traces.",
		How:     what,
		Failure: "No span, or another status: the proxy refused the protocol (HTTP/1.0 must be switched on for a proxy, or it answers 426). Fewer spans than requests: it takes the connection for the request.",
	}
}

// overHTTP2 is P11 over cleartext HTTP/2 with prior knowledge.
func overHTTP2() Check {
	t := speaking(topology.Chain(), traces.H2C)
	return Check{
		ID: "P11", Case: "h2c", Area: Propagation, Location: Here(),
		Profile:  Extended("not everybody speaks HTTP/2 in clear text"),
		Title:    "keeps one trace along cleartext HTTP/2",
		Prose:    protocolProse("Requests go down a chain of three over HTTP/2 with prior knowledge, many on one connection. Each must leave one trace of six spans."),
		Traffic:  Few(Everything(traces.OpenTelemetry), t),
		Expected: threeInAChain(),
		Judge:    WholeForest(threeInAChain()),
		Controls: []Control{dropping("drop the headers in the middle", t)},
	}
}

// overHTTP10 is P11 over HTTP/1.0, for a proxy on which that is switched on.
func overHTTP10() Check {
	t := speaking(topology.Old(), traces.HTTP10)
	expected := Succeeding(traces.Serves("old"))
	return Check{
		ID: "P11", Case: "http-1.0", Area: Propagation, Location: Here(),
		Profile:  Extended("HTTP/1.0 has to be switched on"),
		Title:    "traces HTTP/1.0 where it is switched on",
		Prose:    protocolProse("A client without a sidecar speaks HTTP/1.0 to a service whose proxy accepts it (ISTIO_META_HTTP10). Each request must be answered and leave its SERVER span."),
		Traffic:  Few(Everything(traces.OpenTelemetry), t).FromBareClient(),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name: "speak it to a proxy on which it is not switched on", LiveOnly: "a simulated proxy speaks every protocol",
			Sabotage: Through(speaking(topology.Single(), traces.HTTP10)),
			// It answers 426 before it begins a span.
			Finds: []Finds{{Kind: traces.FailedRequest, Service: "old"}, {Kind: traces.MissingTrace, Service: "old"}},
		}},
	}
}

// keptAlive is P11 with many requests on one connection.
func keptAlive() Check {
	traffic := Few(Everything(traces.OpenTelemetry), topology.Chain())
	traffic.Requests, traffic.Concurrency = 200, 1
	return Check{
		ID: "P11", Case: "keep-alive", Area: Propagation, Location: Here(),
		Profile:  Core("every client keeps its connections"),
		Title:    "makes a trace of each of 200 requests on one connection",
		Prose:    protocolProse("200 requests go one after another down a chain of three, on one connection of the client. Each must leave a trace of its own, of six spans."),
		Traffic:  traffic,
		Expected: threeInAChain(),
		Judge:    WholeForest(threeInAChain()),
		Controls: []Control{dropping("drop the headers in the middle", topology.Chain())},
	}
}
