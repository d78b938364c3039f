package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// Both numbers of requests are the smallest that keep a miss of the control's
// rate below one in a million at the catalogue's default alpha.
const (
	unsetRequests = 15300 // 1 % against 2 %
	halfRequests  = 2700  // 50 % against 60 %
)

// unset is S03.
func unset(alpha float64) Check {
	return Check{
		ID: "S03", Area: Sampling, Location: Here(),
		Title: "samples 1 % where no rate is set",
		Prose: Prose{
			Promise: "Without a sampling setting Istio samples 1 % (PILOT_TRACE_SAMPLING). The API's own text says 0.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/sampling/",
			Matters: "Most meshes run on this default, and it surprises most of their users: ninety-nine requests of a hundred leave nothing (istio #54005).",
			How:     "15,300 requests are sent under a Telemetry that names a provider and no rate. The number of those with a trace is held against 1 % by an exact binomial test; 2 % would be missed once in a million.",
			Failure: "The finding states the observed share with its interval. 0: tracing is off altogether. 100: a rate is set somewhere after all.",
		},
		Traffic:  Many(traces.Mesh{Provider: traces.OpenTelemetry}, topology.Single(), unsetRequests),
		Expected: singleForest(),
		Judge:    RateOf(singleForest(), traces.DefaultPercent, alpha),
		Controls: []Control{{
			Name:     "2 %",
			Sabotage: SamplingAt(2),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}},
	}
}

// half is S04 at 50 %.
func half(alpha float64) Check {
	return Check{
		ID: "S04", Case: "50", Area: Sampling, Location: Here(),
		Title: "samples 50 % when told to",
		Prose: Prose{
			Promise: "randomSamplingPercentage is the probability with which each request is sampled.",
			Link:    telemetryLink,
			Matters: "Rates are what tracing costs, and what people multiply by when they read numbers off traces. A test with a tolerance either flakes or misses a wrong rate; this one does neither more often than stated.",
			How:     "2,700 requests; the number of those with a trace is held against 50 % by an exact binomial test; 60 % would be missed once in a million. Requests are counted, never spans.",
			Failure: "The finding states the observed share with its interval. Look for a second Telemetry (the oldest wins) and at what the proxy's listener has.",
		},
		Traffic:  Many(AtPercent(traces.OpenTelemetry, 50), topology.Single(), halfRequests),
		Expected: singleForest(),
		Judge:    RateOf(singleForest(), 50, alpha),
		Controls: []Control{{
			Name:     "60 %",
			Sabotage: SamplingAt(60),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}},
	}
}
