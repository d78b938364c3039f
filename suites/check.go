package suites

import (
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// Area is a part of the catalogue.
type Area string

// The areas that have checks.
const (
	Propagation Area = "propagation"
	Sampling    Area = "sampling"
	Latency     Area = "latency"
	Errors      Area = "errors"
	Attributes  Area = "attributes"
)

// Check is one promise of the mesh and how to find out whether it is kept.
type Check struct {
	// ID is permanent (`P01`). Case tells apart the cases of one id; it may be empty.
	ID, Case string
	Area     Area
	// Location is where the check stands in the source; see Here.
	Location string
	// Title says in lower case what holds.
	Title string
	Prose Prose
	// Profile is what the check counts for; see Core, Extended and Providers.
	Profile Profile
	// Needs are the features that the mesh must have; a mesh without one skips the check.
	Needs []Feature
	// Deviations are where the mesh does otherwise than its documentation says. The check
	// expects what it does.
	Deviations []Deviation
	// Traffic is what the check sends.
	Traffic Traffic
	// Sweep is true for a check that comes after all others and is judged over everything
	// that the run stored; see traces.Sweep.
	Sweep bool
	// Expected is the forest that each request must leave, written by hand; it is nil
	// where no request leaves one.
	Expected traces.Forest
	// Outcomes are written in place of Expected where chance decides what a request leaves.
	Outcomes []traces.Outcome
	// CasesPage, where each request is a case of its own with its own expectation, is the
	// page that lists them, as seen from docs/checks.
	CasesPage string
	// Judge reads the evidence. It must not look at Evidence.Topology or
	// Evidence.Mesh for what is expected: a sabotage changes those.
	Judge Judge
	// Controls are the sabotages that must make it fail; where there are none,
	// NoControl says why none is possible.
	Controls  []Control
	NoControl string
	// LiveOnly says why a mesh in memory cannot show what the check is about; it is empty
	// where it can.
	LiveOnly string
}

// Name is the check's id with its case, as `P01` or `P01/zipkin`.
func (c Check) Name() string {
	if c.Case == "" {
		return c.ID
	}
	return c.ID + "/" + c.Case
}

// Deviation is a known difference between what is documented and what a mesh does. It is
// an exact expectation, not a failure that is let through.
type Deviation struct {
	// Of names the component, Versions which of its versions do so, as "Envoy" and "1.40".
	Of, Versions string
	// Documented is what one would expect, Measured what happens.
	Documented, Measured string
	// Source is a link to the code or the issue that says why.
	Source string
}

// Prose is what a reader of the catalogue must know of a check.
type Prose struct {
	// Promise says what is promised, and by whom; Link is where.
	Promise, Link string
	// Matters says why a user would care.
	Matters string
	// How says how it is checked.
	How string
	// Failure says what a failure means and what to do about it.
	Failure string
}

// Judge turns evidence into findings. It is pure: the same evidence gives the
// same judgement, and nothing but the evidence is read.
type Judge func(traces.Evidence) Judgement

// Judgement is what a judge concluded. No finding means that the promise was kept.
type Judgement struct {
	Findings []traces.Finding
	// Rate holds the statistics of a check that tests a rate; nil for the others.
	Rate *traces.RateResult
	// Statistics are the tests that the judge made, whatever came out. Run and RunControl
	// put that of Rate in front of them.
	Statistics []traces.Statistic
	// Measures are what it reports besides.
	Measures []traces.Measure
	// Cases are the verdicts of a judge that judges many cases at once, each by itself. A
	// case that is wrong is a finding, too.
	Cases []reports.Case
}

// Control is one sabotage that a check must catch.
type Control struct {
	// Name says what the sabotage does, in the catalogue's words.
	Name string
	// Sabotage changes the traffic, for a control on the live mesh.
	Sabotage func(*Traffic)
	// Mutate changes the evidence after it was gathered, for what no live mesh can be made to do.
	Mutate func(*traces.Evidence)
	// LiveOnly is Check.LiveOnly of this sabotage alone.
	LiveOnly string
	// Finds are the findings that the sabotage must lead to, and no other: one, unless
	// the sabotage itself does two things.
	Finds []Finds
}

// Finds names a finding by its kind and the service that it is about.
type Finds struct {
	Kind    traces.FindingKind
	Service string
}
