package rules

import (
	"fmt"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// statuses are the rules on the status and the error mark of spans.
func statuses() []Rule {
	var all []Rule
	for _, provider := range []traces.Provider{traces.OpenTelemetry, traces.Zipkin} {
		for _, status := range []int{404, 500, 503} {
			all = append(all, Rule{
				Name: fmt.Sprintf("status-%d-%s", status, provider), Source: markedBy(provider, status),
				Statement: fmt.Sprintf("Both spans of a call that is answered with %d have that status and %s, under %s.",
					status, marked(provider, status), words(provider)),
				Traffic: through(everything(provider), topology.With(topology.Chain(), topology.Answering("stock", status))),
			})
		}
		all = append(all, Rule{
			Name: "status-of-grpc-" + string(provider), Source: fromTags,
			Statement: "A gRPC call that fails has HTTP status 200 on both spans, and the error mark by its grpc-status, under " + words(provider) + ".",
			Traffic:   through(everything(provider), grpc(500)),
		}, Rule{
			Name: "status-of-grpc-not-found-" + string(provider), Source: markedBy(provider, 404),
			Statement: "A gRPC call that is answered with not found has " + marked(provider, 404) + ", under " + words(provider) + ".",
			Traffic:   through(everything(provider), grpc(404)),
		}, Rule{
			Name: "status-of-grpc-exhausted-" + string(provider), Source: fromTags,
			Statement: "Both spans of a gRPC call that is answered with resource exhausted have the error mark, under " + words(provider) + ".",
			Traffic:   through(everything(provider), grpc(429)),
		})
	}
	return append(all, Rule{
		Name: "status-that-begins-in-the-middle", Source: fromTags,
		Statement: "Spans below the service that fails keep the status of their own call.",
		Traffic:   through(everything(traces.OpenTelemetry), topology.With(topology.Chain(), topology.Answering("cart", 500))),
	})
}

func marked(provider traces.Provider, status int) string {
	switch {
	case status >= 500:
		return "the error mark"
	case status >= 400 && provider == traces.OpenTelemetry:
		return "the CLIENT span alone the error mark"
	default:
		return "no error mark"
	}
}

func markedBy(provider traces.Provider, status int) string {
	if status == 404 && provider == traces.OpenTelemetry {
		return fromTracer
	}
	return fromTags
}
