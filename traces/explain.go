package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// cause is why something is as it is: why where the evidence decides, else the
// candidates that remain, and next says what would tell them apart.
type cause struct {
	why        string
	candidates []string
	next       string
}

// because is the finding with its cause.
func (f Finding) because(c cause) Finding {
	f.Why, f.Candidates, f.Next = c.why, c.candidates, c.next
	if f.Why != "" {
		f.Candidates = nil
	}
	return f
}

// quote names a service in a text.
func quote(service string) string { return "`" + Printable(service) + "`" }

// count is what the proxies of a service say together; ok is false where there is none.
func (x *comparison) count(service string) (sum ProxyCount, ok bool) {
	for _, p := range x.ev.Proxies {
		if service == "" || plainName(p.Service) == service {
			sum.Sent += p.Sent
			sum.Dropped += p.Dropped
			ok = true
		}
	}
	return sum, ok
}

// explainNothing says why nothing of a request was stored.
func (x *comparison) explainNothing(root string) cause {
	all, counted := x.count("")
	refused, asked := 0, 0
	for i := range x.ev.Hops {
		switch decision := decided(x.ev.Hops[i].Received); {
		case isYes(decision):
			asked++
		case isNo(decision):
			refused++
		}
	}
	exporter := "look at the exporters: the provider's address, and the collector behind it"
	switch {
	case refused > 0 && refused == len(x.ev.Hops):
		why := "every hop carried the decision not to sample"
		if reason := requestReason(x.ev.Hops[0].Received[headerRequestID]); reason != "" {
			why += "; the x-request-id says: " + reason
		}
		return cause{why: why, next: "look at the sampling percentage in force at the first proxy, and at what the caller asked for"}
	case asked > 0 && counted && all.Dropped > 0:
		return cause{why: fmt.Sprintf("the hops carried the decision to sample, and the proxies say that they dropped %s", spans(all.Dropped)), next: exporter}
	case asked > 0 && counted && all.Sent == 0:
		return cause{why: "the hops carried the decision to sample, and no proxy sent a span", next: exporter}
	case asked > 0 && counted && x.stored != nil && all.Sent > x.total():
		return cause{why: fmt.Sprintf("the hops carried the decision to sample, and the proxies sent %s, of which %d are stored: the backend lost spans",
			spans(all.Sent), x.total()), next: "look at the collector's and the backend's own counts of spans received, refused and dropped"}
	case asked > 0:
		return cause{
			candidates: []string{"the proxies exported no spans", "the backend lost them"},
			next:       "compare the proxies' tracing.*.spans_sent with the backend's count of received spans",
		}
	case len(x.ev.Hops) > 0 && refused == 0:
		return cause{
			candidates: []string{"no workload on the way has a sidecar", "no tracing provider is in force", "the caller never reached a proxy"},
			next:       "look whether the pods have an istio-proxy, and which Telemetry resource names a provider for them",
		}
	default:
		return cause{
			candidates: []string{"the request was not sampled", quote(root) + "'s proxy exported no spans", "the request never arrived"},
			next:       "look at the sampling decision in the headers of each hop, and at the exporter of " + quote(root) + "'s proxy",
		}
	}
}

// total is how many spans are stored in the whole evidence.
func (x *comparison) total() int64 {
	var n int64
	for _, stored := range x.stored() {
		n += stored
	}
	return n
}

func spans(n int64) string { return counted(int(n), "span") }

// explainMissing says why spans of service are not there.
func (x *comparison) explainMissing(service string) cause {
	hops, name, servers := x.hops(service), quote(service), x.servers(service)
	if service == ClientService {
		if x.ev.Exchange.Bare {
			return cause{why: "the load client has no sidecar", next: "send from the client with a sidecar, or expect no CLIENT span of it"}
		}
		return x.unexported(service)
	}
	switch {
	case len(hops) > 0 && hops[0].Bare:
		return cause{why: name + " has no sidecar", next: "inject " + name + ", or expect no spans of it"}
	case len(hops) == 0 && len(x.ev.Hops) > 0:
		c := cause{why: name + " was never called: no application of that name saw the request", next: "look at the status that its caller got"}
		return x.withFlagsOfCallers(service, c)
	case len(hops) > 0 && len(hops) < servers:
		c := cause{
			why:  fmt.Sprintf("%s served the request %s, not %d", name, counted(len(hops), "time"), servers),
			next: "look at the calls that its callers made, and at their statuses",
		}
		return x.withFlagsOfCallers(service, c)
	}
	if c, ok := x.unsampled(service); ok {
		return c
	}
	return x.unexported(service)
}

// withFlagsOfCallers adds to a cause what the flags on calls to service say.
func (x *comparison) withFlagsOfCallers(service string, c cause) cause {
	if flags := x.flaggedCalls(service); flags.why != "" {
		c.why += "; its caller's span says " + flags.why
		c.next = flags.next
	}
	return c
}

// unexported says why the spans of a proxy through which the request went are not stored.
func (x *comparison) unexported(service string) cause {
	name := quote(service)
	own, ok := x.count(service)
	all, counted := x.count("")
	stored := int64(-1)
	if x.stored != nil {
		stored = x.stored()[service]
	}
	backend := "look at the collector's and the backend's own counts of spans received, refused and dropped"
	switch {
	case counted && !ok:
		return cause{why: "no proxy of " + name + " counts spans, and others do: it has no sidecar", next: "inject " + name + ", or expect no spans of it"}
	case ok && own.Dropped > 0:
		return cause{why: fmt.Sprintf("the proxy of %s says that it dropped %s", name, spans(own.Dropped)), next: "look at the exporter of its proxy: the collector's address, and whether it keeps up"}
	case ok && own.Sent == 0 && all.Sent > 0:
		return cause{why: fmt.Sprintf("the proxy of %s sent no span, and others sent %d: its exporter is dead", name, all.Sent), next: "look at the provider that its Telemetry names, and whether its proxy reaches the collector"}
	case ok && stored >= 0 && own.Sent > stored:
		return cause{why: fmt.Sprintf("the proxy of %s sent %s, and %d are stored: the backend lost spans", name, spans(own.Sent), stored), next: backend}
	case ok && stored >= 0:
		return cause{
			why:  fmt.Sprintf("the proxy of %s sent %s, and as many are stored: it made none here", name, spans(own.Sent)),
			next: "look whether its Telemetry disables span reporting, and whether the request passed its proxy by",
		}
	case len(x.hops(service)) > 0 || service == ClientService:
		return cause{
			candidates: []string{"its proxy did not export", "the backend lost spans", "its Telemetry disables span reporting"},
			next:       "compare its proxy's tracing.*.spans_sent with what is stored: as many, and it made none; more, and the backend lost them",
		}
	default:
		return cause{
			candidates: []string{name + " has no sidecar", name + " was never called", "its proxy did not export"},
			next:       "look whether " + name + " has a sidecar, and at the log of its application for the request",
		}
	}
}

// explainUnexpected says why spans are there that must not be, the topmost of them first.
func (x *comparison) explainUnexpected(service string, group []int) cause {
	hops, name, servers := x.hops(service), quote(service), x.servers(service)
	if c, ok := x.retried(group); ok {
		return c
	}
	own, proxied := x.count(service)
	top := &x.observed.nodes[group[0]]
	switch {
	case top.namespace == "" && x.named(service):
		return cause{
			why:  "its spans have no namespace, unlike those of its proxy: the application of " + name + " stores spans of its own",
			next: "expect them, or let the application send them nowhere",
		}
	case service == ClientService && !x.ev.Exchange.Bare && !x.expectsClient():
		return cause{why: "the load client has a sidecar", next: "send from the client without one, or expect its CLIENT span"}
	case servers > 0 && len(hops) > servers && top.kind == Client:
		return cause{
			why:  fmt.Sprintf("%s served the request %s, not %d: an application called it again", name, counted(len(hops), "time"), servers),
			next: "look at the calls of " + quote(top.service) + "'s application",
		}
	case servers > 0 && len(hops) > servers:
		return cause{
			why:  fmt.Sprintf("%s served the request %s, not %d", name, counted(len(hops), "time"), servers),
			next: "look for a retry, or for an application that calls it again",
		}
	case servers > 0 || service == ClientService:
		return cause{
			candidates: []string{"an exporter sent a span again under a new id", "a proxy answered an attempt itself", "the spans are of another request"},
			next:       "look at the raw spans: equal times mean a copy, flags an attempt, another x-request-id another request",
		}
	case len(hops) > 0 && hops[0].Bare:
		return cause{why: name + " has no sidecar, and spans of its name are stored: its application exports its own", next: "look for tracing in the application of " + name}
	case len(hops) > 0 && hops[0].Protocol != "" && hops[0].Protocol != TCP:
		return cause{why: fmt.Sprintf("%s has a sidecar and was called over %s", name, hops[0].Protocol), next: "take the sidecar or the call away, or expect the spans"}
	case proxied:
		return cause{why: fmt.Sprintf("%s has a sidecar: its proxy sent %s", name, spans(own.Sent)), next: "take the sidecar or the call away, or expect the spans"}
	default:
		return cause{
			candidates: []string{name + " has a sidecar that must not be", "a service calls it that must not", "an application exports spans under this name"},
			next:       "look whether " + name + " has a sidecar, who calls it, and over which protocol",
		}
	}
}

// named says whether the expected spans of service have a namespace.
func (x *comparison) named(service string) bool {
	return slices.ContainsFunc(x.grove.nodes, func(v vertex) bool { return v.service == service && v.namespace != "" })
}

func (x *comparison) expectsClient() bool {
	return slices.ContainsFunc(x.grove.nodes, func(v vertex) bool { return v.service == ClientService })
}

// retried explains several SERVER spans of one service below one CLIENT span.
func (x *comparison) retried(group []int) (cause, bool) {
	top := &x.observed.nodes[group[0]]
	above := parentOf(x.observed, group[0])
	if top.kind != Server || above == nil || above.kind != Client {
		return cause{}, false
	}
	var attempts []*Span
	for _, c := range above.children {
		if n := &x.observed.nodes[c]; n.kind == Server && n.service == top.service {
			attempts = append(attempts, n.span)
		}
	}
	failed := slices.ContainsFunc(attempts, func(s *Span) bool { return s.Error || s.Status >= 400 })
	if len(attempts) < 2 || (!failed && len(x.hops(top.service)) <= x.servers(top.service)) {
		return cause{}, false
	}
	slices.SortStableFunc(attempts, func(a, b *Span) int { return cmp.Or(a.Start.Compare(b.Start), a.order(b)) })
	statuses := make([]string, 0, len(attempts))
	for _, s := range attempts {
		statuses = append(statuses, fmt.Sprint(s.Status))
	}
	return cause{
		why: fmt.Sprintf("the proxy of %s sent one call to %s %s (statuses %s): it retried",
			quote(above.service), quote(top.service), counted(len(attempts), "time"), strings.Join(statuses, ", ")),
		next: "look at the route's retries: without a VirtualService Istio tries 2 times more",
	}, true
}

// explainStatus says why a span has the status that it has.
func (x *comparison) explainStatus(v *vertex) cause {
	service := v.service
	name := quote(service)
	next := "look at what " + name + " answered, and at the response flags of the spans above"
	if flags := flagCause(v.span.Flags); flags.why != "" {
		return cause{why: flags.why, next: flags.next}
	}
	for _, h := range x.served(v) {
		if v.kind != Client && h.Status != 0 {
			return cause{why: fmt.Sprintf("the application of %s answered %d", name, h.Status), next: next}
		}
		for _, sent := range h.Sent {
			if v.kind == Client && plainName(sent.To) == v.to && sent.Status != 0 {
				return cause{why: fmt.Sprintf("the application of %s got %d from %s", name, sent.Status, quote(v.to)), next: next}
			}
		}
	}
	return cause{
		candidates: []string{"the application of " + name + " answered so", "a proxy answered by itself"},
		next:       next + ": flags mean a proxy",
	}
}

// served are the hops behind a span: the one that received its context, or that of
// the span above a CLIENT span; all hops of its service where none is seen to.
func (x *comparison) served(v *vertex) []*Hop {
	hops := x.hops(v.service)
	id := v.span.ID
	if v.kind == Client {
		id = v.span.Parent
	}
	for _, h := range hops {
		if slices.ContainsFunc(wires(h.Received), func(w wire) bool { return w.span == id }) {
			return []*Hop{h}
		}
	}
	return hops
}
