package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// demoRequests are a call to a versioned service each, or two. At α = 2e-8 they miss weights
// of 80, 10 and 10 instead of thirds less than once in a million: the noncentrality of the
// test is at least 150 × (0.47²/0.33 + 0.23²/0.33 + 0.24²/0.34) = 150, whose root is more
// than six above that of its bound, 35.5.
const demoRequests = 150

func versions(weights ...int) []traces.Version {
	all := make([]traces.Version, 0, len(weights))
	for i, w := range weights {
		all = append(all, traces.Version{Name: []string{"v1", "v2", "v3"}[i], Weight: w})
	}
	return all
}

func versionsOf(service string, weights []traces.Version, alpha float64) Judge {
	return func(ev traces.Evidence) Judgement {
		test, found := traces.JudgeVersions(ev, service, weights, alpha)
		test.Misses, test.Against = 1e-6, "80, 10 and 10 %"
		return Judgement{Findings: found, Statistics: []traces.Statistic{test}}
	}
}

// cinema is the demo without the work that makes analytics slow, which L02 is about.
func cinema(changes ...topology.Change) traces.Topology {
	return topology.With(topology.Cinema(), append(changes, topology.Computing("analytics", 0))...)
}

// demo is P21.
func demo(alpha float64) Check {
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
	return Check{
		ID: "P21", Area: Propagation, Location: Here(),
		Profile: Extended("versions by weight, gRPC and TCP come together in it"),
		Title:   "keeps the cinema demo in one trace of 18 spans, and reaches every version of movies in its weight",
		Prose: Prose{
			Promise: "A request through a real application (calls over HTTP and gRPC, one after another, a service in three weighted versions, a database over TCP) is one trace: a CLIENT and a SERVER span for each of its nine HTTP and gRPC calls.",
			Link:    "https://istio.io/latest/docs/tasks/traffic-management/traffic-shifting/",
			Matters: "Each part works alone; users run them together. The demo is what people install to see whether tracing works, and its trace has shown the wrong picture before (istio #22968, #27104).",
			How:     "150 requests go through the demo. Each must leave exactly its tree, and the calls to movies must be served by v1, v2 and v3 in the weights 33, 33 and 34, by a chi-squared test.",
			Failure: "A split names the service that drops the headers. A version that is never reached: its pods, their labels, or the VirtualService's subsets.",
		},
		Traffic:  Many(Everything(traces.OpenTelemetry), cinema(), demoRequests),
		Expected: expected,
		Judge:    All(WholeForest(expected), versionsOf("movies", versions(33, 33, 34), alpha)),
		Controls: []Control{{
			Name:     "drop at catalog",
			Sabotage: Through(cinema(topology.Dropping("catalog"))),
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "catalog"}},
		}, {
			Name:     "weigh the versions 80, 10 and 10",
			Sabotage: Through(cinema(topology.Weighing("movies", 80, 10, 10))),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: "movies"}},
		}},
	}
}

// bookinfo is P22.
func bookinfo(alpha float64) Check {
	reviewed := func(below ...traces.Node) traces.Forest {
		return Succeeding(
			traces.Calls("gate",
				traces.Calls("productpage",
					traces.Calls("details"),
					traces.Calls("reviews", below...))),
		)
	}
	outcomes := []traces.Outcome{
		{Forest: reviewed(traces.Calls("ratings")), Status: 200, Probability: 0.67},
		{Forest: reviewed(), Status: 200, Probability: 0.33},
	}
	return Check{
		ID: "P22", Area: Propagation, Location: Here(),
		Profile: Extended("not every mesh has an ingress gateway"),
		Title:   "keeps Bookinfo behind an ingress gateway in one trace, with all three versions of reviews",
		Prose: Prose{
			Promise: "The gateway begins the trace, or continues its caller's, and every service behind it is part of it, whichever version of reviews serves the request.",
			Link:    "https://istio.io/latest/docs/examples/bookinfo/",
			Matters: "Bookinfo is what Istio's own documentation shows tracing with. A gateway without its SERVER span, or a version that drops the headers, makes a third of the traces end early (istio #55637, #23815).",
			How:     "150 requests go through the gateway to productpage, which calls details and reviews; versions 2 and 3 of reviews call ratings. Each request must leave one of the two trees, and the versions must have served in their weights, by a chi-squared test.",
			Failure: "Two traces: the gateway or a service does not pass the context on. A third shape: a version calls what it must not.",
		},
		Traffic:  Many(Everything(traces.OpenTelemetry), topology.Bookinfo(), demoRequests),
		Outcomes: outcomes,
		Judge: All(
			func(ev traces.Evidence) Judgement { return Judgement{Findings: traces.JudgeOutcomes(ev, outcomes)} },
			versionsOf("reviews", versions(33, 33, 34), alpha),
		),
		Controls: []Control{{
			Name:     "drop at reviews",
			Sabotage: Through(topology.With(topology.Bookinfo(), topology.Dropping("reviews"))),
			Finds:    []Finds{{Kind: traces.SplitTrace, Service: "reviews"}},
		}, {
			Name:     "weigh the versions 80, 10 and 10",
			Sabotage: Through(topology.With(topology.Bookinfo(), topology.Weighing("reviews", 80, 10, 10))),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: "reviews"}},
		}},
	}
}
