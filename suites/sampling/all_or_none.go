package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const telemetryLink = "https://istio.io/latest/docs/reference/config/telemetry/#Tracing"

// exactRequests tells 100 % from 99 %, and 0 % from 1 %, with a miss in a million:
// 0.99^1375 < 1e-6.
const exactRequests = 1375

func chainForest() traces.Forest {
	return Succeeding(
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
}

// everyRequest is S01.
func everyRequest(alpha float64) Check {
	expected := chainForest()
	return Check{
		ID: "S01", Area: Sampling, Location: Here(),
		Profile: Core("whoever looks for one request samples all"),
		Title:   "stores the whole trace of every request at 100 %",
		Prose: Prose{
			Promise: "randomSamplingPercentage 100 samples every request.",
			Link:    telemetryLink,
			Matters: "100 % is what people set to find one bad request. If a few are lost, it is the one that they look for, and nothing says so.",
			How:     "1,375 requests go down a chain of three services. Each must have its whole trace; nothing is left to chance. At 99 % such a run would be spotless once in a million.",
			Failure: "Missing traces although the proxies report none dropped: the rate is not what was set; look at the proxy's own configuration. Half traces: a proxy decided for itself.",
		},
		Traffic:  Many(Everything(traces.OpenTelemetry), topology.Chain(), exactRequests),
		Expected: expected,
		Judge:    RateOf(expected, 100, alpha),
		Controls: []Control{{
			Name:     "99 %",
			Sabotage: SamplingAt(99),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}},
	}
}

// noRequest is S02.
func noRequest(alpha float64) Check {
	return Check{
		ID: "S02", Area: Sampling, Location: Here(),
		Profile: Core("whoever wants no traces must get none"),
		Title:   "stores nothing at 0 %, and the headers still carry the refusal",
		Prose: Prose{
			Promise: "randomSamplingPercentage 0 samples no request. The proxies still make ids and pass the decision on, so that everyone behind them refuses too.",
			Link:    telemetryLink,
			Matters: "0 % is how tracing is switched off for cost or privacy. A mesh that forgets to pass the refusal on lets the services behind it begin traces of their own. In MeshConfig a 0 counts as unset and samples 1 % (istio #36750).",
			How:     "1,375 requests go down a chain of three services. None may leave a span, and every hop must have received headers whose decision is no. At 1 % such a run would be empty once in a million.",
			Failure: "Stored traces: another Telemetry or an older setting is in force. Missing refusals: the proxy stopped propagating, which cuts off applications that trace themselves.",
		},
		Traffic: Many(AtPercent(traces.OpenTelemetry, 0), topology.Chain(), exactRequests),
		Judge: All(
			RateOf(chainForest(), 0, alpha),
			refused,
		),
		Controls: []Control{{
			Name:     "1 %",
			Sabotage: SamplingAt(1),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}, {
			Name:   "turn one hop's refusal into a yes",
			Mutate: Receiving("cart", "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"),
			Finds:  []Finds{{Kind: traces.WrongDecision, Service: "cart"}},
		}, {
			Name:   "lose one hop's refusal",
			Mutate: Receiving("stock", "traceparent", ""),
			Finds:  []Finds{{Kind: traces.WrongDecision, Service: "stock"}},
		}},
	}
}

func refused(ev traces.Evidence) Judgement {
	return Judgement{Findings: traces.JudgeRefusal(ev)}
}
