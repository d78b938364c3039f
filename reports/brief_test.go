package reports_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// everything is a result in which every field says something.
func everything(t *testing.T) string {
	t.Helper()
	c := failedChain()
	c.Case, c.Round = "zipkin", 2
	c.Cases = []reports.Case{{ID: "1", Verdict: "as specified", Sent: []string{"a"}, Received: []string{"b"}, Deviation: "d"}}
	rate := rateCheck()
	rate.Statistics.Power, rate.Statistics.Against = 0.999999, "60 %"
	r := with(c, caughtControl(), rate, inconclusiveCheck(), skippedCheck())
	r.Problem, r.Notes, r.Phases[0].Error = "broke", []string{"a note"}, "failed"
	r.Environment.Throughline, r.Environment.Kernel = "1.0", "6.18"
	return string(encoded(t, r))
}

func TestReadInBriefAResultSaysTheSameOfItsChecks(t *testing.T) {
	all := results()
	texts := []string{everything(t)}
	for _, r := range all {
		texts = append(texts, string(encoded(t, r)))
	}
	for _, text := range texts {
		whole, err := reports.DecodeText([]byte(text), "whole")
		if err != nil {
			t.Fatal(err)
		}
		brief, err := reports.DecodeBrief([]byte(text), "brief")
		if err != nil {
			t.Fatal(err)
		}
		if brief.Outcome() != whole.Outcome() || !slices.EqualFunc(brief.Checks, whole.Checks, func(a, b reports.Check) bool { return a.Why() == b.Why() }) {
			t.Errorf("%+v\n%+v", brief, whole)
		}
		want := whole
		want.Reason, want.Environment, want.Configuration, want.Phases = "", reports.Environment{}, nil, nil
		want.Checks = slices.Clone(whole.Checks)
		for i := range want.Checks {
			c := &want.Checks[i]
			c.Title, c.ProfileReason, c.Seconds, c.Location, c.Prose = "", "", 0, "", nil
			c.Tests, c.Measures, c.Cases = nil, nil, nil
			c.Findings = slices.Clone(c.Findings[:min(1, len(c.Findings))])
			for k := range c.Findings {
				f := &c.Findings[k]
				if c.Verdict == reports.Passed {
					*f = traces.Finding{}
				}
				f.Expected, f.Why, f.Candidates, f.Next, f.Count, f.Requests, f.Traces = "", "", nil, "", 0, nil, nil
			}
			if len(c.Findings) == 0 {
				c.Findings = nil
			}
		}
		if diff := cmp.Diff(want, brief); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestReadInBriefFindingsMayBeNone(t *testing.T) {
	for _, none := range []string{"null", "[]"} {
		text := strings.Replace(string(encoded(t, with(passedChain()))), `"control": false`, `"control": false, "findings": `+none, 1)
		if r, err := reports.DecodeBrief([]byte(text), "brief"); err != nil || len(r.Checks[0].Findings) != 0 {
			t.Errorf("%s: %v", none, err)
		}
	}
	text := strings.Replace(string(encoded(t, with(passedChain()))), `"control": false`, `"control": false, "findings": {}`, 1)
	if _, err := reports.DecodeBrief([]byte(text), "brief"); err == nil || !strings.Contains(err.Error(), "checks[0].findings: found an object, want a list") {
		t.Errorf("error is %v", err)
	}
}
