package w3c_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
	"github.com/throughline/throughline/traces/w3c/w3csim"
)

func ways() []w3c.Way { return []w3c.Way{w3c.Ingress(), w3c.Egress()} }

// exemplary is the evidence of one request of each case.
func exemplary(way w3c.Way) traces.Evidence {
	return w3csim.Send(way, w3csim.Samples(way.Cases()), "r-")
}

func TestWhatTheCasesWantIsWhatAProxyDoesThatFollowsTheSpecification(t *testing.T) {
	for _, way := range ways() {
		results := w3c.Judge(exemplary(way), way, traces.OpenTelemetry)
		if len(results) != len(way.Cases()) {
			t.Errorf("%s: %d results of %d cases", way.Name, len(results), len(way.Cases()))
		}
		for _, r := range results {
			if r.Verdict != w3c.Specified {
				t.Errorf("%s %s: %s: %s, want %s", way.Name, r.Case.ID, r.Verdict, r.Observed, r.Expected)
			}
		}
	}
}

// of is the result of one case of evidence that change spoiled.
func of(t *testing.T, way w3c.Way, id string, change func(ev *traces.Evidence, request int)) w3c.Result {
	t.Helper()
	ev := exemplary(way)
	i := slices.IndexFunc(ev.Requests, func(e traces.Exchange) bool { return e.Variant == id })
	if i < 0 {
		t.Fatalf("no case %s", id)
	}
	change(&ev, i)
	for _, r := range w3c.Judge(ev, way, traces.OpenTelemetry) {
		if r.Case.ID == id {
			return r
		}
		if r.Verdict != w3c.Specified {
			t.Errorf("%s was not changed, and is %s: %s", r.Case.ID, r.Verdict, r.Observed)
		}
	}
	t.Fatalf("no result of %s", id)
	return w3c.Result{}
}

// receiving makes the application receive what set says.
func receiving(set map[string]string) func(*traces.Evidence, int) {
	return func(ev *traces.Evidence, request int) {
		for i, hop := range ev.Hops {
			if hop.Request == ev.Requests[request].Request {
				received := maps.Clone(hop.Received)
				maps.Copy(received, set)
				ev.Hops[i].Received = received
			}
		}
	}
}

// untraced takes the request's spans away and passes its headers on.
func untraced(ev *traces.Evidence, request int) {
	receiving(ev.Requests[request].Sent)(ev, request)
	spanless(ev, request)
}

func spanless(ev *traces.Evidence, request int) {
	at := ev.Requests[request].Start
	ev.Traces = slices.DeleteFunc(ev.Traces, func(t traces.Trace) bool { return t.Spans[0].Start.Equal(at) })
}

func respan(change func(*traces.Span)) func(*traces.Evidence, int) {
	return func(ev *traces.Evidence, request int) {
		for i := range ev.Traces {
			if ev.Traces[i].Spans[0].Start.Equal(ev.Requests[request].Start) {
				change(&ev.Traces[i].Spans[len(ev.Traces[i].Spans)-1])
			}
		}
	}
}

func TestWhateverElseComesOutIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		id     string
		change func(*traces.Evidence, int)
		fate   w3c.Fate
		says   string
	}{
		"a malformed header passed on without a span":  {"flags-too-short", untraced, w3c.PassedOn, ""},
		"two headers passed on without a span":         {"traceparent-twice", untraced, w3c.PassedOn, ""},
		"a valid header passed on without a span":      {"traceparent-alone", untraced, w3c.PassedOn, ""},
		"a header passed on by every call":             {"calls-with-zero-trace-id", untraced, w3c.PassedOn, ""},
		"a malformed header passed on beside a span":   {"flags-too-short", receiving(map[string]string{"traceparent": "00-1-2-3"}), w3c.Garbled, "is not valid"},
		"no header at all":                             {"traceparent-alone", receiving(map[string]string{"traceparent": ""}), w3c.Garbled, "is not valid"},
		"a trace that nobody stored":                   {"traceparent-alone", spanless, w3c.Garbled, "0 spans were stored, not 1"},
		"a new trace that nobody stored":               {"nothing", spanless, w3c.Garbled, "0 spans were stored, not 1"},
		"a state that is lost":                         {"both", receiving(map[string]string{"tracestate": ""}), w3c.Continued, ""},
		"a state in another order":                     {"both", receiving(map[string]string{"tracestate": "bar=2,foo=1"}), w3c.Continued, ""},
		"a state that outlives its trace":              {"tracestate-alone", receiving(map[string]string{"tracestate": "foo=1"}), w3c.Restarted, ""},
		"a span below nothing":                         {"traceparent-alone", respan(func(s *traces.Span) { s.Parent = traces.SpanID{} }), w3c.Garbled, "the span's parent"},
		"a root below something":                       {"nothing", respan(func(s *traces.Span) { s.Parent = traces.SpanID{1} }), w3c.Garbled, "the span's parent"},
		"a span of another id":                         {"traceparent-alone", respan(func(s *traces.Span) { s.ID = traces.SpanID{1} }), w3c.Garbled, "names no span"},
		"a span of the other side":                     {"traceparent-alone", respan(func(s *traces.Span) { s.Kind = traces.UnknownKind }), w3c.Garbled, "no SERVER span"},
		"a call below another span":                    {"calls-with-traceparent", respan(func(s *traces.Span) { s.Parent = traces.SpanID{1} }), w3c.Garbled, "names no span"},
		"an answer that is none":                       {"both", func(ev *traces.Evidence, i int) { ev.Requests[i].Status = 400 }, w3c.Rejected, "status 400"},
		"a request that nobody received":               {"both", func(ev *traces.Evidence, i int) { ev.Hops = slices.Delete(ev.Hops, i, i+1) }, w3c.Garbled, "0 times, not 1"},
		"a span of a trace that is not sampled":        {"flags-none", stored, w3c.Garbled, "1 spans were stored, not 0"},
		"a state that only some calls carry":           {"calls-without-traceparent", lastHop("tracestate", "foo=1"), w3c.Garbled, "different states"},
		"a context that only some calls carry":         {"calls-without-traceparent", lastHop("traceparent", "00-1"), w3c.Garbled, "different contexts"},
		"one context for two calls, as if of one span": {"calls-without-traceparent", sameParent, w3c.Garbled, "another call names"},
	} {
		t.Run(name, func(t *testing.T) {
			r := of(t, w3c.Ingress(), c.id, c.change)
			if r.Verdict != w3c.Wrong || r.Observed.Fate != c.fate || !strings.Contains(r.Observed.Detail, c.says) {
				t.Errorf("%s: %s, want wrong: %s: …%s…", r.Verdict, r.Observed, c.fate, c.says)
			}
		})
	}
}

// stored adds a span to a trace that is not sampled.
func stored(ev *traces.Evidence, request int) {
	for _, hop := range ev.Hops {
		if hop.Request == ev.Requests[request].Request {
			id, _, ok := traces.DecisionOf(hop.Received)
			if ok {
				ev.Traces = append(ev.Traces, traces.Trace{ID: id, Spans: []traces.Span{{TraceID: id, ID: traces.SpanID{1}}}})
			}
		}
	}
}

func ofRequest(ev *traces.Evidence, request int) []int {
	var all []int
	for i := range ev.Hops {
		if ev.Hops[i].Request == ev.Requests[request].Request {
			all = append(all, i)
		}
	}
	return all
}

func lastHop(header, value string) func(*traces.Evidence, int) {
	return func(ev *traces.Evidence, request int) {
		hops := ofRequest(ev, request)
		ev.Hops[hops[len(hops)-1]].Received[header] = value
	}
}

func sameParent(ev *traces.Evidence, request int) {
	hops := ofRequest(ev, request)
	ev.Hops[hops[len(hops)-1]].Received["traceparent"] = ev.Hops[hops[1]].Received["traceparent"]
}

func TestATraceIDOutOfAMalformedHeaderIsNoNewOne(t *testing.T) {
	r := of(t, w3c.Ingress(), "trace-id-too-long", func(ev *traces.Evidence, request int) {
		long := strings.Split(ev.Requests[request].Sent["traceparent"], "-")[1]
		receiving(map[string]string{"traceparent": "00-" + long[1:] + "-1234567890123456-01"})(ev, request)
	})
	if r.Verdict != w3c.Wrong || !strings.Contains(r.Observed.Detail, "neither the caller's nor new") {
		t.Errorf("%s: %s", r.Verdict, r.Observed)
	}
}

func TestAnInvalidStateMayBeSentOn(t *testing.T) {
	r := of(t, w3c.Egress(), "tracestate-key-twice", receiving(map[string]string{"tracestate": "foo=1, foo=2"}))
	if r.Verdict != w3c.Allowed {
		t.Errorf("%s: %s", r.Verdict, r.Observed)
	}
	r = of(t, w3c.Egress(), "tracestate-key-twice", receiving(map[string]string{"tracestate": "foo=1"}))
	if r.Verdict != w3c.Wrong {
		t.Errorf("%s: %s", r.Verdict, r.Observed)
	}
}

func TestRequestsOfNoCaseAreLeftOut(t *testing.T) {
	ev := exemplary(w3c.Ingress())
	for i := range ev.Requests {
		ev.Requests[i].Variant = "baseline"
	}
	if got := w3c.Judge(ev, w3c.Ingress(), traces.OpenTelemetry); got != nil {
		t.Errorf("%d results", len(got))
	}
}
