package page

import (
	"cmp"
	"fmt"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// comparison is what is otherwise than in a former run.
type comparison struct {
	// Run names the former run, Verdict and Started are its own.
	Run, Verdict, Started safe
	// Changes are in order of their kinds, the worst first.
	Changes []change
	// Means says what counts as a change of a rate or of a time.
	Means safe
}

// change is one thing that is otherwise.
type change struct {
	Kind safe
	// Name is the check, or the control of it; Row is its row, -1 where it has none.
	Name safe
	Row  int
	// Of is what of the check changed, where that is not its verdict.
	Of safe
	// Before and Now are what it was and is.
	Before, Now safe
}

// former is the run that a page compares with.
type former struct {
	compare.Side
	// checks are its checks and controls, each round by itself.
	checks map[checkKey]*formerCheck
}

type formerCheck struct {
	reports.Check
	latencies []reports.Latency
}

// checkKey is what one round of a check is found by in another run.
type checkKey struct {
	compare.Key
	round int
}

func keyOf(c reports.Check) checkKey { return checkKey{compare.KeyOf(c), max(c.Round, 1)} }

// formerOf reads a former run; nil where there is none.
func formerOf(run *Run) *former {
	if run == nil {
		return nil
	}
	f := &former{
		Side:   compare.Side{Result: run.Result.Sound(), Latencies: map[compare.Key][]reports.Latency{}},
		checks: map[checkKey]*formerCheck{},
	}
	for _, c := range f.Result.Checks {
		one := &formerCheck{Check: c}
		// Without its exhibit the former latency is not known, which the page can do without.
		if shown, err := exhibitOf(run.Folder, c); err == nil && shown != nil {
			one.latencies = shown.Latencies
			if key := compare.KeyOf(c); f.Latencies[key] == nil { // Of several rounds the first.
				f.Latencies[key] = shown.Latencies
			}
		}
		f.checks[keyOf(c)] = one
	}
	return f
}

// past is how a check ended in the former run.
type past struct {
	Verdict   safe      `json:"verdict"`
	Rate      *rate     `json:"rate,omitempty"`
	Latencies []latency `json:"latencies,omitempty"`
}

// of is how a check ended in the former run; nil where it did not run, or there was none.
func (f *former) of(c reports.Check) *past {
	if f == nil || f.checks[keyOf(c)] == nil {
		return nil
	}
	was := f.checks[keyOf(c)]
	return &past{Verdict: line(was.Verdict), Rate: rateOf(was.Statistics), Latencies: latenciesOf(was.latencies)}
}

// compared lists what is otherwise in result, whose rows are groups.
func (f *former) compared(result reports.Result, groups []group, details []detail) *comparison {
	now := compare.Side{Result: result, Latencies: map[compare.Key][]reports.Latency{}}
	for i, g := range groups {
		if key := compare.KeyOf(g.check); now.Latencies[key] == nil { // Of several rounds the first.
			now.Latencies[key] = details[i].latencies
		}
	}
	bounds := compare.Standard()
	changed := compare.Of(f.Side, now, bounds)
	c := &comparison{
		Run: line(cmp.Or(changed.Before.Run, "unnamed")), Verdict: line(changed.Before.Verdict), Started: moment(changed.Before.Started),
		Means: line(fmt.Sprintf("A rate has changed where Fisher's exact test gives a p of at most %g. A time has changed where it is %g times as long or "+
			"as short and differs by %s, and where the confidence intervals of both medians lie apart.", bounds.Alpha, bounds.Factor, duration(bounds.Floor))),
	}
	if changed.Pace != 1 {
		c.Means += line(fmt.Sprintf(" In the middle of %d times each is %.3g times as long as before: so much is the whole run's, and taken out.", len(changed.Times), changed.Pace))
	}
	add := func(kind safe, key compare.Key, of, before, now safe) {
		row := rowOf(groups, key)
		name := line(key.String())
		if row >= 0 && key.Control == "" {
			name += " " + line(groups[row].check.Title)
		}
		c.Changes = append(c.Changes, change{kind, name, row, of, before, now})
	}
	turned := func(kind safe, list []compare.Change) {
		for _, one := range list {
			add(kind, one.Key, "", verdictIn(one.Before), verdictIn(one.After))
		}
	}
	turned("newly failing", changed.Failing)
	turned("lost", changed.Lost)
	turned("newly inconclusive", changed.Inconclusive)
	turned("newly skipped", changed.Skipped)
	for _, r := range changed.Rates {
		if r.Shifted {
			add("rate changed", r.Key, "", counted(r.Before), counted(r.After))
		}
	}
	for _, t := range changed.Times {
		if t.Shifted {
			add("time changed", t.Key, line(named(t)), line(duration(t.Before.Duration())), line(duration(t.After.Duration())))
		}
	}
	turned("new", changed.New)
	turned("newly passing", changed.Passing)
	return c
}

// rowOf is the row of a check, or of a control of it: of several rounds the one that came out
// worst; -1 where there is none.
func rowOf(groups []group, key compare.Key) int {
	row, worst := -1, 0
	for i, g := range groups {
		for _, c := range g.all() {
			if u := urgency(c.Verdict); compare.KeyOf(c) == key && (row < 0 || u < worst) {
				row, worst = i, u
			}
		}
	}
	return row
}

// verdictIn is how a check ended in a run, also where it was not in it.
func verdictIn(v reports.Verdict) safe {
	if v == "" {
		return "not there"
	}
	return line(v)
}

func counted(c compare.Count) safe {
	return line(fmt.Sprintf("%d of %d, %.4g %%", c.Observed, c.N, c.Share()))
}

// named says what took the time.
func named(t compare.Time) string {
	if t.Variant == "" {
		return "median time of requests"
	}
	return fmt.Sprintf("median time of requests (%s)", t.Variant)
}
