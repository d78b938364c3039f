package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// wholeRequests would show one half trace in fifty: 0.98^700 < 1e-6.
const wholeRequests = 700

// wholeOrNone is S09.
func wholeOrNone(provider traces.Provider) Check {
	expected := chainForest()
	alone := "x-request-id"
	control := Control{
		// Without the request id a proxy draws anew, and under OpenTelemetry may refuse what
		// its caller sampled: everything from the first service's call on is missing then.
		Name:     "sample per hop",
		Sabotage: Through(topology.With(topology.Chain(), topology.Forwarding("web", "traceparent", "tracestate"))),
		Finds:    []Finds{{Kind: traces.MissingSpan, Service: "cart"}},
	}
	if provider == traces.Zipkin {
		control = Control{
			Name:   "lose the spans of one proxy",
			Mutate: WithoutSpansOf("cart"),
			Finds:  []Finds{{Kind: traces.MissingSpan, Service: "cart"}},
		}
	}
	return Check{
		ID: "S09", Case: zipkinCase(provider), Area: Sampling, Location: Here(),
		Profile: Core("half a trace misleads more than none").Under(provider),
		Title:   "leaves a whole trace or none at 50 % (" + string(provider) + ")",
		Prose: Prose{
			Promise: "The first proxy decides for all: a sampled request has every span, an unsampled one none.",
			Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/sampling/",
			Matters: "Half a trace is worse than none: it shows calls that led nowhere. Proxies that draw for themselves, because an application drops " + alone + " or because two of them disagree, leave nothing else (istio #51004).",
			How:     "700 requests go down a chain of three at 50 %. Each must leave its whole trace or nothing at all.",
			Failure: "The finding names the spans that are missing from sampled requests. Look whether the application before them forwards " + alone + ", from which the decision is drawn.",
		},
		Traffic:  Many(AtPercent(provider, 50), topology.Chain(), wholeRequests),
		Outcomes: []traces.Outcome{{Forest: expected, Status: 200, Probability: 0.5}, {Status: 200, Probability: 0.5}},
		Judge: func(ev traces.Evidence) Judgement {
			_, _, found := traces.Sampled(ev, expected)
			return Judgement{Findings: found}
		},
		Controls: []Control{control},
	}
}

// splitRequests tell four equal shares from two: with the x-request-id forwarded no request
// has just one half, which at 25 % each has a probability below 0.75^200.
const splitRequests = 1000

// splitAlone is S11: each half of a trace that splits is sampled on its own.
func splitAlone(alpha float64) Check {
	front := Succeeding(traces.Calls("web", traces.Calls("cart")))
	back := Succeeding(traces.CallFrom("cart", "stock"))
	outcomes := []traces.Outcome{
		{Forest: append(front[:1:1], back...), Status: 200, Probability: 0.25},
		{Forest: front, Status: 200, Probability: 0.25},
		{Forest: back, Status: 200, Probability: 0.25},
		{Status: 200, Probability: 0.25},
	}
	return Check{
		ID: "S11", Area: Sampling, Location: Here(),
		Profile: Core("headers are lost in every mesh, and their halves are sampled"),
		Title:   "samples each half of a trace that splits on its own",
		Prose: Prose{
			Promise: "Where an application drops all headers, x-request-id too, the next proxy knows nothing of the request: it makes a new id and draws from that.",
			Link:    "https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/tracing#how-to-initiate-a-trace",
			Matters: "At 1 % a front and a back half that belong together are both stored once in ten thousand requests. Whoever looks for the other half of a split trace will not find it.",
			How:     "1,000 requests go down a chain whose middle service drops all headers, at 50 %. All four combinations of two halves must come out in equal shares, by a chi-squared test.",
			Failure: "Both halves or none: the x-request-id got through, and the draw is the same. Another share: the two proxies sample at different rates.",
		},
		Traffic:  Many(AtPercent(traces.OpenTelemetry, 50), topology.With(topology.Chain(), topology.Dropping("cart")), splitRequests),
		Outcomes: outcomes,
		Judge: func(ev traces.Evidence) Judgement {
			test, found := traces.JudgeShares(ev, outcomes, alpha)
			test.Misses, test.Against = 1e-6, "both halves or none"
			return Judgement{Findings: found, Statistics: []traces.Statistic{test}}
		},
		Controls: []Control{{
			Name:     "forward x-request-id alone",
			Sabotage: Through(topology.With(topology.Chain(), topology.Forwarding("cart", "x-request-id"))),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}},
	}
}

// zipkinCase names the case of Zipkin; that of OpenTelemetry is the check itself.
func zipkinCase(provider traces.Provider) string {
	if provider == traces.OpenTelemetry {
		return ""
	}
	return string(provider)
}
