package jaeger

import (
	"bytes"
	"encoding/binary"
	"slices"

	model "github.com/jaegertracing/jaeger-idl/model/v1"

	"github.com/throughline/throughline/traces"
)

// convert adds spans of the backend to spans as the oracle knows them. The parent is
// the first CHILD_OF reference into the same trace; all other references are links.
// The tags of the process come after the span's own.
func convert(out []traces.Span, spans []model.Span) []traces.Span {
	size := 0
	for i := range spans {
		size += len(spans[i].Tags)
		if spans[i].Process != nil {
			size += len(spans[i].Process.Tags)
		}
	}
	out = slices.Grow(out, len(spans))
	// All tags share one piece of memory.
	tags := make(traces.Tags, 0, size)
	for i := range spans {
		s := &spans[i]
		out = append(out, traces.Span{
			TraceID: traceID(s.TraceID), ID: spanID(s.SpanID),
			Name: s.OperationName, Start: s.StartTime, Duration: s.Duration,
		})
		span, first := &out[len(out)-1], len(tags)
		tags = appendTags(tags, s.Tags)
		if s.Process != nil {
			span.Service, span.Namespace = traces.SplitServiceName(s.Process.ServiceName)
			tags = appendTags(tags, s.Process.Tags)
		}
		span.Tags = tags[first:len(tags):len(tags)]
		span.ReadTags()
		for _, r := range s.References {
			if r.RefType == model.ChildOf && r.TraceID == s.TraceID && span.Parent == (traces.SpanID{}) {
				span.Parent = spanID(r.SpanID)
				continue
			}
			span.Links = append(span.Links, traces.Link{TraceID: traceID(r.TraceID), SpanID: spanID(r.SpanID)})
		}
	}
	return out
}

func appendTags(tags traces.Tags, stored []model.KeyValue) traces.Tags {
	for i := range stored {
		t := &stored[i]
		value := t.VStr
		if t.VType != model.StringType {
			value = t.AsString()
		}
		tags = append(tags, traces.Tag{Key: t.Key, Value: value})
	}
	return tags
}

func traceID(id model.TraceID) (out traces.TraceID) {
	binary.BigEndian.PutUint64(out[:8], id.High)
	binary.BigEndian.PutUint64(out[8:], id.Low)
	return out
}

func modelID(id traces.TraceID) model.TraceID {
	return model.NewTraceID(binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:]))
}

func spanID(id model.SpanID) (out traces.SpanID) {
	binary.BigEndian.PutUint64(out[:], uint64(id))
	return out
}

// sorted orders traces by id and their spans by start, equal ones by id, and then as
// they came.
func sorted(found []traces.Trace) []traces.Trace {
	var order []int
	for _, t := range found {
		order = sortSpans(t.Spans, order)
	}
	slices.SortFunc(found, func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return found
}

// sortSpans sorts places first, and then moves each span once: a span is large. It
// works in order, and gives it back for the next trace.
func sortSpans(spans []traces.Span, order []int) []int {
	order = order[:0]
	for i := range spans {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &spans[i], &spans[j]
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return bytes.Compare(a.ID[:], b.ID[:])
	})
	for i := range order {
		// Each place takes the span that belongs there, along a cycle of places.
		for at, first := i, spans[i]; order[at] != at; {
			from := order[at]
			order[at] = at
			if from == i {
				spans[at] = first
			} else {
				spans[at] = spans[from]
			}
			at = from
		}
	}
	return order
}
