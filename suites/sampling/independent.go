package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
)

// independentRequests are enough that decisions which alternate, or those of a service
// that samples 60 % where others sample 50 %, are missed less than once in a million.
const independentRequests = 3000

// independent is S10.
func independent(alpha float64) Check {
	entering := func(service string) traces.Topology {
		return traces.Topology{Name: "enter-" + service, Entry: service, Services: []traces.Service{{Name: service}}}
	}
	samples := func(headers ...map[string]string) []Sample {
		var all []Sample
		for i, service := range []string{"web", "cart", "price", "stock"} {
			all = append(all, Sample{Variant: service, Topology: entering(service), Headers: headers[i%len(headers)]})
		}
		return all
	}
	traffic := sampled(AtPercent(traces.OpenTelemetry, 50), independentRequests)
	traffic.Samples, traffic.Concurrency = samples(nil), 4
	return Check{
		ID: "S10", Area: Sampling, Location: Here(),
		Profile: Core("a rate that depends on anything is none"),
		Title:   "decides independently of connection, pod, time and the decisions before",
		Prose: Prose{
			Promise: "randomSamplingPercentage is random: each request has the same chance, whoever serves it, on whichever connection and whenever it comes.",
			Link:    telemetryLink,
			Matters: "Numbers read off traces are multiplied by the rate. A sampler that takes every second request, or one that favours a pod, makes them wrong without changing the rate.",
			How:     "3,000 requests enter at four services in turn, at 50 %. Their decisions are tested for independence: of each other (runs), of time, of the service and of the connection (chi-squared).",
			Failure: "The finding names the test. Runs: somebody counts, or callers choose their request ids. Service: proxies have different rates. Connection: some connections are served by another configuration, such as one that should have ended.",
		},
		Traffic: traffic,
		Judge: func(ev traces.Evidence) Judgement {
			tests, found := traces.JudgeIndependence(ev, alpha)
			// The first test is that of order, which the control's pattern is about.
			tests[0].Misses, tests[0].Against = 1e-6, "every second request"
			return Judgement{Findings: found, Statistics: tests}
		},
		Controls: []Control{{
			// Proxies draw from the first eight digits of the id, modulo 10,000.
			Name: "a sampler that takes every n-th",
			Sabotage: func(t *Traffic) {
				t.Concurrency = 1
				t.Samples = samples(
					map[string]string{"x-request-id": "00000001" + CallerRequest[8:]},
					map[string]string{"x-request-id": "0000270f" + CallerRequest[8:]},
				)
			},
			Finds: []Finds{{Kind: traces.PatternedSample, Service: "web"}},
		}},
	}
}
