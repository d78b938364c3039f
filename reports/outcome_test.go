package reports_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

func TestWhatDidNotPassIsNamedOnce(t *testing.T) {
	r := with(passedChain(), missedControl(), inconclusiveCheck(), rateCheck(), skippedCheck(), missedControl())
	if got, want := r.Unpassed(), []string{"P01", "P01/zipkin"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := with(passedChain(), skippedCheck()).Unpassed(); len(got) > 0 {
		t.Errorf("where nothing failed: %v", got)
	}
}

func TestOutcome(t *testing.T) {
	unfinished := with(passedChain())
	unfinished.Finished = time.Time{}
	interrupted := with(passedChain())
	interrupted.Problem = "interrupted by the user"
	interruptedAfterFailure := with(failedChain())
	interruptedAfterFailure.Problem = "interrupted by the user"
	noVerdict := passedChain()
	noVerdict.Verdict = ""
	unsound := rateCheck()
	unsound.Statistics.P = math.NaN()

	unsoundTest := rateCheck()
	unsoundTest.Tests = []traces.Statistic{{Test: "runs of decisions", P: math.NaN()}}
	unsoundMeasure := rateCheck()
	unsoundMeasure.Measures = []traces.Measure{{Name: "rate", Value: math.Inf(1)}}

	cases := map[string]struct {
		result reports.Result
		want   reports.Outcome
	}{
		"passes when every check passed":          {with(passedChain(), caughtControl()), reports.Outcome{Verdict: reports.Passed}},
		"passes with a skipped check beside one":  {with(passedChain(), skippedCheck()), reports.Outcome{Verdict: reports.Passed}},
		"fails with a failed check":               {with(passedChain(), failedChain()), failed("1 failed: P01")},
		"fails with a control that was not met":   {with(passedChain(), missedControl()), failed("1 failed: P01 control")},
		"lets a failure outrank an inconclusive":  {with(inconclusiveCheck(), failedChain()), failed("1 failed: P01")},
		"lets a failure outrank an interrupt":     {interruptedAfterFailure, failed("1 failed: P01")},
		"is inconclusive with one such check":     {with(passedChain(), inconclusiveCheck()), inconclusive("1 inconclusive: P01/zipkin")},
		"is inconclusive when nothing ran":        {with(), inconclusive("no check ran")},
		"is inconclusive when all were skipped":   {with(skippedCheck()), inconclusive("no check ran: all were skipped")},
		"is inconclusive when only controls ran":  {with(caughtControl()), inconclusive("only controls ran, which say nothing about the mesh")},
		"is inconclusive before the run finished": {unfinished, inconclusive("the run has not finished")},
		"is inconclusive after an interrupt":      {interrupted, inconclusive("interrupted by the user")},
		"is inconclusive without a verdict":       {with(passedChain(), noVerdict), inconclusive("1 inconclusive: P01")},
		"is inconclusive with statistics of NaN":  {with(passedChain(), unsound), inconclusive("1 inconclusive: S04")},
		"is inconclusive with a test of NaN":      {with(passedChain(), unsoundTest), inconclusive("1 inconclusive: S04")},
		"is inconclusive with an endless measure": {with(passedChain(), unsoundMeasure), inconclusive("1 inconclusive: S04")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.result.Outcome(); got != c.want {
				t.Errorf("outcome is %+v, want %+v", got, c.want)
			}
		})
	}
}

func failed(reason string) reports.Outcome {
	return reports.Outcome{Verdict: reports.Failed, ExitCode: 1, Reason: reason}
}

func inconclusive(reason string) reports.Outcome {
	return reports.Outcome{Verdict: reports.Inconclusive, ExitCode: 3, Reason: reason}
}

func TestNoChecksEverPassWithoutAPassedCheckAndNothingAgainstIt(t *testing.T) {
	verdicts := rapid.SampledFrom([]reports.Verdict{reports.Passed, reports.Failed, reports.Inconclusive, reports.Skipped, "", "odd"})
	check := rapid.Custom(func(t *rapid.T) reports.Check {
		return reports.Check{
			ID: rapid.SampledFrom([]string{"P01", "P02", "S01"}).Draw(t, "id"), Area: "propagation",
			Control: rapid.Bool().Draw(t, "control"), Verdict: verdicts.Draw(t, "verdict"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		r := with(rapid.SliceOfN(check, 0, 6).Draw(t, "checks")...)
		var failed, unsure, ran bool
		for _, c := range r.Checks {
			switch c.Verdict {
			case reports.Failed:
				failed = true
			case reports.Passed:
				ran = ran || !c.Control
			case reports.Skipped:
			default:
				unsure = true
			}
		}
		want := 3
		switch {
		case failed:
			want = 1
		case ran && !unsure:
			want = 0
		}
		if got := r.Outcome(); got.ExitCode != want || (want == 0) != (got.Verdict == reports.Passed) || (want == 0) != (got.Reason == "") {
			t.Fatalf("outcome is %+v, want exit code %d", got, want)
		}
	})
}

func TestOutcomeNamesWhatFailedOnce(t *testing.T) {
	got := with(failedChain(), failedChain(), missedControl()).Outcome().Reason
	if want := "3 failed: P01, P01 control"; got != want {
		t.Errorf("reason is %q, want %q", got, want)
	}
	if strings.Count(got, "control") != 1 {
		t.Errorf("the control is named more than once in %q", got)
	}
}
