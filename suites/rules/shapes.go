package rules

import (
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// shapes are the rules on how calls make a tree.
func shapes() []Rule {
	mesh := everything(traces.OpenTelemetry)
	calls := func(steps ...traces.Step) traces.Topology {
		return topology.With(topology.FanOut(), topology.Calling("web", steps...))
	}
	return []Rule{
		{
			Name: "calls-one-after-another", Source: fromFilter,
			Statement: "Calls that a service makes one after another are siblings below its SERVER span.",
			Traffic:   through(mesh, topology.FanOut()),
		},
		{
			Name: "calls-in-parallel", Source: fromFilter,
			Statement: "Calls that a service makes in parallel are siblings below its SERVER span.",
			Traffic:   through(mesh, topology.FanOutInParallel()),
		},
		{
			Name: "calls-that-meet-again", Source: fromFilter,
			Statement: "A service that two branches of a request call has a SERVER span in each of them.",
			Traffic:   through(mesh, topology.Diamond()),
		},
		{
			Name: "calls-that-repeat", Source: fromFilter,
			Statement: "Calls to one service one after another are as many pairs of spans.",
			Traffic:   through(mesh, calls(traces.Step{{To: "cart"}}, traces.Step{{To: "cart"}})),
		},
		{
			Name: "calls-that-repeat-in-parallel", Source: fromFilter,
			Statement: "Calls to one service in parallel are as many pairs of spans.",
			Traffic:   through(mesh, calls(traces.Step{{To: "cart"}, {To: "cart"}, {To: "cart"}})),
		},
		{
			Name: "calls-to-another-namespace", Source: fromListeners,
			Statement: "The service of a span is named with its own namespace, whoever called it.",
			Traffic:   through(mesh, topology.Ward()),
		},
		{
			Name: "calls-over-tcp", Source: fromFilter,
			Statement: "A TCP exchange has no span.",
			Traffic:   through(mesh, topology.TCPHop()),
		},
		{
			Name: "calls-over-grpc", Source: fromFilter,
			Statement: "A gRPC call has the spans of an HTTP call, with HTTP status 200 and no error mark, under OpenTelemetry.",
			Traffic:   through(mesh, grpc(0)),
		},
		{
			Name: "calls-over-grpc-zipkin", Source: fromFilter,
			Statement: "A gRPC call has the spans of an HTTP call, with HTTP status 200 and no error mark, under Zipkin.",
			Traffic:   through(everything(traces.Zipkin), grpc(0)),
		},
	}
}

// grpc is a chain whose last call is gRPC, answered with status.
func grpc(status int) traces.Topology {
	return topology.With(topology.Chain(),
		topology.Calling("cart", traces.Step{{To: "stock", Protocol: traces.GRPC}}),
		topology.Answering("stock", status))
}
