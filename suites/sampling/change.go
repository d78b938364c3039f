package sampling

import (
	"fmt"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// changed is S12: a new rate is in force without a restart.
func changed(alpha float64) Check {
	traffic := Few(Everything(traces.OpenTelemetry), topology.Chain())
	traffic.Before = []traces.Mesh{AtPercent(traces.OpenTelemetry, 0)}
	expected := chainForest()
	return Check{
		ID: "S12", Area: Sampling, Location: Here(),
		Profile: Core("every rate is changed some day"),
		Title:   "puts a new rate in force without a restart",
		Prose: Prose{
			Promise: "Telemetry is dynamic: istiod pushes the new rate to every proxy, and no pod has to be restarted.",
			Link:    telemetryLink,
			Matters: "During an incident somebody turns the rate up. If that restarts pods, or takes minutes, what was to be seen is gone.",
			How:     "A mesh at 0 % is told to sample everything. As soon as every proxy has that, requests go down a chain of three; each must leave its whole trace. How long the change took is reported, and that no proxy was restarted is checked.",
			Failure: "Missing traces: a proxy says that it has the new rate and does not follow it; look for connections that began under the old one. A restart names the proxy.",
		},
		Traffic:  traffic,
		Expected: expected,
		Judge: All(RateOf(expected, 100, alpha), func(ev traces.Evidence) Judgement {
			j := Judgement{Measures: []traces.Measure{{Name: "from the change until every proxy had it", Value: ev.Took.Seconds(), Unit: "s"}}}
			began := ev.Requests[0].Start.Add(-ev.Took)
			for _, p := range ev.Proxies {
				if p.Started.After(began) {
					j.Findings = append(j.Findings, traces.Finding{
						Kind: traces.WrongRate, Service: p.Service, Count: 1,
						Observed: fmt.Sprintf("the proxy of pod %s was started anew during the change", p.Pod),
						Expected: "the same proxies before and after", Next: "look at the pod's events",
					})
				}
			}
			return j
		}),
		Controls: []Control{{
			Name:     "do not change it",
			Sabotage: SamplingAt(0),
			Finds:    []Finds{{Kind: traces.WrongRate, Service: traces.ClientService}},
		}},
	}
}

const (
	// slowRequests tell 50 % from 90 %.
	slowRequests = 125
	slowRate     = 10
	// busyConcurrency is more than two cores can serve at once.
	busyConcurrency = 64
)

// underLoad is S15.
func underLoad(alpha float64) []Check {
	one := func(name, title, how string, n int, against float64, load func(*Traffic)) Check {
		traffic := sampled(AtPercent(traces.OpenTelemetry, 50), n)
		load(&traffic)
		return Check{
			ID: "S15", Case: name, Area: Sampling, Location: Here(), Title: title,
			Profile: Core("a rate must hold under every load"),
			Prose: Prose{
				Promise: "The rate is a share of the requests, however many there are.",
				Link:    telemetryLink,
				Matters: "Samplers that limit the number of traces a second keep their promise at noon and break it at night. Under full load, proxies that drop spans look like ones that sample less.",
				How:     how,
				Failure: "Fewer at high load: look at what the proxies dropped. Another share at low load: something samples by time and not by request.",
			},
			Traffic: traffic, Expected: served(),
			Judge: All(RateOf(served(), 50, alpha), throughput),
			Controls: []Control{{
				Name:     fmt.Sprintf("%g %%", against),
				Sabotage: SamplingAt(against),
				Finds:    []Finds{{Kind: traces.WrongRate, Service: "web"}},
			}},
		}
	}
	return []Check{
		one("10 a second", "keeps to 50 % at ten requests a second",
			"125 requests are begun at ten a second, at 50 %, and tested by an exact binomial test; 90 % would be missed once in a million.",
			slowRequests, 90, func(t *Traffic) { t.Rate = slowRate }),
		one("full load", "keeps to 50 % at the highest load that the machine carries",
			"2,700 requests are sent from 64 connections as fast as they are answered, at 50 %, and tested by an exact binomial test; 60 % would be missed once in a million. The rate that the machine carried is reported.",
			halfRequests, 60, func(t *Traffic) { t.Concurrency, t.Alone = busyConcurrency, true }),
	}
}

// throughput reports how many requests a second were answered.
func throughput(ev traces.Evidence) Judgement {
	if len(ev.Requests) < 2 {
		return Judgement{}
	}
	first, last := ev.Requests[0].Start, ev.Requests[0].End
	for _, r := range ev.Requests {
		if r.Start.Before(first) {
			first = r.Start
		}
		if r.End.After(last) {
			last = r.End
		}
	}
	return Judgement{Measures: []traces.Measure{{
		Name: "requests answered", Value: float64(len(ev.Requests)) / last.Sub(first).Seconds(), Unit: "requests/s",
	}}}
}
