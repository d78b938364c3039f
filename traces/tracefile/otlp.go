package tracefile

import (
	"cmp"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// The messages are those of opentelemetry-proto, trace/v1/trace.proto, in the encoding of
// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, as far as the model has
// a place for them.

type resourceSpans struct {
	Resource   resource         `json:"resource"`
	ScopeSpans list[scopeSpans] `json:"scopeSpans"`

	Underscored misnamed `json:"scope_spans"`
	Former      misnamed `json:"instrumentationLibrarySpans"`
}

type scopeSpans struct {
	Scope struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"scope"`
	Spans list[otlpSpan] `json:"spans"`
}

type otlpSpan struct {
	TraceID    otlpTraceID    `json:"traceId"`
	SpanID     otlpSpanID     `json:"spanId"`
	ParentID   otlpSpanID     `json:"parentSpanId"`
	TraceState string         `json:"traceState"`
	Name       string         `json:"name"`
	Kind       spanKind       `json:"kind"`
	Start      otlpTime       `json:"startTimeUnixNano"`
	End        otlpTime       `json:"endTimeUnixNano"`
	Attributes list[keyValue] `json:"attributes"`
	Links      list[otlpLink] `json:"links"`
	Status     struct {
		Code    statusCode `json:"code"`
		Message string     `json:"message"`
	} `json:"status"`

	UnderscoredTrace  misnamed `json:"trace_id"`
	UnderscoredSpan   misnamed `json:"span_id"`
	UnderscoredParent misnamed `json:"parent_span_id"`
	UnderscoredStart  misnamed `json:"start_time_unix_nano"`
	UnderscoredEnd    misnamed `json:"end_time_unix_nano"`
}

type otlpLink struct {
	TraceID otlpTraceID `json:"traceId"`
	SpanID  otlpSpanID  `json:"spanId"`
}

// misnamed refuses names that OTLP/JSON forbids or no longer has. To skip them as unknown
// ones would lose the spans.
type misnamed struct{}

func (misnamed) UnmarshalJSONFrom(*jsontext.Decoder) error {
	return fmt.Errorf("not a name of OTLP/JSON; want lowerCamelCase, and scopeSpans with spans in it")
}

type spanKind int

func (k *spanKind) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	n, err := enum(dec, "SPAN_KIND_", "UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
	*k = spanKind(n)
	return err
}

// tag is the value of Jaeger's tag span.kind.
func (k spanKind) tag() string {
	return [...]string{"", "internal", "server", "client", "producer", "consumer"}[k]
}

type statusCode int

const failed statusCode = 2

func (c *statusCode) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	n, err := enum(dec, "STATUS_CODE_", "UNSET", "OK", "ERROR")
	*c = statusCode(n)
	return err
}

// tag is the value of Jaeger's tag otel.status_code.
func (c statusCode) tag() string { return [...]string{"", "OK", "ERROR"}[c] }

// resource is who wrote the spans. The first service.name is its name, all other
// attributes are its tags.
type resource struct {
	service, namespace string
	tags               []traces.Tag
}

func (r *resource) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var message struct {
		Attributes list[keyValue] `json:"attributes"`
	}
	if err := json.UnmarshalDecode(dec, &message); err != nil {
		return err
	}
	named := false
	for i := range message.Attributes {
		a := &message.Attributes[i]
		if a.Key != "service.name" || named {
			r.tags = append(r.tags, traces.Tag{Key: a.Key, Value: a.Value.tag()})
			continue
		}
		if a.Value.name != "stringValue" {
			return fmt.Errorf("service.name is %s; want a stringValue", cmp.Or(a.Value.name, "empty"))
		}
		named = true
		r.service, r.namespace = traces.SplitServiceName(a.Value.text)
	}
	return nil
}

func addResourceSpans(into *gathered, all []resourceSpans) {
	for i := range all {
		for j := range all[i].ScopeSpans {
			scope := &all[i].ScopeSpans[j]
			for k := range scope.Spans {
				span := scope.Spans[k].convert(&all[i].Resource, scope)
				t := into.trace(span.TraceID)
				t.Spans = append(t.Spans, span)
			}
		}
	}
}

// convert names and orders tags as Jaeger does when it stores OTLP (the Collector's
// pkg/translator/jaeger, traces_to_jaegerproto.go).
func (s *otlpSpan) convert(r *resource, scope *scopeSpans) traces.Span {
	start := time.Unix(0, int64(s.Start)).UTC()
	out := traces.Span{
		TraceID: traces.TraceID(s.TraceID), ID: traces.SpanID(s.SpanID), Parent: traces.SpanID(s.ParentID),
		Service: r.service, Namespace: r.namespace,
		Name: s.Name, Start: start, Duration: time.Duration(s.End - s.Start),
	}
	tags := make([]traces.Tag, 0, len(s.Attributes)+len(r.tags)+7)
	put := func(key, value string) {
		if value != "" {
			tags = append(tags, traces.Tag{Key: key, Value: value})
		}
	}
	put("otel.scope.name", scope.Scope.Name)
	put("otel.scope.version", scope.Scope.Version)
	for i := range s.Attributes {
		tags = append(tags, traces.Tag{Key: s.Attributes[i].Key, Value: s.Attributes[i].Value.tag()})
	}
	put("span.kind", s.Kind.tag())
	put("otel.status_code", s.Status.Code.tag())
	if s.Status.Code == failed {
		put("error", "true")
	}
	put("otel.status_description", s.Status.Message)
	put("w3c.tracestate", s.TraceState)
	tags = append(tags, r.tags...)
	for _, l := range s.Links {
		out.Links = append(out.Links, traces.Link{TraceID: traces.TraceID(l.TraceID), SpanID: traces.SpanID(l.SpanID)})
	}
	out.Tags = traces.TagsOf(tags...)
	out.ReadTags()
	return out
}
