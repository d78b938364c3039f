package traces_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

// decided are n requests, one a second, of which sampled says which left a trace.
func decidedBy(n int, sampled func(i int) bool) traces.Evidence {
	var ev traces.Evidence
	for i := range n {
		id := fmt.Sprintf("r-%d", i)
		at := time.Unix(int64(i), 0)
		trace := traces.TraceID{byte(i), byte(i >> 8), 1}
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: id, Intended: at, Start: at, Status: 200, Variant: []string{"web", "cart"}[i%2], Connection: fmt.Sprint(i % 4),
		})
		flag := "00"
		if sampled(i) {
			flag = "01"
			ev.Traces = append(ev.Traces, traces.Trace{ID: trace, Spans: []traces.Span{{TraceID: trace, ID: traces.SpanID{1}, Service: "web", Kind: traces.Server}}})
		}
		ev.Hops = append(ev.Hops, traces.Hop{Request: id, Service: "web", Protocol: traces.HTTP, Received: map[string]string{
			"traceparent": "00-" + trace.String() + "-0000000000000001-" + flag,
		}})
	}
	return ev
}

func TestDecisionsThatFollowAPatternAreFound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		sampled func(i int) bool
		word    string
	}{
		"chance alone":                 {func(int) bool { return random.IntN(2) == 0 }, ""},
		"every second request":         {func(i int) bool { return i%2 == 0 }, "runs"},
		"the first half":               {func(i int) bool { return i < 500 }, "over time"},
		"one service more than others": {func(i int) bool { return random.IntN(100) < 30+40*(i%2) }, "by service"},
		"one connection never":         {func(i int) bool { return i%4 != 3 && random.IntN(2) == 0 }, "by connection"},
		"all":                          {func(int) bool { return true }, "no pattern can be seen"},
	} {
		t.Run(name, func(t *testing.T) {
			tests, found := traces.JudgeIndependence(decidedBy(1000, c.sampled), 2e-8)
			if len(tests) != 4 {
				t.Errorf("%d tests, want runs, time, service and connection", len(tests))
			}
			if c.word == "" {
				if len(found) > 0 {
					t.Errorf("found %v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Kind != traces.PatternedSample || !strings.Contains(found[0].Observed, c.word) {
				t.Errorf("found %v, want one that says %q", found, c.word)
			}
		})
	}
}
