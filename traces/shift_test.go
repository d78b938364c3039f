package traces_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

// TestEveryShiftOfASpanIsFoundAndNamed is the mutation "shift time": each span of each good
// forest is made to lie earlier and later by just more than causality leaves free, and
// by as much as it does. What is named must be the service of the span, or among the
// services that the text says it may be.
func TestEveryShiftOfASpanIsFoundAndNamed(t *testing.T) {
	// late is five times the latest end of a SERVER span in the recordings.
	const late = 10 * time.Millisecond
	var mutants, found, right, free int
	for _, one := range slices.Concat(goods(t), recordedGoods(t)) {
		if judged := traces.JudgeClocks(one.evidence, late); len(judged) > 0 {
			t.Fatalf("%s, unspoilt, has findings:\n%s", one.name, texts(judged))
		}
		g := plantGarden(one)
		stored := one.evidence.ByRequest().Requests[0].Traces
		for _, a := range g.spans {
			s := g.span(a)
			earlier, later, ok := traces.Undetectable(stored, s.ID, late)
			if !ok {
				t.Fatalf("%s: %s is not stored once", one.name, g.describe(a))
			}
			for _, by := range []time.Duration{-earlier, later} {
				if by.Abs() > 24*time.Hour {
					continue // Nothing bounds it.
				}
				for _, beyond := range []time.Duration{0, time.Nanosecond} {
					shift := by + traces.Resolution + beyond
					if by <= 0 && by == -earlier {
						shift = by - traces.Resolution - beyond
					}
					judged := traces.JudgeClocks(g.edit(func(_ *traces.Evidence, span func(at) *traces.Span) {
						span(a).Start = span(a).Start.Add(shift)
					}), late)
					if beyond == 0 {
						if free++; len(judged) > 0 {
							t.Errorf("%s: %s by %s, which is undetectable, has findings:\n%s", one.name, g.describe(a), shift, texts(judged))
						}
						continue
					}
					mutants++
					if len(judged) > 0 {
						found++
					}
					if len(judged) == 1 && names(judged[0], s.Service) {
						right++
					} else if mutants-right < maxShown {
						t.Errorf("%s: %s by %s: %v\n%s\n%s", one.name, g.describe(a), shift, named(judged), g.evidence.Traces[a.trace].Tree(), texts(judged))
					}
				}
			}
		}
	}
	t.Log(score("shift time", mutants, 0, found, right))
	t.Logf("%d shifts by what causality leaves free have no finding", free)
	if mutants == 0 || found != mutants || right != mutants {
		t.Errorf("of %d shifts %d are found and %d named right; want all", mutants, found, right)
	}
}

// names says whether a finding is about a service, or says that it may be.
func names(f traces.Finding, service string) bool {
	return f.Kind == traces.ClockSkew && (f.Service == service || slices.ContainsFunc([]string{f.Why, f.Observed, f.Expected, f.Next}, func(text string) bool {
		return strings.Contains(text, "`"+service+"`")
	}))
}
