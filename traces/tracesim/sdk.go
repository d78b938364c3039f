package tracesim

import (
	"time"

	"github.com/throughline/throughline/traces"
)

// tracer is the SDK of an application while it serves one request; nil where it has none.
type tracer struct {
	span *traces.Span
	own  context
}

// tracer begins the SERVER span of me's SDK.
func (s *simulation) tracer(me traces.Service, received map[string]string, at time.Time) *tracer {
	if me.SDK == traces.NoSDK {
		return nil
	}
	own, found, broken := read(received, traces.OpenTelemetry)
	parent := own.span
	if !found || broken {
		own, parent = context{trace: s.traceID(), decision: "1"}, traces.SpanID{}
	}
	own.span = s.spanID()
	value := "1"
	if me.SDK == traces.ExportingSDK && own.decision == "1" {
		value = "0"
	}
	return &tracer{own: own, span: &traces.Span{
		TraceID: own.trace, ID: own.span, Parent: parent, Service: me.Name, Kind: traces.Server, Start: at,
		Tags: traces.TagsOf(traces.Tag{Key: discarded, Value: value}),
	}}
}

// call begins the CLIENT span of a call and puts its context into the call's headers.
func (t *tracer) call(s *simulation, c traces.Call, headers map[string]string, at time.Time) *traces.Span {
	if t == nil || c.Protocol == traces.TCP {
		return nil
	}
	span := *t.span
	span.ID, span.Parent, span.Kind, span.Start = s.spanID(), t.span.ID, traces.Client, at
	span.Tags = span.Tags.With("http.url", "http://"+host(s.service(c.To))+":8080/")
	write(headers, traces.OpenTelemetry, context{t.own.trace, span.ID, t.own.decision})
	return &span
}

func (t *tracer) finish(s *simulation, end time.Time) {
	if t != nil {
		s.keep(t.span, end)
	}
}
