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
	// EntryProtocol is how the client calls it; empty means HTTP. EntryShape is what
	// that call looks like.
	EntryProtocol Protocol
	EntryShape    Shape
	// Services lists every service once; the order has no meaning.
	Services []Service
	// Routes say what the mesh does with calls to some of the services.
	Routes []Route
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
	// Gateway is true for a proxy without an application: it makes a SERVER and a
	// CLIENT span of its own and calls the one service of its only step.
	Gateway bool
	// Host, where it is not empty, is the name that a service outside the mesh is
	// called by (`bank.example.com`), its first label being Name. The service is Bare.
	Host string
	// Forward says which trace headers its application copies to the calls it makes.
	Forward Forwarding
	// SDK is the tracer that its application has of its own.
	SDK SDK
	// Work is what its application does for each request.
	Work Work
	// Steps are its calls: steps run one after another, the calls of one step in parallel.
	Steps []Step
	// Versions share the calls to the service among them, each with steps of its own
	// in place of Steps. A service has none or at least two.
	Versions []Version
	// Form is how it is deployed, where that is not as others are.
	Form Form
}

// Form is how a service is deployed. A service of one name and namespace has the same
// form in every topology; only what stands beside it, a second port or a relay, it has
// for all of them where one asks for it.
type Form struct {
	// Headless is true for a Service without an address of its own: callers get those of the pods.
	Headless bool `json:",omitempty"`
	// TwoPorts is true for a service that takes HTTP on a second port too (see Shape.Second).
	TwoPorts bool `json:",omitempty"`
	// Absent is true for a Service that no pod stands behind.
	Absent bool `json:",omitempty"`
	// ProxyConfig is the annotation proxy.istio.io/config of its pods, in YAML.
	ProxyConfig string `json:",omitempty"`
	// Behind is for how long a TCP relay in front of it, which knows no HTTP, holds what
	// passes, in each direction. 0 means that there is no relay.
	Behind time.Duration `json:",omitempty"`
}

// Version is one version of a service.
type Version struct {
	Name string
	// Weight is its share of the calls; the weights of a service sum to 100.
	Weight int
	Steps  []Step
}

// SDK is an OpenTelemetry SDK inside an application. It continues a W3C context, makes
// a SERVER span for each request and a CLIENT span for each call, and sends its own
// context on as traceparent, whatever the application forwards. Its spans are those
// of the service without a namespace.
type SDK string

// The SDKs that an application may have.
const (
	NoSDK SDK = ""
	// ExportingSDK sends its spans to the backend.
	ExportingSDK SDK = "exporting"
	// SilentSDK sends them nowhere, so that parents point at spans that nobody stored.
	SilentSDK SDK = "silent"
)

// DefaultNamespace is where services run that name none.
const DefaultNamespace = "shop"

// Step is a set of calls made in parallel.
type Step []Call

// Call is one call to another service of the same topology.
type Call struct {
	To       string
	Protocol Protocol
	Shape    Shape `json:",omitzero"`
}

// Shape is what a call over HTTP looks like besides its headers. The zero value is a
// POST of nothing to `/`.
type Shape struct {
	// Method is empty for POST.
	Method string `json:",omitempty"`
	// Path is the path with its query; empty means `/`.
	Path string `json:",omitempty"`
	// Bytes is the size of the request's body.
	Bytes int `json:",omitempty"`
	// Second calls the service's second port (see Form.TwoPorts).
	Second bool `json:",omitempty"`
	// Relayed goes through the relay before the service (see Form.Behind).
	Relayed bool `json:",omitempty"`
}

// Protocol is what a call speaks.
type Protocol string

// The protocols that the application speaks. The empty protocol of a Call means HTTP.
const (
	HTTP Protocol = "http"
	// HTTP10 is HTTP/1.0: a connection for each request, and no chunks.
	HTTP10 Protocol = "http/1.0"
	// H2C is HTTP/2 in clear text, with prior knowledge.
	H2C  Protocol = "h2c"
	GRPC Protocol = "grpc"
	// GRPCStream is a gRPC call that streams messages in both directions.
	GRPCStream Protocol = "grpc-stream"
	// TCP is a plain byte exchange, of which a proxy makes no span.
	TCP Protocol = "tcp"
)

// RPC says whether the protocol is gRPC, of one message or of many.
func (p Protocol) RPC() bool { return p == GRPC || p == GRPCStream }

// Forwarding says which of the trace headers that it received an application
// sends on. The zero value forwards them all.
type Forwarding struct {
	// Drop forwards none.
	Drop bool
	// Only, when not empty, forwards just these headers, named in lower case.
	Only []string
	// Rewrite are headers that it sends with each call in place of those that it received,
	// whatever else it forwards; an empty value sends none.
	Rewrite map[string]string `json:",omitempty"`
	// OwnID is true where it makes an x-request-id of its own for each call.
	OwnID bool `json:",omitempty"`
	// Mix is true where it forwards the trace headers of another request, if it has seen
	// one: an application that keeps them in the wrong place.
	Mix bool `json:",omitempty"`
}

// Plain says that it forwards whatever it received.
func (f Forwarding) Plain() bool {
	return !f.Drop && len(f.Only) == 0 && len(f.Rewrite) == 0 && !f.OwnID && !f.Mix
}

// Work is what an application does before it answers.
type Work struct {
	// Delay is how long it sleeps before its first call.
	Delay time.Duration
	// Status is the HTTP status that it answers with; 0 means 200, or the status
	// of the first call of its own that failed with 500 or above.
	Status int
	// Early is true for an application that answers before it makes its calls.
	Early bool
	// Fails is how many tries of a call it answers with 503 before it serves one. It
	// counts the tries of a proxy, not those of other calls.
	Fails int
	// Digits is how many decimals of Pi it computes before its first call.
	Digits int `json:",omitempty"`
	// Queue is true where it works on one such request at a time; the others wait.
	Queue bool `json:",omitempty"`
	// Bytes is the size of its answer's body; 0 leaves it to the application.
	Bytes int `json:",omitempty"`
	// Fault is how it fails to answer, after its delay and before any call.
	Fault Fault `json:",omitempty"`
}

// Fault is a way in which an application gives no answer.
type Fault string

// The faults.
const (
	NoFault Fault = ""
	// Reset closes the connection with a TCP reset.
	Reset Fault = "reset"
	// Hang holds the request until its caller goes away.
	Hang Fault = "hang"
	// Crash ends the process in the middle of the request. Another one takes its place at once.
	Crash Fault = "crash"
)

// Route is what the proxy of a caller does with calls to a service, as a
// VirtualService says it. A caller without a sidecar knows of no routes.
type Route struct {
	To string
	// Retries is how often a call that is answered with 5xx is tried again.
	Retries int
	// Timeout is how long a caller waits for the answer, tries included; 0 is for ever.
	Timeout time.Duration
	// Mirror is a service that gets a copy of each call, whose answer nobody reads.
	Mirror string
	// Delay is injected before the call, Abort is an HTTP status injected in its place.
	Delay time.Duration
	Abort int
}

// Mesh is how the mesh traces.
type Mesh struct {
	// Provider traces the whole mesh; empty means none, unless a rule names one.
	Provider Provider
	// Sampling is the mesh-wide setting.
	Sampling Sampling
	// Rules are those of the mesh-wide Telemetry resource after the first, which
	// Provider and Sampling make.
	Rules []Rule
	// Telemetries are the other Telemetry resources, the oldest first.
	Telemetries []Telemetry
}

// Telemetry is the tracing part of one of Istio's Telemetry resources.
type Telemetry struct {
	// Namespace is where it holds. Workload, where it is not empty, selects one of the
	// namespace's services.
	Namespace string
	Workload  string
	Rules     []Rule
}

// Rule is one entry of a Telemetry resource's tracing. What it leaves unset is inherited.
type Rule struct {
	// Side limits it to the spans of one kind (match.mode): Client or Server. A
	// gateway's spans count as Client.
	Side     Kind
	Provider Provider
	Sampling Sampling
	// DisableSpanReporting and DisableContextPropagation are nil where unset.
	DisableSpanReporting      *bool
	DisableContextPropagation *bool
	// Tags are the custom tags by name. Where there are none it is unset; where there are,
	// they take the place of all that were inherited.
	Tags map[string]CustomTag `json:",omitempty"`
	// IstioTags is enableIstioTags, RequestIDSampling is useRequestIdForTraceSampling; nil
	// where unset.
	IstioTags         *bool `json:",omitempty"`
	RequestIDSampling *bool `json:",omitempty"`
}

// Provider is the tracing provider that Istio's Telemetry resource names.
type Provider string

// The providers whose propagation rules Derive knows.
const (
	OpenTelemetry Provider = "opentelemetry"
	Zipkin        Provider = "zipkin"
	// ZipkinW3C is Zipkin with traceContextOption USE_B3_WITH_W3C_PROPAGATION
	// (Istio 1.28): it writes both forms and reads W3C where there is no B3.
	ZipkinW3C Provider = "zipkin-w3c"
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

// Request is one request as its caller sends it.
type Request struct {
	// Bare is true when the caller has no sidecar.
	Bare bool
	// Headers are the trace headers that the caller's application sends, names in
	// lower case.
	Headers map[string]string
	// Timeout is how long the caller waits before it goes away; 0 is for ever.
	Timeout time.Duration `json:",omitempty"`
}
