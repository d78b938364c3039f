package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// clocks is L11.
func clocks() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock")),
			traces.Calls("price",
				traces.Calls("stock"))),
	)
	shifting := func(service string, by time.Duration) func(*traces.Evidence) {
		return Reshaping(func(s *traces.Span) {
			if s.Service == service {
				s.Start = s.Start.Add(by)
			}
		})
	}
	return Check{
		ID: "L11", Area: Latency, Location: Here(),
		Profile: Core("a span that begins before its cause misleads"),
		Title:   "keeps the times of all spans in causal order",
		Prose: Prose{
			Promise: "A call begins after its caller was called, and an answer is received after it was sent. Spans whose clocks agree show that order.",
			Link:    "https://www.jaegertracing.io/docs/2.13/faq/#why-does-the-max-clock-skew-adjustment-change-the-timestamps-of-my-spans",
			Matters: "A clock that is off by a few milliseconds moves time from one service to another. A backend that adjusts spans by itself hides the fault and invents durations (jaegertracing/jaeger#1459).",
			How:     "Requests go down two branches that meet again. No span may begin before the one above it; no SERVER span may end after the CLIENT span that got its answer, 50 ms allowed for spans that are recorded to end late. The exchanges between each two services bound the offset of their clocks, and the smallest set of clocks that could be wrong is named.",
			Failure: "The finding names the service whose clock is off and by how much. On one machine all share a clock: there it is a proxy that records times wrongly, or a backend that changes them (max_clock_skew_adjust).",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), topology.Diamond()),
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				return Judgement{Findings: traces.JudgeClocks(ev, lateEnd)}
			},
		),
		Controls: []Control{{
			Name:   "shift one service's spans: a clock 20 ms behind",
			Mutate: shifting("cart", -20*time.Millisecond),
			Finds:  []Finds{{Kind: traces.ClockSkew, Service: "cart"}},
		}, {
			Name:   "shift one service's spans: a clock a second ahead",
			Mutate: shifting("stock", time.Second),
			Finds:  []Finds{{Kind: traces.ClockSkew, Service: "stock"}},
		}},
	}
}
