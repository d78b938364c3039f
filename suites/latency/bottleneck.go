package latency

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// bottleneckRequests decide between the demo's eighteen places at a false-alarm rate of
	// 2e-8 even where nine of them are otherwise: the sign test of 51 in 60 has a p-value
	// of 1e-8 / 18.
	bottleneckRequests = 60
	// cinemaDigits of Pi, as many as the demo's analytics computes, take 55 ms of a
	// processor (6,000 take 20 ms, 2,000 take 2.5). The next place, movies, takes up to
	// 20 ms of a request where one in three of its calls opens a connection to the database.
	cinemaDigits = 10000
)

// bottleneck is L02.
func bottleneck(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("frontpage",
			traces.Calls("catalog",
				traces.Calls("movies")),
			traces.Calls("catalog",
				traces.Calls("movies")),
			traces.Calls("bookings",
				traces.Calls("analytics"),
				traces.Calls("payments",
					traces.Calls("notifications")))),
	)
	through := Few(Everything(traces.OpenTelemetry), topology.Cinema())
	// One at a time: two that compute at once would take the processors from all the others.
	through.Requests, through.Concurrency, through.Alone = bottleneckRequests, 1, true
	return Check{
		ID: "L02", Area: Latency, Location: Here(),
		Profile: Core("where time is spent is what traces are read for"),
		Title:   "names the demo's analytics service, which computes Pi, as the bottleneck without being told",
		Prose: Prose{
			Promise: "The critical path of a request is the chain of spans that its end waited for. Where most of its time is spent is where the request can be made faster, whatever the service does there.",
			Link:    "https://www.usenix.org/conference/atc22/presentation/zhang-zhizhou",
			Matters: "Of nine services one makes the page slow. Finding it by looking at a trace is what the demo is for; finding it without looking is what a tool is for.",
			How:     "60 requests go through the movie demo, whose analytics service computes Pi. The time on the critical path is summed by place: a service, or the way between two. The place with the largest sum must be analytics, and by a sign test against every other place it must be so in most requests. The judge knows no topology.",
			Failure: "The finding names the place that is the bottleneck, or those that cannot be told apart. A way between two services is a network or a proxy's queue.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				b := traces.BottleneckOf(ev, alpha)
				judgement := Judgement{Findings: traces.JudgeBottleneck(ev, "analytics", alpha)}
				for _, p := range b.Places[:min(1, len(b.Places))] {
					judgement.Measures = []traces.Measure{
						{Name: "share of the critical path of " + p.String(), Value: 100 * p.Share, Unit: "%"},
						{Name: "median time on the critical path of " + p.String(), Value: p.Median.Seconds(), Unit: "s"},
						{Name: "lead over the next place", Value: b.Lead.Seconds(), Unit: "s"},
					}
				}
				return judgement
			},
		),
		Controls: []Control{{
			Name:     "move the work",
			Sabotage: Through(topology.With(topology.Cinema(), topology.Computing("analytics", 0), topology.Computing("payments", cinemaDigits))),
			Finds:    []Finds{{Kind: traces.WrongBottleneck, Service: "payments"}},
		}},
	}
}
