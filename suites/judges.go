package suites

import (
	"fmt"
	"slices"

	"github.com/throughline/throughline/traces"
)

// WholeForest judges that every request left exactly the expected traces.
func WholeForest(expected traces.Forest) Judge {
	return func(ev traces.Evidence) Judgement {
		return Judgement{Findings: traces.JudgeForest(ev, expected)}
	}
}

// All joins the findings of several judges.
func All(judges ...Judge) Judge {
	return func(ev traces.Evidence) Judgement {
		var all Judgement
		for _, judge := range judges {
			one := judge(ev)
			all.Findings = append(all.Findings, one.Findings...)
			all.Statistics = append(all.Statistics, one.Statistics...)
			all.Measures = append(all.Measures, one.Measures...)
			all.Cases = append(all.Cases, one.Cases...)
			if one.Rate != nil {
				all.Rate = one.Rate
			}
		}
		return all
	}
}

// Some judges that every request left the outcome wanted or one of the others, and that
// some left the one wanted. That none did is a WrongRate at service.
func Some(service string, wanted traces.Outcome, others ...traces.Outcome) Judge {
	outcomes := append([]traces.Outcome{wanted}, others...)
	return func(ev traces.Evidence) Judgement {
		findings := traces.JudgeOutcomes(ev, outcomes)
		left := 0
		for _, r := range ev.ByRequest().Requests {
			if i, differs := traces.Nearest(r, outcomes); i == 0 && len(differs) == 0 {
				left++
			}
		}
		if left == 0 {
			findings = append(findings, traces.Finding{
				Kind: traces.WrongRate, Service: service,
				Observed: fmt.Sprintf("none of %d requests was answered with status %d and %d spans",
					len(ev.Requests), wanted.Status, wanted.Forest.Spans()),
				Expected: "some of them",
				Next:     "look whether what makes the difference is in force, and whether enough requests were under way at once",
			})
		}
		return Judgement{
			Findings: traces.Aggregate(findings),
			Measures: []traces.Measure{{Name: "requests that made the difference", Value: float64(left), Unit: "requests"}},
		}
	}
}

// Blames judges the oracle itself: held against forest, which the requests did not
// follow, the evidence must lead to exactly one finding, the one given.
//
// Evidence that does follow forest is left to the other judges.
func Blames(forest traces.Forest, want Finds) Judge {
	return func(ev traces.Evidence) Judgement {
		got := found(traces.JudgeForest(ev, forest))
		if len(got) == 0 || slices.Equal(got, []Finds{want}) {
			return Judgement{}
		}
		return Judgement{Findings: []traces.Finding{{
			Kind:     traces.WrongExplanation,
			Service:  want.Service,
			Observed: fmt.Sprintf("held against the forest that the user hoped for, the evidence led to %s", list(got)),
			Expected: fmt.Sprintf("%s, and nothing else", list([]Finds{want})),
			Next:     "compare observed.txt with expected.txt; this is a defect of the comparison, or another fault beside the known one",
		}}}
	}
}

// RateOf judges that the share of requests whose forest was stored fits percent, by an
// exact binomial test with false-alarm rate alpha.
func RateOf(expected traces.Forest, percent, alpha float64) Judge {
	return func(ev traces.Evidence) Judgement {
		rate, findings := traces.JudgeRate(ev, expected, percent, alpha)
		return Judgement{Findings: findings, Rate: &rate}
	}
}
