package traces

import (
	"cmp"
	"fmt"
	"slices"
)

// JudgeHeader judges that every hop received header (in lower case) as the request's
// caller sent it: want, or where that is empty, what Exchange.Sent has. A hop that received another value, or none, is a WrongHeader at the service
// whose application changed it, and where no application did, at the service behind the
// proxies that did. Hops over TCP have no headers.
func JudgeHeader(ev Evidence, header, want string) []Finding {
	var all []Finding
	for _, r := range ev.ByRequest().Requests {
		sent := cmp.Or(want, r.Exchange.Sent[header])
		j := headerJudge{header: header, request: r, same: func(value string) bool { return value == sent }}
		all = append(all, j.judge("the caller sent "+headerWords(sent))...)
	}
	return Aggregate(all)
}

// JudgeRequestID judges what becomes of x-request-id: every hop of a request has the same
// one, but for the digit in which proxies keep the decision (see Envoy's
// extensions/request_id/uuid); it is that of the caller where it sent one; and each of the
// request's spans names it in the tag guid:x-request-id. What differs is a WrongHeader at
// the service whose application changed it, or whose span it is. A request of which no hop
// received one is a WrongHeader at the entry.
func JudgeRequestID(ev Evidence) []Finding {
	var all []Finding
	for _, r := range ev.ByRequest().Requests {
		id := requestID(r)
		if id == "" {
			all = append(all, Finding{
				Kind: WrongHeader, Service: ev.Topology.Entry, Count: 1, Requests: []string{r.Exchange.Request},
				Observed: "no hop received an x-request-id", Expected: "the first proxy makes one",
				Next: "look whether the first proxy traces, and whether request ids are switched off (generate_request_id)",
			})
			continue
		}
		j := headerJudge{
			header: headerRequestID, request: r,
			same: func(value string) bool { return stableID(value) == stableID(id) },
		}
		changed := j.judge("the request has " + headerWords(id) + ", of which proxies change the 15th digit alone")
		if len(changed) == 0 {
			// Where an application made another one, the spans behind it name that.
			changed = unnamed(r, id)
		}
		all = append(all, changed...)
	}
	return Aggregate(all)
}

// requestID is the x-request-id of a request: the caller's, or the first that a hop received.
func requestID(r RequestEvidence) string {
	if id := r.Exchange.Sent[headerRequestID]; id != "" {
		return id
	}
	first := -1
	for i := range r.Hops {
		if r.Hops[i].Received[headerRequestID] != "" && (first < 0 || r.Hops[i].Start.Before(r.Hops[first].Start)) {
			first = i
		}
	}
	if first < 0 {
		return ""
	}
	return r.Hops[first].Received[headerRequestID]
}

// unnamed are the spans of proxies whose tag has another id.
func unnamed(r RequestEvidence, id string) []Finding {
	var all []Finding
	for t := range r.Traces {
		for i := range r.Traces[t].Spans {
			s := &r.Traces[t].Spans[i]
			if tag := s.Tags.Get(tagRequestID); s.proxied() && stableID(tag) != stableID(id) {
				all = append(all, Finding{
					Kind: WrongHeader, Service: s.Service, Count: 1,
					Observed: fmt.Sprintf("the tag %s of a %s span of %s is %s", tagRequestID, s.Kind, quote(s.Service), headerWords(tag)),
					Expected: headerWords(id) + ", which its hops received",
					Next:     "look up the span by its trace instead: whoever searches by request id does not find it",
					Requests: []string{r.Exchange.Request}, Traces: []string{r.Traces[t].ID.String()},
				})
			}
		}
	}
	return all
}

// headerJudge follows one header along the hops of one request.
type headerJudge struct {
	header  string
	request RequestEvidence
	same    func(value string) bool
}

func (j headerJudge) judge(expected string) []Finding {
	var all []Finding
	for i := range j.request.Hops {
		h := &j.request.Hops[i]
		if h.Protocol == TCP || j.same(h.Received[j.header]) {
			continue
		}
		f := Finding{
			Kind: WrongHeader, Service: h.Service, Count: 1, Requests: []string{j.request.Exchange.Request},
			Observed: fmt.Sprintf("%s received %s", quote(h.Service), j.named(h.Received[j.header])),
			Expected: expected + ", and everybody receives that",
		}
		switch caller, sent := j.callOf(h); {
		case caller == nil:
			f.Next = "look at what the proxies between the caller and " + quote(h.Service) + " do to headers"
		case j.same(sent.Headers[j.header]):
			f.Why = fmt.Sprintf("%s sent it as it was: the proxies between them changed it", quote(caller.Service))
			f.Next = "look at the header rules of the route, and at EnvoyFilters"
		case j.same(caller.Received[j.header]):
			f.Service = caller.Service
			f.Why = fmt.Sprintf("%s received it as it was and sent %s: its application changed it", quote(caller.Service), j.named(sent.Headers[j.header]))
			f.Next = "forward " + j.header + " in " + quote(caller.Service) + " as it came"
		default:
			// Whoever changed it is further up, and is said there.
			continue
		}
		all = append(all, f)
	}
	return all
}

func (j headerJudge) named(value string) string { return j.header + " " + headerWords(value) }

// callOf is who called h with that call; nil where the caller of the request did.
func (j headerJudge) callOf(h *Hop) (*Hop, *SentCall) {
	for i := range j.request.Hops {
		caller := &j.request.Hops[i]
		n := slices.IndexFunc(caller.Sent, func(s SentCall) bool {
			return s.Protocol != TCP && plainName(s.To) == plainName(h.Service) && !s.Start.After(h.Start)
		})
		if n >= 0 {
			return caller, &caller.Sent[n]
		}
	}
	return nil, nil
}

// headerWords is a header's value in a sentence.
func headerWords(value string) string {
	if value == "" {
		return "none"
	}
	return fmt.Sprintf("%q", printable(value, maxHeader))
}

// maxHeader bounds a header's value in a text, in runes.
const maxHeader = 80
