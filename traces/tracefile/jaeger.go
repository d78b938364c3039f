package tracefile

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// WarningsTag is the tag that keeps the warnings that Jaeger attached to a span or to its
// trace, as a JSON list of strings. Jaeger's api_v3 answers with the same tag.
const WarningsTag = "@jaeger@warnings"

// The objects are those of Jaeger's internal/uimodel/model.go, as far as the model has a
// place for them.

type jaegerTrace struct {
	TraceID   jaegerTraceID            `json:"traceID"`
	Spans     []jaegerSpan             `json:"spans"`
	Processes map[string]jaegerProcess `json:"processes"`
	Warnings  []string                 `json:"warnings"`
}

type jaegerProcess struct {
	ServiceName string      `json:"serviceName"`
	Tags        []jaegerTag `json:"tags"`
}

type jaegerSpan struct {
	jaegerSpanFields
	offset int64
}

type jaegerSpanFields struct {
	TraceID    jaegerTraceID     `json:"traceID"`
	SpanID     jaegerSpanID      `json:"spanID"`
	ParentID   string            `json:"parentSpanID"`
	Name       string            `json:"operationName"`
	References []jaegerReference `json:"references"`
	Start      jaegerStart       `json:"startTime"`
	Duration   jaegerDuration    `json:"duration"`
	Tags       []jaegerTag       `json:"tags"`
	ProcessID  string            `json:"processID"`
	Warnings   []string          `json:"warnings"`
}

func (s *jaegerSpan) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	s.offset = dec.InputOffset()
	return json.UnmarshalDecode(dec, &s.jaegerSpanFields)
}

type jaegerReference struct {
	Type    string        `json:"refType"`
	TraceID jaegerTraceID `json:"traceID"`
	SpanID  jaegerSpanID  `json:"spanID"`
}

// jaegerTag is a tag in text form.
type jaegerTag traces.Tag

func (t *jaegerTag) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var object struct {
		Key   *string     `json:"key"`
		Type  string      `json:"type"`
		Value jaegerValue `json:"value"`
	}
	if err := json.UnmarshalDecode(dec, &object); err != nil {
		return err
	}
	if object.Key == nil {
		return errors.New("a tag without key; want key, type and value")
	}
	text, err := object.Value.as(object.Type)
	*t = jaegerTag{Key: *object.Key, Value: text}
	return err
}

type jaegerValue struct {
	kind jsontext.Kind
	text string
}

func (v *jaegerValue) UnmarshalJSONFrom(dec *jsontext.Decoder) (err error) {
	v.kind, v.text, err = scalar(dec, "a string, a number, true or false")
	return err
}

// as is the text form that jaeger-idl's KeyValue.AsString gives a value of the type.
func (v jaegerValue) as(kind string) (string, error) {
	switch kind {
	case "string":
		if v.kind == '"' {
			return v.text, nil
		}
	case "bool":
		if v.kind == 't' || v.kind == 'f' {
			return v.text, nil
		}
	case "int64":
		// A number beyond 2^53 is a string, for JavaScript.
		n, err := strconv.ParseInt(v.text, 10, 64)
		if err == nil && isDecimal(v.text) && (v.kind == '0' || v.kind == '"') {
			return strconv.FormatInt(n, 10), nil
		}
	case "float64":
		n, err := strconv.ParseFloat(v.text, 64)
		if err == nil && v.kind == '0' {
			return floatText(n), nil
		}
	case "binary":
		if v.kind == 'n' {
			return "", nil
		}
		if text, err := base64Text(v.text); err == nil && v.kind == '"' {
			return text, nil
		}
	default:
		return "", fmt.Errorf("a tag of type %q; want string, bool, int64, float64 or binary", brief(kind))
	}
	return "", fmt.Errorf("the value %q (%s); want one of type %s", brief(v.text), foundKind(v.kind), kind)
}

func addJaegerTraces(into *gathered, all []jaegerTrace, at jsontext.Pointer) error {
	for i := range all {
		if err := addJaegerTrace(into, &all[i], at.AppendToken(strconv.Itoa(i))); err != nil {
			return err
		}
	}
	return nil
}

// addJaegerTrace adds a trace, under the id of the object around the spans.
func addJaegerTrace(into *gathered, t *jaegerTrace, at jsontext.Pointer) error {
	if !t.TraceID.set {
		f := &fault{at: at, err: errors.New("a trace without traceID; want 16 or 32 hexadecimal digits")}
		if len(t.Spans) > 0 {
			f.offset = t.Spans[0].offset
		}
		return f
	}
	out := into.trace(t.TraceID.id)
	for i := range t.Spans {
		span, err := t.Spans[i].convert(t)
		if err != nil {
			return &fault{
				offset: t.Spans[i].offset, at: at.AppendToken("spans").AppendToken(strconv.Itoa(i)),
				err: fmt.Errorf("trace %s: span %s: %w", t.TraceID.id, t.Spans[i].SpanID.id, err),
			}
		}
		out.Spans = append(out.Spans, span)
	}
	return nil
}

func (s *jaegerSpan) convert(t *jaegerTrace) (traces.Span, error) {
	for _, field := range []struct {
		name string
		set  bool
	}{{"traceID", s.TraceID.set}, {"spanID", s.SpanID.set}, {"startTime", s.Start.set}, {"duration", s.Duration.set}} {
		if !field.set {
			return traces.Span{}, fmt.Errorf("no %s; want one", field.name)
		}
	}
	process, known := t.Processes[s.ProcessID]
	if !known {
		return traces.Span{}, fmt.Errorf("processID %q; want one of the trace's %d processes", brief(s.ProcessID), len(t.Processes))
	}
	tags := make([]traces.Tag, 0, len(s.Tags)+len(process.Tags)+1)
	out := traces.Span{
		TraceID: s.TraceID.id, ID: s.SpanID.id, Name: s.Name,
		Start:    time.UnixMicro(s.Start.micros).UTC(),
		Duration: time.Duration(s.Duration.micros) * time.Microsecond,
	}
	out.Service, out.Namespace = traces.SplitServiceName(process.ServiceName)
	for _, tag := range s.Tags {
		tags = append(tags, traces.Tag(tag))
	}
	if len(t.Warnings)+len(s.Warnings) > 0 {
		text, err := stdjson.Marshal(append(t.Warnings[:len(t.Warnings):len(t.Warnings)], s.Warnings...))
		if err != nil {
			return traces.Span{}, err
		}
		tags = append(tags, traces.Tag{Key: WarningsTag, Value: string(text)})
	}
	for _, tag := range process.Tags {
		tags = append(tags, traces.Tag(tag))
	}
	if err := s.refer(&out); err != nil {
		return traces.Span{}, err
	}
	out.Tags = traces.TagsOf(tags...)
	out.ReadTags()
	return out, nil
}

// refer sets the parent, the first CHILD_OF of the same trace, and the links. The
// parentSpanID that older files have may stand for the reference, but not against it.
func (s *jaegerSpan) refer(out *traces.Span) error {
	for i, r := range s.References {
		switch {
		case r.Type != "CHILD_OF" && r.Type != "FOLLOWS_FROM":
			return fmt.Errorf("references/%d: refType %q; want CHILD_OF or FOLLOWS_FROM", i, brief(r.Type))
		case !r.TraceID.set || !r.SpanID.set:
			return fmt.Errorf("references/%d: want a traceID and a spanID", i)
		case r.Type == "CHILD_OF" && r.TraceID.id == out.TraceID && out.Parent == traces.SpanID{}:
			out.Parent = r.SpanID.id
		default:
			out.Links = append(out.Links, traces.Link{TraceID: r.TraceID.id, SpanID: r.SpanID.id})
		}
	}
	if s.ParentID == "" {
		return nil
	}
	parent, err := traces.ParseSpanID(brief(s.ParentID))
	switch {
	case err != nil:
		return fmt.Errorf("parentSpanID: %w", err)
	case out.Parent == traces.SpanID{}:
		out.Parent = parent
	case out.Parent != parent:
		return fmt.Errorf("parentSpanID %s, but the first CHILD_OF reference is %s; want one parent", parent, out.Parent)
	}
	return nil
}
