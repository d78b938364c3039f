package suites

import (
	"maps"
	"slices"

	"github.com/throughline/throughline/traces"
)

// WithoutSpansOf is a sabotage of the evidence: nothing that service sent was stored.
func WithoutSpansOf(service string) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		mutated := make([]traces.Trace, len(ev.Traces))
		for i, trace := range ev.Traces {
			trace.Spans = slices.DeleteFunc(slices.Clone(trace.Spans), func(s traces.Span) bool { return s.Service == service })
			mutated[i] = trace
		}
		ev.Traces = mutated
	}
}

// Receiving is a sabotage of the evidence: the application of service received header
// with value, whatever it did receive.
func Receiving(service, header, value string) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		ev.Hops = slices.Clone(ev.Hops)
		for i, hop := range ev.Hops {
			if hop.Service == service {
				received := maps.Clone(hop.Received)
				received[header] = value
				ev.Hops[i].Received = received
			}
		}
	}
}

// Reshaping is a sabotage of the evidence: change edits every stored span in place.
func Reshaping(change func(*traces.Span)) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		mutated := make([]traces.Trace, len(ev.Traces))
		for i, trace := range ev.Traces {
			trace.Spans = slices.Clone(trace.Spans)
			for j := range trace.Spans {
				change(&trace.Spans[j])
			}
			mutated[i] = trace
		}
		ev.Traces = mutated
	}
}

// Repeating is a sabotage of the evidence: the first trace with a span of service has that
// span once more, as change makes it.
func Repeating(service string, change func(traces.Span) traces.Span) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		for i, trace := range ev.Traces {
			at := slices.IndexFunc(trace.Spans, func(s traces.Span) bool { return s.Service == service })
			if at < 0 {
				continue
			}
			ev.Traces = slices.Clone(ev.Traces)
			ev.Traces[i].Spans = append(slices.Clone(trace.Spans), change(trace.Spans[at]))
			return
		}
	}
}

// ReceivingOf is a sabotage of the evidence: the applications received header with value
// in one request, whatever they did receive.
func ReceivingOf(request, header, value string) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		ev.Hops = slices.Clone(ev.Hops)
		for i, hop := range ev.Hops {
			if hop.Request == request {
				received := maps.Clone(hop.Received)
				received[header] = value
				ev.Hops[i].Received = received
			}
		}
	}
}
