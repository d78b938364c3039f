package traces

// requestReason is what the proxies wrote into an x-request-id: Envoy marks why a
// request is traced in the character at index 14 of the UUID, the version digit
// (envoy.extensions.request_id.uuid, pack_trace_reason). It is "" for what is no UUID.
func requestReason(id string) string {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' {
		return ""
	}
	switch id[reasonAt] {
	case '9':
		return "sampled"
	case 'a':
		return "traced because it was forced"
	case 'b':
		return "traced because the client asked for it"
	case '4':
		return "not traced"
	}
	return ""
}

// decided is the sampling decision of the first context in headers, nil where they
// hold none or leave it open.
func decided(headers map[string]string) *bool {
	_, sampled, ok := DecisionOf(headers)
	if !ok {
		return nil
	}
	return sampled
}

func isNo(decision *bool) bool  { return decision != nil && !*decision }
func isYes(decision *bool) bool { return decision != nil && *decision }

// decisionWords is the decision as its header has it, as `traceparent 89f3…-00`.
func decisionWords(headers map[string]string) string {
	found := wires(headers)
	if len(found) == 0 || found[0].decision == undecided {
		return carried(headers)
	}
	flag := "0"
	if found[0].decision == decidedYes {
		flag = "1"
	}
	if found[0].header == headerTraceparent {
		return carried(headers) + "-0" + flag
	}
	return carried(headers) + ", sampled " + flag
}

// unsampled explains a hop that received the decision not to sample.
func (x *comparison) unsampled(service string) (cause, bool) {
	for _, h := range x.hops(service) {
		if !isNo(decided(h.Received)) {
			continue
		}
		name := quote(service)
		c := cause{
			why:  name + " received the decision not to sample (" + decisionWords(h.Received) + ")",
			next: "look for a sampling setting at " + name + " or at the service that calls it",
		}
		reason := requestReason(h.Received[headerRequestID])
		if caller, sent := x.callOf(h); caller != nil {
			from := quote(plainName(caller.Service))
			switch {
			case isYes(decided(sent.Headers)):
				c.why += ", where " + from + " sent " + decisionWords(sent.Headers)
				c.next = "look at what changes the decision between " + from + " and " + name + ": both proxies' Telemetry, and a gateway between them"
			case isYes(decided(caller.Received)):
				c.why += ", where " + from + " had received " + decisionWords(caller.Received)
			}
			if before, after := caller.Received[headerRequestID], h.Received[headerRequestID]; before != "" && after != "" && stableID(before) != stableID(after) {
				c.why += "; the x-request-id was replaced between them, so that the proxy drew anew"
				c.next = "forward x-request-id in " + from + ": the sampling decision depends on it"
			}
		}
		if reason != "" {
			c.why += "; its x-request-id says: " + reason
		}
		return c, true
	}
	return cause{}, false
}

// callOf is the hop that called h, and its call; nil where none is seen to.
func (x *comparison) callOf(h *Hop) (*Hop, *SentCall) {
	for i := range x.ev.Hops {
		caller := &x.ev.Hops[i]
		for j := range caller.Sent {
			if sent := &caller.Sent[j]; plainName(sent.To) == plainName(h.Service) && sent.Protocol != TCP {
				return caller, sent
			}
		}
	}
	return nil, nil
}
