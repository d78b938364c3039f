package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// cover says what there is of a subject. A result that is too old is held against what is required
// all the same: it was given, and what it says does not get better with age.
func (j *judging) cover(i int, s Subject) {
	c := Coverage{Subject: s.Name, Results: []Shown{}}
	var newest *record
	for _, r := range j.records {
		if r.older || !slices.Contains(r.subjects, i) {
			continue
		}
		if newest == nil || r.Result.Started.After(newest.Result.Started) {
			newest = r
		}
		c.Results = append(c.Results, j.require(r, i, s))
	}
	slices.SortStableFunc(c.Results, func(a, b Shown) int { return b.Started.Compare(a.Started) })
	switch {
	case newest == nil:
		j.lack(Reason{
			Kind: NoResult, Subject: s.Name, Why: "no result is of " + inWords(s.Match), Turn: "run there, and give its result as well",
		})
	case s.MaxAge > 0 && newest.Result.Started.Add(s.MaxAge).Before(j.now):
		reason := j.about(newest, s.Name, TooOld)
		reason.Why = fmt.Sprintf("the newest result was started %s ago, and may be %s old", ageAbove(j.now.Sub(newest.Result.Started), s.MaxAge), inFull(s.MaxAge))
		reason.Turn = "run again, and give the new result"
		j.lack(reason)
	default:
		c.Fresh = true
	}
	j.decision.Coverage = append(j.decision.Coverage, c)
}

// inWords is a match in one line.
func inWords(match map[string]string) string {
	parts := make([]string, 0, len(match))
	for _, axis := range slices.Sorted(maps.Keys(match)) {
		parts = append(parts, axis+" "+match[axis])
	}
	return reports.SafeLine(strings.Join(parts, ", "))
}

// days is a length of time as people read it.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return reports.Elapsed(d)
}

// inFull is a length of time with what is beyond its days.
func inFull(d time.Duration) string {
	const day = 24 * time.Hour
	if rest := d % day; d >= 2*day && rest > 0 {
		return days(d) + " and " + reports.Elapsed(rest)
	}
	return days(d)
}

// ageAbove is an age as people read it, exact enough to tell that it is above the most that may be.
func ageAbove(age, most time.Duration) string {
	text := days(age)
	if text == days(most) {
		text = inFull(age)
	}
	if text == inFull(most) {
		text += " and " + reports.Elapsed(age-most)
	}
	return text
}

// require holds one result against what its subject asks for.
func (j *judging) require(r *record, i int, s Subject) Shown {
	required := j.required(r, i, s)
	shown := Shown{
		File: r.File, Run: r.Result.Run, Versions: r.name, Started: r.Result.Started, Required: len(required),
	}
	j.whole(r, s)
	if s.Evidence == Required {
		j.rests(r, s)
	}
	var inconclusive []string
	for _, k := range required {
		for _, d := range r.demands(k) {
			state := j.state(r, d)
			switch state {
			case stateInconclusive:
				inconclusive = append(inconclusive, d.key.String())
			case stateNotRun:
				j.lack(j.absent(r, s, d.key))
			case stateSkipped:
				if !s.maySkip(r, k) {
					j.lack(j.skipped(r, s, d))
				}
			case statePassed, stateFailed, stateExcused, stateExcusedFailure:
			}
			if d.key.Control == "" {
				shown.count(state)
			}
		}
	}
	if allowed := j.policy.Inconclusive.of(shown.Required - shown.Failed - shown.excusedFailures); len(inconclusive) > 0 {
		reason := j.about(r, s.Name, Inconclusive)
		reason.Why = fmt.Sprintf("%d inconclusive, and %d may be (%s): %s", len(inconclusive), allowed, j.policy.Inconclusive, some(inconclusive))
		reason.Turn = "mend what made the evidence incomplete, and run again"
		if len(inconclusive) > allowed {
			j.lack(reason)
		} else {
			j.warn(reason)
		}
	}
	if shown.Passed == 0 {
		reason := j.about(r, s.Name, NothingPassed)
		reason.Why, reason.Turn = "none of what is required passed: the result proves nothing", "run again, with the checks that are required"
		j.lack(reason)
	}
	return shown
}

// whole says so where a run did not come to its end.
func (j *judging) whole(r *record, s Subject) {
	reason := j.about(r, s.Name, Unfinished)
	reason.Turn = "mend that, and run again"
	switch {
	case r.Result.Problem != "":
		first, _, _ := strings.Cut(r.Result.Problem, "\n")
		reason.Why = "the run could not go on: " + reports.SafeLine(first)
	case r.Result.Finished.IsZero():
		reason.Why = "the run has not finished: it was ended, or is still under way"
	default:
		return
	}
	j.lack(reason)
}

// rests says so where a result does not lie with all that it rests on. Of a check that ran a run keeps an
// exhibit at least; of what was skipped there is nothing to keep, and a control that passed shows what its
// findings say.
func (j *judging) rests(r *record, s Subject) {
	reason := j.about(r, s.Name, EvidenceMissing)
	reason.Turn = "give the whole run folder, as the run left it; where that is lost, run again"
	if r.Evidence.Missing > 0 {
		reason.Why = r.Evidence.missing()
		j.lack(reason)
	}
	var without []string
	for i := range r.Result.Checks {
		if c := &r.Result.Checks[i]; !c.Control && c.Verdict != reports.Skipped && len(c.Evidence) == 0 {
			without = append(without, compare.KeyOf(*c).String())
		}
	}
	if slices.Sort(without); len(without) > 0 {
		reason.Why = fmt.Sprintf("the result lists no file of evidence for %s that ran: %s", plural(len(without), "check", "checks"), some(without))
		j.lack(reason)
	}
}

// gaps warns of evidence that is there in part: a result may be kept alone, but somebody took these away.
func (j *judging) gaps(r *record) {
	if r.Evidence.Missing == 0 || r.Evidence.Intact == 0 {
		return
	}
	for _, i := range r.subjects {
		if j.policy.Subjects[i].Evidence == Required && !r.older {
			return // It is a reason already.
		}
	}
	reason := j.about(r, j.subject(r), EvidenceMissing)
	reason.Why, reason.Turn = r.Evidence.missing(), "find out what became of them, and give the whole run folder"
	j.warn(reason)
}

// notes warns of what a run noted of itself: a reader must know it, whatever came out.
func (j *judging) notes(r *record) {
	if r.older || len(r.subjects) == 0 || len(r.Result.Notes) == 0 {
		return
	}
	notes := make([]string, 0, len(r.Result.Notes))
	for _, note := range r.Result.Notes {
		notes = append(notes, reports.SafeLine(note))
	}
	reason := j.about(r, j.subject(r), Noted)
	reason.Why, reason.Turn = strings.Join(notes, "; "), "mend that and run again, or make sure that it does not matter"
	j.warn(reason)
}

// missing says what is not there.
func (e Evidence) missing() string {
	text := fmt.Sprintf("%d of %s not there", e.Missing, plural(e.Intact+e.Missing, "file of evidence is", "files of evidence are"))
	names := make([]string, 0, len(e.MissingFiles))
	for _, path := range e.MissingFiles {
		names = append(names, reports.SafeLine(path))
	}
	if len(names) > 0 {
		text += ": " + some(names)
	}
	return text
}

// unasked warns of what is inconclusive though nothing asks for it: the budget does not count it, and
// still nobody knows whether it would have failed.
func (j *judging) unasked(r *record) {
	if r.older || len(r.subjects) == 0 {
		return
	}
	var open []string
	var asked map[string]bool
	for _, e := range r.entries {
		if e.Verdict() != reports.Inconclusive {
			continue
		}
		if asked == nil {
			asked = j.askedOf(r)
		}
		if !asked[e.Key.Check] && !j.excuse(e.Key, r) {
			open = append(open, e.Key.String())
		}
	}
	if len(open) == 0 {
		return
	}
	reason := j.about(r, j.subject(r), Inconclusive)
	reason.Why = fmt.Sprintf("%d inconclusive that nothing asks for: %s", len(open), some(open))
	reason.Turn = "look at what made the evidence incomplete; what need not pass should not be run"
	j.warn(reason)
}

// askedOf are the checks that any subject of a result asks for.
func (j *judging) askedOf(r *record) map[string]bool {
	asked := map[string]bool{}
	for _, i := range r.subjects {
		for _, k := range j.required(r, i, j.policy.Subjects[i]) {
			asked[k.Name] = true
		}
	}
	return asked
}

// state is how a required check, or a control of it, stands in a result.
type state int

const (
	statePassed state = iota
	stateFailed
	stateInconclusive
	stateSkipped
	stateNotRun
	// stateExcused did not pass, and an entry of the quarantine excuses that.
	stateExcused
	// stateExcusedFailure is stateExcused for what failed.
	stateExcusedFailure
)

// count adds the state of one check.
func (s *Shown) count(of state) {
	switch of {
	case statePassed:
		s.Passed++
	case stateFailed:
		s.Failed++
	case stateInconclusive:
		s.Inconclusive++
	case stateSkipped:
		s.Skipped++
	case stateNotRun:
		s.NotRun++
	case stateExcusedFailure:
		s.excusedFailures++
		s.Quarantined++
	case stateExcused:
		s.Quarantined++
	}
}

// state is how what is demanded stands in a result. An entry of the quarantine excuses whatever is no
// pass: a check that may fail may be missing, too.
func (j *judging) state(r *record, d demand) state {
	switch {
	case d.ran && d.entry.Verdict() == reports.Passed:
		return statePassed
	case j.excuse(d.key, r):
		if d.ran && d.entry.Verdict() == reports.Failed {
			return stateExcusedFailure
		}
		return stateExcused
	case !d.ran:
		return stateNotRun
	case d.entry.Verdict() == reports.Failed:
		return stateFailed
	case d.entry.Verdict() == reports.Skipped:
		return stateSkipped
	default:
		return stateInconclusive
	}
}

// required are the checks that a result must have passed, in the order of their names: of all
// that there are, and of its own.
func (j *judging) required(r *record, i int, s Subject) []Known {
	if !slices.ContainsFunc(r.entries, func(e compare.Entry) bool { return !j.knows(e.Key.Check) }) {
		return j.asked[i]
	}
	all := slices.Clone(j.asked[i])
	own := map[string]bool{}
	for _, c := range r.Result.Checks {
		name := c.Name()
		if j.knows(name) || own[name] {
			continue
		}
		// What states no profile counts as core: nobody may be excused from it.
		k := Known{ID: c.ID, Name: name, Area: c.Area, Profile: cmp.Or(c.Profile, reports.Core)}
		if s.Require.asks(k) {
			own[name] = true
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(a, b Known) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (j *judging) knows(check string) bool {
	_, known := j.known[check]
	return known
}

// demand is one key that a result must have, with its entry where it ran.
type demand struct {
	key   compare.Key
	entry compare.Entry
	ran   bool
}

// demands are a check and all its controls: those that there are, and those that the result has.
func (r *record) demands(k Known) []demand {
	from, _ := slices.BinarySearchFunc(r.entries, compare.Key{Check: k.Name}, byKey)
	to := from
	for to < len(r.entries) && r.entries[to].Key.Check == k.Name {
		to++
	}
	all := make([]demand, 0, 1+max(len(k.Controls), to-from))
	all = append(all, demand{key: compare.Key{Check: k.Name}})
	for _, control := range k.Controls {
		all = append(all, demand{key: compare.Key{Check: k.Name, Control: control}})
	}
	for _, e := range r.entries[from:to] {
		i := slices.IndexFunc(all, func(d demand) bool { return d.key == e.Key })
		if i < 0 {
			i, all = len(all), append(all, demand{key: e.Key})
		}
		all[i].entry, all[i].ran = e, true
	}
	return all
}

func (j *judging) absent(r *record, s Subject, key compare.Key) Reason {
	reason := j.about(r, s.Name, NotRun)
	reason.Key, reason.Why, reason.Turn = key, "it is required, and did not run", "run again, with this check"
	if key.Control != "" {
		reason.Why = "it did not run, and a check whose control did not run proves nothing"
	}
	return reason
}

func (j *judging) skipped(r *record, s Subject, d demand) Reason {
	reason := j.about(r, s.Name, Skipped)
	reason.Key, reason.Why = d.key, "it is required, and was skipped: "+d.entry.Worst.Why()
	reason.Turn = "run where the feature is there; or let the policy allow it, with allowSkipped"
	if d.key.Control != "" {
		reason.Turn = "run where the feature is there: a check whose control did not run proves nothing; allowSkipped excuses it only where the check was skipped, too"
	}
	return reason
}

// maySkip says whether a subject lets a check be skipped in a result, and its controls with it. Where the
// check ran, its controls can run too: without them it proves nothing.
func (s Subject) maySkip(r *record, k Known) bool {
	e, there := r.find(compare.Key{Check: k.Name})
	return there && e.Verdict() == reports.Skipped && names(s.Require.AllowSkipped, k)
}

// some lists the first few names.
func some(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
