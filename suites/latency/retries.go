package latency

import (
	"net/http"
	"slices"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// attemptTakes is how long the callee works on an attempt that it does not refuse at once.
	attemptTakes = 20 * time.Millisecond
	// attemptWay is what the two ways of an attempt may take: half a millisecond measured,
	// and what a busy machine adds.
	attemptWay = 20 * time.Millisecond
	// lateEnd is by how much the end of a span may be recorded after its answer was
	// received: a proxy ends it when it lets go of the stream. Measured: 2 ms once in 584
	// spans on an idle machine, 3.4 ms once in 598.
	lateEnd = 50 * time.Millisecond
)

// retries is L06.
func retries(alpha float64) []Check {
	failed := func(below ...traces.Node) traces.Forest {
		return traces.Forest{traces.Calls("web", traces.Calls("cart", below...).Answering(http.StatusServiceUnavailable)).
			Answering(http.StatusServiceUnavailable)}
	}
	attempt := traces.Serves("stock").Answering(http.StatusServiceUnavailable)
	exhausted := traces.Node{Kind: traces.Client, To: "stock", Children: []traces.Node{attempt, attempt, attempt}}.
		Answering(http.StatusServiceUnavailable).Flagged("URX")
	recovered := traces.Node{Kind: traces.Client, To: "stock", Children: []traces.Node{attempt, traces.Serves("stock")}}
	return []Check{
		retried("recovered", "shows a call that succeeds at its second attempt as one CLIENT span over two SERVER spans",
			traces.Work{Fails: 1, Delay: attemptTakes}, 2,
			Succeeding(traces.Calls("web", traces.Calls("cart", recovered))), alpha),
		retried("exhausted", "shows a call of which every attempt fails as one CLIENT span over all of them, with the flag URX",
			traces.Work{Status: http.StatusServiceUnavailable, Delay: attemptTakes}, 3, failed(exhausted), alpha),
	}
}

func retried(name, title string, work traces.Work, attempts int, expected traces.Forest, alpha float64) Check {
	routed := func(work traces.Work) traces.Topology {
		t := topology.With(topology.Chain(), topology.Working("stock", work))
		t.Routes = []traces.Route{{To: "stock", Retries: 2}}
		return t
	}
	through := Few(Everything(traces.OpenTelemetry), routed(work))
	through.Requests = 40
	through.Alone = true
	return Check{
		ID: "L06", Case: name, Area: Latency, Location: Here(),
		Profile: Extended("a policy for retries has to be set"),
		Title:   title,
		Prose: Prose{
			Promise: "Envoy tries a call again by itself, below one CLIENT span. Each attempt that reaches the callee is a SERVER span of it, and the time of the call is that of its attempts and of the waits between them: up to 25 ms before the first retry, up to 75 ms before the second.",
			Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-max-retries",
			Matters: "A service that is retried looks slow to its caller and quick to itself. Where the attempts are visible, the time that retries cost can be told from the time that work costs.",
			How:     "40 requests go to a service that fails its attempts, over a route with two retries. The tree must have a SERVER span for each attempt; these must lie one after the other within the CLIENT span, and leave no more of it than Envoy's back-off and 20 ms an attempt. For that one request in ten is tolerated, by an exact binomial test.",
			Failure: "Fewer SERVER spans: the route is not in force, or attempts share a span. Attempts that overlap: the times of one of the two are wrong. Time that no attempt explains: another wait, as for a connection.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				s, findings := traces.JudgeAttempts(ev, "cart", "stock", attempts, attemptWay, lateEnd, alpha)
				return Judgement{Findings: findings, Statistics: []traces.Statistic{s}}
			},
		),
		Controls: []Control{{
			Name:   "begin the last attempt before the one before it",
			Mutate: overlapping(attempts),
			Finds:  []Finds{{Kind: traces.ClockSkew, Service: "stock"}},
		}, {
			Name: "end the calls later than their attempts explain",
			Mutate: Reshaping(func(s *traces.Span) {
				// What is above must not end before it.
				if s.Kind == traces.Client || s.Service != "stock" {
					s.Duration += time.Second
				}
			}),
			Finds: []Finds{{Kind: traces.LatencyMisplaced, Service: "cart"}},
		}},
	}
}

// overlapping moves the last of the attempts of each trace to before the first.
func overlapping(attempts int) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		mutated := make([]traces.Trace, len(ev.Traces))
		for i, trace := range ev.Traces {
			trace.Spans = slices.Clone(trace.Spans)
			var tries []*traces.Span
			for j := range trace.Spans {
				if s := &trace.Spans[j]; s.Service == "stock" && s.Kind == traces.Server {
					tries = append(tries, s)
				}
			}
			slices.SortFunc(tries, func(a, b *traces.Span) int { return a.Start.Compare(b.Start) })
			if len(tries) == attempts {
				tries[attempts-1].Duration += tries[attempts-1].Start.Sub(tries[0].Start) + 2*lateEnd
				tries[attempts-1].Start = tries[0].Start.Add(-2 * lateEnd)
			}
			mutated[i] = trace
		}
		ev.Traces = mutated
	}
}
