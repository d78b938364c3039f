package jaeger

import (
	"cmp"
	"encoding/binary"
	"slices"

	model "github.com/jaegertracing/jaeger-idl/model/v1"

	"github.com/throughline/throughline/traces"
)

// convert is a span of the backend as the oracle knows it. The parent is the first
// CHILD_OF reference into the same trace; all other references are links. The tags of
// the process come after the span's own.
func convert(s *model.Span) traces.Span {
	out := traces.Span{
		TraceID: traceID(s.TraceID), ID: spanID(s.SpanID),
		Name: s.OperationName, Start: s.StartTime, Duration: s.Duration,
	}
	size := len(s.Tags)
	if s.Process != nil {
		out.Service, out.Namespace = traces.SplitServiceName(s.Process.ServiceName)
		size += len(s.Process.Tags)
	}
	out.Tags = make(traces.Tags, 0, size)
	for i := range s.Tags {
		out.Tags = append(out.Tags, traces.Tag{Key: s.Tags[i].Key, Value: s.Tags[i].AsString()})
	}
	if s.Process != nil {
		for i := range s.Process.Tags {
			out.Tags = append(out.Tags, traces.Tag{Key: s.Process.Tags[i].Key, Value: s.Process.Tags[i].AsString()})
		}
	}
	for _, r := range s.References {
		if r.RefType == model.ChildOf && r.TraceID == s.TraceID && out.Parent == (traces.SpanID{}) {
			out.Parent = spanID(r.SpanID)
			continue
		}
		out.Links = append(out.Links, traces.Link{TraceID: traceID(r.TraceID), SpanID: spanID(r.SpanID)})
	}
	out.ReadTags()
	return out
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

// sorted orders traces by id and their spans by start, equal ones by id.
func sorted(found []traces.Trace) []traces.Trace {
	for _, t := range found {
		slices.SortStableFunc(t.Spans, func(a, b traces.Span) int {
			return cmp.Or(a.Start.Compare(b.Start), slices.Compare(a.ID[:], b.ID[:]))
		})
	}
	slices.SortFunc(found, func(a, b traces.Trace) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return found
}
