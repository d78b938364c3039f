package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/reports/gate"
)

// rated is a check with a measured rate and the times of its requests.
func rated(observed int, seconds float64) gate.Source {
	c := check("P01", reports.Passed)
	c.Statistics = &reports.Statistics{N: 2700, Observed: observed, Percent: 50}
	s := source("a", c)
	l := reports.Latency{N: 300}
	for percent := range 101 {
		l.Percentiles = append(l.Percentiles, seconds*(1+float64(percent)/1000))
	}
	s.Latencies = map[compare.Key][]reports.Latency{{Check: "P01"}: {l}}
	return s
}

func former(checks ...reports.Check) gate.Source {
	return on(later(source("former", checks...), -30*24*time.Hour), "1.30.2")
}

func TestChangesSinceTheLastReleaseDoWhatThePolicySays(t *testing.T) {
	shifted := former()
	before := rated(1351, 0.010)
	shifted.Result.Checks, shifted.Latencies = before.Result.Checks, before.Latencies
	lost := former(check("P01", reports.Passed), check("P02", reports.Passed), check("P03", reports.Skipped), control("P01", "drop", reports.Passed))
	skipping := source("a", check("P01", reports.Passed), check("P02", reports.Skipped))
	elsewhere := former(check("P01", reports.Passed))
	elsewhere.Result.Subject.Provider = "existing"
	const p01 = "P01 on pinned"
	for name, c := range map[string]struct {
		policy   string
		result   gate.Source
		former   []gate.Source
		outcome  gate.Outcome
		reasons  []string
		warnings []string
	}{
		"lost checks and controls block": {
			pinned, source("a", check("P01", reports.Passed)),
			[]gate.Source{lost},
			gate.Blocked,
			[]string{"lost P01 control: drop on pinned", "lost P02 on pinned"},
			nil,
		},
		"lost checks warn": {
			pinned + "comparison: {lost: warn}\n", source("a", check("P01", reports.Passed)),
			[]gate.Source{lost},
			gate.Released, nil,
			[]string{"lost P01 control: drop on pinned", "lost P02 on pinned"},
		},
		"lost checks are ignored": {
			pinned + "comparison: {lost: ignore}\n", source("a", check("P01", reports.Passed)), []gate.Source{lost}, gate.Released, nil, nil,
		},
		"newly skipped checks warn": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1), skipping,
			[]gate.Source{former(check("P01", reports.Passed), check("P02", reports.Passed))},
			gate.Released, nil,
			[]string{"newly skipped P02 on pinned"},
		},
		"newly skipped checks may be": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01], allowSkipped: [P02]", 1), skipping,
			[]gate.Source{former(check("P01", reports.Passed), check("P02", reports.Passed))},
			gate.Released, nil, nil,
		},
		"newly skipped controls of a check that ran may not be": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01], allowSkipped: [P02]", 1),
			source("a", check("P01", reports.Passed), check("P02", reports.Passed), control("P02", "drop", reports.Skipped)),
			[]gate.Source{former(check("P02", reports.Passed), control("P02", "drop", reports.Passed))},
			gate.Released, nil,
			[]string{"newly skipped P02 control: drop on pinned"},
		},
		"shifts warn": {
			pinned, rated(1551, 0.030), []gate.Source{shifted}, gate.Released, nil, []string{"rate shifted " + p01, "time shifted " + p01},
		},
		"shifts block": {
			pinned + "comparison: {rates: block, times: block}\n", rated(1551, 0.030),
			[]gate.Source{shifted},
			gate.Blocked,
			[]string{"rate shifted " + p01, "time shifted " + p01},
			nil,
		},
		"what got faster is nobody's concern": {pinned, rated(1351, 0.001), []gate.Source{shifted}, gate.Released, nil, nil},
		"a quarantine excuses its check": {
			pinned + "comparison: {rates: block, times: block}\n" + entry("P01", "expires: 2026-12-24"), rated(1551, 0.030),
			[]gate.Source{shifted},
			gate.Released, nil,
			[]string{"passes again P01 on "},
		},
		"a former result of another kind is none": {
			pinned, source("a", check("P01", reports.Passed)), []gate.Source{elsewhere}, gate.Released, nil, []string{"no former result on pinned"},
		},
		"a former result is asked for": {
			pinned + "comparison: {required: true}\n", source("a", check("P01", reports.Passed)), nil, gate.Undecided, []string{"no former result on pinned"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, c.policy, gate.Input{Results: []gate.Source{c.result}, Former: c.former})
			if d.Outcome != c.outcome {
				t.Errorf("outcome %s, want %s", d.Outcome, c.outcome)
			}
			if diff := cmp.Diff(append([]string{}, c.reasons...), told(d.Reasons)); diff != "" {
				t.Errorf("reasons:\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.warnings...), told(d.Warnings)); diff != "" {
				t.Errorf("warnings:\n%s", diff)
			}
		})
	}
}

func TestWhatShowsNothingOfTheLastReleaseIsNoFormerResult(t *testing.T) {
	result := source("a", check("P01", reports.Passed))
	unfinished, broken := former(check("P01", reports.Passed)), former(check("P01", reports.Passed))
	unfinished.Result.Finished = time.Time{}
	broken.Result.Problem = "the cluster did not come up"
	itself := result
	itself.File = "last/a/result.json"
	for name, c := range map[string]struct {
		former gate.Source
		why    string
	}{
		"a run that did not finish":       {unfinished, "that run did not finish"},
		"a run that broke":                {broken, "that run could not go on"},
		"a run without checks":            {former(), "no check ran in it"},
		"a run in which none ran":         {former(check("P01", reports.Skipped), control("P01", "drop", reports.Passed)), "no check ran in it"},
		"a run that was started later":    {later(on(source("b", check("P01", reports.Passed)), "1.30.0"), time.Hour), "it was started at 2026-11-27T22:00:00Z, and out/a/result.json not after that"},
		"a run that was started with it":  {on(source("b", check("P01", reports.Passed)), "1.30.0"), "it was started at 2026-11-27T21:00:00Z, and out/a/result.json not after that"},
		"the result that is to be judged": {itself, "it is the run of out/a/result.json itself"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, pinned+"comparison: {required: true}\n", gate.Input{Results: []gate.Source{result}, Former: []gate.Source{c.former}})
			if diff := cmp.Diff([]string{"no former result on pinned"}, told(d.Reasons)); diff != "" || d.Outcome != gate.Undecided {
				t.Errorf("%s:\n%s", d.Outcome, diff)
			}
			if diff := cmp.Diff([]string{c.why + ": it was not compared with"}, whys(d.Warnings)); diff != "" || d.Warnings[0].Kind != gate.NoBaseline || d.Warnings[0].File != c.former.File {
				t.Errorf("warnings %+v:\n%s", d.Warnings, diff)
			}
			if d = decide(t, pinned, gate.Input{Results: []gate.Source{result}, Former: []gate.Source{c.former}}); d.Outcome != gate.Released || len(d.Warnings) != 1 {
				t.Errorf("where none is required: %s, warnings %v", d.Outcome, told(d.Warnings))
			}
			whole := former(check("P01", reports.Passed))
			whole.Result.Run, whole.File = "whole", "last/whole/result.json"
			d = decide(t, pinned+"comparison: {required: true}\n", gate.Input{Results: []gate.Source{result}, Former: []gate.Source{c.former, whole}})
			if d.Outcome != gate.Released || len(d.Compared) != 1 || d.Compared[0].Before.Run != "whole" || len(d.Warnings) != 1 {
				t.Errorf("beside a whole one: %s, compared %+v, warnings %v", d.Outcome, d.Compared, told(d.Warnings))
			}
		})
	}
}

func TestAFormerResultIsLeftOutOnceForAllResults(t *testing.T) {
	passed := check("P01", reports.Passed)
	last := later(on(source("last", passed), "1.30.0"), time.Hour)
	d := decide(t, pinned, gate.Input{Results: []gate.Source{source("a", passed), on(source("b", passed), "1.31.1")}, Former: []gate.Source{last}})
	if len(d.Warnings) != 1 || d.Warnings[0].Kind != gate.NoBaseline {
		t.Errorf("warnings %+v", d.Warnings)
	}
}

func TestWhatBlocksWhereItShiftsMustHaveBeenCompared(t *testing.T) {
	rates, unrated := rated(1351, 0.010), source("a", check("P01", reports.Passed))
	last := later(on(rated(1351, 0.010), "1.30.2"), -30*24*time.Hour)
	untimed, unratedLast := last, former(check("P01", reports.Passed))
	untimed.Latencies = nil
	const (
		noRate = "a rate that shifts blocks, and none is in both this result and run a, measured against the same claim"
		noTime = "a time that shifts blocks, and the exhibit of no check lies beside both this result and run a"
	)
	for name, c := range map[string]struct {
		comparison   string
		result       gate.Source
		former       gate.Source
		want         []string
		rates, times int
	}{
		"both were":                                    {"rates: block, times: block", rates, last, nil, 1, 1},
		"the former one has no exhibits":               {"rates: block, times: block", rates, untimed, []string{noTime}, 1, 0},
		"the former one has no exhibits, and need not": {"rates: block", rates, untimed, nil, 1, 0},
		"this one has no exhibits and no rate":         {"rates: block, times: block", unrated, last, []string{noRate, noTime}, 0, 0},
		"neither measured a rate":                      {"rates: block", unrated, unratedLast, nil, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, pinned+"comparison: {"+c.comparison+"}\n", gate.Input{Results: []gate.Source{c.result}, Former: []gate.Source{c.former}})
			if diff := cmp.Diff(append([]string{}, c.want...), whys(d.Reasons)); diff != "" {
				t.Error(diff)
			}
			if got := d.Compared[0]; got.Rates != c.rates || got.Times != c.times {
				t.Errorf("%d rates, %d times", got.Rates, got.Times)
			}
			for _, r := range d.Reasons {
				if r.Kind != gate.NothingCompared || d.Outcome != gate.Undecided {
					t.Errorf("%s: %+v", d.Outcome, r)
				}
			}
		})
	}
}

func TestAFailureIsDatedByTheLastRelease(t *testing.T) {
	in := gate.Input{
		Results: []gate.Source{source("a", check("P01", reports.Failed), check("P02", reports.Failed))},
		Former:  []gate.Source{former(check("P01", reports.Passed), check("P02", reports.Failed))},
	}
	d := decide(t, pinned, in)
	for _, r := range d.Reasons {
		if isNew := strings.Contains(r.Why, "new: in run former it was passed"); isNew != (r.Key.Check == "P01") {
			t.Errorf("%s: %s", r.Key, r.Why)
		}
	}
}

func TestAFailureIsDatedByTheFormerResultOfItsOwn(t *testing.T) {
	failed := check("P01", reports.Failed)
	passedThen, failedThen := former(check("P01", reports.Passed)), on(former(failed), "1.31.1")
	failedThen.Result.Run = "failed then"
	in := gate.Input{
		Results: []gate.Source{on(source("new", failed), "1.31.0"), on(source("old", failed), "1.31.1")},
		Former:  []gate.Source{on(passedThen, "1.31.0"), failedThen},
	}
	dated := map[string]bool{}
	for _, r := range decide(t, pinned, in).Reasons {
		if r.Kind == gate.CheckFailed {
			dated[r.Run] = strings.Contains(r.Why, "; new: in run former it was passed")
		}
	}
	if diff := cmp.Diff(map[string]bool{"new": true, "old": false}, dated); diff != "" {
		t.Error(diff)
	}
}

func TestAQuarantineIsInForceForALostCheckAndNotForOneThatOnlyShifted(t *testing.T) {
	shifted := former(check("P02", reports.Passed), check("P03", reports.Passed))
	before, after := rated(1351, 0.010), rated(1551, 0.030)
	shifted.Result.Checks, shifted.Latencies = append(shifted.Result.Checks, before.Result.Checks...), before.Latencies
	after.Result.Checks = append(after.Result.Checks, check("P03", reports.Skipped))
	policy := strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1) +
		"comparison: {lost: block, skipped: block, rates: block, times: block}\nquarantine:\n" + strings.Join([]string{
		"- {check: P01, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
		"- {check: P02, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
		"- {check: P03, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
	}, "\n")
	known := []gate.Known{{ID: "P02", Name: "P02", Area: "propagation", Profile: reports.Core}}
	d := decide(t, policy, gate.Input{Results: []gate.Source{after}, Former: []gate.Source{shifted}, Known: known})
	if d.Outcome != gate.Released {
		t.Errorf("%s: %v", d.Outcome, told(d.Reasons))
	}
	states := map[string]gate.State{}
	for _, x := range d.Quarantine {
		states[x.Key.Check] = x.State
	}
	if diff := cmp.Diff(map[string]gate.State{"P01": gate.Needless, "P02": gate.InForce, "P03": gate.InForce}, states); diff != "" {
		t.Error(diff)
	}
}

func TestARunThatIsSlowerAsAWholeIsToldOnce(t *testing.T) {
	paced := func(s gate.Source, seconds float64) gate.Source {
		s.Latencies = map[compare.Key][]reports.Latency{}
		for _, c := range s.Result.Checks {
			l := reports.Latency{N: 300}
			for percent := range 101 {
				l.Percentiles = append(l.Percentiles, seconds*(1+float64(percent)/1000))
			}
			s.Latencies[compare.KeyOf(c)] = []reports.Latency{l}
		}
		return s
	}
	var checks []reports.Check
	for i := range 25 {
		checks = append(checks, check(fmt.Sprintf("P%02d", i+1), reports.Passed))
	}
	in := gate.Input{
		Results: []gate.Source{paced(source("a", checks...), 0.030)},
		Former:  []gate.Source{paced(former(checks...), 0.010)},
	}
	d := decide(t, pinned+"comparison: {times: block}\n", in)
	if len(d.Reasons) != 1 || d.Outcome != gate.Blocked || d.Compared[0].Pace < 2.9 {
		t.Fatalf("%s: %v, %+v", d.Outcome, told(d.Reasons), d.Compared)
	}
	if want := "in the middle of 25 median times of requests each is 3 times as long as in run former"; !strings.Contains(d.Reasons[0].Why, want) {
		t.Errorf("it says %q, want %q", d.Reasons[0].Why, want)
	}
}
