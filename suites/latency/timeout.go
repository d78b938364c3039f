package latency

import (
	"net/http"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// patience is how long a caller's proxy waits, and tooSlow how long the callee takes.
	patience = 400 * time.Millisecond
	tooSlow  = 3 * patience
	// timeoutRate lets each request have a proxy's worker for itself: a proxy counts the
	// time from the beginning of a round of its event loop, which is long where many
	// requests begin in one.
	timeoutRate = 40
)

// timeout is L07.
func timeout(alpha float64) Check {
	const failed = http.StatusGatewayTimeout
	givenUp := traces.Serves("stock").Flagged("DC")
	call := traces.Node{Kind: traces.Client, To: "stock"}.Answering(failed).Flagged("UT")
	call.Children = []traces.Node{givenUp}
	expected := traces.Forest{
		traces.Calls("web", traces.Calls("cart", call).Answering(failed)).Answering(failed),
	}
	waiting := func(d time.Duration) traces.Topology {
		t := topology.With(topology.Chain(), topology.Delayed("stock", tooSlow))
		t.Routes = []traces.Route{{To: "stock", Timeout: d}}
		return t
	}
	through := Few(Everything(traces.OpenTelemetry), waiting(patience))
	through.Requests, through.Concurrency, through.Rate, through.Alone = 40, 40, timeoutRate, true
	return Check{
		ID: "L07", Area: Latency, Location: Here(),
		Profile: Extended("a time-out has to be set"),
		Title:   "makes the CLIENT span of a call that times out last the time-out, with 504 and the flag UT",
		Prose: Prose{
			Promise: "A VirtualService's time-out ends the call in the caller's proxy: the CLIENT span lasts the time-out and has status 504 and the flag UT; the callee's SERVER span ends with the flag DC, for its caller went away.",
			Link:    "https://istio.io/latest/docs/tasks/traffic-management/request-timeouts/",
			Matters: "The time-out must be seen where it was set. Users saw status 0 and looked for the fault in the callee (istio/istio#19320).",
			How:     "40 requests go to a service that takes 1.2 s over a route that waits 400 ms. All spans are compared with status and flags. Not more than one CLIENT span in ten may be shorter than the time-out, 5 ms allowed by which a proxy's timer lags, or longer by more than a quarter, by an exact binomial test.",
			Failure: "A shorter call: another time-out is in force, or the callee ended it. A longer one: the route did not reach the caller's proxy.",
		},
		Traffic:  through,
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				s, findings := traces.JudgeTimeout(ev, "cart", "stock", patience, alpha)
				return Judgement{Findings: findings, Statistics: []traces.Statistic{s}}
			},
		),
		Controls: []Control{{
			Name:     "time out sooner",
			Sabotage: Through(waiting(patience / 2)),
			Finds:    []Finds{{Kind: traces.LatencyMissing, Service: "cart"}},
		}, {
			Name:     "time out later",
			Sabotage: Through(waiting(2 * patience)),
			Finds:    []Finds{{Kind: traces.LatencyMisplaced, Service: "cart"}},
		}},
	}
}
