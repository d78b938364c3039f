package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// zeroRequests tell 1 % from 0 %, and from 100 % all the more.
const zeroRequests = 1900

// legacy is S13: the settings that Telemetry took the place of.
func legacy(alpha float64) []Check {
	bare := traces.Mesh{Provider: traces.OpenTelemetry}
	one := func(name, title, how string, mesh traces.Mesh, t traces.Topology, n int, percent, against float64) Check {
		service := t.Entry
		server := traces.Serves(service)
		if t.Services[0].NamedAlone() {
			server.Namespace = traces.NoNamespace
		}
		forest := Succeeding(server)
		return Check{
			ID: "S13", Case: name, Area: Sampling, Location: Here(), Title: title,
			Profile: Extended("the older way of setting a rate, beside Telemetry"),
			Prose: Prose{
				Promise: "Where no Telemetry sets a rate, the proxy's own configuration does: defaultConfig.tracing.sampling, or the pod's annotation over it. A Telemetry that sets one comes before both.",
				Link:    "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#Tracing",
				Matters: "Years of documentation tell to set it there, and old meshes still do. 0 counts as unset, which samples 1 % of what was to be private, and so does a value above 100 (istio #36750, #46653, #35750, #54472).",
				How:     how,
				Failure: "The share with its interval says which setting was in force. Look at PROXY_CONFIG in the pod, and at random_sampling in the listener.",
			},
			LiveOnly: "a simulated proxy has no configuration of its own",
			Traffic:  Many(mesh, t, n).FromBareClient(), Expected: forest, Judge: RateOf(forest, percent, alpha),
			Controls: []Control{{
				Name:     "another rate over it",
				Sabotage: SamplingAt(against),
				Finds:    []Finds{{Kind: traces.WrongRate, Service: service}},
			}},
		}
	}
	zero := one("sampling 0", "takes a sampling of 0 in the proxy's configuration for unset: 1 %",
		"The pod's annotation says 0. 1,900 requests are held against 1 % by an exact binomial test; 0 % would be missed once in a million.",
		bare, topology.Zero(), zeroRequests, traces.DefaultPercent, 0)
	zero.Deviations = []Deviation{{
		Of: "Istio", Versions: "1.31",
		Documented: "defaultConfig.tracing.sampling is the percentage of requests that are sampled, 0 to 100",
		Measured:   "0 counts as unset, and 1 % is sampled",
		Source:     "https://github.com/istio/istio/issues/36750",
	}}
	excess := one("over 100", "takes a sampling over 100 in the proxy's configuration for 1 %",
		"The pod's annotation says 130. 1,900 requests are held against 1 % by an exact binomial test; 0 % would be missed once in a million.",
		bare, topology.Excess(), zeroRequests, traces.DefaultPercent, 0)
	excess.Deviations = []Deviation{{
		Of: "Istio", Versions: "1.31",
		Documented: "defaultConfig.tracing.sampling is from 0 to 100",
		Measured:   "a value over 100 is accepted, and 1 % is sampled",
		Source:     "https://github.com/istio/istio/blob/1.31.0/pilot/pkg/networking/core/tracing.go",
	}}
	return []Check{
		one("annotation", "samples at the rate of the pod's annotation where no Telemetry sets one",
			"The pod's annotation says 50. 2,700 requests are held against 50 % by an exact binomial test; 60 % would be missed once in a million.",
			bare, topology.Half(), halfRequests, 50, 60),
		zero,
		excess,
		one("telemetry over it", "lets a Telemetry come before the pod's annotation",
			"The pod's annotation says 50, and the mesh's Telemetry 100. Every request must leave its trace.",
			Everything(traces.OpenTelemetry), topology.Half(), 27, 100, 50),
	}
}
