package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/traces"
)

type headers = map[string]string

func callerProse(how string) Prose {
	return Prose{
		Promise: "A caller that says whether its request is sampled has decided: the proxies behind it follow, so that a trace is whole or not there.",
		Link:    "https://www.w3.org/TR/trace-context/#sampled-flag",
		Matters: "Front ends and partners decide what they want to see. Under Zipkin the mesh obeys; under OpenTelemetry it draws again on every yes, so that whoever migrates loses traces that he asked for (envoy #35721).",
		How:     how,
		Failure: "More traces than expected after a no: somebody begins anew. Fewer after a yes: the proxy draws although the caller has decided; where that is the known deviation, the mesh has changed.",
	}
}

// deciding is traffic of a client outside the mesh that says whether its requests are sampled.
func deciding(mesh traces.Mesh, n int, h headers) Traffic {
	traffic := sampled(mesh, n)
	Sending(h)(&traffic)
	return traffic
}

// flipped makes the caller say the opposite.
func flipped(h headers) Control {
	return Control{
		Name:     "flip it",
		Sabotage: Sending(h),
		Finds:    []Finds{{Kind: traces.WrongRate, Service: "web"}},
	}
}

// drawnRequests tell 50 % from 0 and from 100 % (27 would do at the default alpha).
const drawnRequests = 200

// callers is S07.
func callers(alpha float64) []Check {
	const otel, zipkin = traces.OpenTelemetry, traces.Zipkin
	w3c := func(flag string) headers {
		return headers{"traceparent": "00-" + CallerTrace + "-" + CallerSpan + "-" + flag}
	}
	multi := func(decision string) headers {
		return headers{"x-b3-traceid": CallerTrace, "x-b3-spanid": CallerSpan, "x-b3-sampled": decision}
	}
	single := func(decision string) headers {
		return headers{"b3": CallerTrace + "-" + CallerSpan + "-" + decision}
	}
	continued := served()
	continued[0].Orphan = true
	draws := []Deviation{{
		Of: "Envoy", Versions: "1.40",
		Documented: "a traceparent with the sampled flag says that the caller sampled the request",
		Measured:   "under OpenTelemetry the flag is not enough: the proxy draws at its own rate, and at 0 % stores nothing; a refusal is kept",
		Source:     "https://github.com/envoyproxy/envoy/issues/35721",
	}}
	one := func(name, title, how string, mesh traces.Mesh, n int, sent headers, percent float64, other headers, deviations []Deviation) Check {
		check := Check{
			ID: "S07", Case: name, Area: Sampling, Location: Here(), Title: title, Prose: callerProse(how), Deviations: deviations,
			Profile: Providers("how a caller decides, and whether that counts, differs from one provider to another"),
			Traffic: deciding(mesh, n, sent), Judge: RateOf(continued, percent, alpha), Controls: []Control{flipped(other)},
		}
		if percent > 0 {
			check.Expected = continued
		}
		return check
	}
	const all, none = "Twenty requests ask to be sampled in a mesh at 0 %. Each must leave its trace.", "Twenty requests refuse to be sampled in a mesh at 100 %. None may leave a trace."
	checks := []Check{
		one("w3c no", "keeps to a traceparent that refuses", none, Everything(otel), 20, w3c("00"), 0, w3c("01"), nil),
		one("w3c yes at 50", "draws although a traceparent asks to be sampled, at 50 %",
			"200 requests ask to be sampled in a mesh at 50 %. Half of them must leave a trace, by an exact binomial test.",
			AtPercent(otel, 50), drawnRequests, w3c("01"), 50, w3c("00"), draws),
		one("b3 no", "keeps to an x-b3-sampled that refuses", none, Everything(zipkin), 20, multi("0"), 0, multi("1"), nil),
		one("b3 yes", "samples at 0 % what x-b3-sampled asks for", all, AtPercent(zipkin, 0), 20, multi("1"), 100, multi("0"), nil),
		one("b3 single no", "keeps to a single b3 header that refuses", none, Everything(zipkin), 20, single("0"), 0, single("1"), nil),
		one("b3 single yes", "samples at 0 % what a single b3 header asks for", all, AtPercent(zipkin, 0), 20, single("1"), 100, single("0"), nil),
		one("b3 debug", "samples at 0 % what a single b3 header wants to debug", all, AtPercent(zipkin, 0), 20, single("d"), 100, single("0"), nil),
	}
	ignored := one("w3c yes at 0", "samples nothing at 0 % although a traceparent asks for it",
		"Twenty requests ask to be sampled in a mesh at 0 %. None may leave a trace: see the known deviation.",
		AtPercent(otel, 0), 20, w3c("01"), 0, nil, draws)
	ignored.Controls = []Control{{
		Name:     "100 %",
		Sabotage: SamplingAt(100),
		Finds:    []Finds{{Kind: traces.WrongRate, Service: "web"}},
	}}
	return append(checks, ignored)
}
