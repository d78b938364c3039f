package traces

import (
	"fmt"
	"slices"
	"strings"
)

// quote names a service in a text.
func quote(service string) string { return "`" + Printable(service) + "`" }

// carried says in words which context headers hold.
func carried(headers map[string]string) string {
	found := wires(headers)
	if len(found) == 0 {
		return "no trace context"
	}
	return found[0].header + " " + short(found[0].trace)
}

func (x *comparison) whyNothing() string {
	refused := 0
	for i := range x.ev.Hops {
		_, sampled, ok := DecisionOf(x.ev.Hops[i].Received)
		switch {
		case !ok:
		case sampled != nil && *sampled:
			return "the hops carried the decision to sample, and no proxy's spans were stored" + x.dropped("")
		case sampled != nil:
			refused++
		}
	}
	if refused > 0 && refused == len(x.ev.Hops) {
		return "every hop carried the decision not to sample"
	}
	return ""
}

// dropped says how many spans the proxies of service say that they dropped; the
// empty service stands for all.
func (x *comparison) dropped(service string) string {
	var n int64
	for _, p := range x.ev.Proxies {
		if service == "" || p.Service == service {
			n += p.Dropped
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; the proxies say that they dropped %d spans", n)
}

func (x *comparison) explainMissing(service string) (why, next string) {
	hops := x.hops(service)
	name := quote(service)
	switch {
	case len(hops) > 0 && hops[0].Bare:
		return name + " has no sidecar", "inject " + name + ", or expect no spans of it"
	case len(hops) > 0 && len(hops) < x.servers(service):
		return fmt.Sprintf("%s served the request %s, not %d", name, counted(len(hops), "time"), x.servers(service)),
			"look at the calls that its callers made, and at their statuses"
	case len(hops) > 0 && unsampledAt(hops):
		return name + " received the decision not to sample, unlike the hops before it",
			"look for a sampling setting at " + name + " or at the service that calls it"
	case len(hops) > 0 && x.dropped(service) != "":
		return name + " served the request" + x.dropped(service), "look at the exporter of its proxy"
	case len(hops) > 0:
		return "", name + " served the request behind a sidecar: compare its proxy's tracing.*.spans_sent with what is stored, " +
			"and look whether its Telemetry disables span reporting"
	case service == ClientService && x.ev.Exchange.Bare:
		return "the load client has no sidecar", "send from the client with a sidecar, or expect no CLIENT span of it"
	case len(x.ev.Hops) > 0 && service != ClientService:
		return name + " was never called: no application of that name saw the request", "look at the status that its caller got"
	default:
		return "", "look whether " + name + " has a sidecar, and whether its proxy exported spans"
	}
}

func unsampledAt(hops []*Hop) bool {
	_, sampled, ok := DecisionOf(hops[0].Received)
	return ok && sampled != nil && !*sampled
}

func (x *comparison) explainUnexpected(service string) (why, next string) {
	hops := x.hops(service)
	name := quote(service)
	servers := x.servers(service)
	switch {
	case service == ClientService && !x.ev.Exchange.Bare:
		return "the load client has a sidecar", "send from the client without one, or expect its CLIENT span"
	case servers > 0 && len(hops) > servers:
		return fmt.Sprintf("%s served the request %s, not %d", name, counted(len(hops), "time"), servers), "look for a retry, or for an application that calls it again"
	case servers > 0:
		return "", "look at the raw spans: the request has other spans of " + name + " as well"
	case len(hops) > 0 && !hops[0].Bare && hops[0].Protocol != "" && hops[0].Protocol != TCP:
		return fmt.Sprintf("%s has a sidecar and was called over %s", name, hops[0].Protocol),
			"take the sidecar or the call away, or expect the spans"
	case len(hops) > 0 && hops[0].Bare:
		return "", name + " has no sidecar: look for tracing in its application, which exports under this name"
	default:
		return "", "look whether " + name + " has a sidecar, who calls it, and over which protocol"
	}
}

// explainSplit says why the context was lost at service before the span root.
func (x *comparison) explainSplit(service string, root *vertex) (why, next string) {
	name := quote(service)
	for _, h := range x.hops(service) {
		if len(wires(h.Received)) == 0 {
			continue
		}
		for _, sent := range h.Sent {
			if sent.Protocol == TCP || !leadsTo(sent, root) {
				continue
			}
			if why, next = lostBetween(name, h, sent); why != "" {
				return why, next
			}
		}
	}
	return "", "compare the headers that " + name + " received with those that it sent: without them in its calls its " +
		"application does not forward them; with them the next proxy did not accept them"
}

// leadsTo says whether a sent call can be the one that root began with.
func leadsTo(sent SentCall, root *vertex) bool {
	to := plainName(sent.To)
	if root.kind == Client && root.to != "" {
		return to == root.to
	}
	return root.kind == Client || to == root.service
}

func lostBetween(name string, h *Hop, sent SentCall) (why, next string) {
	received, to := wires(h.Received), quote(plainName(sent.To))
	out := wires(sent.Headers)
	forward := "forward " + received[0].header + " in " + name
	if received[0].header == headerTraceparent {
		forward += " (and tracestate)"
	} else {
		forward = "forward the x-b3-* headers or b3 in " + name
	}
	switch {
	case len(out) == 0:
		return fmt.Sprintf("%s received %s and called %s without it: its application does not forward headers",
			name, carried(h.Received), to), forward
	case !slices.ContainsFunc(out, func(w wire) bool { return w.trace == received[0].trace }):
		return fmt.Sprintf("%s received %s and called %s with %s: its application made a context of its own",
			name, carried(h.Received), to, carried(sent.Headers)), forward + " as they came"
	case !slices.ContainsFunc(out, func(w wire) bool { return w.header == received[0].header }):
		return fmt.Sprintf("%s received %s and called %s with %s alone, which the provider does not read",
			name, carried(h.Received), to, out[0].header), forward
	case out[0].header == headerB3TraceID && out[0].span == (SpanID{}):
		return fmt.Sprintf("%s called %s with x-b3-traceid and without x-b3-spanid: its application forwards half of the headers",
			name, to), forward
	default:
		return fmt.Sprintf("%s called %s with the context that it received (%s): the proxies lost it",
			name, to, carried(sent.Headers)), "look at disableContextPropagation and at the providers of both proxies"
	}
}

func (x *comparison) explainJoined(service string) (why, next string) {
	name := quote(service)
	for _, h := range x.hops(service) {
		in := wires(h.Received)
		for _, sent := range h.Sent {
			out := wires(sent.Headers)
			if len(in) > 0 && len(out) > 0 && in[0].trace == out[0].trace {
				return fmt.Sprintf("%s received %s and called %s with it: its application forwards headers",
					name, carried(h.Received), quote(plainName(sent.To))), "expect one trace, or stop the forwarding"
			}
		}
	}
	return "", "compare the headers that " + name + " received with those that it sent"
}

func (x *comparison) explainStatus(service string) (why, next string) {
	name := quote(service)
	next = "look at what " + name + " answered, and at the response flags of the spans above"
	for _, h := range x.hops(service) {
		if h.Status != 0 {
			return fmt.Sprintf("the application of %s answered %d", name, h.Status), next
		}
	}
	return "", next
}

// mixed reports a request whose hops carried traces of several requests. The
// trees of such traces say nothing more, and are not compared.
func (x *comparison) mixed() {
	service, why := x.mixer()
	ids := make([]string, 0, len(x.ev.Mixed))
	for _, id := range x.ev.Mixed {
		ids = append(ids, short(id))
	}
	x.add(Finding{
		Kind: WrongParent, Service: service,
		Observed: "traces that hops of several requests carried: " + strings.Join(ids, ", "),
		Expected: "each trace holds the spans of one request; " + x.path,
		Why:      why,
		Next:     "look for headers that " + quote(service) + " keeps between requests or shares between goroutines",
	})
}

// mixer is the service that sent a context other than the one it received.
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
	return x.expected.Entry(), ""
}
