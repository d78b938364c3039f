package compare

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/throughline/throughline/reports"
)

// Side is one of the two results that are compared.
type Side struct {
	Result reports.Result
	// Latencies are how long the requests of each check took, from its exhibit. What is not
	// there is not compared.
	Latencies map[Key][]reports.Latency
}

// Bounds say what counts as a shift.
type Bounds struct {
	// Alpha is the probability with which a test calls a shift what is none. It is that of each
	// test by itself, so that no test weighs more or less because of another: n tests together
	// give a false alarm with n times Alpha at most (Bonferroni).
	Alpha float64
	// Factor is how many times as long or as short a time must be, above 1, and Floor by how
	// much it must differ.
	Factor float64
	Floor  time.Duration
}

// Standard are the bounds where nobody says otherwise: a false alarm in 100,000 tests (one in
// 500 comparisons of 200 tests), and times that double or halve, by 5 ms at least.
func Standard() Bounds {
	return Bounds{Alpha: 1e-5, Factor: 2, Floor: 5 * time.Millisecond}
}

// Comparison is what changed. Its lists are in the order of their keys, and never nil.
type Comparison struct {
	Before   Run       `json:"before"`
	After    Run       `json:"after"`
	Versions []Version `json:"versions"`
	// Failing, Inconclusive, Skipped and Passing ended otherwise before. Skipped have a
	// verdict no more: a check that ran and is skipped now says as little as one that is lost.
	Failing      []Change `json:"failing"`
	Inconclusive []Change `json:"inconclusive"`
	Skipped      []Change `json:"skipped"`
	Passing      []Change `json:"passing"`
	// Lost were there and are not, New are there and were not.
	Lost []Change `json:"lost"`
	New  []Change `json:"new"`
	// Rates and Times are all that could be compared, shifted or not.
	Rates []Rate `json:"rates"`
	Times []Time `json:"times"`
	// Pace is how many times as long as before the times are in the middle, 1 where there are fewer
	// than 20. It is the machine's or the whole mesh's, and taken out of what each time shifted by.
	Pace float64 `json:"pace"`
}

// Run is one of the two results in short.
type Run struct {
	Run     string          `json:"run"`
	Subject string          `json:"subject"`
	Started time.Time       `json:"started"`
	Verdict reports.Verdict `json:"verdict"`
}

// Version is a version or a word of the subject that differs; what was not there is empty.
type Version struct {
	Component string `json:"component"`
	Before    string `json:"before"`
	After     string `json:"after"`
}

// Change is a check or a control that ended otherwise.
type Change struct {
	Key   Key    `json:"key"`
	Title string `json:"title"`
	// Before and After are how it ended; empty where it was not there.
	Before reports.Verdict `json:"before,omitempty"`
	After  reports.Verdict `json:"after,omitempty"`
	// Why says in one line why it did not pass, where it did not.
	Why string `json:"why,omitempty"`
}

// Of compares two results. That they are of the same kind of subject is the caller's to see
// to: Nearest chooses one that is.
func Of(before, after Side, bounds Bounds) Comparison {
	c := Comparison{
		Before: inShort(before.Result), After: inShort(after.Result),
		Versions: versions(before.Result.Subject, after.Result.Subject),
		Failing:  []Change{}, Inconclusive: []Change{}, Skipped: []Change{}, Passing: []Change{}, Lost: []Change{}, New: []Change{},
		Rates: []Rate{}, Times: []Time{},
	}
	was, is := Entries(before.Result), Entries(after.Result)
	former := make(map[Key]Entry, len(was))
	for _, e := range was {
		former[e.Key] = e
	}
	for _, e := range is {
		f, there := former[e.Key]
		delete(former, e.Key)
		if !there {
			c.New = append(c.New, change(e, "", e.Verdict()))
			continue
		}
		c.turned(f, e)
		if e.Key.Control == "" {
			c.rate(f, e, bounds)
			c.medians(e.Key, before.Latencies[e.Key], after.Latencies[e.Key], bounds)
		}
	}
	for _, e := range was {
		if _, gone := former[e.Key]; gone {
			c.Lost = append(c.Lost, change(e, e.Verdict(), ""))
		}
	}
	c.shift(bounds)
	return c
}

// Any says whether anything changed, versions aside.
func (c Comparison) Any() bool {
	changes := len(c.Failing) + len(c.Inconclusive) + len(c.Skipped) + len(c.Passing) + len(c.Lost) + len(c.New)
	return changes > 0 ||
		slices.ContainsFunc(c.Rates, func(r Rate) bool { return r.Shifted }) ||
		slices.ContainsFunc(c.Times, func(t Time) bool { return t.Shifted })
}

func (c *Comparison) turned(was, is Entry) {
	if was.Verdict() == is.Verdict() {
		return
	}
	into := &c.Passing
	switch is.Verdict() {
	case reports.Failed:
		into = &c.Failing
	case reports.Inconclusive:
		into = &c.Inconclusive
	case reports.Skipped:
		into = &c.Skipped
	case reports.Passed:
	}
	*into = append(*into, change(is, was.Verdict(), is.Verdict()))
}

func change(e Entry, before, after reports.Verdict) Change {
	one := Change{Key: e.Key, Title: e.Worst.Title, Before: before, After: after}
	if e.Verdict() != reports.Passed {
		one.Why = e.Worst.Why()
	}
	return one
}

func inShort(r reports.Result) Run {
	return Run{Run: r.Run, Subject: r.Subject.String(), Started: r.Started, Verdict: r.Outcome().Verdict}
}

func versions(before, after reports.Subject) []Version {
	all := []Version{}
	names := maps.Clone(before.Versions)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, after.Versions)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, Version{name, before.Versions[name], after.Versions[name]})
	}
	all = append(all, Version{"provider", before.Provider, after.Provider}, Version{"flavour", before.Flavour, after.Flavour})
	return slices.DeleteFunc(all, func(v Version) bool { return v.Before == v.After })
}

// Alike says whether two subjects are of one kind, of which results can be compared: the
// same provider of clusters and the same flavour of proxy, in whatever versions.
func Alike(a, b reports.Subject) bool { return a.Provider == b.Provider && a.Flavour == b.Flavour }

// Nearest is the place of the result whose subject is most like subject: of those that are
// Alike the one with the most versions in common, and of several of them the one that was
// started last. It is -1 where none is Alike.
func Nearest(subject reports.Subject, among []reports.Result) int {
	best := -1
	for i, r := range among {
		if Alike(subject, r.Subject) && (best < 0 || nearer(subject, r, among[best])) {
			best = i
		}
	}
	return best
}

func nearer(subject reports.Subject, a, b reports.Result) bool {
	return cmp.Or(
		cmp.Compare(inCommon(subject, a.Subject), inCommon(subject, b.Subject)),
		a.Started.Compare(b.Started),
		cmp.Compare(a.Run, b.Run),
	) > 0
}

// inCommon counts versions that are the same.
func inCommon(a, b reports.Subject) int {
	n := 0
	for _, name := range reports.Components() {
		if a.Versions[name] == b.Versions[name] {
			n++
		}
	}
	return n
}
