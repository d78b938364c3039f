package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
)

// comparison is what is otherwise than in a former run.
type comparison struct {
	// Run names the former run, Verdict and Started are its own.
	Run, Verdict, Started safe
	// Changes are in order of their kinds.
	Changes []change
}

// change is one thing that is otherwise.
type change struct {
	Kind changeKind
	// Name is the check, or the control of it; Row is its row, -1 where it has none.
	Name safe
	Row  int
	// Before and Now are what it was and is.
	Before, Now safe
}

// changeKind says in words what became of a check.
type changeKind string

// The kinds, in the order in which they are told.
const (
	newlyFailing changeKind = "newly failing"
	lost         changeKind = "lost"
	noVerdict    changeKind = "without a verdict now"
	rateMoved    changeKind = "rate changed"
	latencyMoved changeKind = "latency changed"
	added        changeKind = "new"
	newlyPassing changeKind = "newly passing"
)

func kinds() []changeKind {
	return []changeKind{newlyFailing, lost, noVerdict, rateMoved, latencyMoved, added, newlyPassing}
}

// former is the run that a page compares with.
type former struct {
	result reports.Result
	checks map[checkKey]*formerCheck
}

type formerCheck struct {
	reports.Check
	latencies []latency
}

// checkKey is what a check is found by in another run.
type checkKey struct {
	name, control string
	round         int
}

func keyOf(c reports.Check) checkKey {
	k := checkKey{name: c.Name(), round: max(c.Round, 1)}
	if c.Control {
		k.control = "control " + c.ControlName
	}
	return k
}

// formerOf reads a former run; nil where there is none.
func formerOf(run *Run) *former {
	if run == nil {
		return nil
	}
	f := &former{result: run.Result.Sound(), checks: map[checkKey]*formerCheck{}}
	for _, c := range f.result.Checks {
		one := &formerCheck{Check: c}
		// Without its exhibit the former latency is not known, which the page can do without.
		if shown, err := exhibitOf(run.Folder, c); err == nil && shown != nil {
			for _, l := range shown.Latencies {
				one.latencies = append(one.latencies, latencyOf(l))
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
	return &past{Verdict: line(was.Verdict), Rate: rateOf(was.Statistics), Latencies: was.latencies}
}

// compared lists what is otherwise in the run whose rows are groups.
func (f *former) compared(groups []group, details []detail) *comparison {
	outcome := f.result.Outcome()
	c := &comparison{Run: line(cmp.Or(f.result.Run, "unnamed")), Verdict: line(outcome.Verdict), Started: moment(f.result.Started)}
	there := map[checkKey]bool{}
	for row, g := range groups {
		for i, check := range g.all() {
			there[keyOf(check)] = true
			d := &details[row]
			if i > 0 {
				d = &details[row].Controls[i-1]
			}
			for _, one := range f.changes(check, d) {
				one.Name, one.Row = named(check), row
				c.Changes = append(c.Changes, one)
			}
		}
	}
	for _, check := range f.result.Checks {
		if !there[keyOf(check)] {
			c.Changes = append(c.Changes, change{Kind: lost, Name: named(check), Row: -1, Before: line(check.Verdict), Now: "not in this run"})
		}
	}
	slices.SortStableFunc(c.Changes, func(a, b change) int {
		return cmp.Or(slices.Index(kinds(), a.Kind)-slices.Index(kinds(), b.Kind), strings.Compare(string(a.Name), string(b.Name)))
	})
	return c
}

func named(c reports.Check) safe { return line(c.Name() + " " + string(what(c))) }

// changes are what is otherwise of one check.
func (f *former) changes(now reports.Check, d *detail) []change {
	was := f.checks[keyOf(now)]
	if was == nil {
		return []change{{Kind: added, Before: "not in the former run", Now: line(now.Verdict)}}
	}
	var all []change
	if kind := turned(was.Verdict, now.Verdict); kind != "" {
		all = append(all, change{Kind: kind, Before: line(was.Verdict), Now: line(now.Verdict)})
	}
	if a, b := was.Statistics, now.Statistics; a != nil && b != nil && apart(a.Lower, a.Upper, b.Lower, b.Upper) {
		all = append(all, change{Kind: rateMoved, Before: inWords(a), Now: inWords(b)})
	}
	for _, l := range d.Latencies {
		i := slices.IndexFunc(was.latencies, func(o latency) bool { return o.Variant == l.Variant })
		if i < 0 {
			continue
		}
		o := was.latencies[i]
		if apart(o.quantile(25), o.quantile(75), l.quantile(25), l.quantile(75)) {
			all = append(all, change{Kind: latencyMoved, Before: o.inWords(), Now: l.inWords()})
		}
	}
	return all
}

// turned is the kind of a change of verdict, "" where it is none.
func turned(before, now reports.Verdict) changeKind {
	switch {
	case before == now:
		return ""
	case now == reports.Failed:
		return newlyFailing
	case now == reports.Passed:
		return newlyPassing
	default:
		return noVerdict
	}
}

// apart says whether two intervals have nothing in common.
func apart(low, high, otherLow, otherHigh float64) bool { return high < otherLow || otherHigh < low }

func inWords(s *reports.Statistics) safe {
	return line(fmt.Sprintf("%d of %d, %.4g to %.4g %%", s.Observed, s.N, s.Lower, s.Upper))
}

// quantile is in seconds; percentiles that are not there are 0.
func (l latency) quantile(percent int) float64 {
	if len(l.Percentiles) == 0 {
		return 0
	}
	return l.Percentiles[(len(l.Percentiles)-1)*percent/100]
}

func (l latency) inWords() safe {
	variant := ""
	if l.Variant != "" {
		variant = string(l.Variant) + ": "
	}
	return line(fmt.Sprintf("%smedian %.4g ms, quartiles %.4g and %.4g ms", variant,
		1000*l.quantile(50), 1000*l.quantile(25), 1000*l.quantile(75)))
}
