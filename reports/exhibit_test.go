package reports_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

func exhibit() reports.Exhibit {
	at := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	id := traces.TraceID{15: 1}
	return reports.Exhibit{
		Sent: 20,
		Requests: []reports.ExhibitedRequest{{
			Expected: traces.Forest{traces.Calls("web")},
			Exchange: traces.Exchange{Request: "r-1", Status: 200, Intended: at, Start: at, End: at.Add(time.Millisecond)},
			Hops:     []traces.Hop{{Request: "r-1", Service: "web", Received: map[string]string{"b3": "0"}, Start: at, End: at}},
			Traces: []traces.Trace{{ID: id, Spans: []traces.Span{{
				TraceID: id, ID: traces.SpanID{1}, Service: "web", Kind: traces.Server, Start: at, Duration: time.Millisecond,
			}}}},
		}},
		Latencies: []reports.Latency{{N: 20, Percentiles: []float64{0.001, 0.002}}},
	}
}

func TestAnExhibitReadsBackAsItWasWritten(t *testing.T) {
	want := exhibit()
	var buf bytes.Buffer
	if err := reports.EncodeExhibit(&buf, want); err != nil {
		t.Fatal(err)
	}
	got, err := reports.DecodeExhibit(&buf, "exhibit.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b traces.Tags) bool { return a.Len() == b.Len() })); diff != "" {
		t.Errorf("read back (-wrote +read):\n%s", diff)
	}
}

func TestWhatATerminalWouldObeyIsEscapedInAnExhibit(t *testing.T) {
	e := exhibit()
	e.Requests[0].Exchange.Err = hostile
	var buf bytes.Buffer
	if err := reports.EncodeExhibit(&buf, e); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(buf.String(), "\x1b\u202e\x00\u2028") {
		t.Errorf("exhibit has what a terminal obeys: %q", buf.String())
	}
}

func TestABrokenExhibitIsAnErrorWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "exhibit.json: empty",
		`{"sent": 1,`:             "exhibit.json:1: cut short",
		`{"sent": "one"}`:         "exhibit.json:1: sent: found a string",
		`{"sent": 1, "other": 2}`: "exhibit.json:1: other: the field is not known",
	} {
		if _, err := reports.DecodeExhibit(strings.NewReader(text), "exhibit.json"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
	}
}
