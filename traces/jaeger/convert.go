package jaeger

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	model "github.com/jaegertracing/jaeger-idl/model/v1"

	"github.com/throughline/throughline/traces"
)

// convert is a span of the backend as the oracle knows it. The parent is the first
// CHILD_OF reference into the same trace; all other references are kept as text in
// the tag "references". Tags of the process are among the span's own, which win.
func convert(s *model.Span) traces.Span {
	out := traces.Span{
		TraceID: traceID(s.TraceID), ID: spanID(s.SpanID),
		Name: s.OperationName, Start: s.StartTime, Duration: s.Duration,
		Tags: make(map[string]string, len(s.Tags)+1),
	}
	if s.Process != nil {
		out.Service, out.Namespace = splitName(s.Process.ServiceName)
		for i := range s.Process.Tags {
			out.Tags[s.Process.Tags[i].Key] = s.Process.Tags[i].AsString()
		}
	}
	for i := range s.Tags {
		out.Tags[s.Tags[i].Key] = s.Tags[i].AsString()
	}
	var others []string
	for _, r := range s.References {
		if r.RefType == model.ChildOf && r.TraceID == s.TraceID && out.Parent == (traces.SpanID{}) {
			out.Parent = spanID(r.SpanID)
			continue
		}
		others = append(others, r.RefType.String()+" "+traceID(r.TraceID).String()+"/"+spanID(r.SpanID).String())
	}
	if len(others) > 0 {
		out.Tags["references"] = strings.Join(others, ", ")
	}
	out.Kind = kind(out.Tags["span.kind"])
	out.Status = statusCode(out.Tags)
	out.Error = strings.EqualFold(out.Tags["error"], "true")
	if flags := out.Tags["response_flags"]; flags != "-" {
		out.Flags = flags
	}
	return out
}

func kind(tag string) traces.Kind {
	switch upper := strings.ToUpper(tag); upper {
	case "UNSPECIFIED":
		return traces.UnknownKind
	default:
		return traces.Kind(upper)
	}
}

// statusCode is the HTTP status under its older or its newer name, or 0.
func statusCode(tags map[string]string) int {
	for _, key := range []string{"http.status_code", "http.response.status_code"} {
		if code, err := strconv.Atoi(tags[key]); err == nil {
			return code
		}
	}
	return 0
}

// splitName cuts the namespace off a service name at its last dot.
func splitName(name string) (service, namespace string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
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
