package gate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// compare holds each result that counts against the former one that is most like it.
func (j *judging) compare() {
	given := j.baseline()
	unfit := map[string]bool{}
	for _, r := range j.records {
		if r.older || len(r.subjects) == 0 {
			continue
		}
		var former []Source
		var results []reports.Result
		for _, f := range given {
			if why := unfitFor(r, f); why == "" {
				former, results = append(former, f), append(results, f.Result)
			} else if compare.Alike(r.Result.Subject, f.Result.Subject) && !unfit[f.File] {
				unfit[f.File] = true
				j.leaveOut(f, why)
			}
		}
		if i := compare.Nearest(r.Result.Subject, results); i >= 0 {
			j.changes(r, former[i])
			continue
		}
		reason := j.about(r, j.subject(r), NoFormerResult)
		reason.Why = "no former result is of the same provider and flavour, so nothing is known of what changed"
		reason.Turn = "give one of the last release with --baseline"
		switch {
		case j.policy.Comparison.Required:
			j.lack(reason)
		case len(results) > 0:
			j.warn(reason)
		}
	}
}

// baseline are the former results from which a change can be told, in a fixed order.
func (j *judging) baseline() []Source {
	sources := slices.SortedStableFunc(slices.Values(j.former), func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.SHA256, b.SHA256))
	})
	return slices.DeleteFunc(sources, func(f Source) bool {
		why := unfitForAny(f.Result)
		if why != "" {
			j.leaveOut(f, why)
		}
		return why != ""
	})
}

// unfitForAny says why a former result shows nothing of the last release; it is empty where it does.
func unfitForAny(r reports.Result) string {
	switch {
	case r.Problem != "":
		return "that run could not go on"
	case r.Finished.IsZero():
		return "that run did not finish"
	case !slices.ContainsFunc(r.Checks, func(c reports.Check) bool { return !c.Control && c.Verdict != reports.Skipped }):
		return "no check ran in it"
	default:
		return ""
	}
}

// unfitFor says why a result is no former one of another; it is empty where it is.
func unfitFor(r *record, former Source) string {
	switch was := former.Result; {
	case was.Run == r.Result.Run && was.Started.Equal(r.Result.Started):
		return fmt.Sprintf("it is the run of %s itself", reports.SafeLine(r.File))
	case !was.Started.Before(r.Result.Started):
		return fmt.Sprintf("it was started at %s, and %s not after that", was.Started.UTC().Format(time.RFC3339), reports.SafeLine(r.File))
	default:
		return ""
	}
}

// leaveOut warns of a former result with which nothing is compared.
func (j *judging) leaveOut(f Source, why string) {
	j.warn(Reason{
		Kind: NoBaseline, Subject: f.Result.Subject.String(), File: f.File, Run: f.Result.Run,
		Why: why + ": it was not compared with", Turn: "give the result of a whole run of the last release with --baseline",
	})
}

func (j *judging) changes(r *record, before Source) {
	p := j.policy.Comparison
	c := compare.Of(
		compare.Side{Result: before.Result, Latencies: before.Latencies},
		compare.Side{Result: r.Result, Latencies: r.Latencies}, p.Bounds,
	)
	j.decision.Compared = append(j.decision.Compared, Compared{
		File: r.File, FormerFile: before.File, Before: c.Before, After: c.After, Versions: c.Versions,
		Rates: len(c.Rates), Times: len(c.Times), Pace: c.Pace,
	})
	j.comparable(r, before, c)
	change := func(action Action, kind Kind, key compare.Key, turn, format string, args ...any) {
		if action == Ignore || j.excuse(key, r) {
			return
		}
		reason := j.about(r, j.subject(r), kind)
		reason.Key, reason.Why, reason.Turn = key, fmt.Sprintf(format, args...), turn
		j.do(action, reason)
	}
	for _, l := range c.Lost {
		if l.Before != reports.Skipped {
			change(p.Lost, Lost, l.Key, "run again, with this check; where it was taken out on purpose, take a baseline without it",
				"%s has it, and this result has not", inShort(c.Before))
		}
	}
	for _, s := range c.Skipped {
		if !j.maySkip(r, s.Key) {
			change(p.Skipped, NewlySkipped, s.Key, "run where the feature is there; or let the policy allow it, with allowSkipped",
				"%s ran it, and it is skipped now: %s", inShort(c.Before), s.Why)
		}
	}
	for _, s := range c.Rates {
		if s.Shifted {
			change(p.Rates, RateShifted, s.Key, "look at what changed what is sampled; where it is meant, take this result as the baseline from now on",
				"%d of %d (%.3g %%) in %s, and now %d of %d (%.3g %%); equal rates would differ so much with p = %.2g, held against %.2g",
				s.Before.Observed, s.Before.N, s.Before.Share(), inShort(c.Before), s.After.Observed, s.After.N, s.After.Share(), s.P, p.Bounds.Alpha)
		}
	}
	if c.Pace >= p.Bounds.Factor {
		reason := j.about(r, j.subject(r), TimeShifted)
		reason.Why = fmt.Sprintf("the whole run: in the middle of %d median times of requests each is %.3g times as long as in %s, and a shift begins at %g times",
			len(c.Times), c.Pace, inShort(c.Before), p.Bounds.Factor)
		reason.Turn = "run both on machines of one kind, with nothing beside; where that was so, look at what made the mesh slower"
		j.do(p.Times, reason)
	}
	for _, t := range c.Times {
		if t.Shifted && t.After.Value > c.Pace*t.Before.Value {
			change(p.Times, TimeShifted, t.Key, "look at what got slower; where that is meant, take this result as the baseline from now on",
				"%s: %s in %s, and now %s", reports.SafeLine(named(t)), quantity(t.Before), inShort(c.Before), quantity(t.After))
		}
	}
	j.date(r, c)
}

// comparable says so where the policy blocks what shifts, and nothing could have been seen to shift.
func (j *judging) comparable(r *record, before Source, c compare.Comparison) {
	reason := j.about(r, j.subject(r), NothingCompared)
	measures := slices.ContainsFunc(before.Result.Checks, measured) || slices.ContainsFunc(r.Result.Checks, measured)
	if j.policy.Comparison.Rates == Block && len(c.Rates) == 0 && measures {
		reason.Why = fmt.Sprintf("a rate that shifts blocks, and none is in both this result and %s, measured against the same claim", inShort(c.Before))
		reason.Turn = "run the checks that measure rates, and give a former result that has them; or let the policy only warn, with `rates: warn`"
		j.lack(reason)
	}
	if j.policy.Comparison.Times == Block && len(c.Times) == 0 {
		reason.Why = fmt.Sprintf("a time that shifts blocks, and the exhibit of no check lies beside both this result and %s", inShort(c.Before))
		reason.Turn = "give both whole run folders, with their evidence; or let the policy only warn, with `times: warn`"
		j.lack(reason)
	}
}

// measured says whether a check measured a rate.
func measured(c reports.Check) bool { return !c.Control && c.Statistics != nil }

// date says of what failed whether it did before.
func (j *judging) date(r *record, c compare.Comparison) {
	passed := map[compare.Key]reports.Verdict{}
	for _, f := range c.Failing {
		passed[f.Key] = f.Before
		for _, i := range j.excuses[f.Key] {
			if j.within(j.policy.Quarantine[i], r) {
				j.fresh[i] = append(j.fresh[i], fmt.Sprintf("%s: in %s it was %s", reports.SafeLine(r.File), inShort(c.Before), f.Before))
			}
		}
	}
	for i := range j.decision.Reasons {
		reason := &j.decision.Reasons[i]
		if verdict, is := passed[reason.Key]; is && reason.File == r.File && (reason.Kind == CheckFailed || reason.Kind == ControlFailed) {
			reason.Why += fmt.Sprintf("; new: in %s it was %s", inShort(c.Before), verdict)
		}
	}
}

// maySkip says whether a subject of the result allows a check to be skipped.
func (j *judging) maySkip(r *record, key compare.Key) bool {
	e, _ := r.find(key)
	return slices.ContainsFunc(r.subjects, func(i int) bool {
		return j.policy.Subjects[i].maySkip(r, Known{ID: e.Worst.ID, Name: key.Check})
	})
}

// inShort names a former run.
func inShort(r compare.Run) string { return "run " + reports.SafeLine(cmp.Or(r.Run, "without a name")) }

func named(t compare.Time) string {
	if t.Variant == "" {
		return "median time of requests"
	}
	return "median time of requests, " + t.Variant
}

// quantity is a time with what is known of it.
func quantity(q compare.Quantity) string {
	text := milliseconds(q.Value)
	if q.Lower != 0 || q.Upper != 0 {
		text += fmt.Sprintf(" (%s to %s, of %d)", milliseconds(q.Lower), milliseconds(q.Upper), q.N)
	}
	return text
}

func milliseconds(seconds float64) string { return fmt.Sprintf("%.3g ms", 1000*seconds) }
