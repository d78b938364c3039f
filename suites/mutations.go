package suites

import (
	"maps"
	"slices"

	"github.com/throughline/throughline/traces"
)

// WithoutSpansOf is a sabotage of the evidence: nothing that service sent was stored.
func WithoutSpansOf(service string) func(*traces.Evidence) {
	return InEachTrace(func(spans []traces.Span) []traces.Span {
		return slices.DeleteFunc(spans, func(s traces.Span) bool { return s.Service == service })
	})
}

// InEachTrace is a sabotage of the evidence: every stored trace has the spans that change
// makes of a copy of its own, which it may edit.
func InEachTrace(change func(spans []traces.Span) []traces.Span) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		mutated := make([]traces.Trace, len(ev.Traces))
		for i, trace := range ev.Traces {
			trace.Spans = change(slices.Clone(trace.Spans))
			mutated[i] = trace
		}
		ev.Traces = mutated
	}
}

// Receiving is a sabotage of the evidence: the application of service received header
// with value, whatever it did receive.
func Receiving(service, header, value string) func(*traces.Evidence) {
	return receiving(func(h traces.Hop) bool { return h.Service == service }, header, value)
}

// Reshaping is a sabotage of the evidence: change edits every stored span in place.
func Reshaping(change func(*traces.Span)) func(*traces.Evidence) {
	return InEachTrace(func(spans []traces.Span) []traces.Span {
		for i := range spans {
			change(&spans[i])
		}
		return spans
	})
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
	return receiving(func(h traces.Hop) bool { return h.Request == request }, header, value)
}

func receiving(which func(traces.Hop) bool, header, value string) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		ev.Hops = slices.Clone(ev.Hops)
		for i, hop := range ev.Hops {
			if which(hop) {
				received := maps.Clone(hop.Received)
				received[header] = value
				ev.Hops[i].Received = received
			}
		}
	}
}
