package traces

import (
	"maps"
	"slices"
)

// headerRequestID is the header from which Envoy draws its sampling decision.
const (
	headerRequestID  = "x-request-id"
	headerTracestate = "tracestate"
)

// contextHeaders are the trace headers of a request on its way, by name. What a header says
// is kept as what it means: the rules below are about names, not about bytes.
type contextHeaders map[string]meaning

// meaning is what one header tells whoever reads it.
type meaning struct {
	// span is whose context it is; nil with remote for the caller's own.
	span    *growing
	remote  bool
	sampled decision
	// broken is true for a traceparent that is none.
	broken bool
	// id is of x-request-id: the number that its hash is drawn from, and whether a
	// proxy has written into it that the request is sampled.
	id     *draw
	traced bool
}

// draw is the number that proxies take from one request id.
type draw struct {
	drawn    bool
	interval int
}

// remoteHeaders are the headers that a caller's application sends.
func remoteHeaders(headers map[string]string) contextHeaders {
	c := contextHeaders{}
	if value, ok := headers[headerTraceparent]; ok {
		w, valid := parseTraceparent(value)
		c[headerTraceparent] = meaning{remote: true, sampled: w.decision, broken: !valid}
	}
	if w, ok := parseB3Single(headers[headerB3]); ok {
		c[headerB3] = meaning{remote: true, sampled: w.decision}
	} else if d := b3Decision(headers[headerB3]); d != undecided {
		c[headerB3] = meaning{sampled: d}
	}
	if _, ok := parseB3Multi(b3MultiOf(headers)); ok {
		c[headerB3TraceID], c[headerB3SpanID] = meaning{remote: true}, meaning{remote: true}
	}
	if d := b3Decision(headers[headerB3Sampled]); d != undecided {
		c[headerB3Sampled] = meaning{sampled: d}
	}
	if value := headers[headerRequestID]; value != "" {
		c[headerRequestID] = meaning{id: &draw{}, traced: len(value) == 36 && slices.Contains([]byte("9ab"), value[reasonAt])}
	}
	return c
}

// forwarded are the headers that an application sends on.
func (c contextHeaders) forwarded(f Forwarding) contextHeaders {
	out := contextHeaders{}
	if f.Drop {
		return out
	}
	for name, m := range c {
		if len(f.Only) == 0 || slices.Contains(f.Only, name) {
			out[name] = m
		}
	}
	return out
}

// refused is the context with the decision not to sample, as Envoy gives it to the
// copy of a request that it mirrors (istio.io/istio, route.go: trace_sampled false).
func (c contextHeaders) refused() contextHeaders {
	out := maps.Clone(c)
	for _, name := range []string{headerTraceparent, headerB3Sampled} {
		if m, ok := out[name]; ok {
			m.sampled = decidedNo
			out[name] = m
		}
	}
	return out
}

// parent is the context that a proxy of provider reads, and whether there is one.
//
//   - opentelemetry reads traceparent (Envoy, opentelemetry/span_context_extractor.cc);
//   - zipkin reads b3, else x-b3-traceid with x-b3-spanid (zipkin/span_context_extractor.cc);
//   - zipkin with W3C reads traceparent where there is no B3.
func (c contextHeaders) parent(provider Provider) (meaning, bool) {
	w3c, found := c[headerTraceparent]
	if provider == OpenTelemetry {
		return w3c, found
	}
	if m, ok := c[headerB3]; ok && (m.span != nil || m.remote) {
		return m, true
	}
	m, span := c[headerB3SpanID]
	if _, trace := c[headerB3TraceID]; trace && span {
		m.sampled = c.b3Sampled()
		return m, true
	}
	if provider == ZipkinW3C && found && !w3c.broken {
		return w3c, true
	}
	return meaning{sampled: c.b3Sampled()}, false
}

// b3Sampled is the decision in B3 headers, where the single header comes first.
func (c contextHeaders) b3Sampled() decision {
	if m, ok := c[headerB3]; ok && m.sampled != undecided {
		return m.sampled
	}
	return c[headerB3Sampled].sampled
}

// write puts the context of span into the headers that a proxy of provider writes. Of
// B3 it writes the form that it read: the single header where that is there.
func (c contextHeaders) write(provider Provider, span *growing, sampled bool) {
	m := meaning{span: span, sampled: decidedNo}
	if sampled {
		m.sampled = decidedYes
	}
	_, single := c[headerB3]
	switch {
	case provider == OpenTelemetry:
	case single:
		c[headerB3] = m
	default:
		c[headerB3TraceID], c[headerB3SpanID], c[headerB3Sampled] = m, m, m
	}
	if provider != Zipkin {
		c[headerTraceparent], c[headerTracestate] = m, meaning{}
	}
}
