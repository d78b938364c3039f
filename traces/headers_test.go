package traces_test

import (
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

// passedOn is a request along web > cart > stock: what each application received of one
// header, and sent.
func passedOn(header, caller string, web, cart [2]string, stock string) traces.Evidence {
	at := time.Unix(0, 0)
	hop := func(service, received, to, sent string) traces.Hop {
		at = at.Add(time.Second)
		h := traces.Hop{Request: "r", Service: service, Protocol: traces.HTTP, Start: at, Received: map[string]string{header: received}}
		if to != "" {
			h.Sent = []traces.SentCall{{To: to, Protocol: traces.HTTP, Start: at, Headers: map[string]string{header: sent}}}
		}
		return h
	}
	return traces.Evidence{
		Topology: traces.Topology{Entry: "web"},
		Requests: []traces.Exchange{{Request: "r", Sent: map[string]string{header: caller}}},
		Hops:     []traces.Hop{hop("web", web[0], "cart", web[1]), hop("cart", cart[0], "stock", cart[1]), hop("stock", stock, "", "")},
	}
}

func TestAHeaderThatChangedOnTheWayIsBlamedOnWhoChangedIt(t *testing.T) {
	for name, c := range map[string]struct {
		ev   traces.Evidence
		want string // service, and a word of the finding
	}{
		"nobody changed it":             {passedOn("baggage", "a=1", [2]string{"a=1", "a=1"}, [2]string{"a=1", "a=1"}, "a=1"), ""},
		"an application rewrote it":     {passedOn("baggage", "a=1", [2]string{"a=1", "a=1"}, [2]string{"a=1", "a=2"}, "a=2"), "cart its application changed it"},
		"an application dropped it":     {passedOn("baggage", "a=1", [2]string{"a=1", ""}, [2]string{"", ""}, ""), "web its application changed it"},
		"proxies changed it on the way": {passedOn("baggage", "a=1", [2]string{"a=1", "a=1"}, [2]string{"a=1", "a=1"}, "b"), "stock the proxies between them changed it"},
		"proxies changed it at the entry": {
			passedOn("baggage", "a=1", [2]string{"b", "b"}, [2]string{"b", "b"}, "b"), "web between the caller",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := traces.JudgeHeader(c.ev, "baggage", "")
			service, word, _ := strings.Cut(c.want, " ")
			if c.want == "" {
				if len(found) > 0 {
					t.Errorf("found %v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Kind != traces.WrongHeader || found[0].Service != service || !strings.Contains(found[0].Text(), word) {
				t.Errorf("found %v, want one at %s that says %q", found, service, word)
			}
		})
	}
}

func TestARequestIDIsOneAlongTheWayButForItsDigitOfTheDecision(t *testing.T) {
	const id, marked, other = "6d3f2a10-58c4-4e7b-9a21-c0ffee5eed01", "6d3f2a10-58c4-9e7b-9a21-c0ffee5eed01", "00000000-58c4-4e7b-9a21-c0ffee5eed01"
	same := [2]string{marked, marked}
	for name, c := range map[string]struct {
		ev      traces.Evidence
		service string
	}{
		"kept":                    {passedOn("x-request-id", id, same, same, marked), ""},
		"made by the first proxy": {passedOn("x-request-id", "", same, same, marked), ""},
		"made anew by an application": {
			passedOn("x-request-id", id, same, [2]string{marked, other}, other), "cart",
		},
		"made by nobody": {passedOn("x-request-id", "", [2]string{}, [2]string{}, ""), "web"},
	} {
		t.Run(name, func(t *testing.T) {
			found := traces.JudgeRequestID(c.ev)
			if c.service == "" && len(found) > 0 || c.service != "" && (len(found) != 1 || found[0].Service != c.service) {
				t.Errorf("found %v, want one at %q", found, c.service)
			}
		})
	}
}

func TestASpanThatNamesAnotherRequestIDIsFound(t *testing.T) {
	const id, other = "6d3f2a10-58c4-4e7b-9a21-c0ffee5eed01", "00000000-58c4-4e7b-9a21-c0ffee5eed01"
	trace := traces.TraceID{1}
	ev := traces.Evidence{
		Requests: []traces.Exchange{{Request: "r"}},
		Hops: []traces.Hop{{Request: "r", Service: "web", Protocol: traces.HTTP, Received: map[string]string{
			"x-request-id": id, "traceparent": "00-" + trace.String() + "-00000000000000ab-01",
		}}},
		Traces: []traces.Trace{{ID: trace, Spans: []traces.Span{{
			TraceID: trace, ID: traces.SpanID{1}, Service: "web", Kind: traces.Server,
			Tags: traces.TagsOf(traces.Tag{Key: "component", Value: "proxy"}, traces.Tag{Key: "guid:x-request-id", Value: other}),
		}}}},
	}
	found := traces.JudgeRequestID(ev)
	if len(found) != 1 || found[0].Service != "web" || found[0].Kind != traces.WrongHeader {
		t.Errorf("found %v", found)
	}
}
