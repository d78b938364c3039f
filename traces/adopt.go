package traces

import "strings"

// tagRequestID is the tag in which Envoy stores a request's x-request-id, tagUserAgent
// the one for its user-agent.
const (
	tagRequestID = "guid:x-request-id"
	tagUserAgent = "user_agent"
)

// AgentPrefix begins the user-agent of what the driver and the applications send; the id
// of the request that it is for comes after it.
const AgentPrefix = "throughline/"

// several stands for more than one request, no request for none.
const (
	noRequest = -1
	several   = -2
)

// adopter is the number of the request whose user-agent or x-request-id the spans of t have: a trace
// that ended before the first application saw it, or of a proxy that does not pass on
// its context, is carried by no hop. It is below zero where there is none or where the
// spans have ids of several requests.
func (x *indexing) adopter(t *Trace) int {
	if x.ids == nil {
		x.readIDs()
	}
	found := noRequest
	for i := range t.Spans {
		agent, named := strings.CutPrefix(t.Spans[i].Tags.Get(tagUserAgent), AgentPrefix)
		n, ok := x.numbers[agent]
		if !named || !ok {
			n, ok = x.ids[stableID(t.Spans[i].Tags.Get(tagRequestID))]
		}
		switch {
		case !ok:
		case found != noRequest && n != found:
			return several
		default:
			found = n
		}
	}
	return found
}

func (x *indexing) readIDs() {
	x.ids = map[string]int{}
	note := func(headers map[string]string, request int) {
		id := stableID(headers[headerRequestID])
		if id == "" {
			return
		}
		if before, ok := x.ids[id]; ok && before != request {
			request = several
		}
		x.ids[id] = request
	}
	for i := range x.Hops {
		h := &x.Hops[i]
		n := x.number(h.Request)
		note(h.Received, n)
		for j := range h.Sent {
			note(h.Sent[j].Headers, n)
		}
	}
}

// reasonAt is where Envoy writes into an x-request-id why the request is traced: the
// version digit of the UUID (envoy.extensions.request_id.uuid, pack_trace_reason).
const reasonAt = 14

// stableID is an x-request-id without the digit that proxies change on the way.
func stableID(id string) string {
	if len(id) <= reasonAt {
		return id
	}
	return id[:reasonAt] + id[reasonAt+1:]
}
