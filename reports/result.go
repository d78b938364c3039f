package reports

import (
	"math"
	"time"

	"github.com/throughline/throughline/traces"
)

// Schema names the version of the JSON form. A reader refuses any other.
const Schema = "throughline.dev/result/v1"

// Result is everything that one run concluded. The fields Schema, Verdict,
// Reason and ExitCode are set by Encode, which computes them anew.
type Result struct {
	Schema string `json:"schema"`
	// Verdict, Reason and ExitCode are those of Outcome.
	Verdict  Verdict `json:"verdict"`
	Reason   string  `json:"reason,omitempty"`
	ExitCode int     `json:"exitCode"`
	// Run names the run folder.
	Run     string  `json:"run,omitempty"`
	Subject Subject `json:"subject"`
	// Environment is the machine that the run took place on.
	Environment Environment `json:"environment"`
	// Configuration holds each setting in force by the name of its field.
	Configuration map[string]string `json:"configuration,omitempty"`
	// Seed made the order of the checks.
	Seed    int64     `json:"seed"`
	Started time.Time `json:"started"`
	// Finished is the zero time until the run has ended: a result without it is partial.
	Finished time.Time `json:"finished,omitzero"`
	// Problem says why the run could not go on, where it could not.
	Problem string `json:"problem,omitempty"`
	// Notes are what a reader must know of the run, whatever came out.
	Notes  []string `json:"notes,omitempty"`
	Phases []Phase  `json:"phases"`
	// Checks holds checks and their controls in the order in which they ended.
	Checks []Check `json:"checks"`
}

// Subject is what was tested.
type Subject struct {
	// Versions and Images are by component: its version, and its image's digest.
	Versions map[string]string `json:"versions"`
	Images   map[string]string `json:"images"`
	// Provider and Flavour are the cluster provider and the proxy flavour.
	Provider string `json:"provider,omitempty"`
	Flavour  string `json:"flavour,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
}

// Environment is the machine under a run.
type Environment struct {
	Throughline string `json:"throughline,omitempty"`
	Go          string `json:"go,omitempty"`
	OS          string `json:"os,omitempty"`
	Arch        string `json:"arch,omitempty"`
	Kernel      string `json:"kernel,omitempty"`
	CPUs        int    `json:"cpus,omitempty"`
	MemoryMiB   int64  `json:"memoryMiB,omitempty"`
}

// Phase is one step of a run with the time that it took.
type Phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// At is when it began, in seconds after the first step: steps may overlap.
	At float64 `json:"at"`
	// Error says how it failed; it is empty where it did not.
	Error string `json:"error,omitempty"`
}

// Check is how one check, or one control of it, ended.
type Check struct {
	// ID is the check's permanent id, Case tells apart the cases of one id.
	ID    string `json:"id"`
	Case  string `json:"case,omitempty"`
	Title string `json:"title"`
	Area  string `json:"area"`
	// Profile is the part of a mesh's promises that the check belongs to, ProfileReason why.
	Profile       Profile `json:"profile,omitempty"`
	ProfileReason string  `json:"profileReason,omitempty"`
	// Control is true for the negative control of a check, ControlName names its sabotage.
	Control     bool   `json:"control"`
	ControlName string `json:"controlName,omitempty"`
	// Round is above 1 where a run does everything several times.
	Round   int     `json:"round,omitempty"`
	Verdict Verdict `json:"verdict"`
	// Reason says why, for every verdict but Passed.
	Reason  string  `json:"reason,omitempty"`
	Seconds float64 `json:"seconds"`
	// Findings are what the judge found. A control that passed has those that it promised.
	Findings   []traces.Finding `json:"findings,omitempty"`
	Statistics *Statistics      `json:"statistics,omitempty"`
	// Tests are the statistical tests that the judge made, that of Statistics among them.
	Tests []traces.Statistic `json:"tests,omitempty"`
	// Measures are what the judge reports without a verdict.
	Measures []traces.Measure `json:"measures,omitempty"`
	// Cases are the verdicts of the cases that the check judges one by one.
	Cases []Case `json:"cases,omitempty"`
	// Evidence are the files that the verdict rests on.
	Evidence []File `json:"evidence,omitempty"`
	// Location is the place of the check in the source, as `suites/propagation/chain.go:21`.
	Location string `json:"location,omitempty"`
	// Prose is what a reader must know of the check; a control has none of its own.
	Prose *Prose `json:"prose,omitempty"`
}

// Prose is what a reader must know of a check to make something of its verdict.
type Prose struct {
	// Promise says what is promised, and by whom; Link is where.
	Promise string `json:"promise"`
	Link    string `json:"link,omitempty"`
	// Matters says why a user would care, How how it is checked, Failure what a failure
	// means and what to do about it.
	Matters string `json:"matters,omitempty"`
	How     string `json:"how,omitempty"`
	Failure string `json:"failure,omitempty"`
}

// Statistics is the test of a rate.
type Statistics struct {
	// N requests were sent, of which Observed were sampled.
	N        int `json:"n"`
	Observed int `json:"observed"`
	// Percent is the rate that was claimed, P the probability of what was observed under it.
	Percent float64 `json:"percent"`
	P       float64 `json:"p"`
	// Lower and Upper bound the true rate, in percent.
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
	// Alpha is the false-alarm rate of this one test.
	Alpha float64 `json:"alpha"`
	// Power is the probability with which the test tells Against, the deviation that the
	// check's control makes, from the claim. Both are empty where that is not known.
	Power   float64 `json:"power,omitempty"`
	Against string  `json:"against,omitempty"`
}

// Name is the check's id with its case, as `P01` or `P01/zipkin`.
func (c Check) Name() string {
	if c.Case == "" {
		return c.ID
	}
	return c.ID + "/" + c.Case
}

// Seconds is d in seconds, to the millisecond.
func Seconds(d time.Duration) float64 {
	return math.Round(d.Seconds()*1000) / 1000
}

// sound is the check as it may be reported: a verdict that nobody gave and
// statistics that are no numbers must not count as passed.
func (c Check) sound() Check {
	if !c.Verdict.known() {
		c.Reason = joinReasons("no verdict was recorded", c.Reason)
		c.Verdict = Inconclusive
	}
	if !c.finite() {
		c.Reason = joinReasons("the statistics are not finite numbers", c.Reason)
		c.Statistics, c.Tests, c.Measures = nil, nil, nil
		if c.Verdict == Passed {
			c.Verdict = Inconclusive
		}
	}
	if !isFinite(c.Seconds) {
		c.Seconds = 0
	}
	return c
}

// unsound says whether sound would change the check.
func (c Check) unsound() bool { return !c.Verdict.known() || !c.finite() || !isFinite(c.Seconds) }

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// finite says whether all numbers of the check's statistics are some.
func (c Check) finite() bool {
	if s := c.Statistics; s != nil {
		for _, v := range [...]float64{s.Percent, s.P, s.Lower, s.Upper, s.Alpha, s.Power} {
			if !isFinite(v) {
				return false
			}
		}
	}
	for _, t := range c.Tests {
		if !isFinite(t.P) || !isFinite(t.Alpha) || !isFinite(t.Misses) {
			return false
		}
	}
	for _, m := range c.Measures {
		if !isFinite(m.Value) {
			return false
		}
	}
	return true
}

func joinReasons(first, second string) string {
	if second == "" {
		return first
	}
	return first + "; " + second
}
