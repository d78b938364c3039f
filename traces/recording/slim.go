package recording

import (
	"slices"

	"github.com/throughline/throughline/traces"
)

// kept are the headers that a recording keeps.
func kept() []string {
	return []string{
		"traceparent", "tracestate",
		"b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags",
		"x-request-id", "x-envoy-attempt-count", "host", ":authority",
		traces.RequestHeader, "x-throughline-fault",
	}
}

// slim is the evidence with the headers that are kept, and no others.
func slim(ev traces.Evidence) traces.Evidence {
	names := kept()
	pick := func(headers map[string]string) map[string]string {
		if len(headers) == 0 {
			return nil
		}
		out := map[string]string{}
		for name, value := range headers {
			if slices.Contains(names, name) {
				out[name] = value
			}
		}
		return out
	}
	ev.Requests = slices.Clone(ev.Requests)
	for i := range ev.Requests {
		ev.Requests[i].Sent, ev.Requests[i].Headers = pick(ev.Requests[i].Sent), pick(ev.Requests[i].Headers)
	}
	ev.Hops = slices.Clone(ev.Hops)
	for i := range ev.Hops {
		hop := &ev.Hops[i]
		hop.Received = pick(hop.Received)
		hop.Sent = slices.Clone(hop.Sent)
		for j := range hop.Sent {
			hop.Sent[j].Headers = pick(hop.Sent[j].Headers)
		}
	}
	return ev
}
