package specimen

import (
	"fmt"
	"math/rand/v2"
	"testing/fstest"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// Shop is a run in which something of everything happened, and a former one of the same
// checks to compare it with.
func Shop() (now, former page.Run) {
	return shopRun("20261123-061125-7", time.Date(2026, 11, 23, 6, 11, 25, 0, time.UTC), true).run(),
		shopRun("20261116-060212-3", time.Date(2026, 11, 16, 6, 2, 12, 0, time.UTC), false).run()
}

func shopRun(name string, started time.Time, broken bool) *builder {
	b := begin(name, started)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // made-up latencies
	b.chain()
	b.fanOut(broken)
	b.status(broken)
	b.rate(broken)
	b.delay(broken, random)
	b.wire()
	b.odds(broken)
	if !broken {
		b.result.Subject.Versions["istio"] = "1.30.2"
		b.add(reports.Check{
			ID: "P90", Title: "held in an earlier version only", Area: "propagation", Profile: reports.Core, Verdict: reports.Passed, Seconds: 1,
		}, "", nil)
	}
	b.result.Notes = []string{"the version of envoy could not be read; it was taken for the newest"}
	return b
}

func send(t traces.Topology, percent float64, requests int, prefix string) traces.Evidence {
	return tracesim.Send(t, mesh(percent), tracesim.Options{
		Requests: requests, Prefix: "20261123-061125-7-" + prefix + "-", Seed: uint64(len(prefix)),
		Headers: map[string]string{"x-request-id": "8f14e45f-ceea-967a-9b7d-1b2c3d4e5f60"},
	})
}

// judged is a check that failed if the oracle found anything.
func judged(c reports.Check, findings []traces.Finding) reports.Check {
	c.Verdict, c.Findings = reports.Passed, findings
	if len(findings) > 0 {
		c.Verdict, c.Reason = reports.Failed, findings[0].Text()
	}
	return c
}

func (b *builder) chain() {
	ev := send(shop(), 100, 20, "1-0")
	expected := forest(shop())
	b.add(judged(reports.Check{
		ID: "P01", Title: "keeps one trace along a chain that forwards its headers", Area: "propagation", Profile: reports.Core,
		ProfileReason: "an application that does what the documentation asks must get whole traces", Seconds: 1.204,
		Location: "suites/propagation/chain.go:21", Prose: prose(),
	}, traces.JudgeForest(ev, expected)), "P01", exhibit(ev, expected, 1))
	drops := send(shop(func(s *traces.Service) { s.Forward.Drop = s.Name == "cart" }), 100, 20, "1-1")
	b.add(reports.Check{
		ID: "P01", Title: "keeps one trace along a chain that forwards its headers", Area: "propagation", Profile: reports.Core,
		Control: true, ControlName: "drop the headers in the middle", Verdict: reports.Passed, Seconds: 1.1,
		Findings: traces.JudgeForest(drops, expected), Location: "suites/propagation/chain.go:34",
	}, "", nil)
}

// fanOut fails where broken: cart forwards no headers.
func (b *builder) fanOut(broken bool) {
	ev := send(shop(func(s *traces.Service) { s.Forward.Drop = broken && s.Name == "cart" }), 100, 20, "2-0")
	expected := forest(shop())
	c := judged(reports.Check{
		ID: "P02", Title: "keeps one trace where a service calls two others", Area: "propagation", Profile: reports.Core,
		Seconds: 1.61, Location: "suites/propagation/fanout.go:18", Prose: prose(),
	}, traces.JudgeForest(ev, expected))
	if broken {
		c.Evidence = []reports.File{reports.FileOf("evidence/P02/hops.txt", []byte("hops")), reports.FileOf("evidence/P02/spans.json", []byte("[]"))}
	}
	b.add(c, "P02", exhibit(ev, expected, 2))
}

// status is found where it must not be, and its control is not caught where broken.
func (b *builder) status(broken bool) {
	failing := shop(func(s *traces.Service) {
		if s.Name == "stock" {
			s.Work.Status = 503
		}
	})
	expected := forest(failing)
	ev := send(failing, 100, 20, "3-0")
	if broken {
		ev = send(shop(func(s *traces.Service) {
			if s.Name == "price" {
				s.Work.Status = 503
			}
		}), 100, 20, "3-0")
	}
	b.add(judged(reports.Check{
		ID: "E01", Title: "marks a failure of the leaf on every hop", Area: "errors", Profile: reports.Core, Seconds: 0.93,
		Location: "suites/errors/leaf.go:30", Prose: prose(),
	}, traces.JudgeForest(ev, expected)), "E01", exhibit(ev, expected, 1))
	c := reports.Check{
		ID: "E01", Title: "marks a failure of the leaf on every hop", Area: "errors", Profile: reports.Core,
		Control: true, ControlName: "let another service fail", Verdict: reports.Passed, Seconds: 0.9,
	}
	var shown *reports.Exhibit
	if broken {
		c.Verdict, c.Reason = reports.Failed, "the sabotage was not caught: wanted exactly wrong-origin at price, found nothing"
		shown = exhibit(send(failing, 100, 20, "3-1"), expected, 1)
	}
	b.add(c, "E01.control.let-another-service-fail", shown)
}

// rate samples half of the requests, or fewer where broken.
func (b *builder) rate(broken bool) {
	s := reports.Statistics{
		N: 2700, Observed: 1351, Percent: 50, P: 0.98, Lower: 44.65, Upper: 55.42, Alpha: 2e-8, Power: 0.99999902, Against: "60 %",
	}
	c := reports.Check{
		ID: "S04", Case: "50", Title: "samples 50 % when told to", Area: "sampling", Profile: reports.Core, Seconds: 6.5,
		Verdict: reports.Passed, Prose: prose(), Statistics: &s,
		Tests: []traces.Statistic{
			{Test: "share of sampled requests", N: 2700, P: 0.98, Alpha: 2e-8, Misses: 9.8e-7, Against: "60 %"},
			{Test: "runs of decisions", N: 2700, P: 0.41, Alpha: 2e-8},
		},
		Measures: []traces.Measure{{Name: "requests under way", Value: 16, Unit: "requests"}},
	}
	if broken {
		s.Observed, s.P, s.Lower, s.Upper = 1043, 1.3e-32, 33.45, 43.99
		c.Verdict = reports.Failed
		c.Findings = []traces.Finding{{
			Kind: traces.WrongRate, Observed: "1043 of 2700 requests were sampled, 38.6 %; the true rate is 33.5 to 44 %", Expected: "50 %",
			Candidates: []string{"the setting is not in force at every proxy", "another Telemetry resource overrides it"},
			Next:       "look at the configuration of the proxy that decides: istioctl proxy-config listener",
		}}
		c.Reason = c.Findings[0].Text()
	}
	unsampled := send(shop(), 0, 1, "4-0")
	sampled := send(shop(), 100, 1, "4-1")
	shown := exhibit(sampled, forest(shop()), 1)
	shown.Requests = append(shown.Requests, exhibit(unsampled, forest(shop()), 1).Requests...)
	shown.Sent = 2700
	b.add(c, "S04-50", shown)
}

// delay compares requests with and without 200 ms at stock; where broken all are slower
// than before.
func (b *builder) delay(broken bool, random *rand.Rand) {
	slow := shop(func(s *traces.Service) {
		if s.Name == "stock" {
			s.Work.Delay = 200 * time.Millisecond
		}
	})
	ev := send(slow, 100, 1, "5-0")
	ev.Requests[0].Variant = traces.Delayed
	shown := exhibit(ev, forest(slow), 1)
	base := 6 * time.Millisecond
	if broken {
		base = 14 * time.Millisecond
	}
	shown.Sent = 600
	shown.Latencies = []reports.Latency{
		distribution(traces.Baseline, 300, base, random), distribution(traces.Delayed, 300, base+400*time.Millisecond, random),
	}
	b.add(reports.Check{
		ID: "L02", Title: "shows a delay of the application as its own time", Area: "latency", Profile: reports.Extended, Seconds: 31.7,
		Verdict: reports.Passed, Prose: prose(),
		Tests:    []traces.Statistic{{Test: "shift of the self time of stock", N: 300, P: 0, Alpha: 0}},
		Measures: []traces.Measure{{Name: "shift of stock", Value: 0.2003, Unit: "s"}},
	}, "L02", shown)
}

// wire judges many cases one by one.
func (b *builder) wire() {
	c := reports.Check{
		ID: "P14", Case: "ingress", Title: "does to W3C trace headers what their specification says", Area: "propagation", Profile: reports.Providers,
		Verdict: reports.Passed, Seconds: 2.2, Prose: prose(),
	}
	for i := range 12 {
		one := reports.Case{
			ID: fmt.Sprintf("traceparent-%02d", i), Verdict: "as specified", Observed: "a new trace", Expected: "a new trace",
			Sent:     []string{"traceparent: 00-12345678901234567890123456789012-1234567890123456-01", "tracestate: foo=1,bar=2"},
			Received: []string{"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
		}
		if i == 4 {
			one.Verdict, one.Deviation = "known deviation", "envoy-keeps-an-empty-tracestate"
		}
		c.Cases = append(c.Cases, one)
	}
	b.add(c, "", nil)
}

// odds are checks of which there is little to show.
func (b *builder) odds(broken bool) {
	b.add(reports.Check{
		ID: "S15", Title: "needs what this mesh lacks", Area: "sampling", Profile: reports.Extended, Verdict: reports.Skipped,
		Reason: "tracing of a waypoint: the proxy flavour is upstream", Prose: prose(),
	}, "", nil)
	verdict, why := reports.Passed, ""
	if broken {
		verdict, why = reports.Inconclusive, "the proxy of stock dropped 3 spans, so that nothing can be said of those that are missing"
	}
	b.add(reports.Check{
		ID: "A03", Title: "names the operation after the route", Area: "attributes", Profile: reports.Extended, Verdict: verdict, Reason: why, Seconds: 12,
		Prose: prose(), Evidence: []reports.File{reports.FileOf("evidence/A03/exhibit.json", []byte("gone"))},
	}, "", nil)
	altered := []byte(`{"sent": 1, "requests": []}`)
	b.folder["evidence/A04/exhibit.json"] = &fstest.MapFile{Data: altered, Mode: 0o644}
	b.add(reports.Check{
		ID: "A04", Title: "keeps cookies out of spans", Area: "attributes", Profile: reports.Core, Verdict: reports.Passed, Seconds: 0.4,
		Prose: prose(), Evidence: []reports.File{reports.FileOf("evidence/A04/exhibit.json", append(altered, '\n'))},
	}, "", nil)
}
