package traces_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

// dawn is when drawn traces begin.
func dawn() time.Time { return time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC) }

// drawn reads a trace as one would draw it: a span a line, below its parent by two
// more blanks, `service KIND from to`, times in milliseconds, a CLIENT span's callee
// after `>`, and response flags last.
//
//	web SERVER 0 70
//	  web CLIENT > cart 10 40
//	    cart SERVER 12 39
//
// A span's id is the number of its line, the first being 1.
func drawn(t testing.TB, drawing string) traces.Trace {
	t.Helper()
	trace := traces.Trace{ID: traces.TraceID{7}}
	var above []traces.SpanID
	for line := range strings.Lines(drawing) {
		text := strings.TrimLeft(line, "\t")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		depth := (len(text) - len(strings.TrimLeft(text, " "))) / 2
		s := traces.Span{
			TraceID: trace.ID, ID: traces.SpanID{7: byte(len(trace.Spans) + 1)},
			Service: fields[0], Namespace: "shop", Kind: traces.Kind(fields[1]),
		}
		fields = fields[2:]
		if fields[0] == ">" {
			s.Name = fields[1] + ".shop.svc.cluster.local:8080/*"
			fields = fields[2:]
		}
		if depth > 0 {
			s.Parent = above[depth-1]
		}
		above = append(above[:depth], s.ID)
		from := milliseconds(t, fields[0])
		s.Start, s.Duration = dawn().Add(from), milliseconds(t, fields[1])-from
		if len(fields) > 2 {
			s.Flags = fields[2]
		}
		trace.Spans = append(trace.Spans, s)
	}
	return trace
}

func milliseconds(t testing.TB, s string) time.Duration {
	t.Helper()
	ms, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("time %q in a drawing: want milliseconds", s)
	}
	return time.Duration(math.Round(ms * 1e6))
}

// line is the span of a drawn trace's nth line.
func line(trace traces.Trace, n int) *traces.Span { return &trace.Spans[n-1] }

func one(trace traces.Trace) []traces.Trace { return []traces.Trace{trace} }

// seen is the evidence of requests that left just these traces, one each, and whose
// callers waited a millisecond longer than the first span lasts.
func seen(variant string, stored ...traces.Trace) traces.Evidence {
	var ev traces.Evidence
	for i, trace := range stored {
		id := traces.TraceID{9, byte(i >> 8), byte(i)}
		if variant == traces.Delayed {
			id[0] = 10
		}
		spans := append([]traces.Span{}, trace.Spans...)
		for j := range spans {
			spans[j].TraceID = id
		}
		request := fmt.Sprintf("%s%d", variant, i)
		ev.Traces = append(ev.Traces, traces.Trace{ID: id, Spans: spans})
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: request, Variant: variant, Status: 200,
			Start: dawn(), End: dawn().Add(spans[0].Duration + time.Millisecond),
		})
		ev.Hops = append(ev.Hops, traces.Hop{
			Request: request, Service: "web",
			Received: map[string]string{"traceparent": "00-" + id.String() + "-0000000000000001-01"},
		})
	}
	return ev
}

// both is two samples as one evidence.
func both(a, b traces.Evidence) traces.Evidence {
	a.Requests = append(a.Requests, b.Requests...)
	a.Hops = append(a.Hops, b.Hops...)
	a.Traces = append(a.Traces, b.Traces...)
	return a
}
