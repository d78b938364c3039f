package gate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/reports/gate"
)

// The world of the properties is small, so that names, subjects and days meet often.

func drawnNames() []string     { return []string{"P01", "P02/a", "P02/b", "S04/50"} }
func drawnSabotages() []string { return []string{"drop", "swap"} }
func drawnVersions() []string  { return []string{"1.30.0", "1.31.0", "1.31.1", "1.31.0-rc.1"} }
func verdicts() []reports.Verdict {
	return []reports.Verdict{reports.Passed, reports.Failed, reports.Inconclusive, reports.Skipped}
}

// mostly draws Passed three times out of four, so that a release is not rare.
func mostly() *rapid.Generator[reports.Verdict] {
	passed := rapid.Just(reports.Passed)
	return rapid.OneOf(passed, passed, passed, rapid.SampledFrom(verdicts()))
}

func drawCheck(t *rapid.T, v reports.Verdict) reports.Check {
	name := rapid.SampledFrom(drawnNames()).Draw(t, "check")
	c := check(name, v)
	switch name {
	case "P02/b":
		c.Profile = reports.Extended
	case "S04/50":
		c.Area, c.Profile = "sampling", reports.Providers
		n := rapid.IntRange(1, 300).Draw(t, "n")
		c.Statistics = &reports.Statistics{N: n, Observed: rapid.IntRange(0, n).Draw(t, "observed"), Percent: 50}
	}
	if rapid.IntRange(0, 5).Draw(t, "evident") > 0 {
		c.Evidence = []reports.File{reports.FileOf("evidence/"+name+"/exhibit.json", nil)}
	}
	if rapid.IntRange(0, 2).Draw(t, "control") == 0 {
		c.Control, c.ControlName = true, rapid.SampledFrom(drawnSabotages()).Draw(t, "sabotage")
	}
	return c
}

func drawSource(t *rapid.T, name string, oldest int) gate.Source {
	var checks []reports.Check
	for range rapid.IntRange(0, 8).Draw(t, "checks") {
		checks = append(checks, drawCheck(t, mostly().Draw(t, "verdict")))
	}
	s := on(source(name, checks...), rapid.SampledFrom(drawnVersions()).Draw(t, "istio"))
	s = later(s, -time.Duration(rapid.IntRange(0, oldest).Draw(t, "days"))*24*time.Hour)
	s.Result.Subject.Images = map[string]string{"proxy": rapid.SampledFrom([]string{"sha256:1", "sha256:2"}).Draw(t, "image")}
	s.Evidence.Intact = rapid.IntRange(0, 1).Draw(t, "intact")
	if rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
		s.Evidence.Missing = 1
	}
	switch rapid.IntRange(0, 9).Draw(t, "end") {
	case 0:
		s.Result.Finished = time.Time{}
	case 1:
		s.Result.Problem = "the cluster did not come up"
	}
	return s
}

func drawSources(t *rapid.T, name string, most, oldest int) []gate.Source {
	var all []gate.Source
	for i := range rapid.IntRange(0, most).Draw(t, name+"s") {
		all = append(all, drawSource(t, fmt.Sprint(name, i), oldest))
	}
	return all
}

func drawInput(t *rapid.T) gate.Input {
	in := gate.Input{Results: drawSources(t, "result", 4, 9), Former: drawSources(t, "former", 2, 60)}
	if rapid.Bool().Draw(t, "known") {
		for _, name := range drawnNames() {
			c := check(name, "")
			in.Known = append(in.Known, gate.Known{
				ID: c.ID, Name: name, Area: c.Area, Profile: rapid.SampledFrom(reports.Profiles()).Draw(t, "profile"),
				Controls: rapid.SampledFrom([][]string{nil, {"drop"}, drawnSabotages()}).Draw(t, "controls"),
			})
		}
	}
	return in
}

func drawRequirement(t *rapid.T) gate.Requirement {
	return gate.Requirement{
		Profiles:     rapid.SliceOfN(rapid.SampledFrom(reports.Profiles()), 0, 2).Draw(t, "profiles"),
		Areas:        rapid.SampledFrom([][]string{nil, nil, {"propagation"}}).Draw(t, "areas"),
		Checks:       rapid.SampledFrom([][]string{nil, nil, {"P01"}, {"P02"}}).Draw(t, "required"),
		AllowSkipped: rapid.SampledFrom([][]string{nil, {"P01"}, {"P02"}}).Draw(t, "allowed"),
	}
}

// drawDay is a day within a week of today.
func drawDay(t *rapid.T) gate.Date {
	at := today().AddDate(0, 0, rapid.IntRange(-7, 7).Draw(t, "expires"))
	return gate.Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}
}

// christmas is a day long after the one on which the tests decide.
func christmas() gate.Date { return gate.Date{Year: 2026, Month: time.December, Day: 24} }

func drawEntry(t *rapid.T) gate.Quarantine {
	return gate.Quarantine{
		Check:   rapid.SampledFrom(drawnNames()).Draw(t, "quarantined"),
		Control: rapid.SampledFrom([]string{"", "", "drop", "swap"}).Draw(t, "quarantined control"),
		Subject: rapid.SampledFrom([]string{"", "", "one", "two"}).Draw(t, "quarantined subject"),
		Owner:   "mesh-team", Reason: "being mended", Link: "https://example.com/7", Expires: drawDay(t),
	}
}

func drawDemand(t *rapid.T) gate.Demand {
	return rapid.SampledFrom([]gate.Demand{gate.Optional, gate.Optional, gate.Required}).Draw(t, "evidence")
}

func drawPolicy(t *rapid.T) gate.Policy {
	actions := rapid.SampledFrom([]gate.Action{gate.Block, gate.Warn, gate.Ignore})
	p := gate.Policy{
		Name: "drawn", Duplicates: rapid.SampledFrom([]gate.Duplicates{gate.Newest, gate.Newest, gate.Refuse}).Draw(t, "duplicates"),
		Inconclusive: rapid.SampledFrom([]gate.Budget{{}, {Count: 1}, {Count: 9}, {Percent: 30}, {Percent: 99}}).Draw(t, "budget"),
		Comparison: gate.Comparison{
			Required: rapid.Bool().Draw(t, "comparison"), Lost: actions.Draw(t, "lost"), Skipped: actions.Draw(t, "skipped"),
			Rates: actions.Draw(t, "rates"), Times: actions.Draw(t, "times"), Bounds: compare.Standard(),
		},
	}
	for _, name := range []string{"one", "two"}[:rapid.IntRange(1, 2).Draw(t, "subjects")] {
		p.Subjects = append(p.Subjects, gate.Subject{
			Name: name, Require: drawRequirement(t),
			Match:    map[string]string{"istio": rapid.SampledFrom([]string{"1", "1.30", "1.31", "1.31.1"}).Draw(t, "match")},
			MaxAge:   time.Duration(rapid.IntRange(0, 9).Draw(t, "age")) * 24 * time.Hour,
			Evidence: drawDemand(t),
		})
	}
	p.Quarantine = rapid.SliceOfNDistinct(rapid.Custom(drawEntry), 0, 4, func(q gate.Quarantine) [3]string {
		return [3]string{q.Check, q.Control, q.Subject}
	}).Draw(t, "quarantine")
	return p
}

// lenient is a policy and an input of which half lead to a release: where nothing can be released, the
// properties of a release say nothing.
func lenient(t *rapid.T) (gate.Policy, gate.Input) {
	p, in := drawPolicy(t), drawInput(t)
	if rapid.IntRange(0, 3).Draw(t, "strict") == 0 {
		return p, in
	}
	in.Known = nil
	if len(in.Results) == 0 {
		in.Results = []gate.Source{drawSource(t, "result", 0)}
	}
	if first := &in.Results[0].Result; rapid.IntRange(0, 2).Draw(t, "one fails") == 0 {
		first.Checks = append(first.Checks, drawCheck(t, reports.Failed))
	}
	whole := rapid.IntRange(0, 3).Draw(t, "whole") > 0
	for i := range in.Results {
		r := &in.Results[i].Result
		r.Finished, r.Problem = r.Started.Add(time.Minute), ""
		r.Checks = append(r.Checks, evident("P01", reports.Passed))
		if whole {
			in.Results[i].Evidence.Missing = 0
			for k, c := range r.Checks {
				r.Checks[k].Evidence = evident(c.Name(), c.Verdict).Evidence
			}
		}
	}
	p.Duplicates, p.Inconclusive = gate.Newest, gate.Budget{Count: 9}
	p.Comparison = gate.Comparison{Required: rapid.Bool().Draw(t, "must compare"), Bounds: compare.Standard()}
	if p.Comparison.Required && rapid.IntRange(0, 9).Draw(t, "comparable") > 0 {
		in.Former = append(in.Former, later(source("former", check("P01", reports.Passed)), -70*24*time.Hour))
	}
	if rapid.IntRange(0, 5).Draw(t, "rates block") == 0 {
		p.Comparison.Rates = gate.Block
	}
	require := gate.Requirement{Areas: []string{"propagation"}, AllowSkipped: []string{"P01", "P02", "S04"}}
	p.Subjects = []gate.Subject{
		{Name: "one", Match: map[string]string{"istio": "1"}, Require: require, Evidence: drawDemand(t)},
		{Name: "two", Match: map[string]string{"istio": in.Results[0].Result.Subject.Versions["istio"]}, Require: require, Evidence: drawDemand(t)},
	}
	for _, r := range in.Results {
		for _, c := range r.Result.Checks {
			if c.Verdict == reports.Failed && rapid.IntRange(0, 7).Draw(t, "excused") > 0 {
				p.Quarantine = append(p.Quarantine, gate.Quarantine{
					Check: c.Name(), Control: c.ControlName, Expires: rapid.OneOf(rapid.Custom(drawDay), rapid.Just(christmas())).Draw(t, "excused until"),
					Subject: rapid.SampledFrom([]string{"", "", "", "one", "two"}).Draw(t, "excused on"),
				})
			}
		}
	}
	names := compare.Entries(reports.Result{Checks: slices.Concat(checksOf(in.Results)...)})
	p.Quarantine = slices.DeleteFunc(p.Quarantine, func(q gate.Quarantine) bool {
		return !slices.ContainsFunc(names, func(e compare.Entry) bool { return e.Key == compare.Key{Check: q.Check, Control: q.Control} }) ||
			q.Expires.String() < "2026-11-28" && rapid.IntRange(0, 3).Draw(t, "expired") > 0
	})
	return p, in
}

func checksOf(sources []gate.Source) [][]reports.Check {
	var all [][]reports.Check
	for _, s := range sources {
		all = append(all, s.Result.Checks)
	}
	return all
}

// decided is a decision that could be made; the test goes on to the next case where none can.
func decided(t *rapid.T, p gate.Policy, in gate.Input, now time.Time) gate.Decision {
	d, err := gate.Decide(p, in, now)
	if err != nil {
		t.Skip(err)
	}
	return d
}

// far is how far from a release an outcome is.
func far(o gate.Outcome) int {
	return slices.Index([]gate.Outcome{gate.Released, gate.Undecided, gate.Blocked}, o)
}

// of says whether a result is of a subject, written anew and more plainly than in the gate.
func of(s gate.Subject, r reports.Result) bool {
	version, want := r.Subject.Versions["istio"], s.Match["istio"]
	return version == want || !strings.Contains(version, "-") && strings.HasPrefix(version+".", want+".")
}

// stands says whether a result is not superseded by a newer one of other images.
func stands(s gate.Source, all []gate.Source) bool {
	return maps.Equal(newest(s, all).Subject.Images, s.Result.Subject.Images)
}

// newest is the result of the same versions that was started last.
func newest(s gate.Source, all []gate.Source) reports.Result {
	last := s.Result
	for _, other := range all {
		if o := other.Result; o.Subject.String() == last.Subject.String() &&
			(o.Started.After(last.Started) || o.Started.Equal(last.Started) && o.Run < last.Run) {
			last = o
		}
	}
	return last
}

func newestOf(s gate.Source, all []gate.Source) bool { return newest(s, all).Run == s.Result.Run }

// excused says whether an entry that has not expired names the check, on a subject of the result.
func excused(p gate.Policy, r reports.Result, c reports.Check, now time.Time) bool {
	control := ""
	if c.Control {
		control = c.ControlName
	}
	return slices.ContainsFunc(p.Quarantine, func(q gate.Quarantine) bool {
		ends := time.Date(q.Expires.Year, q.Expires.Month, q.Expires.Day, 23, 59, 59, 999_999_999, time.UTC)
		subject := q.Subject == "" || slices.ContainsFunc(p.Subjects, func(s gate.Subject) bool { return s.Name == q.Subject && of(s, r) })
		return q.Check == c.Name() && q.Control == control && subject && !now.After(ends)
	})
}

func TestNothingTurnsAFailureIntoAReleaseButAnEntryForThatVeryCheck(t *testing.T) {
	releases, excuses := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		if decided(t, p, in, today()).Outcome != gate.Released {
			return
		}
		releases++
		for _, s := range in.Results {
			for _, c := range s.Result.Checks {
				if c.Verdict != reports.Failed || !stands(s, in.Results) {
					continue
				}
				if !excused(p, s.Result, c, today()) {
					t.Fatalf("released, but %s failed in %s", c.Name(), s.File)
				}
				excuses++
			}
		}
	})
	if releases < 5 || excuses == 0 {
		t.Errorf("%d releases with %d excused failures: the property says nothing", releases, excuses)
	}
}

func TestAReleaseHasANewResultOfEverySubjectInWhichSomethingPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		if decided(t, p, in, today()).Outcome != gate.Released {
			return
		}
		for _, subject := range p.Subjects {
			if !slices.ContainsFunc(in.Results, func(s gate.Source) bool {
				fresh := subject.MaxAge == 0 || today().Sub(s.Result.Started) <= subject.MaxAge
				return of(subject, s.Result) && fresh && s.Result.Problem == "" && !s.Result.Finished.IsZero() &&
					slices.ContainsFunc(s.Result.Checks, func(c reports.Check) bool { return !c.Control && c.Verdict == reports.Passed })
			}) {
				t.Fatalf("released, but nothing was shown of %s", subject.Name)
			}
		}
	})
}

// formerly says whether a result shows what was released before another.
func formerly(f, r reports.Result) bool {
	return f.Problem == "" && !f.Finished.IsZero() && f.Started.Before(r.Started) &&
		slices.ContainsFunc(f.Checks, func(c reports.Check) bool { return !c.Control && c.Verdict != reports.Skipped })
}

func TestAReleaseThatMustBeComparedWasComparedWithAFormerResult(t *testing.T) {
	comparisons := 0
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		d := decided(t, p, in, today())
		runs := map[string]reports.Result{}
		for _, s := range slices.Concat(in.Results, in.Former) {
			runs[s.Result.Run] = s.Result
		}
		for _, c := range d.Compared {
			if !formerly(runs[c.Before.Run], runs[c.After.Run]) {
				t.Fatalf("%s was compared with %s", c.File, c.FormerFile)
			}
		}
		if d.Outcome != gate.Released || !p.Comparison.Required {
			return
		}
		for _, s := range in.Results {
			if !slices.ContainsFunc(p.Subjects, func(subject gate.Subject) bool { return of(subject, s.Result) }) || !newestOf(s, in.Results) {
				continue
			}
			if !slices.ContainsFunc(d.Compared, func(c gate.Compared) bool { return c.After.Run == s.Result.Run }) {
				t.Fatalf("released, but %s was compared with nothing", s.File)
			}
			comparisons++
		}
	})
	if comparisons == 0 {
		t.Error("no release had to be compared: the property says nothing")
	}
}

// evidenced says whether a result lies with all that it rests on.
func evidenced(s gate.Source) bool {
	return s.Evidence.Missing == 0 && !slices.ContainsFunc(s.Result.Checks, bare)
}

// bare says whether a check ran and has no evidence.
func bare(c reports.Check) bool {
	return !c.Control && c.Verdict != reports.Skipped && len(c.Evidence) == 0
}

func TestAReleaseHasAllEvidenceOfWhatMustHaveIt(t *testing.T) {
	demands := 0
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		if decided(t, p, in, today()).Outcome != gate.Released {
			return
		}
		for _, subject := range p.Subjects {
			for _, s := range in.Results {
				if subject.Evidence != gate.Required || !of(subject, s.Result) || !newestOf(s, in.Results) {
					continue
				}
				if !evidenced(s) {
					t.Fatalf("released, but evidence of %s is missing", s.File)
				}
				demands++
			}
		}
	})
	if demands == 0 {
		t.Error("no release had evidence that it must have: the property says nothing")
	}
}

func TestEvidenceThatIsTakenAwayNeverLeadsTowardsARelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		if len(in.Results) == 0 {
			t.Skip("no result to change")
		}
		worse := in
		worse.Results = slices.Clone(in.Results)
		s := &worse.Results[rapid.IntRange(0, len(in.Results)-1).Draw(t, "changed")]
		if rapid.Bool().Draw(t, "file") {
			s.Evidence.Missing++
			s.Evidence.Intact = max(0, s.Evidence.Intact-1)
		} else {
			s.Result.Checks = slices.Clone(s.Result.Checks)
			for i := range s.Result.Checks {
				s.Result.Checks[i].Evidence = nil
			}
		}
		before, after := decided(t, p, in, today()), decided(t, p, worse, today())
		if far(after.Outcome) < far(before.Outcome) {
			t.Fatalf("from %s to %s:\n%v\n%v", before.Outcome, after.Outcome, told(before.Reasons), told(after.Reasons))
		}
	})
}

func TestNoResultsAreNeverARelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Results = nil
		p := drawPolicy(t)
		p.Quarantine = nil // Without results, no name but those of the catalogue is known.
		if d := decided(t, p, in, today()); d.Outcome == gate.Released {
			t.Fatalf("released: %+v", d)
		}
	})
}

// changed is the input with one result changed.
func changed(t *rapid.T, in gate.Input, change func(r *reports.Result)) gate.Input {
	if len(in.Results) == 0 {
		t.Skip("no result to change")
	}
	in.Results = slices.Clone(in.Results)
	r := &in.Results[rapid.IntRange(0, len(in.Results)-1).Draw(t, "changed")].Result
	r.Checks = slices.Clone(r.Checks)
	change(r)
	return in
}

func TestOneMoreFailureNeverLeadsTowardsARelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		worse := changed(t, in, func(r *reports.Result) {
			r.Checks = slices.Insert(r.Checks, rapid.IntRange(0, len(r.Checks)).Draw(t, "place"), drawCheck(t, reports.Failed))
		})
		before, after := decided(t, p, in, today()), decided(t, p, worse, today())
		if far(after.Outcome) < far(before.Outcome) {
			t.Fatalf("from %s to %s:\n%v\n%v", before.Outcome, after.Outcome, told(before.Reasons), told(after.Reasons))
		}
	})
}

// skips says whether a result has a check, or a control of it, that was skipped in some round. What
// allowSkipped makes of that hangs on the check and its control together, and what the budget makes
// of it on all rounds. Of what was skipped no evidence is asked, either.
func skips(r *reports.Result, check string) bool {
	return slices.ContainsFunc(r.Checks, func(c reports.Check) bool { return c.Name() == check && c.Verdict == reports.Skipped })
}

func TestOnePassLessNeverLeadsTowardsARelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		worse := changed(t, in, func(r *reports.Result) {
			for i := range r.Checks {
				if r.Checks[i].Verdict != reports.Passed {
					continue
				}
				verdict := rapid.SampledFrom(verdicts()[1:]).Draw(t, "worse")
				if verdict != reports.Failed && skips(r, r.Checks[i].Name()) || verdict == reports.Skipped && bare(r.Checks[i]) {
					t.Skip("what was skipped is apart")
				}
				r.Checks[i].Verdict = verdict
				return
			}
		})
		before, after := decided(t, p, in, today()), decided(t, p, worse, today())
		if far(after.Outcome) < far(before.Outcome) {
			t.Fatalf("from %s to %s:\n%v\n%v", before.Outcome, after.Outcome, told(before.Reasons), told(after.Reasons))
		}
	})
}

func TestOneMoreEntryOfTheQuarantineTouchesNoOtherCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		more := p
		added := drawEntry(t)
		more.Quarantine = append(slices.Clone(p.Quarantine), added)
		key := compare.Key{Check: added.Check, Control: added.Control}
		others := func(d gate.Decision) []gate.Reason {
			return slices.DeleteFunc(slices.Clone(d.Reasons), func(r gate.Reason) bool { return r.Key == key || r.Key == compare.Key{} })
		}
		before, after := decided(t, p, in, today()), decided(t, more, in, today())
		if diff := cmp.Diff(others(before), others(after)); diff != "" {
			t.Fatalf("an entry for %s changed what is said of others:\n%s", key, diff)
		}
	})
}

func TestTheOrderOfResultsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		other := gate.Input{
			Results: rapid.Permutation(in.Results).Draw(t, "order"), Former: rapid.Permutation(in.Former).Draw(t, "former order"),
			Known: rapid.Permutation(in.Known).Draw(t, "known order"),
		}
		first, err := gate.Decide(p, in, today())
		second, otherErr := gate.Decide(p, other, today())
		if fmt.Sprint(err) != fmt.Sprint(otherErr) {
			t.Fatalf("errors %v and %v", err, otherErr)
		}
		if diff := cmp.Diff(first, second, cmpopts.IgnoreUnexported(gate.Shown{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTimeNeverLeadsTowardsARelease(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, in := lenient(t)
		later := today().Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "minutes")) * time.Minute)
		before, after := decided(t, p, in, today()), decided(t, p, in, later)
		if far(after.Outcome) < far(before.Outcome) {
			t.Fatalf("from %s to %s at %s", before.Outcome, after.Outcome, later)
		}
		for i, x := range before.Quarantine {
			if x.State == gate.Expired && after.Quarantine[i].State != gate.Expired {
				t.Fatalf("%s came back to life", x.Key)
			}
		}
	})
}
