package errors

import (
	"fmt"
	"net/http"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// rpcFailures is E06: what Envoy counts as the caller's fault, and what as the callee's.
func rpcFailures() []Check {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	exhausted := rpcFailed(otel, "resource-exhausted", http.StatusTooManyRequests, true)
	exhausted.Deviations = []Deviation{{
		Of: "Envoy", Versions: "1.40",
		Documented: "OpenTelemetry's conventions for gRPC make a SERVER span an error for unknown, deadline exceeded, unimplemented, internal, unavailable and data loss alone.",
		Measured:   "A SERVER span with resource exhausted (8) is an error too.",
		Source:     "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/common/tracing/http_tracer_impl.cc",
	}}
	return []Check{
		rpcFailed(otel, "invalid-argument", http.StatusBadRequest, false),
		rpcFailed(otel, "not-found", http.StatusNotFound, false),
		exhausted,
		rpcFailed(otel, "internal", http.StatusInternalServerError, true),
		rpcFailed(otel, "unavailable", http.StatusServiceUnavailable, true),
		rpcFailed(zipkin, "not-found", http.StatusNotFound, false),
		rpcFailed(zipkin, "unavailable", http.StatusServiceUnavailable, true),
	}
}

// rpcFailed is E06 for the gRPC code that stands for an HTTP status. Blamed says whether
// the callee's SERVER span is an error.
func rpcFailed(provider traces.Provider, name string, status int, blamed bool) Check {
	code := traces.GRPCStatus(status)
	failed := blamed || provider == traces.OpenTelemetry
	call := traces.Calls("stock").Answering(http.StatusOK)
	call.Error, call.Children[0].Error = &failed, &blamed
	cart := traces.Calls("cart", call)
	expected := Succeeding(traces.Calls("web", cart))
	passedOn := status >= http.StatusInternalServerError
	if passedOn {
		expected = traces.Forest{traces.Calls("web", cart.Answering(status)).Answering(status)}
	}
	calling := func(status int) traces.Topology {
		t := topology.With(topology.Chain(),
			topology.Calling("cart", traces.Step{{To: "stock", Protocol: traces.GRPC}}), topology.Answering("stock", status))
		// Without a route, Istio tries a call that is unavailable again.
		t.Routes = []traces.Route{{To: "stock"}}
		return t
	}
	mark := "no error"
	switch {
	case blamed:
		mark = "an error on both"
	case failed:
		mark = "an error on the CLIENT span alone"
	}
	control := Control{
		Name: "call every answer a success",
		Mutate: Reshaping(func(s *traces.Span) {
			if s.Tags.Get("grpc.status_code") != "" {
				s.Tags = s.Tags.With("grpc.status_code", "0")
			}
		}),
		Finds: []Finds{{Kind: traces.WrongStatus, Service: "stock"}},
	}
	if !blamed {
		control.Name, control.Mutate = "answer with another code", nil
		control.Sabotage = Through(calling(http.StatusForbidden))
	}
	return Check{
		ID: "E06", Case: name + "-" + string(provider), Area: Errors, Location: Here(),
		Profile: Extended("not everybody speaks gRPC").Under(provider),
		Title:   fmt.Sprintf("shows the gRPC status %d (%s) on both spans of the call, %s, under %s", code, name, mark, provider),
		Prose: Prose{
			Promise: "A gRPC call fails in its trailers: its HTTP status is 200, and grpc-status says how it ended. Both spans of the call carry that code; it is an error of the callee where it is the callee's fault (unknown, deadline exceeded, unimplemented, internal, unavailable, data loss). OpenTelemetry's conventions make every other code an error of the caller; Zipkin's exporter makes it none.",
			Link:    "https://opentelemetry.io/docs/specs/semconv/rpc/grpc/",
			Matters: "Dashboards that count HTTP statuses see gRPC services that never fail.",
			How:     fmt.Sprintf("The last of three services is called over gRPC and answers %s. HTTP status and error mark of all six spans are compared, and grpc.status_code of the two of that call.", name),
			Failure: "No code: the proxy did not take the call for gRPC; look at the name of the Service's port. Another mark: failures of this kind are counted as successes, or the other way round.",
		},
		Traffic:  Few(Everything(provider), calling(status)),
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				return Judgement{Findings: traces.JudgeGRPCStatus(ev, "stock", code)}
			},
		),
		Controls: []Control{control},
	}
}
