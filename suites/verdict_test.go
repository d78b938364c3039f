package suites_test

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// recorded answers every send with the same evidence.
type recorded struct {
	evidence traces.Evidence
	err      error
	sent     []suites.Traffic
}

func (r *recorded) Send(_ context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	r.sent = append(r.sent, traffic)
	return r.evidence, r.err
}

func finding(kind traces.FindingKind, service string) traces.Finding {
	return traces.Finding{Kind: kind, Service: service, Observed: "something", Expected: "something else"}
}

func judging(findings ...traces.Finding) suites.Check {
	return suites.Check{ID: "P99", Judge: func(traces.Evidence) suites.Judgement {
		return suites.Judgement{Findings: findings}
	}}
}

func TestACheckEndsAsItsEvidenceSays(t *testing.T) {
	split := finding(traces.SplitTrace, "cart")
	for name, c := range map[string]struct {
		sender suites.Sender
		check  suites.Check
		want   reports.Verdict
		reason string
	}{
		"no finding passes": {
			&recorded{}, judging(), reports.Passed, "",
		},
		"a finding fails": {
			&recorded{}, judging(split), reports.Failed, "something else",
		},
		"incomplete evidence is inconclusive, whatever the judge would say": {
			&recorded{evidence: traces.Evidence{Incomplete: []string{"spans sent 8, stored 6"}}},
			judging(split), reports.Inconclusive, "spans sent 8, stored 6",
		},
		"no evidence is inconclusive": {
			&recorded{err: errors.New("the driver is gone")}, judging(), reports.Inconclusive, "the driver is gone",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := suites.Run(t.Context(), c.sender, c.check)
			if got.Verdict != c.want {
				t.Errorf("verdict %s, want %s", got.Verdict, c.want)
			}
			if !strings.Contains(got.Reason, c.reason) || (c.reason == "") != (got.Reason == "") {
				t.Errorf("reason %q, want one with %q", got.Reason, c.reason)
			}
		})
	}
}

func TestAControlPassesOnlyOnExactlyItsFindings(t *testing.T) {
	split, missing := finding(traces.SplitTrace, "cart"), finding(traces.MissingSpan, "stock")
	control := suites.Control{
		Name:     "drop",
		Sabotage: func(t *suites.Traffic) { t.Bare = true },
		Finds:    []suites.Finds{{Kind: traces.SplitTrace, Service: "cart"}},
	}
	for name, c := range map[string]struct {
		check suites.Check
		want  reports.Verdict
	}{
		"the promised finding":                       {judging(split), reports.Passed},
		"no finding: the sabotage was missed":        {judging(), reports.Failed},
		"another service is blamed":                  {judging(finding(traces.SplitTrace, "web")), reports.Failed},
		"another kind at the right service":          {judging(finding(traces.MissingSpan, "cart")), reports.Failed},
		"the promised finding and one more":          {judging(split, missing), reports.Failed},
		"the promised finding twice, not aggregated": {judging(split, split), reports.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			sender := &recorded{}
			if got := suites.RunControl(t.Context(), sender, c.check, control); got.Verdict != c.want {
				t.Errorf("verdict %s (%s), want %s", got.Verdict, got.Reason, c.want)
			}
			if !sender.sent[0].Bare {
				t.Error("the traffic was not sabotaged")
			}
		})
	}
}

func TestAControlOverIncompleteEvidenceIsInconclusive(t *testing.T) {
	sender := &recorded{evidence: traces.Evidence{Incomplete: []string{"3 spans dropped"}}}
	control := suites.Control{Finds: []suites.Finds{{Kind: traces.SplitTrace, Service: "cart"}}}
	got := suites.RunControl(t.Context(), sender, judging(finding(traces.SplitTrace, "cart")), control)
	if got.Verdict != reports.Inconclusive {
		t.Errorf("verdict %s, want %s", got.Verdict, reports.Inconclusive)
	}
}

func TestATestOfARateSaysHowOftenItOverlooksTheControlsRate(t *testing.T) {
	exchanges := make([]traces.Exchange, 1375)
	for i := range exchanges {
		exchanges[i] = traces.Exchange{Request: strconv.Itoa(i), Status: 200}
	}
	check := suites.Check{
		ID: "S99", Traffic: suites.Traffic{Mesh: suites.AtPercent(traces.OpenTelemetry, 0)},
		Judge: suites.RateOf(suites.Succeeding(traces.Calls("web")), 0, 2e-8),
		Controls: []suites.Control{
			{Name: "mutate", Mutate: func(*traces.Evidence) {}},
			{Name: "1 %", Sabotage: suites.SamplingAt(1)},
		},
	}
	sender := &recorded{evidence: traces.Evidence{Requests: exchanges}}
	got := suites.Run(t.Context(), sender, check).Statistics
	if len(got) != 1 || got[0].N != 1375 || got[0].Alpha != 0 || got[0].P != 1 || got[0].Against != "1 %" {
		t.Fatalf("statistics %+v, want one exact test of 1375 requests against 1 %%", got)
	}
	if want := math.Pow(0.99, 1375); math.Abs(got[0].Misses/want-1) > 1e-9 {
		t.Errorf("it overlooks 1 %% with %g, want %g", got[0].Misses, want)
	}
	elsewhere := check
	elsewhere.Traffic.Mesh = suites.AtPercent(traces.OpenTelemetry, 50)
	if got = suites.Run(t.Context(), sender, elsewhere).Statistics; got[0].Against != "" {
		t.Errorf("a test of another rate than the mesh's is against %q, want nothing", got[0].Against)
	}
	check.Controls = nil
	if got = suites.Run(t.Context(), sender, check).Statistics; got[0].Against != "" || got[0].Misses != 0 {
		t.Errorf("without a control it is against %q (%g), want nothing", got[0].Against, got[0].Misses)
	}
}

func TestAControlLeavesTheChecksOwnTrafficAsItWas(t *testing.T) {
	check := judging()
	check.Traffic = suites.Traffic{Samples: []suites.Sample{{Topology: traces.Topology{Name: "chain"}}}}
	control := suites.Control{Sabotage: suites.Through(traces.Topology{Name: "sabotaged"})}
	suites.RunControl(t.Context(), &recorded{}, check, control)
	if check.Traffic.Samples[0].Topology.Name != "chain" {
		t.Errorf("the check would now send through %q", check.Traffic.Samples[0].Topology.Name)
	}
}

func TestAControlCountsWhatIsFoundSeveralTimes(t *testing.T) {
	split, missing := finding(traces.SplitTrace, "cart"), finding(traces.MissingSpan, "web")
	control := suites.Control{Name: "nothing", Mutate: func(*traces.Evidence) {}, Finds: []suites.Finds{{Kind: traces.WrongRate, Service: "web"}}}

	out := suites.RunControl(t.Context(), &recorded{}, judging(split, missing, split, split), control)

	if want := "the judge found missing-span at web, split-trace at cart (3 times)"; !strings.Contains(out.Reason, want) {
		t.Errorf("reason is %q, want %q in it", out.Reason, want)
	}
}
