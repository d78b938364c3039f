package tracesim

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// context is what a proxy reads from headers and writes to them.
type context struct {
	trace   traces.TraceID
	span    traces.SpanID
	sampled bool
}

// begin makes the span of a sidecar and the headers that it sends on.
func (s *simulation) begin(owner traces.Service, kind traces.Kind, headers map[string]string, at time.Time) (*traces.Span, map[string]string) {
	in, ok := s.read(headers)
	if !ok {
		in = context{sampled: s.draw(owner, kind)}
		binary.BigEndian.PutUint64(in.trace[:8], s.random.Uint64()|1)
		binary.BigEndian.PutUint64(in.trace[8:], s.random.Uint64())
	}
	span := &traces.Span{
		TraceID: in.trace, Parent: in.span,
		Service: owner.Name, Namespace: namespace(owner), Kind: kind, Start: at,
		Tags: traces.Tags{{Key: "sampled", Value: "0"}},
	}
	binary.BigEndian.PutUint64(span.ID[:], s.random.Uint64()|1)
	if in.sampled {
		span.Tags[0].Value = "1"
	}
	return span, s.write(headers, context{in.trace, span.ID, in.sampled})
}

// draw is the sampling decision of a proxy that begins a trace.
func (s *simulation) draw(owner traces.Service, kind traces.Kind) bool {
	return s.random.Float64()*100 < s.mesh.At(namespace(owner), owner.Name, kind).Percent
}

// finish ends a span and stores it if its trace is sampled.
func (s *simulation) finish(span *traces.Span, c traces.Call, status int, end time.Time) {
	span.Duration = end.Sub(span.Start)
	if c.Protocol != traces.GRPC {
		span.Status = status
	}
	from := 500
	if span.Kind == traces.Client && s.mesh.Provider == traces.OpenTelemetry {
		from = 400
	}
	span.Error = status >= from
	if span.Tags.Get("sampled") == "0" {
		return
	}
	trace, ok := s.stored[span.TraceID]
	if !ok {
		trace = &traces.Trace{ID: span.TraceID}
		s.stored[span.TraceID] = trace
		s.order = append(s.order, span.TraceID)
	}
	trace.Spans = append(trace.Spans, *span)
	s.sent[[2]string{span.Service, span.Namespace}]++
}

// read takes the context from the headers that the provider reads.
func (s *simulation) read(headers map[string]string) (context, bool) {
	keys := []string{"traceparent"}
	if s.mesh.Provider == traces.Zipkin {
		keys = []string{"x-b3-traceid", "x-b3-spanid"}
		if _, ok := headers["b3"]; ok {
			keys = []string{"b3"}
		}
	}
	for _, key := range keys {
		if headers[key] == "" {
			return context{}, false
		}
	}
	var c context
	var err error
	if s.mesh.Provider == traces.OpenTelemetry {
		v := headers["traceparent"]
		c.trace, err = traces.ParseTraceID(v[3:35])
		c.span = spanID(v[36:52])
		c.sampled = v[53:] == "01"
		return c, err == nil
	}
	if v, ok := headers["b3"]; ok {
		c.trace, err = traces.ParseTraceID(v[:32])
		c.span = spanID(v[33:49])
		c.sampled = v[50:51] == "1"
		return c, err == nil
	}
	c.trace, err = traces.ParseTraceID(headers["x-b3-traceid"])
	c.span = spanID(headers["x-b3-spanid"])
	// Without the header of the decision the proxy draws anew; here: as it was.
	c.sampled = headers["x-b3-sampled"] != "0"
	return c, err == nil
}

func spanID(digits string) traces.SpanID {
	id, err := traces.ParseTraceID(digits)
	if err != nil {
		return traces.SpanID{}
	}
	return traces.SpanID(id[8:])
}

// write is headers with the context of the provider's headers replaced.
func (s *simulation) write(headers map[string]string, c context) map[string]string {
	out := maps.Clone(headers)
	if out == nil {
		out = map[string]string{}
	}
	flag := "0"
	if c.sampled {
		flag = "1"
	}
	if s.mesh.Provider == traces.Zipkin {
		delete(out, "b3")
		out["x-b3-traceid"], out["x-b3-spanid"], out["x-b3-sampled"] = c.trace.String(), c.span.String(), flag
		return out
	}
	out["traceparent"] = "00-" + c.trace.String() + "-" + c.span.String() + "-0" + flag
	out["tracestate"] = ""
	return out
}

// forwarded is what an application sends on of the headers that it received.
func forwarded(f traces.Forwarding, received map[string]string) map[string]string {
	out := map[string]string{}
	if f.Drop {
		return out
	}
	for name, value := range received {
		if len(f.Only) == 0 || slices.Contains(f.Only, name) {
			out[name] = value
		}
	}
	return out
}
