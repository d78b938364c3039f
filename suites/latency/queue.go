package latency

import (
	_ "embed"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// turn is how long each request is served, and queued how many are under way at once.
	turn   = 20 * time.Millisecond
	queued = 8
	// queueRequests take a second and a half, one after the other.
	queueRequests = 64
)

//go:embed queue.yaml
var smallPool string

// queues is L10.
func queues(alpha float64) []Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	working := func(queue bool) traces.Topology {
		return topology.With(topology.Chain(), topology.Working("stock", traces.Work{Delay: turn, Queue: queue}))
	}
	pool := manifests.Manifest{
		Name: "small-pool", YAML: smallPool,
		Sights: []proxies.Sight{{
			Service: "cart", Namespace: traces.DefaultNamespace, In: "dynamic_active_clusters", Text: "destination-rule/throughline-small-pool",
		}},
	}
	inProxy := Few(Everything(traces.OpenTelemetry), working(false))
	inProxy.Requests, inProxy.Concurrency, inProxy.Alone = queueRequests, queued, true
	inApplication := inProxy
	inProxy.Manifests = []manifests.Manifest{pool}
	inApplication.Samples = []Sample{{Topology: working(true)}}
	swap := func(other Traffic) func(*Traffic) {
		return func(t *Traffic) { *t = other }
	}
	check := func(name, title, how string, traffic, swapped Traffic, inside bool, misplaced string) Check {
		return Check{
			ID: "L10", Case: name, Area: Latency, Location: Here(),
			Profile: Extended("a connection pool has to be limited"),
			Title:   title,
			Prose: Prose{
				Promise: "A CLIENT span begins when the caller's proxy has the request, a SERVER span when the callee's has it. A request that waits for a connection waits before the SERVER span begins; one that waits for a worker of the application waits within it.",
				Link:    "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings",
				Matters: "Both look the same to the user: the service is slow under load. One is cured by a line in a DestinationRule, the other by more replicas.",
				How:     how + " A request counts as waiting where it spends half a turn more than it must. Not more than one in ten of those that wait may do so elsewhere, by an exact binomial test, and a quarter must wait at all.",
				Failure: "The finding names the place where requests wait instead, or says that they wait nowhere: then the limit is not in force.",
			},
			Traffic:  traffic,
			Expected: expected,
			Judge: All(
				WholeForest(expected),
				func(ev traces.Evidence) Judgement {
					s, findings := traces.JudgeQueue(ev, traces.Edge{Caller: "cart", Callee: "stock"}, inside, turn, alpha)
					return Judgement{Findings: findings, Statistics: []traces.Statistic{s}}
				},
			),
			Controls: []Control{{
				Name:     "swap them",
				Sabotage: swap(swapped),
				Finds:    []Finds{{Kind: traces.LatencyMisplaced, Service: misplaced}},
			}},
			LiveOnly: "the simulated mesh serves one request after the other: nothing queues",
		}
	}
	return []Check{
		check("pool", "shows a queue in the proxy's connection pool before the SERVER span begins",
			"64 requests, eight at a time, go to a service that takes 20 ms, over a DestinationRule that allows one connection to it.",
			inProxy, inApplication, false, "stock"),
		check("application", "shows a queue in the application within its SERVER span",
			"64 requests, eight at a time, go to a service that works 20 ms on one at a time, over as many connections as the proxy likes.",
			inApplication, inProxy, true, "cart"),
	}
}
