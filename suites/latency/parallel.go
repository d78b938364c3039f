package latency

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// In a fan-out in parallel one branch takes slowBranch, the other quickBranch.
const (
	slowBranch  = 40 * time.Millisecond
	quickBranch = 10 * time.Millisecond
)

// parallelBranches is L05.
func parallelBranches(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart"),
			traces.Calls("price")),
	)
	branches := func(cart, price time.Duration) traces.Topology {
		return topology.With(topology.FanOutInParallel(), topology.Delayed("cart", cart), topology.Delayed("price", price))
	}
	through := Few(Everything(traces.OpenTelemetry), branches(quickBranch, slowBranch))
	through.Requests = 60
	through.Alone = true
	return Check{
		ID: "L05", Area: Latency, Location: Here(),
		Profile: Core("every service that calls two others at once leaves such a tree"),
		Title:   "puts only the slowest of parallel branches on the critical path",
		Prose: Prose{
			Promise: "Spans begin and end when the work that they stand for does. Calls that a service makes at the same time therefore overlap in its trace, and of them only the one that ended last can have held the answer up.",
			Link:    "https://www.jaegertracing.io/docs/2.13/architecture/terminology/#span",
			Matters: "Making a call faster that nobody waits for gains nothing. The critical path says which call is worth it, if the times of the spans are right.",
			How:     "60 requests go to a service that makes two calls at once: one takes 10 ms and the other 40 ms. Only the slow one may be on the critical path. A request in which the machine held up the quick one by 30 ms is an exception; one in ten is tolerated, by an exact binomial test. A mesh in which nine of ten paths pass the other branch is overlooked with less than 1e-12.",
			Failure: "The finding names the branch that is on the path too often: its spans are too long, or the calls were not made in parallel.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				s, findings := traces.JudgeSlowestBranch(ev, []string{"cart", "price"}, "price", alpha)
				return Judgement{Findings: findings, Statistics: []traces.Statistic{s}}
			},
		),
		Controls: []Control{{
			Name:     "slow another",
			Sabotage: Through(branches(slowBranch, quickBranch)),
			Finds:    []Finds{{Kind: traces.WrongBottleneck, Service: "cart"}},
		}},
	}
}
