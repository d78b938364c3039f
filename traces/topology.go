package traces

import "time"

// Topology says who calls whom when one request enters it. It is plain data:
// fixtures render it to manifests and to the plan that each request carries,
// and Derive turns it into the forest that must exist.
type Topology struct {
	// Name is unique among topologies and a DNS label.
	Name string
	// Entry names the service that the client calls.
	Entry string
	// EntryProtocol is how the client calls it; empty means HTTP.
	EntryProtocol Protocol
	// Services lists every service once; the order has no meaning.
	Services []Service
}

// Service is one application with its place in the mesh.
type Service struct {
	// Name is the service's name in spans, without its namespace.
	Name string
	// Namespace is where it runs; empty means DefaultNamespace.
	Namespace string
	// Bare is true for a service without a sidecar. A bare service is deployed
	// beside its twin with a sidecar, so that a control needs no redeploy.
	Bare bool
	// Forward says which trace headers its application copies to the calls it makes.
	Forward Forwarding
	// Work is what its application does for each request.
	Work Work
	// Steps are its calls: steps run one after another, the calls of one step in parallel.
	Steps []Step
}

// DefaultNamespace is where services run that name none.
const DefaultNamespace = "shop"

// Step is a set of calls made in parallel.
type Step []Call

// Call is one call to another service of the same topology.
type Call struct {
	To       string
	Protocol Protocol
}

// Protocol is what a call speaks.
type Protocol string

// The protocols that the application speaks. The empty protocol of a Call means HTTP.
const (
	HTTP Protocol = "http"
	GRPC Protocol = "grpc"
	// TCP is a plain byte exchange, of which a proxy makes no span.
	TCP Protocol = "tcp"
)

// Forwarding says which of the trace headers that it received an application
// sends on. The zero value forwards them all.
type Forwarding struct {
	// Drop forwards none.
	Drop bool
	// Only, when not empty, forwards just these headers, named in lower case.
	Only []string
}

// Work is what an application does before it answers.
type Work struct {
	// Delay is how long it sleeps before its first call.
	Delay time.Duration
	// Status is the HTTP status that it answers with; 0 means 200, or the status
	// of the first call of its own that failed with 500 or above.
	Status int
}

// Mesh is how the mesh traces.
type Mesh struct {
	Provider Provider
	// Sampling is the mesh-wide setting.
	Sampling Sampling
	// Namespaces holds the settings of namespaces that have one of their own.
	Namespaces map[string]Sampling
}

// Provider is the tracing provider that Istio's Telemetry resource names.
type Provider string

// The providers whose propagation rules Derive knows.
const (
	OpenTelemetry Provider = "opentelemetry"
	Zipkin        Provider = "zipkin"
)

// Sampling is a randomSamplingPercentage, which a user may leave unset.
type Sampling struct {
	Set     bool
	Percent float64
}

// Percent is a sampling setting of p percent, 0 to 100.
func Percent(p float64) Sampling { return Sampling{Set: true, Percent: p} }

// DefaultPercent is what Istio samples where nothing is set
// (PILOT_TRACE_SAMPLING, 1 % by default).
const DefaultPercent = 1.0

// Effective is the percentage in force: the set one, or Istio's default.
func (s Sampling) Effective() float64 {
	if s.Set {
		return s.Percent
	}
	return DefaultPercent
}
