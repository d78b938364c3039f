package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// rootTakes is what the requests of L08 take at least: long against what a client spends
	// outside of the root, so that a clock's rate shows.
	rootTakes = time.Second
	// rootRequests are sent all at once.
	rootRequests = 20
	// outsideRoot is what a client may spend outside of the root span: it writes to its
	// sidecar on the same machine and reads from it. Measured: 0.46 ms in the median and
	// 13 ms at most over 231 requests; 185 ms at most over 200 where forty processes
	// wanted each processor.
	outsideRoot = 400 * time.Millisecond
)

// rootDuration is L08.
func rootDuration() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	through := Few(Everything(traces.OpenTelemetry), topology.With(topology.Chain(), topology.Delayed("stock", rootTakes)))
	through.Requests, through.Concurrency, through.Alone = rootRequests, rootRequests, true
	return Check{
		ID: "L08", Area: Latency, Location: Here(),
		Profile: Core("a trace that does not last as long as its request misleads"),
		Title:   "makes the root last as long as the client waited, less what the client itself spent",
		Prose: Prose{
			Promise: "The root span of a request is the CLIENT span of the first proxy, which begins when that has the request and ends when it has passed on the answer. Its duration is what the client saw, but for the way to that proxy.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
			Matters: "Latency objectives are held against traces. A root that lasts less than the user waited hides the wait.",
			How:     "20 requests take a second each, all at once. In every one the root may last no longer than the client waited, 50 ms allowed for a span that is recorded to end late, and no less by more than 400 ms. So a clock that runs at another rate is found when it gains 6 % or loses 40 %.",
			Failure: "A root that is longer: a clock runs too fast. A shorter one: the client waited for something that is not in the trace, or a clock runs too slowly.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				return Judgement{Findings: traces.JudgeRoundTrips(ev, outsideRoot, lateEnd), Measures: overheads(ev)}
			},
		),
		Controls: []Control{{
			Name:   "scale the clock: twice as fast",
			Mutate: Reshaping(func(s *traces.Span) { s.Duration *= 2 }),
			Finds:  []Finds{{Kind: traces.ClockSkew, Service: traces.ClientService}},
		}, {
			Name:   "scale the clock: half as fast",
			Mutate: Reshaping(func(s *traces.Span) { s.Duration /= 2 }),
			Finds:  []Finds{{Kind: traces.LatencyMissing, Service: traces.ClientService}},
		}},
	}
}

// overheads are what the clients spent outside of the root spans.
func overheads(ev traces.Evidence) []traces.Measure {
	spread := traces.SpreadOf(traces.RoundTrips(ev), 0.05)
	return []traces.Measure{
		{Name: "outside of the root, median", Value: spread.Median.Seconds(), Unit: "s"},
		{Name: "outside of the root, 95 %", Value: spread.P95.Seconds(), Unit: "s"},
		{Name: "outside of the root, most", Value: spread.Largest.Seconds(), Unit: "s"},
	}
}
