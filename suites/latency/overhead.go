package latency

import (
	"slices"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// overheadRequests at overheadRate are two seconds of a machine that has time to spare.
	overheadRequests = 200
	overheadRate     = 100
	// overhead is what a client may spend outside of the root span more than the way between
	// a proxy and its application takes: ten times the measured median of that.
	overhead = 5 * time.Millisecond

	// biasRequests at biasPercent leave about 200 sampled and 1,800 others. The test of
	// Kolmogorov and Smirnov then finds a distance of 0.23 at a false-alarm rate of 2e-8:
	// 2 exp(-2 n D²) with n = 200 × 1800 / 2000.
	biasRequests = 2000
	biasPercent  = 10
	// unsampledDelay is what the requests of the control take longer that are not sampled.
	unsampledDelay = 5 * time.Millisecond
	// inTen is how many of ten requests are sampled at biasPercent.
	inTen = 10
)

// boundedOverhead is L09.
func boundedOverhead(alpha float64) Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
	return Check{
		ID: "L09", Case: "overhead", Area: Latency, Location: Here(),
		Profile: Core("every mesh pays for its tracing"),
		Title:   "keeps the root and the client's own time within a bounded overhead, request by request",
		Prose: Prose{
			Promise: "The root span is made by the sidecar beside the client. What separates the two times is a local connection, whatever the request takes.",
			Link:    "https://istio.io/latest/docs/ops/deployment/performance-and-scalability/",
			Matters: "Whoever computes a percentile from traces and another from the client's log must get the same one.",
			How:     "200 requests are sent at 100 a second. For each the client's time less the root's is held against what the same request spent between the first service's proxy and its application, which is as long a way on as busy a machine. If the client spends no more than that, at most half of the requests spend 5 ms more, by a sign test. A client that spends so much more in nine requests of ten is overlooked with less than 1e-12.",
			Failure: "The client waits for something before or after its proxy measures: look at its connections to the sidecar.",
		},
		Traffic: Traffic{
			Mesh:     Everything(traces.OpenTelemetry),
			Samples:  []Sample{{Topology: topology.Chain()}},
			Requests: overheadRequests, Rate: overheadRate, Concurrency: 8, Alone: true,
		},
		Expected: expected,
		Judge: All(
			WholeForest(expected),
			func(ev traces.Evidence) Judgement {
				s, findings := traces.JudgeOverhead(ev, overhead, alpha)
				return Judgement{Findings: findings, Statistics: []traces.Statistic{s}, Measures: overheads(ev)}
			},
		),
		Controls: []Control{{
			Name:   "let every client wait outside of its root",
			Mutate: waitingLonger(2 * overhead),
			Finds:  []Finds{{Kind: traces.LatencyMissing, Service: traces.ClientService}},
		}},
	}
}

// waitingLonger is a sabotage of the evidence: every client had its answer later by d.
func waitingLonger(d time.Duration) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		ev.Requests = slices.Clone(ev.Requests)
		for i := range ev.Requests {
			ev.Requests[i].End = ev.Requests[i].End.Add(d)
		}
	}
}

// unbiased is L09.
func unbiased(alpha float64) Check {
	return Check{
		ID: "L09", Case: "sampled", Area: Latency, Location: Here(),
		Profile: Core("what is slow must be as likely to be seen as what is fast"),
		Title:   "samples slow requests as often as fast ones",
		Prose: Prose{
			Promise: "Whether a request is traced is decided when it begins, by a number in its id. How long it will take cannot matter, and tracing it must not make it slower than the others.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/sampling/",
			Matters: "At 10 % the traces speak for all requests, but only if they are a fair sample: a sampler that drops long requests makes every percentile a lie.",
			How:     "2,000 requests are sent at 10 %. The times that the clients of sampled and of unsampled requests waited are compared by the test of Kolmogorov and Smirnov, which finds any difference of two distributions of more than 0.23. It stays exact where the machine is slow at times, for who is sampled is drawn and not chosen.",
			Failure: "Look for a sampler that decides after the answer, as a tail-sampling processor before the backend does, or for an exporter in the way of requests.",
		},
		Traffic: Traffic{
			Mesh:     AtPercent(traces.OpenTelemetry, biasPercent),
			Samples:  []Sample{{Topology: topology.Single()}},
			Requests: biasRequests, Concurrency: 8, Alone: true,
		},
		Judge: func(ev traces.Evidence) Judgement {
			b := traces.BiasOf(ev)
			return Judgement{
				Findings: traces.JudgeBias(ev, alpha),
				Statistics: []traces.Statistic{{
					Test: "times of sampled and of unsampled requests", N: b.Sampled + b.Unsampled, P: b.P, Alpha: alpha,
				}},
				Measures: []traces.Measure{
					{Name: "sampled, median wait", Value: b.SampledMedian.Seconds(), Unit: "s"},
					{Name: "unsampled, median wait", Value: b.UnsampledMedian.Seconds(), Unit: "s"},
				},
			}
		},
		Controls: []Control{{
			Name: "sample only fast ones",
			// The first eight digits of an x-request-id are what a proxy draws: 0 is below
			// every percentage, 0000270f (9,999) below 100 % alone.
			Sabotage: func(t *Traffic) {
				fast := Sample{Topology: topology.Single(), Headers: requestID("00000000")}
				slow := Sample{
					Topology: topology.With(topology.Single(), topology.Delayed("web", unsampledDelay)),
					Headers:  requestID("0000270f"),
				}
				t.Samples = []Sample{fast}
				for len(t.Samples) < inTen {
					t.Samples = append(t.Samples, slow)
				}
			},
			Finds: []Finds{{Kind: traces.BiasedSample, Service: traces.ClientService}},
		}},
	}
}

// requestID is the header that begins with digits; the rest is each request's own.
func requestID(digits string) map[string]string {
	return map[string]string{"x-request-id": digits + CallerRequest[len(digits):]}
}
