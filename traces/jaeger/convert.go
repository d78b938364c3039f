package jaeger

import (
	"bytes"
	"encoding/binary"
	"slices"

	model "github.com/jaegertracing/jaeger-idl/model/v1"

	"github.com/throughline/throughline/traces"
)

// convert adds spans of the backend to spans as the oracle knows them, which refer to
// the former for their tags. The parent is the first CHILD_OF reference into the same
// trace; all other references are links.
func convert(out []traces.Span, spans []model.Span) []traces.Span {
	for i := range spans {
		s := &spans[i]
		out = append(out, traces.Span{
			TraceID: traceID(s.TraceID), ID: spanID(s.SpanID),
			Name: s.OperationName, Start: s.StartTime, Duration: s.Duration,
			Tags: traces.TagsFrom((*tags)(s)),
		})
		span := &out[len(out)-1]
		if s.Process != nil {
			span.Service, span.Namespace = traces.SplitServiceName(s.Process.ServiceName)
		}
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

// tags are those of a span of the backend: its own, then its process's.
type tags model.Span

func (t *tags) Len() int {
	if t.Process == nil {
		return len(t.Tags)
	}
	return len(t.Tags) + len(t.Process.Tags)
}

func (t *tags) at(i int) *model.KeyValue {
	if i < len(t.Tags) {
		return &t.Tags[i]
	}
	return &t.Process.Tags[i-len(t.Tags)]
}

func (t *tags) Key(i int) string   { return t.at(i).Key }
func (t *tags) Value(i int) string { return t.at(i).AsString() }

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
