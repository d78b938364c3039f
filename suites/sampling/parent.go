package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func parentProse() Prose {
	return Prose{
		Promise: "Whether a request is sampled is decided once, by the first proxy. The proxies behind it follow, whatever rate their own namespace has, as long as the applications forward the headers.",
		Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/sampling/",
		Matters: "A namespace that sets its own rate would otherwise tear holes into its callers' traces, or begin traces that start in the middle. Users expect the opposite and wonder why their namespace's rate does nothing (istio #51004).",
		How:     "The middle one of three services lives in a namespace with the opposite rate of the mesh's: 0 in a mesh at 100 %, and 100 in a mesh at 0 %. The first must leave whole traces, the second none.",
		Failure: "A hole where the namespace is: its proxies decide anew; look at whether x-request-id is forwarded, in which Envoy keeps the decision. A trace that begins there: the refusal did not get through.",
	}
}

func wardForest() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("audit."+topology.WardNamespace,
				traces.Calls("stock"))),
	)
}

// opposed is a mesh at one rate with the ward at another.
func opposed(provider traces.Provider, mesh, wards float64) traces.Mesh {
	m := AtPercent(provider, mesh)
	m.Telemetries = []traces.Telemetry{ward(at(wards))}
	return m
}

// caseOf names a case after its provider, unless that is the default one.
func caseOf(name string, provider traces.Provider) string {
	if provider == traces.OpenTelemetry {
		return name
	}
	return name + ", " + string(provider)
}

// parentSampled is S06 where the parent said yes.
func parentSampled(provider traces.Provider) Check {
	return Check{
		ID: "S06", Case: caseOf("sampled parent", provider), Area: Sampling, Location: Here(),
		Profile:  Extended("it takes namespaces with rates of their own").Under(provider),
		Title:    "completes a sampled trace through a namespace at 0 % (" + string(provider) + ")",
		Prose:    parentProse(),
		Traffic:  Few(opposed(provider, 100, 0), topology.Ward()),
		Expected: wardForest(),
		Judge:    WholeForest(wardForest()),
		Controls: []Control{{
			Name:     "the parent does not sample either",
			Sabotage: SamplingAt(0),
			Finds:    []Finds{{Kind: traces.MissingTrace, Service: "web"}},
		}, {
			Name:   "the namespace leaves a hole",
			Mutate: WithoutSpansOf("audit"),
			Finds:  []Finds{{Kind: traces.MissingSpan, Service: "audit"}},
		}},
	}
}

// refusedRequests would show a namespace that samples even one request in fifty:
// 0.98^700 < 1e-6.
const refusedRequests = 700

// parentNotSampled is S06 where the parent said no.
func parentNotSampled(provider traces.Provider, alpha float64) Check {
	header, yes := "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
	if provider == traces.Zipkin {
		header, yes = "x-b3-sampled", "1"
	}
	return Check{
		ID: "S06", Case: caseOf("unsampled parent", provider), Area: Sampling, Location: Here(),
		Profile: Extended("it takes namespaces with rates of their own").Under(provider),
		Title:   "begins no trace in a namespace at 100 % when the parent did not sample (" + string(provider) + ")",
		Prose:   parentProse(),
		Traffic: Many(opposed(provider, 0, 100), topology.Ward(), refusedRequests),
		Judge: All(
			RateOf(wardForest(), 0, alpha),
			refused,
		),
		Controls: []Control{{
			Name:     "the parent samples",
			Sabotage: SamplingAt(100),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}, {
			Name:   "the namespace turns the refusal into a yes",
			Mutate: Receiving("audit", header, yes),
			Finds:  []Finds{{Kind: traces.WrongDecision, Service: "audit"}},
		}},
	}
}
