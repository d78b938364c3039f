package traces

import "strings"

// flagMeaning is what a response flag of Envoy says, and what to do about it; the
// flags are those of Envoy's access log documentation, section "Response flags" (%RESPONSE_FLAGS%).
type flagMeaning struct{ means, next string }

func meaningOf(flag string) (flagMeaning, bool) {
	switch flag {
	case "UT":
		return flagMeaning{"the proxy waited for the answer until its time was up", "look at the route's timeout and at what the callee spends its time on"}, true
	case "UH":
		return flagMeaning{"the proxy knew no healthy instance to send the request to", "look at the callee's endpoints, readiness and outlier detection"}, true
	case "UF":
		return flagMeaning{"the proxy could not connect to the callee", "look whether the callee listens, and at the mTLS modes of both sides"}, true
	case "UC":
		return flagMeaning{"the callee's side closed the connection before it had answered", "look for restarts of the callee and for its idle timeout"}, true
	case "DC":
		return flagMeaning{"the caller hung up before the answer was there", "look at the caller's timeout"}, true
	case "UO":
		return flagMeaning{"a circuit breaker was open: the proxy had as many requests under way as it may", "look at the connection pool limits in the DestinationRule"}, true
	case "NR":
		return flagMeaning{"the proxy had no route for the request", "look at the VirtualService's matches, and whether the host and port exist"}, true
	case "RL":
		return flagMeaning{"the proxy's local rate limit refused the request", "look at the local rate limit that applies to the callee"}, true
	case "DI":
		return flagMeaning{"an injected fault delayed the request", "look for a delay in the VirtualService's fault section"}, true
	case "FI":
		return flagMeaning{"an injected fault aborted the request: the proxy answered by itself", "look for an abort in the VirtualService's fault section"}, true
	case "URX":
		return flagMeaning{"the proxy gave up after as many attempts as it may make", "look at the flags beside it, and at the route's retry policy"}, true
	}
	return flagMeaning{}, false
}

// flagList are the flags of a span: Envoy joins several with commas.
func flagList(flags string) []string {
	if flags == "" || flags == NoFlags {
		return nil
	}
	return strings.Split(flags, ",")
}

// flagCause says what the flags of a span tell of the request, in order; the zero
// cause where none of them is known.
func flagCause(flags string) cause {
	var means, next []string
	for _, flag := range flagList(flags) {
		if m, ok := meaningOf(flag); ok {
			means = append(means, flag+": "+m.means)
			next = append(next, m.next)
		}
	}
	return cause{why: strings.Join(means, "; "), next: strings.Join(next, "; ")}
}

// explainFlags is flagCause with words for flags that say nothing known.
func explainFlags(flags string) cause {
	if c := flagCause(flags); c.why != "" {
		return c
	}
	if len(flagList(flags)) == 0 {
		return cause{
			candidates: []string{"the proxy did nothing to the request", "the span does not carry its flags"},
			next:       "look at the caller's access log: it has the flags of every request",
		}
	}
	return cause{
		candidates: []string{"the proxy ended the request", "the proxy changed it"},
		next:       "look up the flags in Envoy's documentation of response flags: they say what the proxy did to the request",
	}
}
