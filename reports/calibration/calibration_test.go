package calibration_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/calibration"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/stats"
)

// rated is a check that drew n requests at rate and holds them against percent.
func rated(random *rand.Rand, id string, n int, rate, percent float64) reports.Check {
	observed := 0
	for range n {
		if random.Float64() < rate/100 {
			observed++
		}
	}
	p := stats.BinomialTest(observed, n, percent/100)
	return reports.Check{
		ID: id, Verdict: reports.Passed,
		Statistics: &reports.Statistics{N: n, Observed: observed, Percent: percent, P: p, Alpha: 2e-8},
		Tests: []traces.Statistic{
			{Test: "share of sampled requests", N: n, P: p, Alpha: 2e-8},
			{Test: "runs of decisions", N: n, P: random.Float64(), Alpha: 2e-8},
			{Test: "all of them", N: n, P: 1},
		},
	}
}

// runs are results of n runs whose mesh samples at rate where 50 % are claimed.
func runs(n int, rate float64) []reports.Result {
	random := rand.New(rand.NewPCG(5, uint64(n)))
	var all []reports.Result
	for i := range n {
		all = append(all, reports.Result{
			Run: fmt.Sprintf("run-%d", i), Started: time.Unix(int64(i), 0),
			Checks: []reports.Check{
				rated(random, "S04", 2700, rate, 50), rated(random, "S05", 20, rate, 50),
				{ID: "S04", Control: true, ControlName: "60 %", Tests: []traces.Statistic{{Test: "share of sampled requests", N: 10, P: 1e-30, Alpha: 2e-8}}},
			},
		})
	}
	return all
}

func TestRunsOfAMeshThatSamplesRightPass(t *testing.T) {
	c, err := calibration.Of(runs(100, 50), 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	if c.Verdict != reports.Passed || c.ExitCode() != 0 || len(c.Runs) != 100 {
		t.Errorf("%+v", c)
	}
	if len(c.Tests) != 4 || c.Tests[0].N != 270_000 || !c.Tests[0].Exact || c.Tests[1].Exact || len(c.Tests[1].P) != 100 {
		t.Errorf("tests %+v, want two of each check, without the exact one and without controls", c.Tests)
	}
	if c.Overall.Values != 200 || c.Overall.Rates != 200 {
		t.Errorf("overall %+v, want the first test of each check and run", c.Overall)
	}
}

func TestOnlyTogetherDoRunsShowARateThatIsALittleOff(t *testing.T) {
	few, err := calibration.Of(runs(1, 52), 1e-3)
	if err != nil || few.Verdict != reports.Passed {
		t.Errorf("one run: %s, %v", few.Verdict, err)
	}
	many, err := calibration.Of(runs(30, 52), 1e-3)
	if err != nil || many.Verdict != reports.Failed || many.ExitCode() != 1 || many.Tests[0].Pooled > many.Level {
		t.Errorf("thirty runs: %s (%+v), %v", many.Verdict, many.Tests[0], err)
	}
}

func TestPValuesOfFewRequestsAreUniformOnceTheyAreRandomised(t *testing.T) {
	// Twenty requests have eleven p-values: raw ones are anything but uniform.
	var raw []float64
	random := rand.New(rand.NewPCG(8, 9))
	var results []reports.Result
	for i := range 2000 {
		check := rated(random, "S05", 20, 50, 50)
		raw = append(raw, check.Statistics.P)
		results = append(results, reports.Result{Run: fmt.Sprint(i), Checks: []reports.Check{check}})
	}
	if p := stats.Uniform(raw); p > 1e-6 {
		t.Fatalf("the raw p-values look uniform (%g), so this test shows nothing", p)
	}
	c, err := calibration.Of(results, 1e-3)
	if err != nil || c.Verdict != reports.Passed || c.Overall.Uniform < 0.001 {
		t.Errorf("%s with uniform %g, %v", c.Verdict, c.Overall.Uniform, err)
	}
	again, _ := calibration.Of(results, 1e-3)
	if again.Overall != c.Overall {
		t.Error("the same results give another answer")
	}
}

func TestAFalseAlarmIsAsRareAsStated(t *testing.T) {
	const alpha, rounds = 0.1, 400
	random := rand.New(rand.NewPCG(1, 1))
	alarms := 0
	for i := range rounds {
		var results []reports.Result
		for k := range 10 {
			results = append(results, reports.Result{Run: fmt.Sprint(i, k), Checks: []reports.Check{rated(random, "S03", 300, 10, 10)}})
		}
		c, err := calibration.Of(results, alpha)
		if err != nil {
			t.Fatal(err)
		}
		if c.Verdict == reports.Failed {
			alarms++
		}
	}
	if _, atLeast := stats.BinomialTails(alarms, rounds, alpha); atLeast < 1e-6 {
		t.Errorf("%d alarms in %d calibrations at %g", alarms, rounds, alpha)
	}
}

func TestNothingToPoolIsInconclusive(t *testing.T) {
	for name, results := range map[string][]reports.Result{
		"no result":              nil,
		"a result without any":   {{Run: "a", Checks: []reports.Check{{ID: "P01", Verdict: reports.Passed}}}},
		"nothing left to chance": {{Run: "a", Checks: []reports.Check{{ID: "S01", Tests: []traces.Statistic{{Test: "all", N: 9, P: 1}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := calibration.Of(results, 1e-3)
			if err != nil || c.Verdict != reports.Inconclusive || c.ExitCode() != 3 {
				t.Errorf("%s, %v", c.Verdict, err)
			}
		})
	}
}

func TestARunCountsOnce(t *testing.T) {
	all := runs(2, 50)
	c, err := calibration.Of(append(all, all[0]), 1e-3)
	if err != nil || len(c.Runs) != 2 || len(c.Tests[0].P) != 2 {
		t.Errorf("%d runs, %v", len(c.Runs), err)
	}
}

func TestWhatIsNoProbabilityIsRefused(t *testing.T) {
	for _, p := range []float64{-0.1, 1.5, math.NaN()} {
		bad := reports.Result{Run: "odd", Checks: []reports.Check{{ID: "S04", Tests: []traces.Statistic{{Test: "share", P: p, Alpha: 0.1}}}}}
		if _, err := calibration.Of([]reports.Result{bad}, 1e-3); err == nil || !strings.Contains(err.Error(), `run odd: S04: the p-value of "share"`) {
			t.Errorf("p-value %g: error %v", p, err)
		}
	}
	for _, alpha := range []float64{0, 1, -1, math.NaN()} {
		if _, err := calibration.Of(nil, alpha); err == nil {
			t.Errorf("alpha %g is taken", alpha)
		}
	}
}

func TestStatisticsThatContradictTheirTestAreNotRandomised(t *testing.T) {
	check := rated(rand.New(rand.NewPCG(1, 2)), "S04", 100, 50, 50)
	check.Statistics.Observed = 1000
	c, err := calibration.Of([]reports.Result{{Run: "a", Checks: []reports.Check{check}}}, 1e-3)
	if err != nil || c.Overall.Rates != 0 || c.Tests[0].Exact {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheTextSaysWhatWasTestedAndHow(t *testing.T) {
	c, err := calibration.Of(runs(12, 50), 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err = calibration.Text(&text, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"S04 ", "(exact)", "(Fisher)", "and 2 more", "tests one side only", "randomised", "PASSED: 12 runs", "next: "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
}

func TestTheDocumentHasALineForEachRun(t *testing.T) {
	results := runs(3, 50)
	results[1].Checks[0].Verdict, results[1].Seed = reports.Failed, 42
	results[1].Run = "odd|\x1b[2J"
	results[2].Finished = results[2].Started.Add(90 * time.Second)
	c, err := calibration.Of(results, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err = calibration.Markdown(&text, c); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 42 | failed | 2 | 1 | 1 | 1 | 0 |", `| odd\|`, "| 1m30s |", "| S04 | share of sampled requests | 8100 |", "All together: 6 p-values"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the document lacks %q:\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "\x1b") {
		t.Error("what a terminal obeys is in the document")
	}
}
