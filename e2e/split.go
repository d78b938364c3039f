package e2e

import (
	"slices"
	"strings"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// part is one of several traffics that are sent together.
type part struct {
	traffic suites.Traffic
	// prefix begins the ids of its requests, and of no other's.
	prefix string
}

// samples are those of all parts.
func samples(parts []part) []suites.Sample {
	var all []suites.Sample
	for _, p := range parts {
		all = append(all, p.traffic.Samples...)
	}
	return all
}

// split gives each part the evidence of its own: its exchanges and hops, the traces that
// its requests own or share, and the traces that nobody owns but that it may have caused.
// What is said of the proxies, and why the evidence is not complete, is said to all.
func split(whole traces.Evidence, parts []part) []traces.Evidence {
	all := make([]traces.Evidence, len(parts))
	for i, p := range parts {
		own := &all[i]
		*own = whole
		own.Topology, own.Mesh = p.traffic.Samples[0].Topology, p.traffic.Mesh
	}
	if len(parts) == 1 {
		return all
	}
	owned := owners(whole, parts)
	for i, p := range parts {
		own := &all[i]
		own.Requests = only(whole.Requests, func(x traces.Exchange) bool { return strings.HasPrefix(x.Request, p.prefix) })
		own.Hops = only(whole.Hops, func(h traces.Hop) bool { return strings.HasPrefix(h.Request, p.prefix) })
		own.Traces = only(whole.Traces, func(t traces.Trace) bool { return slices.Contains(owned[t.ID], i) })
	}
	return all
}

// owners are the numbers of the parts that each trace goes to.
func owners(whole traces.Evidence, parts []part) map[traces.TraceID][]int {
	owned := map[traces.TraceID][]int{}
	give := func(id traces.TraceID, to int) {
		if !slices.Contains(owned[id], to) {
			owned[id] = append(owned[id], to)
		}
	}
	index := whole.ByRequest()
	for i := range index.Requests {
		r := &index.Requests[i]
		to := slices.IndexFunc(parts, func(p part) bool { return strings.HasPrefix(r.Exchange.Request, p.prefix) })
		if to < 0 {
			continue
		}
		for _, t := range r.Traces {
			give(t.ID, to)
		}
		for _, id := range r.Mixed {
			give(id, to)
		}
	}
	for _, t := range index.Strays {
		for _, to := range suspects(t, parts) {
			give(t.ID, to)
		}
	}
	return owned
}

// suspects are the parts that may have caused a trace that no request owns: those that
// pass a service which has a span in it, or all where there is none.
func suspects(t traces.Trace, parts []part) []int {
	var some, all []int
	for i, p := range parts {
		all = append(all, i)
		known := append(services(p.traffic.Samples), tracers(p.traffic.Samples)...)
		if slices.ContainsFunc(t.Spans, func(s traces.Span) bool {
			return slices.Contains(known, s.Service) || slices.Contains(known, s.Service+"."+s.Namespace)
		}) {
			some = append(some, i)
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

// only is a list of those that keep is true of.
func only[T any](list []T, keep func(T) bool) []T {
	var kept []T
	for _, one := range list {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
