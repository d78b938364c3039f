package traces

import (
	"fmt"
	"math"
	"slices"

	"github.com/throughline/throughline/traces/stats"
)

// RateResult is the statistics of one test of a sampling rate.
type RateResult struct {
	// N is how many requests were sent, Observed how many of them left a trace.
	N        int `json:"n"`
	Observed int `json:"observed"`
	// Percent is the rate that was tested.
	Percent float64 `json:"percent"`
	// P is the exact two-sided p-value, Alpha what it was held against.
	P     float64 `json:"p"`
	Alpha float64 `json:"alpha"`
	// Lower and Upper are the Clopper–Pearson interval at 1 - Alpha, in percent.
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// Sampled counts the requests that were sampled, each once, and all requests. A
// request is sampled when anything of it was stored; what is stored must then be
// the whole of expected, and how it differs is in findings (a half trace is a
// MissingSpan). Requests that failed, and stored traces that no request carried,
// are findings as in JudgeForest.
func Sampled(ev Evidence, expected Forest) (sampled, total int, findings []Finding) {
	index := ev.ByRequest()
	c := newComparer(expected)
	for _, r := range index.Requests {
		total++
		if len(r.Traces) > 0 {
			sampled++
			findings = append(findings, c.judge(r)...)
			continue
		}
		if r.Exchange.Status != c.answer {
			findings = append(findings, c.failed(r))
		}
	}
	findings = append(findings, strays(index.Strays, c.path)...)
	return sampled, total, Aggregate(findings)
}

// JudgeRate holds the share of sampled requests against percent (0 to 100), by an
// exact two-sided binomial test at the false-alarm rate alpha; 0 and 100 are exact.
// A rate that contradicts percent is one WrongRate at the service whose proxy decides:
// that of expected's first root, which is ClientService unless the client has no proxy. The findings of Sampled come with it. Evidence without a request is a
// WrongRate too: nothing was tested.
func JudgeRate(ev Evidence, expected Forest, percent, alpha float64) (RateResult, []Finding) {
	sampled, total, findings := Sampled(ev, expected)
	result := RateResult{N: total, Observed: sampled, Percent: percent, Alpha: alpha}
	result.P = stats.BinomialTest(sampled, total, percent/100)
	lo, hi := stats.ClopperPearson(sampled, total, alpha)
	result.Lower, result.Upper = 100*lo, 100*hi
	if math.IsNaN(result.P) {
		// No such rate: nothing fits it, and JSON has no NaN.
		result.P = 0
	}
	if total > 0 && result.P > alpha {
		return result, findings
	}
	f := Finding{
		Kind: WrongRate, Service: decider(expected),
		Observed: result.observed(),
		Expected: fmt.Sprintf("%g %% (p-value %.3g, false-alarm rate %.3g)", percent, result.P, alpha),
		Next: "look at random_sampling in the listeners of that proxy, for a second Telemetry " +
			"(the oldest wins), and at defaultConfig.tracing.sampling",
		Count: 1,
	}
	if percent == 0 || percent == 100 {
		f.Expected = fmt.Sprintf("%g %% of the requests, exactly", percent)
		f.Requests, f.Traces = against(ev, percent == 100)
	}
	if total == 0 {
		f.Observed, f.Next = "no request was sent", "send requests before judging their rate"
	}
	return result, Aggregate(append(findings, f))
}

// decider is the service whose proxy decides on a request.
func decider(expected Forest) string {
	if len(expected) == 0 {
		return ClientService
	}
	return expected.resolved()[0].Service
}

// Statistic is the test as one of many. Against is the rate, in percent, that it is
// made to tell apart from the claimed one; a negative one means that none is known.
//
// An exact rate (0 or 100) is held against an alpha of 0, since it gives no false alarm.
func (r RateResult) Statistic(against float64) Statistic {
	s := Statistic{Test: "share of sampled requests", N: r.N, P: r.P, Alpha: r.Alpha}
	if r.Percent == 0 || r.Percent == 100 {
		s.Alpha = 0
	}
	if against >= 0 {
		s.Misses = stats.Miss(r.N, r.Percent/100, against/100, s.Alpha)
		s.Against = fmt.Sprintf("%g %%", against)
	}
	return s
}

func (r RateResult) observed() string {
	if r.N == 0 {
		return "no request"
	}
	return fmt.Sprintf("%d of %d requests, %.4g %% (between %.4g and %.4g %% at confidence 1 - %.3g)",
		r.Observed, r.N, 100*float64(r.Observed)/float64(r.N), r.Lower, r.Upper, r.Alpha)
}

// against names the first requests that contradict an exact rate, and their traces.
func against(ev Evidence, all bool) (requests, ids []string) {
	for _, r := range ev.ByRequest().Requests {
		if len(requests) == maxExamples {
			break
		}
		if (len(r.Traces) == 0) != all {
			continue
		}
		requests = append(requests, r.Exchange.Request)
		for _, t := range r.Traces {
			ids = extend(ids, []string{t.ID.String()})
		}
	}
	return requests, ids
}

// JudgeRefusal judges the hops of requests of which nothing was stored: each hop
// behind a sidecar must have received a trace context that says not sampled, so
// that everyone behind it refuses too. A hop that received none, one that leaves
// the decision open, or a yes, is a WrongDecision at its service. TCP hops carry
// no headers and are not judged, nor are requests of which something was stored:
// those are a matter of the rate.
func JudgeRefusal(ev Evidence) []Finding {
	var findings []Finding
	for _, r := range ev.ByRequest().Requests {
		if len(r.Traces) > 0 {
			continue
		}
		for i := range r.Hops {
			h := &r.Hops[i]
			if h.Bare || h.Protocol == TCP {
				continue
			}
			if f, ok := refusal(h); !ok {
				f.Requests = []string{r.Exchange.Request}
				findings = append(findings, f)
			}
		}
	}
	return Aggregate(findings)
}

func refusal(h *Hop) (Finding, bool) {
	name := quote(h.Service)
	f := Finding{
		Kind: WrongDecision, Service: h.Service, Count: 1,
		Expected: "a trace context with the decision not to sample (traceparent …-00, x-b3-sampled: 0)",
		Next: "look at the tracing of " + name + "'s sidecar and of the one before it: " +
			"without a refusal, a service that traces itself begins traces of its own",
	}
	id, sampled, ok := DecisionOf(h.Received)
	switch {
	case !ok && refusedWithoutID(h.Received):
		return f, true
	case !ok:
		f.Observed = name + " received no valid trace context"
	case sampled == nil:
		f.Observed = name + " received " + carried(h.Received) + ", which leaves the decision open"
	case *sampled:
		f.Observed = name + " received the decision to sample trace " + short(id) + ", of which nothing is stored"
	default:
		return f, true
	}
	return f, false
}

// refusedWithoutID says whether B3 headers refuse without naming a trace, as they may.
func refusedWithoutID(headers map[string]string) bool {
	no := func(value string) bool { return b3Decision(value) == decidedNo }
	return slices.ContainsFunc([]string{headers[headerB3], headers[headerB3Sampled]}, no)
}
