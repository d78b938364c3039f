package traces_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// A good is evidence that holds exactly its forest for each of its requests.
type good struct {
	name     string
	evidence traces.Evidence
	forest   traces.Forest
}

// goods is every evidence that the mutation tests start from. All of them have two
// requests or more, so that spans can stray from one to the other.
func goods(t *testing.T) []good {
	t.Helper()
	type shape struct {
		name     string
		topology traces.Topology
		provider traces.Provider
		bare     bool
		flagged  bool
		// headers are what the caller of a request sends.
		headers func(request byte) map[string]string
	}
	otel, zipkin, w3cToo := traces.OpenTelemetry, traces.Zipkin, traces.ZipkinW3C
	all := []shape{
		{name: "a chain", topology: chain(), provider: otel},
		{name: "a chain without flags", topology: chain(), provider: otel, flagged: true},
		{name: "a chain of zipkin", topology: chain(), provider: zipkin},
		{name: "a chain from a bare client", topology: chain(), provider: otel, bare: true},
		{name: "a diamond", topology: diamond(), provider: otel},
		{name: "a diamond from a bare client", topology: diamond(), provider: zipkin, bare: true},
		{name: "a bare middle", topology: chain(bare("cart")), provider: otel},
		{name: "a bare branch", topology: diamond(bare("cart")), provider: otel},
		{name: "a bare leaf", topology: diamond(bare("stock")), provider: otel},
		{name: "a bare entry", topology: chain(bare("web")), provider: otel},
		{name: "a split chain", topology: chain(drops("cart")), provider: otel},
		{name: "a split chain of zipkin", topology: chain(drops("cart")), provider: zipkin},
		{name: "two splits", topology: chain(drops("web"), drops("cart")), provider: otel},
		{name: "a split diamond", topology: diamond(drops("web")), provider: otel},
		{name: "one split branch", topology: diamond(drops("price")), provider: otel},
		{name: "a split at a bare middle", topology: chain(bare("cart"), drops("cart")), provider: otel},
		{name: "the wrong header forwarded", topology: chain(cartForwardsOnly("x-b3-traceid", "x-b3-spanid")), provider: otel},
		{name: "calls in sequence", topology: fanOut(true), provider: otel},
		{name: "calls in parallel", topology: fanOut(false), provider: zipkin},
		{name: "the same call three times", topology: repeated(), provider: otel},
		{name: "the same bare call twice", topology: repeated(bare("cart")), provider: otel},
		{name: "the same call split three times", topology: repeated(drops("web")), provider: otel},
		{name: "an error at the end", topology: chain(answers("stock", 503)), provider: otel},
		{name: "an error of zipkin", topology: chain(answers("stock", 404)), provider: zipkin},
		{name: "an error in the middle", topology: diamond(answers("cart", 500)), provider: otel},
		{name: "an error behind a bare leaf", topology: chain(bare("stock"), answers("stock", 500)), provider: otel},
		{name: "an error in two branches", topology: diamond(answers("stock", 500)), provider: otel},
		{name: "calls of gRPC and TCP", topology: protocols(), provider: otel},
		{name: "another namespace", topology: diamond(inNamespace("stock", "ward")), provider: otel},
		{name: "a silent SDK in the middle", topology: chain(silent("cart")), provider: otel},
		{name: "a silent SDK before two branches", topology: diamond(silent("web")), provider: otel},
		{name: "two silent SDKs", topology: chain(silent("web"), silent("cart")), provider: otel},
		{name: "a silent SDK that fails", topology: chain(silent("cart"), answers("stock", 503)), provider: otel},
		{name: "a silent SDK without a sidecar", topology: chain(bare("cart"), silent("cart")), provider: otel},
		{name: "a silent SDK behind a split", topology: chain(drops("web"), silent("cart")), provider: otel},
		{name: "a silent SDK and zipkin with W3C", topology: chain(silent("cart"), cartForwardsOnly("x-request-id")), provider: w3cToo},
		{name: "the same call to a silent SDK three times", topology: repeated(silent("cart")), provider: otel},
		{name: "a caller's context", topology: chain(), provider: otel, headers: w3c},
		{name: "a caller's context from a bare client", topology: diamond(), provider: otel, bare: true, headers: w3c},
		{name: "a caller's context of zipkin", topology: diamond(), provider: zipkin, headers: b3},
		{name: "a caller's context of zipkin from a bare client", topology: chain(), provider: zipkin, bare: true, headers: b3Single},
		{name: "a caller's context in two branches", topology: diamond(bare("web")), provider: otel, bare: true, headers: w3c},
		{name: "a caller's context and a silent SDK", topology: chain(silent("cart")), provider: otel, headers: w3c},
		{name: "a caller's context and a split", topology: chain(drops("cart")), provider: otel, headers: w3c},
		{name: "a caller's context, a split and a silent SDK", topology: chain(silent("web"), drops("cart"), silent("stock")), provider: w3cToo, headers: w3c},
	}
	made := make([]good, 0, len(all))
	for _, s := range all {
		mesh := everything(s.provider)
		request := traces.Request{Bare: s.bare}
		if s.headers != nil {
			request.Headers = s.headers(0)
		}
		forest, err := traces.Derive(s.topology, mesh, request)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		if s.flagged {
			forest = unflagged(forest)
		}
		ev := tracesim.Send(s.topology, mesh, tracesim.Options{Requests: 2, Prefix: "r", Seed: 7, Bare: s.bare})
		if s.headers != nil {
			// Each caller's context is its own.
			ev = traces.Evidence{Topology: s.topology, Mesh: mesh}
			for i, prefix := range []string{"r", "s"} {
				ev = both(ev, tracesim.Send(s.topology, mesh, tracesim.Options{
					Requests: 1, Prefix: prefix, Seed: uint64(i), Bare: s.bare, Headers: s.headers(byte(i)),
				}))
			}
		}
		withRequestIDs(&ev)
		made = append(made, good{s.name, ev, forest})
	}
	return made
}

// w3c, b3 and b3Single are the contexts of callers that trace by themselves.
func w3c(request byte) map[string]string {
	return map[string]string{"traceparent": fmt.Sprintf("00-4bf92f3577b34da6a3ce929d0e0e47%02x-00f067aa0ba902%02x-01", request, request)}
}

func b3(request byte) map[string]string {
	return map[string]string{
		"x-b3-traceid": fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x", request), "x-b3-spanid": fmt.Sprintf("00f067aa0ba902%02x", request),
		"x-b3-sampled": "1",
	}
}

func b3Single(request byte) map[string]string {
	return map[string]string{"b3": fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x-00f067aa0ba902%02x-1", request, request)}
}

// silent gives a service a tracer of its own that stores nothing.
func silent(name string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].SDK = traces.SilentSDK }
}

// withRequestIDs gives the hops and the spans of each request its x-request-id, as
// Envoy does.
func withRequestIDs(ev *traces.Evidence) {
	ids := map[string]string{}
	for i := range ev.Hops {
		h := &ev.Hops[i]
		id := "5b0f7a4e-3c1d-9e2b-a1b2-0000000000" + h.Request
		h.Received = withID(h.Received, id)
		for _, t := range ev.Traces {
			if strings.Contains(fmt.Sprint(h.Received), t.ID.String()) {
				ids[t.ID.String()] = id
			}
		}
	}
	for i := range ev.Traces {
		t := &ev.Traces[i]
		for j := range t.Spans {
			t.Spans[j].Tags = t.Spans[j].Tags.With("guid:x-request-id", ids[t.ID.String()])
		}
	}
}

// withID is a copy of headers with an x-request-id.
func withID(headers map[string]string, id string) map[string]string {
	out := maps.Clone(headers)
	if out == nil {
		out = map[string]string{}
	}
	out["x-request-id"] = id
	return out
}

// fanOut is web with three leaves, called one after another or at once.
func fanOut(sequence bool) traces.Topology {
	steps := []traces.Step{{{To: "cart"}, {To: "price"}, {To: "stock"}}}
	if sequence {
		steps = []traces.Step{{{To: "cart"}}, {{To: "price"}}, {{To: "stock"}}}
	}
	return diamond(calls("web", steps...), calls("cart"), calls("price"))
}

// repeated is web, which calls cart three times, twice at once; cart calls stock.
func repeated(edits ...func(map[string]*traces.Service)) traces.Topology {
	edits = append(edits, calls("web", traces.Step{{To: "cart"}}, traces.Step{{To: "cart"}, {To: "cart"}}))
	return chain(edits...)
}

// protocols is a diamond, one branch over gRPC and one over TCP.
func protocols() traces.Topology {
	return diamond(
		calls("web", traces.Step{{To: "cart", Protocol: traces.GRPC}, {To: "price", Protocol: traces.TCP}}),
		calls("cart", traces.Step{{To: "stock", Protocol: traces.GRPC}, {To: "price"}}), calls("price"))
}

func inNamespace(name, namespace string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Namespace = namespace }
}

// unflagged states of every span that it has no response flags.
func unflagged(nodes []traces.Node) []traces.Node {
	out := make([]traces.Node, len(nodes))
	for i, n := range nodes {
		n = n.Flagged(traces.NoFlags)
		n.Children = unflagged(n.Children)
		out[i] = n
	}
	return out
}
