package sampling

import (
	"fmt"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// These numbers of requests are the smallest that keep a miss of the control's
// rate below one in a million at the catalogue's default alpha.
const (
	unsetRequests = 15300 // 1 % against 2 %
	halfRequests  = 2700  // 50 % against 60 %
	tenthRequests = 26300 // 10 % against 12 %
	smallRequests = 31000 // 0.5 % against 1 %
)

// sampled is traffic of which the proxy of one service decides: whoever is the first
// proxy draws, and with a client outside the mesh there is no other, which makes
// thousands of requests cheap.
func sampled(mesh traces.Mesh, n int) Traffic {
	return Many(mesh, topology.Single(), n).FromBareClient()
}

// served is what a sampled request leaves then.
func served() traces.Forest {
	return Succeeding(traces.Serves("web"))
}

// unset is S03.
func unset(alpha float64) Check {
	return Check{
		ID: "S03", Area: Sampling, Location: Here(),
		Profile: Core("the default holds wherever nobody sets a rate"),
		Title:   "samples 1 % where no rate is set",
		Prose: Prose{
			Promise: "Without a sampling setting Istio samples 1 % (PILOT_TRACE_SAMPLING). The API's own text says 0.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/sampling/",
			Matters: "Most meshes run on this default, and it surprises most of their users: ninety-nine requests of a hundred leave nothing (istio #54005).",
			How:     "15,300 requests are sent under a Telemetry that names a provider and no rate. The number of those with a trace is held against 1 % by an exact binomial test; 2 % would be missed once in a million.",
			Failure: "The finding states the observed share with its interval. 0: tracing is off altogether. 100: a rate is set somewhere after all.",
		},
		Deviations: []Deviation{{
			Of: "Istio", Versions: "1.31",
			Documented: "the API reference says that randomSamplingPercentage defaults to 0",
			Measured:   "1 % of the requests are sampled where it is unset",
			Source:     "https://github.com/istio/istio/blob/1.31.0/pilot/pkg/networking/core/tracing.go",
		}},
		Traffic:  sampled(traces.Mesh{Provider: traces.OpenTelemetry}, unsetRequests),
		Expected: served(),
		Judge:    RateOf(served(), traces.DefaultPercent, alpha),
		Controls: []Control{{
			Name:     "2 %",
			Sabotage: SamplingAt(2),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: "web"}},
		}},
	}
}

// rates is S04.
func rates(alpha float64) []Check {
	const tested = "; the number of those with a trace is held against the rate by an exact binomial test; the control's rate would be missed once in a million. Requests are counted, never spans."
	one := func(name string, percent, against float64, n int) Check {
		return Check{
			ID: "S04", Case: name, Area: Sampling, Location: Here(),
			Profile: Core("whoever samples sets a rate"),
			Title:   fmt.Sprintf("samples %g %% when told to", percent),
			Prose: Prose{
				Promise: "randomSamplingPercentage is the probability with which each request is sampled.",
				Link:    telemetryLink,
				Matters: "Rates are what tracing costs, and what people multiply by when they read numbers off traces. A test with a tolerance either flakes or misses a wrong rate; this one does neither more often than stated.",
				How:     fmt.Sprintf("%d requests are sent at %g %%%s", n, percent, tested),
				Failure: "The finding states the observed share with its interval. Look for a second Telemetry (the oldest wins) and at what the proxy's listener has.",
			},
			Traffic:  sampled(AtPercent(traces.OpenTelemetry, percent), n),
			Expected: served(),
			Judge:    RateOf(served(), percent, alpha),
			Controls: []Control{{
				Name:     fmt.Sprintf("%g %%", against),
				Sabotage: SamplingAt(against),
				Finds:    []Finds{{Kind: traces.WrongRate, Service: "web"}},
			}},
		}
	}
	return []Check{
		one("10", 10, 12, tenthRequests),
		one("50", 50, 60, halfRequests),
		one("0.5", 0.5, 1, smallRequests),
	}
}
