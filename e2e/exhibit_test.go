package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/throughline/throughline/fixtures/plan"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// ten are requests of which the even ones left a trace, the third one alone named by nobody.
func ten() traces.Evidence {
	var ev traces.Evidence
	at := time.Unix(0, 0)
	for i := range 10 {
		id := fmt.Sprintf("r-%d", i)
		ev.Requests = append(ev.Requests, traces.Exchange{Request: id, Status: 200, Intended: at, Start: at, End: at.Add(time.Duration(i) * time.Millisecond)})
		trace := traces.TraceID{15: byte(i + 1)}
		ev.Hops = append(ev.Hops, traces.Hop{Request: id, Service: "web", Received: map[string]string{
			"traceparent": "00-" + trace.String() + "-0000000000000001-01", plan.Header: "long", "authorization": "Bearer of secrets",
		}})
		if i%2 == 0 {
			ev.Traces = append(ev.Traces, traces.Trace{ID: trace, Spans: []traces.Span{{TraceID: trace, ID: traces.SpanID{1}, Service: "web", Namespace: traces.DefaultNamespace, Kind: traces.Server}}})
		}
	}
	return ev
}

func shown(check suites.Check, out suites.Outcome) []string {
	var ids []string
	for _, r := range exhibit(check, out).Requests {
		ids = append(ids, r.Exchange.Request)
	}
	return ids
}

func TestAnExhibitShowsARequestWithTracesAndOneWithout(t *testing.T) {
	if got := fmt.Sprint(shown(suites.Check{}, suites.Outcome{Evidence: ten()})); got != "[r-0 r-1]" {
		t.Errorf("shown are %s", got)
	}
}

func TestAnExhibitShowsTheRequestsThatFindingsName(t *testing.T) {
	out := suites.Outcome{Evidence: ten()}
	out.Findings = []traces.Finding{{Requests: []string{"r-7", "r-3"}}, {Requests: []string{"r-7", "r-4", "r-5"}}}
	if got := fmt.Sprint(shown(suites.Check{}, out)); got != "[r-7 r-3 r-4]" {
		t.Errorf("shown are %s", got)
	}
}

func TestAnExhibitHasNeitherPlansNorSecrets(t *testing.T) {
	out := suites.Outcome{Evidence: ten()}
	received := exhibit(suites.Check{}, out).Requests[0].Hops[0].Received
	if received[plan.Header] != "" || received["authorization"] != "(17 characters, not shown)" || received["traceparent"] == "" {
		t.Errorf("headers are %v", received)
	}
	if out.Evidence.Hops[0].Received["authorization"] != "Bearer of secrets" {
		t.Error("the evidence itself was changed")
	}
}

func TestAnExhibitHoldsTheForestThatTheRequestHadToLeave(t *testing.T) {
	outcomes := []suites.Check{{Outcomes: []traces.Outcome{
		{Forest: traces.Forest{traces.Serves("web")}}, {Forest: nil},
	}}, {Expected: traces.Forest{traces.Serves("web")}}}
	for _, check := range outcomes {
		requests := exhibit(check, suites.Outcome{Evidence: ten()}).Requests
		if len(requests[0].Expected) != 1 {
			t.Errorf("a request with a trace had to leave %v", requests[0].Expected)
		}
	}
}

func TestAnExhibitTellsThePercentilesOfHowLongRequestsTook(t *testing.T) {
	all := exhibit(suites.Check{}, suites.Outcome{Evidence: ten()}).Latencies
	if len(all) != 1 || all[0].N != 10 || len(all[0].Percentiles) != 101 || all[0].Percentiles[0] != 0 || all[0].Percentiles[100] != 0.009 {
		t.Errorf("latencies are %+v", all)
	}
}

func TestAnExhibitNeverHoldsMoreSpansThanItMay(t *testing.T) {
	ev := ten()
	for i := range ev.Traces {
		one := ev.Traces[i].Spans[0]
		for n := range exhibitedSpans - 1 {
			one.ID = traces.SpanID{byte(n >> 8), byte(n), 1}
			ev.Traces[i].Spans = append(ev.Traces[i].Spans, one)
		}
	}
	out := suites.Outcome{Evidence: ev}
	out.Findings = []traces.Finding{{Requests: []string{"r-0", "r-2", "r-4"}}}
	if got := fmt.Sprint(shown(suites.Check{}, out)); got != "[r-0]" {
		t.Errorf("shown are %s", got)
	}
}
