package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestAQuarantineIsInForceUpToTheEndOfItsLastDay(t *testing.T) {
	policy := decode(t, pinned+entry("P02", "expires: 2026-11-28"))
	in := given(source("a", check("P01", reports.Passed), check("P02", reports.Failed)))
	east, west := time.FixedZone("east", 9*60*60), time.FixedZone("west", -5*60*60)
	for name, c := range map[string]struct {
		now   time.Time
		state gate.State
	}{
		"the last moment of the day":        {time.Date(2026, 11, 28, 23, 59, 59, 999_999_999, time.UTC), gate.InForce},
		"the first moment of the next day":  {time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), gate.Expired},
		"the last moment of the day in UTC": {time.Date(2026, 11, 29, 8, 59, 59, 999_999_999, east), gate.InForce},
		"the next day in UTC alone":         {time.Date(2026, 11, 28, 19, 0, 0, 0, west), gate.Expired},
	} {
		d, err := gate.Decide(policy, in, c.now)
		if err != nil {
			t.Fatal(err)
		}
		want := gate.Released
		if c.state == gate.Expired {
			want = gate.Blocked
		}
		if got := d.Quarantine[0].State; got != c.state || d.Outcome != want {
			t.Errorf("%s: %s, and %s", name, got, d.Outcome)
		}
	}
}

func TestTheStateOfAQuarantineIsTold(t *testing.T) {
	d := decide(t, pinned+"quarantine:\n"+strings.Join([]string{
		"- {check: P01, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
		"- {check: P02, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
		"- {check: S04/1, owner: o, reason: r, link: https://x.org/, expires: 2026-12-24}",
		"- {check: S04/50, owner: o, reason: r, link: https://x.org/, expires: 2025-12-24}",
	}, "\n"), gate.Input{Known: catalogue(), Results: []gate.Source{source("a", check("P01", reports.Passed), check("P02", reports.Failed))}})
	var got []gate.State
	for _, x := range d.Quarantine {
		got = append(got, x.State)
	}
	if diff := cmp.Diff([]gate.State{gate.Needless, gate.InForce, gate.Unused, gate.Expired}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAQuarantineTellsWhichResultsItExcusesAndWhatOfThemIsNew(t *testing.T) {
	last := former(check("P01", reports.Passed), check("P02", reports.Passed))
	other := later(on(source("b", check("P01", reports.Passed), check("P02", reports.Failed)), "1.30.0"), -time.Hour)
	failedThen := former(check("P01", reports.Passed), check("P02", reports.Failed))
	failedThen.Result.Run = "failed then"
	policy := strings.Replace(pinned, "}}]", "}}, {name: before, match: {istio: \"1.30\"}}]", 1) + entry("P02", "expires: 2026-12-24")
	in := gate.Input{
		Results: []gate.Source{source("a", check("P01", reports.Passed), check("P02", reports.Failed)), other},
		Former:  []gate.Source{on(last, "1.31.0"), on(failedThen, "1.30.0")},
	}
	d := decide(t, policy, in)
	want := gate.Excused{Files: []string{"out/a/result.json", "out/b/result.json"}, New: []string{"out/a/result.json: in run former it was passed"}}
	if diff := cmp.Diff(want, gate.Excused{Files: d.Quarantine[0].Files, New: d.Quarantine[0].New}); diff != "" || d.Outcome != gate.Released {
		t.Errorf("%s:\n%s", d.Outcome, diff)
	}
	text, marked := string(rendered(t, d, gate.Text)), string(rendered(t, d, gate.Markdown))
	if !strings.Contains(text, "    excuses     out/a/result.json, out/b/result.json\n    new         out/a/result.json: in run former it was passed\n") {
		t.Error(text)
	}
	if !strings.Contains(marked, "| `out/a/result.json, out/b/result.json` | `out/a/result.json: in run former it was passed` |") {
		t.Error(marked)
	}
}

func TestAQuarantineOfOneSubjectCountsForEveryResultThatMatchesIt(t *testing.T) {
	policy := strings.Replace(pinned, "}}]", "}}, {name: any, match: {provider: kind}}]", 1) + entry("P02", "subject: pinned, expires: 2026-12-24")
	checks := []reports.Check{check("P01", reports.Passed), check("P02", reports.Failed)}
	if d := decide(t, policy, given(source("a", checks...))); d.Outcome != gate.Released {
		t.Errorf("of both subjects: %s, %v", d.Outcome, told(d.Reasons))
	}
	d := decide(t, policy, given(source("a", checks...), on(source("b", checks...), "1.30.0")))
	if diff := cmp.Diff([]string{"check failed P02 on any"}, told(d.Reasons)); diff != "" {
		t.Errorf("of the other subject alone:\n%s", diff)
	}
}
