package w3csim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
)

// Sample is one request.
type Sample struct {
	// Variant is written into its Exchange.
	Variant string
	// Lines are its header lines, with the marks of w3c.Fill.
	Lines []string
	// Calls is how many calls the application makes.
	Calls int
}

// Samples are one request of each case.
func Samples(cases []w3c.Case) []Sample {
	all := make([]Sample, len(cases))
	for i, c := range cases {
		all[i] = Sample{Variant: c.ID, Lines: c.Lines, Calls: c.Calls}
	}
	return all
}

// Send sends the samples once each. The requests' ids begin with prefix.
func Send(way w3c.Way, samples []Sample, prefix string) traces.Evidence {
	var ev traces.Evidence
	legal := strict()
	for i, sample := range samples {
		s := sending{way: way, legal: legal, request: fmt.Sprintf("%s%d", prefix, i), at: epoch().Add(time.Duration(i) * time.Second)}
		received := fields(sample.Lines, s.request)
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: s.request, Bare: way.Kind == traces.Server, Variant: sample.Variant, Sent: joined(received),
			Intended: s.at, Start: s.at, End: s.at.Add(time.Millisecond), Status: answered,
		})
		s.serve(received, sample.Calls)
		ev.Hops = append(ev.Hops, s.hops...)
		if len(s.spans) > 0 {
			ev.Traces = append(ev.Traces, traces.Trace{ID: s.spans[0].TraceID, Spans: s.spans})
		}
	}
	return ev
}

const answered = 200

// epoch is when the first request is sent.
func epoch() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// sending is one request under way.
type sending struct {
	way     w3c.Way
	legal   grammar
	request string
	at      time.Time
	hops    []traces.Hop
	spans   []traces.Span
}

// serve makes the proxy's span and the application's hop, with those of its calls.
func (s *sending) serve(received map[string][]string, calls int) {
	in, parent := s.legal.extract(received)
	if parent == "" {
		in = context{trace: s.id("trace", 32), flags: sampled}
	}
	own := in
	own.span = s.id("span", 16)
	s.span(s.way.Kind, s.way.Service, own, parent)
	s.hop(s.way.Callee, own)
	for i := range calls {
		call := own
		call.span = s.id(fmt.Sprintf("call %d", i), 16)
		s.span(traces.Client, s.way.Callee, call, own.span)
		s.hop(s.way.Last, call)
	}
}

func (s *sending) hop(service string, c context) {
	received := map[string]string{traces.RequestHeader: s.request, "traceparent": c.String()}
	if c.state != "" {
		received["tracestate"] = c.state
	}
	s.hops = append(s.hops, traces.Hop{
		Request: s.request, Service: service, Namespace: traces.DefaultNamespace, Protocol: traces.HTTP,
		Start: s.at, End: s.at, Status: answered, Received: received,
	})
}

func (s *sending) span(kind traces.Kind, service string, c context, parent string) {
	if c.flags&sampled == 0 {
		return
	}
	span := traces.Span{
		Service: service, Namespace: traces.DefaultNamespace, Kind: kind, Start: s.at, Duration: time.Millisecond, Status: answered,
	}
	// The digits are checked, or of our making.
	span.TraceID, _ = traces.ParseTraceID(c.trace)
	span.ID, _ = traces.ParseSpanID(c.span)
	span.Parent, _ = traces.ParseSpanID(parent)
	s.spans = append(s.spans, span)
}

// id makes digits that no other request or purpose has.
func (s *sending) id(purpose string, digits int) string {
	sum := sha256.Sum256([]byte(purpose + " of " + s.request))
	return "1" + hex.EncodeToString(sum[:])[1:digits]
}

// fields are header lines as HTTP reads them: names in lower case, values without the
// white space around them, in order.
func fields(lines []string, request string) map[string][]string {
	all := map[string][]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(string(w3c.Fill(line, request)), ":")
		name = strings.ToLower(name)
		all[name] = append(all[name], strings.Trim(value, " \t"))
	}
	return all
}

func joined(fields map[string][]string) map[string]string {
	all := make(map[string]string, len(fields))
	for name, values := range fields {
		all[name] = strings.Join(values, ", ")
	}
	return all
}
