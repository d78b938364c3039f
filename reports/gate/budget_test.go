package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestAShareIsTakenAsItIsWritten(t *testing.T) {
	for _, c := range []struct {
		budget  string
		checks  int
		allowed int
		told    string
	}{
		{"57%", 100, 57, "57 %"},
		{"29%", 100, 29, "29 %"},
		{"64.6%", 500, 323, "64.6 %"},
		{"0.1%", 1000, 1, "0.1 %"},
		{"0.1%", 999, 0, "0.1 %"},
		{"1%", 199, 1, "1 %"},
		{"99.9%", 10, 9, "99.9 %"},
		{"0%", 10, 0, "0"},
		{"3", 10, 3, "3"},
	} {
		t.Run(fmt.Sprintf("%s of %d", c.budget, c.checks), func(t *testing.T) {
			result := func(open int) gate.Source {
				var checks []reports.Check
				for i := range c.checks {
					v := reports.Passed
					if i < open {
						v = reports.Inconclusive
					}
					checks = append(checks, check(fmt.Sprintf("P%03d", i), v))
				}
				return source("a", checks...)
			}
			if d := decide(t, pinned+"inconclusive: "+c.budget+"\n", given(result(c.allowed))); d.Outcome != gate.Released {
				t.Errorf("%d are not allowed: %v", c.allowed, d.Reasons)
			}
			d := decide(t, pinned+"inconclusive: "+c.budget+"\n", given(result(c.allowed+1)))
			want := fmt.Sprintf("%d inconclusive, and %d may be (%s): ", c.allowed+1, c.allowed, c.told)
			if d.Outcome != gate.Undecided || !strings.HasPrefix(d.Reasons[0].Why, want) {
				t.Errorf("one more: %s, %+v, want %q", d.Outcome, d.Reasons, want)
			}
		})
	}
}

func TestWhatIsInconclusiveAndNotAskedForIsNamedOnceAResult(t *testing.T) {
	policy := strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1)
	checks := []reports.Check{check("P01", reports.Passed), control("P02", "drop", reports.Inconclusive)}
	for i := range 12 {
		checks = append(checks, check(fmt.Sprintf("P%02d", 10+i), reports.Inconclusive))
	}
	d := decide(t, policy, given(source("a", checks...)))
	want := "13 inconclusive that nothing asks for: P02 control: drop, P10, P11, P12, P13, P14, P15, P16 and 5 more"
	if len(d.Warnings) != 1 || d.Warnings[0].Why != want || d.Warnings[0].File != "out/a/result.json" {
		t.Errorf("warnings %+v, want %q", d.Warnings, want)
	}
}

func TestWhatIsInconclusiveInAnOlderResultIsNotTold(t *testing.T) {
	policy := strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1) + "duplicates: newest\n"
	older := later(source("b", check("P01", reports.Passed), check("P02", reports.Inconclusive)), -time.Hour)
	d := decide(t, policy, given(source("a", check("P01", reports.Passed)), older))
	if diff := cmp.Diff([]string{"superseded on pinned"}, told(d.Warnings)); diff != "" {
		t.Error(diff)
	}
}
