package traces

import "time"

// Evidence is everything that one send gathered: what was asked, what the
// caller saw, what each application saw, what the backend stored, and what the
// proxies say that they sent. A judge reads nothing else.
type Evidence struct {
	Topology Topology
	Mesh     Mesh
	Requests []Exchange
	Hops     []Hop
	Traces   []Trace
	Proxies  []ProxyCount
	// Took is how long the change of the mesh's tracing took that came last before the
	// requests, from the edit until every proxy had it; 0 where none was made.
	Took time.Duration `json:",omitempty"`
	// Sweep is what the run knows of itself, where Traces are everything that it stored.
	Sweep *Sweep `json:",omitempty"`
	// Versions are those of what the mesh is made of, by component (`envoy`), as far as known.
	Versions map[string]string `json:",omitempty"`
	// Incomplete lists why this evidence cannot carry a verdict; empty means complete.
	Incomplete []string
}

// Exchange is one request as its caller saw it.
type Exchange struct {
	// Request is the id that the request carried in RequestHeader.
	Request string
	// Bare is true when the caller had no sidecar.
	Bare bool
	// Variant tells apart the samples of one send (for example "baseline" and "delayed").
	Variant string
	// Sent are the trace headers that the caller's application sent, names in lower case.
	Sent map[string]string
	// Intended is when an open-loop caller meant to send; Start when it did; End when the answer was whole.
	Intended, Start, End time.Time
	// Connection is the address that the caller's connection came from, of a request over
	// HTTP/1.1, HTTP/2 or gRPC that got one. It is empty of HTTP/1.0, TCP and raw sockets,
	// where no two requests share one.
	Connection string `json:",omitempty"`
	// Status is the HTTP status, 0 when there was no answer; then Err says why.
	Status int
	Err    string
	// Headers are those of the answer, names in lower case.
	Headers map[string]string
	Message
	// Late says that an open loop could not start it as intended, as many requests being
	// under way as it allows itself.
	Late bool `json:",omitempty"`
}

// Message is what a request over HTTP, and its answer, looked like besides headers and
// status. TCP has none of it.
type Message struct {
	// Method, Path and Host are what was asked for; Path has the query, Host may have a port.
	Method string `json:",omitempty"`
	Path   string `json:",omitempty"`
	Host   string `json:",omitempty"`
	// RequestBytes and ResponseBytes are the sizes of the bodies as HTTP carries them, with
	// gRPC's five bytes before each message. 0 may also mean that they are not known: a
	// Hop does not tell those of a stream.
	RequestBytes  int `json:",omitempty"`
	ResponseBytes int `json:",omitempty"`
}

// The variants of a send that compares requests with and without a delay.
const (
	Baseline = "baseline"
	Delayed  = "delayed"
)

// RequestHeader carries a request's id through every hop, bare or not, whatever
// an application does with trace headers.
const RequestHeader = "x-throughline-request"

// Hop is one request as one application saw it.
type Hop struct {
	Request string
	// Service and Namespace name the application; Bare says that it has no sidecar.
	Service, Namespace string
	// Version is which of the service's versions it is, if it has any.
	Version string `json:",omitempty"`
	Bare    bool
	// Protocol is what the request arrived over: a proxy may have changed it on the way.
	Protocol   Protocol
	Start, End time.Time
	// Status is 0 where the application gave no answer.
	Status int
	Message
	// Received are the headers (or gRPC metadata) that it got, names in lower case,
	// values of a repeated header joined with ", ".
	Received map[string]string
	Sent     []SentCall
}

// SentCall is one call that an application made while it served a Hop.
type SentCall struct {
	To         string
	Protocol   Protocol
	Headers    map[string]string
	Start, End time.Time
	Status     int
	Err        string
	Message
}

// ProxyCount is how many spans one proxy sent and dropped while the evidence was gathered.
type ProxyCount struct {
	Pod, Service, Namespace string
	Sent, Dropped           int64
	// Started is when the proxy began to run, to about a second; it is zero where nobody asked.
	Started time.Time `json:",omitzero"`
}
