package page_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
)

// changes are the rows of the comparison, as "what: check: then: now".
func changes(t *testing.T, now, former page.Run) []string {
	t.Helper()
	w := write(t, page.Report{Run: now, Former: &former})
	var all []string
	for _, row := range w.all("tr") {
		var cells []string
		for c := range row.ChildNodes() {
			cells = append(cells, content(c))
		}
		if len(cells) == 4 && cells[0] != "What" {
			all = append(all, strings.Join(cells, ": "))
		}
	}
	return all
}

func runOf(checks ...reports.Check) page.Run {
	return page.Run{Result: reports.Result{Run: "r", Finished: dawn(), Checks: checks}}
}

func TestWhatIsOtherwiseThanInAFormerRun(t *testing.T) {
	check := func(id string, verdict reports.Verdict) reports.Check {
		return reports.Check{ID: id, Title: "holds", Verdict: verdict}
	}
	control := func(verdict reports.Verdict) reports.Check {
		return reports.Check{ID: "P01", Control: true, ControlName: "drop", Verdict: verdict}
	}
	rate := func(observed int) reports.Check {
		c := check("S01", reports.Passed)
		c.Statistics = &reports.Statistics{N: 1000, Observed: observed, Percent: 50}
		return c
	}
	round := func(n int, verdict reports.Verdict) reports.Check {
		c := check("P01", verdict)
		c.Round = n
		return c
	}
	for name, c := range map[string]struct {
		now, former page.Run
		want        []string
	}{
		"nothing":  {runOf(check("P01", reports.Passed)), runOf(check("P01", reports.Passed)), nil},
		"it fails": {runOf(check("P01", reports.Failed)), runOf(check("P01", reports.Passed)), []string{"newly failing: P01 holds: passed: failed"}},
		"it passes": {
			runOf(check("P01", reports.Passed)), runOf(check("P01", reports.Failed)), []string{"newly passing: P01 holds: failed: passed"},
		},
		"it is skipped": {
			runOf(check("P01", reports.Skipped)), runOf(check("P01", reports.Passed)), []string{"newly skipped: P01 holds: passed: skipped"},
		},
		"it is inconclusive": {
			runOf(check("P01", reports.Inconclusive)), runOf(check("P01", reports.Passed)), []string{"newly inconclusive: P01 holds: passed: inconclusive"},
		},
		"a control fails": {
			runOf(check("P01", reports.Passed), control(reports.Failed)), runOf(check("P01", reports.Passed), control(reports.Passed)),
			[]string{"newly failing: P01 control: drop: passed: failed"},
		},
		"one of several rounds fails": {
			runOf(round(1, reports.Passed), round(2, reports.Failed)), runOf(round(1, reports.Passed), round(2, reports.Passed)),
			[]string{"newly failing: P01 holds: passed: failed"},
		},
		"a rate that may be the same": {runOf(rate(480)), runOf(rate(500)), nil},
		"a rate that is another":      {runOf(rate(350)), runOf(rate(500)), []string{"rate changed: S01 holds: 500 of 1000, 50 %: 350 of 1000, 35 %"}},
		"what is worst comes first": {
			runOf(check("P01", reports.Passed), check("P02", reports.Failed), check("P04", reports.Passed)),
			runOf(check("P01", reports.Failed), check("P02", reports.Passed), check("P03", reports.Passed)),
			[]string{
				"newly failing: P02 holds: passed: failed", "lost: P03: passed: not there",
				"new: P04 holds: not there: passed", "newly passing: P01 holds: failed: passed",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, changes(t, c.now, c.former)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestATimeThatDoubledHasChanged(t *testing.T) {
	took := func(variant string, middle float64) page.Run {
		e := asked(nil, nil)
		l := reports.Latency{Variant: variant, N: 1000}
		for p := range 101 {
			l.Percentiles = append(l.Percentiles, middle+float64(p-50)/10_000)
		}
		e.Latencies = []reports.Latency{l}
		return kept(t, passed(), e)
	}
	if got := changes(t, took("", 0.015), took("", 0.010)); got != nil {
		t.Errorf("a time that did not double changed: %q", got)
	}
	if got := changes(t, took("delayed", 0.040), took("baseline", 0.010)); got != nil {
		t.Errorf("different variants are compared: %q", got)
	}
	want := []string{"time changed: P01 median time of requests (delayed): 10 ms: 40 ms"}
	if diff := cmp.Diff(want, changes(t, took("delayed", 0.040), took("delayed", 0.010))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAChangeLeadsToTheRoundThatCameOutWorst(t *testing.T) {
	round := func(n int, verdict reports.Verdict) reports.Check {
		return reports.Check{ID: "P01", Round: n, Verdict: verdict}
	}
	former := runOf(round(1, reports.Passed))
	w := write(t, page.Report{Run: runOf(round(1, reports.Passed), round(2, reports.Failed), round(3, reports.Passed)), Former: &former})
	for _, a := range w.all("a") {
		if attribute(a, "data-row") != "" && attribute(a, "href") != "#row-1" {
			t.Errorf("%s leads to %s, want #row-1", content(a), attribute(a, "href"))
		}
	}
}

func TestADetailSaysHowTheCheckEndedBefore(t *testing.T) {
	former := kept(t, reports.Check{Verdict: reports.Failed, Reason: "no"}, asked(nil, nil))
	var d detail
	write(t, page.Report{Run: kept(t, passed(), asked(nil, nil)), Former: &former}).read("detail-0", &d)
	if d.Former == nil || d.Former.Verdict != "failed" {
		t.Errorf("of the former run it says %+v", d.Former)
	}
}
