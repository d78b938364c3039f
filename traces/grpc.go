package traces

import (
	"fmt"
	"strconv"
)

// The gRPC status codes that the application answers with.
const (
	grpcOK                = 0
	grpcUnknown           = 2
	grpcInvalidArgument   = 3
	grpcDeadlineExceeded  = 4
	grpcNotFound          = 5
	grpcAlreadyExists     = 6
	grpcPermissionDenied  = 7
	grpcResourceExhausted = 8
	grpcUnimplemented     = 12
	grpcInternal          = 13
	grpcUnavailable       = 14
	grpcUnauthenticated   = 16
)

// grpcStatusTag is the tag in which a proxy keeps grpc-status.
const grpcStatusTag = "grpc.status_code"

// GRPCStatus is the gRPC status that stands for an HTTP status, as the application
// translates it: Unknown where none does.
func GRPCStatus(status int) int {
	codes := map[int]int{
		200: grpcOK, 400: grpcInvalidArgument, 401: grpcUnauthenticated, 403: grpcPermissionDenied, 404: grpcNotFound,
		409: grpcAlreadyExists, 429: grpcResourceExhausted, 500: grpcInternal, 501: grpcUnimplemented,
		503: grpcUnavailable, 504: grpcDeadlineExceeded,
	}
	if code, ok := codes[status]; ok {
		return code
	}
	return grpcUnknown
}

// grpcMark says whether a span of a gRPC exchange has the error mark: for a status that
// Envoy takes for the callee's fault (http_tracer_impl.cc), resource exhausted among them;
// and on a CLIENT span under OpenTelemetry for every status but OK, as its conventions ask.
// Measured on Envoy 1.40.
func grpcMark(kind Kind, code int, provider Provider) bool {
	switch code {
	case grpcUnknown, grpcDeadlineExceeded, grpcResourceExhausted, grpcUnimplemented, grpcInternal, grpcUnavailable:
		return true
	default:
		return code != grpcOK && kind == Client && provider == OpenTelemetry
	}
}

// JudgeGRPCStatus judges that the spans of every call to callee, the CLIENT span and the
// SERVER span, carry the gRPC status code. One that has another, or none, is a WrongStatus
// at callee. Spans that are missing are a matter of JudgeForest.
func JudgeGRPCStatus(ev Evidence, callee string, code int) []Finding {
	want := strconv.Itoa(code)
	var findings []Finding
	for _, r := range ev.ByRequest().Requests {
		g := observe(r.Traces)
		for i := range g.nodes {
			v := &g.nodes[i]
			if v.kind == Server && v.service != callee || v.kind == Client && v.to != callee {
				continue
			}
			got := v.span.Tags.Get(grpcStatusTag)
			if got == want {
				continue
			}
			observed := fmt.Sprintf("%s has %s %s", v.describe(), grpcStatusTag, Printable(got))
			if got == "" {
				observed = fmt.Sprintf("%s has no %s", v.describe(), grpcStatusTag)
			}
			findings = append(findings, r.show(Finding{
				Kind: WrongStatus, Service: callee,
				Observed: observed, Expected: grpcStatusTag + " " + want + " on both spans of the call",
				Next: "look at grpc-status in the trailers that " + quote(callee) + " answers with",
			}))
		}
	}
	return Aggregate(findings)
}
