package reports

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is how a check, a control or a whole run ended.
type Verdict string

// The four verdicts. Inconclusive means that the evidence cannot carry a verdict; it never
// counts as passed, and is never a defect of what was tested.
const (
	Passed       Verdict = "passed"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive"
	Skipped      Verdict = "skipped"
)

func (v Verdict) known() bool {
	switch v {
	case Passed, Failed, Inconclusive, Skipped:
		return true
	}
	return false
}

// Worse says whether a check that ended in both ways is better told by v than by other: a
// failure outranks what is inconclusive, that what was skipped, and that what passed.
func (v Verdict) Worse(other Verdict) bool { return v.rank() > other.rank() }

// rank orders verdicts from good to bad. What is no verdict is as bad as a failure.
func (v Verdict) rank() int {
	switch v {
	case Passed:
		return 0
	case Skipped:
		return 1
	case Inconclusive:
		return 2
	case Failed:
	}
	return 3
}

// The exit codes of every verb that judges.
const (
	// ExitPassed: every check that ran passed, and at least one ran.
	ExitPassed = 0
	// ExitFailed: a check or a control failed. It outranks ExitInconclusive.
	ExitFailed = 1
	// ExitUsage: the command line or the configuration is wrong, and nothing was begun.
	ExitUsage = 2
	// ExitInconclusive: the evidence cannot carry a verdict, the infrastructure broke,
	// or no check ran.
	ExitInconclusive = 3
)

// Outcome is the verdict on a whole run.
type Outcome struct {
	// Verdict is Passed, Failed or Inconclusive.
	Verdict  Verdict
	ExitCode int
	// Reason says why, for every verdict but Passed.
	Reason string
}

// Outcome computes the verdict on the run. A failed check or control fails it.
// Otherwise it is inconclusive when a check is inconclusive, when the run had a problem or
// has not finished, and when no check ran: skipped checks did not run, and a control
// alone says nothing about the subject.
func (r Result) Outcome() Outcome {
	count := r.Count()
	if n := count.Checks.Failed + count.Controls.Failed; n > 0 {
		return Outcome{Failed, ExitFailed, fmt.Sprintf("%d failed: %s", n, r.names(Failed))}
	}
	var reasons []string
	if r.Problem != "" {
		reasons = append(reasons, r.Problem)
	} else if r.Finished.IsZero() {
		reasons = append(reasons, "the run has not finished")
	}
	if n := count.Checks.Inconclusive + count.Controls.Inconclusive; n > 0 {
		reasons = append(reasons, fmt.Sprintf("%d inconclusive: %s", n, r.names(Inconclusive)))
	}
	if count.Checks.ran() == 0 && r.Problem == "" {
		reasons = append(reasons, nothingRan(count))
	}
	if len(reasons) > 0 {
		return Outcome{Inconclusive, ExitInconclusive, strings.Join(reasons, "; ")}
	}
	return Outcome{Passed, ExitPassed, ""}
}

func nothingRan(count Counts) string {
	switch {
	case count.Controls.ran() > 0:
		return "only controls ran, which say nothing about the mesh"
	case count.Checks.Skipped > 0:
		return "no check ran: all were skipped"
	default:
		return "no check ran"
	}
}

// Whole says whether the run came to its end: of one that did not, a check that is missing may not have
// run.
func (r Result) Whole() bool { return r.Problem == "" && !r.Finished.IsZero() }

// Counts is how many checks and how many controls ended in each way.
type Counts struct {
	Checks, Controls Tally
}

// Tally counts verdicts.
type Tally struct {
	Passed, Failed, Inconclusive, Skipped int
}

func (t Tally) ran() int { return t.Passed + t.Failed + t.Inconclusive }

func (t Tally) total() int { return t.ran() + t.Skipped }

// Count counts the verdicts of the run.
func (r Result) Count() Counts {
	var count Counts
	for _, c := range r.Checks {
		tally := &count.Checks
		if c.Control {
			tally = &count.Controls
		}
		switch c.sound().Verdict {
		case Passed:
			tally.Passed++
		case Failed:
			tally.Failed++
		case Inconclusive:
			tally.Inconclusive++
		case Skipped:
			tally.Skipped++
		}
	}
	return count
}

// Unpassed are the names of the checks that failed or were inconclusive, or a control of which did,
// each once, in order.
func (r Result) Unpassed() []string {
	var names []string
	for _, c := range byName(r.Checks) {
		v := c.sound().Verdict
		if (v == Failed || v == Inconclusive) && !slices.Contains(names, c.Name()) {
			names = append(names, c.Name())
		}
	}
	return names
}

// names lists what ended with verdict, each once.
func (r Result) names(verdict Verdict) string {
	var names []string
	seen := map[string]bool{}
	for _, c := range r.Checks {
		if c.sound().Verdict != verdict {
			continue
		}
		name := c.Name()
		if c.Control {
			name += " control"
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
