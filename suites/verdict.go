package suites

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// Outcome is a verdict with what led to it.
type Outcome struct {
	Verdict reports.Verdict
	// Reason says why, for every verdict but passed.
	Reason string
	// Judgement is what the check's judge concluded.
	Judgement
	Evidence traces.Evidence
}

// Sender turns traffic into evidence. An error means that no evidence could be
// gathered; evidence that cannot carry a verdict says so itself.
type Sender interface {
	Send(ctx context.Context, traffic Traffic) (traces.Evidence, error)
}

// Run sends a check's traffic and judges the evidence.
func Run(ctx context.Context, sender Sender, check Check) Outcome {
	out, ok := gather(ctx, sender, check.Traffic)
	if !ok {
		return out
	}
	judge(&out, check)
	if len(out.Findings) > 0 {
		out.Verdict = reports.Failed
		out.Reason = texts(out.Findings)
	}
	return out
}

// RunControl sends a control's sabotaged traffic and judges the evidence with the
// check's own judge. It passes when exactly the promised findings come out.
func RunControl(ctx context.Context, sender Sender, check Check, control Control) Outcome {
	traffic := check.Traffic
	if control.Sabotage != nil {
		control.Sabotage(&traffic)
	}
	out, ok := gather(ctx, sender, traffic)
	if !ok {
		return out
	}
	if control.Mutate != nil {
		control.Mutate(&out.Evidence)
	}
	judge(&out, check)
	want, got := promised(control.Finds), found(out.Findings)
	if !slices.Equal(want, got) {
		out.Verdict = reports.Failed
		out.Reason = fmt.Sprintf("the sabotage %q must lead to %s and to nothing else; the judge found %s",
			control.Name, list(want), list(got))
		if len(out.Findings) > 0 {
			out.Reason += "\n" + texts(out.Findings)
		}
	}
	return out
}

func gather(ctx context.Context, sender Sender, traffic Traffic) (Outcome, bool) {
	evidence, err := sender.Send(ctx, traffic)
	if err != nil {
		return Outcome{Verdict: reports.Inconclusive, Reason: "no evidence: " + err.Error(), Evidence: evidence}, false
	}
	if len(evidence.Incomplete) > 0 {
		return Outcome{
			Verdict:  reports.Inconclusive,
			Reason:   "incomplete evidence: " + strings.Join(evidence.Incomplete, "; "),
			Evidence: evidence,
		}, false
	}
	return Outcome{Verdict: reports.Passed, Evidence: evidence}, true
}

func judge(out *Outcome, check Check) {
	out.Judgement = check.Judge(out.Evidence)
	if out.Rate != nil {
		out.Statistics = append([]traces.Statistic{out.Rate.Statistic(sabotagedRate(check, out.Rate.Percent))}, out.Statistics...)
	}
}

// sabotagedRate is the mesh-wide rate of the first control that has another than the
// check, in percent: what the check's test of the rate tested must not overlook. It is
// negative where there is no such control, or the check tests another rate than the mesh's.
func sabotagedRate(check Check, tested float64) float64 {
	own := check.Traffic.Mesh.Sampling.Effective()
	if own != tested {
		return -1
	}
	for _, control := range check.Controls {
		if control.Sabotage == nil {
			continue
		}
		traffic := check.Traffic
		control.Sabotage(&traffic)
		if rate := traffic.Mesh.Sampling.Effective(); rate != own {
			return rate
		}
	}
	return -1
}

func promised(finds []Finds) []Finds {
	return sorted(slices.Clone(finds))
}

func found(findings []traces.Finding) []Finds {
	all := make([]Finds, 0, len(findings))
	for _, f := range findings {
		all = append(all, Finds{f.Kind, f.Service})
	}
	return sorted(all)
}

func sorted(finds []Finds) []Finds {
	slices.SortFunc(finds, func(a, b Finds) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Service, b.Service))
	})
	return finds
}

// list is what was found in words, which are in order; what is there several times is counted.
func list(finds []Finds) string {
	if len(finds) == 0 {
		return "nothing"
	}
	var names []string
	for rest := finds; len(rest) > 0; {
		same := 1
		for same < len(rest) && rest[same] == rest[0] {
			same++
		}
		name := fmt.Sprintf("%s at %s", rest[0].Kind, rest[0].Service)
		if same > 1 {
			name += fmt.Sprintf(" (%d times)", same)
		}
		names, rest = append(names, name), rest[same:]
	}
	return strings.Join(names, ", ")
}

func texts(findings []traces.Finding) string {
	all := make([]string, 0, len(findings))
	for _, f := range findings {
		all = append(all, f.Text())
	}
	return strings.Join(all, "\n")
}
