package traces

import (
	"fmt"
	"slices"
	"strings"
)

// mixed reports a request whose hops carried traces of several requests. The
// trees of such traces say nothing more, and are not compared.
func (x *comparison) mixed() {
	service, why := x.mixer()
	ids := make([]string, 0, len(x.ev.Mixed))
	for _, id := range x.ev.Mixed {
		ids = append(ids, short(id))
	}
	name := quote(service)
	x.add(Finding{
		Kind: WrongParent, Service: service,
		Observed: "traces that hops of several requests carried: " + strings.Join(ids, ", "),
		Expected: "each trace holds the spans of one request; " + x.path,
	}.because(cause{
		why: why,
		candidates: []string{
			"the application before " + name + " keeps headers of another request", "its proxy took another request's context",
			"the caller sent one context with several requests",
		},
		next: "look at the headers that " + name + " received and sent, for what is kept between requests or shared between goroutines",
	}))
}

// mixer is the service that sent the context of another request; where none is seen to,
// the first one that received such a context.
func (x *comparison) mixer() (service, why string) {
	for i := range x.ev.Hops {
		h := &x.ev.Hops[i]
		in := wires(h.Received)
		for _, sent := range h.Sent {
			out := wires(sent.Headers)
			if len(in) > 0 && len(out) > 0 && in[0].trace != out[0].trace && slices.Contains(x.ev.Mixed, out[0].trace) {
				return plainName(h.Service), fmt.Sprintf("%s received %s and called %s with %s, the context of another request",
					quote(plainName(h.Service)), carried(h.Received), quote(plainName(sent.To)), carried(sent.Headers))
			}
		}
	}
	for i := range x.ev.Hops {
		for _, w := range wires(x.ev.Hops[i].Received) {
			if x.ev.foreign[w.trace] {
				return plainName(x.ev.Hops[i].Service), ""
			}
		}
	}
	for _, id := range x.ev.Mixed {
		if service, ok := x.mixers[id]; ok {
			return service, ""
		}
	}
	return x.entry, ""
}

// blameMixers says for each trace that hops of several requests carried which service
// brought it into the request that it does not belong to. The request that it does
// belong to shows the same defect, and names the same service.
func (c *comparer) blameMixers(requests []RequestEvidence) map[TraceID]string {
	var blamed map[TraceID]string
	for i := range requests {
		if len(requests[i].foreign) == 0 {
			continue
		}
		if blamed == nil {
			blamed = map[TraceID]string{}
		}
		service, _ := (&comparison{comparer: c, ev: requests[i]}).mixer()
		for id := range requests[i].foreign {
			if _, ok := blamed[id]; !ok {
				blamed[id] = service
			}
		}
	}
	return blamed
}
