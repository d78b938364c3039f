package traces

import (
	"cmp"
	"strings"
)

// ClientService is the service name of the load client, which owns the CLIENT
// span at the top of a trace.
const ClientService = "client"

// NoNamespace says in Node.Namespace that the service's name in spans is without a
// namespace: an application's own, or a mesh whose tracingServiceName is
// CANONICAL_NAME_ONLY.
const NoNamespace = "-"

// NoFlags says in Node.Flags that the span must have no response flags.
const NoFlags = "-"

// Node is one span that must exist, with everything below it. What a Node leaves
// at its zero value is not compared, but for its children: a span that is stored
// below it and not among them is unexpected.
type Node struct {
	// Service owns the span. Empty means the service that the node is written
	// inside of, or the load client at the top.
	Service string
	// Namespace is the owner's; empty means DefaultNamespace, NoNamespace that the
	// service's name in spans has none.
	Namespace string
	// Kind is Client or Server.
	Kind Kind
	// To is the service that a CLIENT span calls; it is compared where the stored
	// span says whom it called.
	To string
	// Via names the services without a sidecar that the request passed between
	// the parent and this span. For a root, the last one lost the context.
	Via []string
	// Orphan is true for a span whose own parent is not stored. Below another node it
	// is of that node's trace. As a root it continues the context that the caller
	// sent (see Exchange.Sent), or that of an application's tracer; several such roots
	// may be of one trace.
	Orphan bool
	// Status is the HTTP status; 0 is not compared.
	Status int
	// Error is the error mark; nil is not compared.
	Error *bool
	// Flags are the response flags; "" is not compared, NoFlags means none.
	Flags string
	// Children are the spans directly below, in no order.
	Children []Node
}

// Forest is what must be stored for one request: one root for each trace. The
// empty Forest says that nothing may be stored.
type Forest []Node

// Calls is one call between two services with sidecars: the caller's CLIENT span,
// with the SERVER span of service below it, and below that what service does.
// The CLIENT span belongs to the service that the call is written inside of; the
// outermost is the load client's. A service of another namespace than
// DefaultNamespace is written with it, as in "audit.ward".
func Calls(service string, below ...Node) Node {
	name, namespace := splitName(service)
	return Node{
		Kind: Client, To: name,
		Children: []Node{{Kind: Server, Service: name, Namespace: namespace, Children: below}},
	}
}

// CallsThrough is a call to a service without a sidecar: the caller's CLIENT span, and
// directly below it the SERVER spans (see Serves) of those that service calls on
// with the headers that it received. Without below it is an untraced leaf.
func CallsThrough(service string, below ...Node) Node {
	name, _ := splitName(service)
	passed := make([]Node, len(below))
	for i, b := range below {
		b.Via = append([]string{name}, b.Via...)
		passed[i] = b
	}
	return Node{Kind: Client, To: name, Children: passed}
}

// Serves is a SERVER span without a CLIENT span above it: the root of a trace that
// a caller without a sidecar began, or what such a caller reaches inside CallsThrough.
func Serves(service string, below ...Node) Node {
	name, namespace := splitName(service)
	return Node{Kind: Server, Service: name, Namespace: namespace, Children: below}
}

// CallFrom is Calls as the root of a trace of its own: caller received a request but
// did not forward its headers, so that its CLIENT span has no parent.
func CallFrom(caller, service string, below ...Node) Node {
	call := Calls(service, below...)
	call.Service, call.Namespace = splitName(caller)
	return call
}

// After says that the root n began a trace because service, which has no sidecar,
// forwarded no headers. It changes only the words of a finding.
func (n Node) After(service string) Node {
	name, _ := splitName(service)
	n.Via = append([]string{name}, n.Via...)
	return n
}

// Answering states the status of one call, on its CLIENT and its SERVER span, and
// the error mark that follows from it: a SERVER span is an error from 500 on, a
// CLIENT span from 400 on, as the opentelemetry provider has it.
func (n Node) Answering(status int) Node {
	n.Status = status
	n.Error = mark(n.Kind, status, OpenTelemetry)
	if n.Kind == Client {
		children := make([]Node, len(n.Children))
		for i, c := range n.Children {
			if c.Kind == Server && c.Service == n.To {
				c = c.Answering(status)
			}
			children[i] = c
		}
		n.Children = children
	}
	return n
}

// Flagged states the response flags of the node's own span.
func (n Node) Flagged(flags string) Node {
	n.Flags = flags
	return n
}

// Answer is the status that the caller of a request must see: that of the first
// root, or 200 where none is stated. It is 0 where the root says that the caller went
// away before there was an answer (flag DC).
func (f Forest) Answer() int {
	switch {
	case len(f) == 0:
		return statusOK
	case f[0].Status == 0 && f[0].Flags == "DC":
		return 0
	default:
		return cmp.Or(f[0].Status, statusOK)
	}
}

// Spans is how many spans the forest has.
func (f Forest) Spans() int {
	n := 0
	for _, root := range f {
		n += 1 + Forest(root.Children).Spans()
	}
	return n
}

// Entry names the service that the request enters at: the first SERVER span, or
// whom the first root calls. It is empty for the empty forest.
func (f Forest) Entry() string {
	if len(f) == 0 {
		return ""
	}
	if f[0].Kind == Client {
		return f[0].To
	}
	return f[0].Service
}

// resolved is the forest with every owner and namespace filled in.
func (f Forest) resolved() Forest {
	return resolve(f, ClientService, DefaultNamespace)
}

func resolve(nodes []Node, owner, namespace string) []Node {
	out := make([]Node, len(nodes))
	for i, n := range nodes {
		switch {
		case n.Service == "":
			n.Service, n.Namespace = owner, namespace
		case n.Namespace == "":
			n.Namespace = DefaultNamespace
		}
		n.Children = resolve(n.Children, n.Service, n.Namespace)
		out[i] = n
	}
	return out
}

func splitName(service string) (name, namespace string) {
	name, namespace, found := strings.Cut(service, ".")
	if !found {
		namespace = DefaultNamespace
	}
	return name, namespace
}

// mark is the error mark that a span of kind has for an HTTP status.
// Envoy marks 5xx on both sides; its OpenTelemetry tracer also marks 4xx on
// CLIENT spans, as OpenTelemetry's semantic conventions for HTTP ask.
func mark(kind Kind, status int, provider Provider) *bool {
	from := 500
	if kind == Client && provider == OpenTelemetry {
		from = 400
	}
	failed := status >= from
	return &failed
}
