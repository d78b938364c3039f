package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
)

// Policy says what must have been shown for a release. DecodePolicy reads one.
type Policy struct {
	// Name is shown with the decision; it may be empty.
	Name string
	// Subjects are those that must have a result; there is at least one.
	Subjects []Subject
	// Inconclusive is how many of the checks and controls that one result must have may be. What is
	// inconclusive and not required is told as a warning.
	Inconclusive Budget
	Duplicates   Duplicates
	Quarantine   []Quarantine
	Comparison   Comparison

	// file and lines are where the policy stands, for errors: the line of each field by its
	// path, as `quarantine[0].check`.
	file  string
	lines map[string]int
}

// Subject is a combination that must have a result: at least one that is new enough, and all
// that match must have what Require says.
type Subject struct {
	Name string
	// Match is by component, or `provider` or `flavour`: the version, or its first numbers
	// (`1.31` matches 1.31.0, and neither 1.310 nor 1.31.0-rc.1).
	Match map[string]string
	// MaxAge is how old the newest result may be; 0 for any age.
	MaxAge  time.Duration
	Require Requirement
	// Evidence says whether a result must lie with all that it rests on.
	Evidence Demand
}

// Demand says whether something must be there.
type Demand string

// What may be demanded.
const (
	// Optional: what is there is held against the result.
	Optional Demand = "optional"
	// Required: what is not there lacks.
	Required Demand = "required"
)

// Requirement is what must have passed, with all its controls. A check is required where any of
// Profiles, Areas and Checks names it.
type Requirement struct {
	Profiles []reports.Profile
	Areas    []string
	// Checks and AllowSkipped are ids, which mean all cases, or names of cases.
	Checks []string
	// AllowSkipped may be skipped for a feature that the subject lacks, and their controls with them;
	// the control of a check that ran may not.
	AllowSkipped []string
}

// Budget is a number of checks: Count, or Percent of those of a result that did not fail.
type Budget struct {
	Count int
	// Percent is in [0, 100), as it was written: a share of 1 has lost what 57 % is.
	Percent float64
}

// of is the budget in a result of n, rounded down but for what rounding itself took away.
func (b Budget) of(n int) int {
	const slack = 1e-9
	return b.Count + int(math.Floor(b.Percent*float64(n)/100+slack))
}

func (b Budget) String() string {
	if b.Percent > 0 {
		return fmt.Sprintf("%g %%", b.Percent)
	}
	return fmt.Sprint(b.Count)
}

// Duplicates says what to do with several results of one subject.
type Duplicates string

// What becomes of several results of one subject.
const (
	// Refuse: they are an error.
	Refuse Duplicates = "refuse"
	// Newest: the one that was started last counts. What failed in an older one of the same
	// images still stands: nothing was mended between them.
	Newest Duplicates = "newest"
)

// Quarantine excuses one check, or one control, for a time.
type Quarantine struct {
	// Check is the full name, as `P01` or `P01/zipkin`, Control the sabotage where a control is
	// meant; a check does not stand for its controls, nor they for it.
	Check, Control string
	// Subject is the name of the one subject that is meant; empty for all. A result that is of another
	// subject, too, is meant with it.
	Subject string
	// Owner, Reason and Link say who sees to it, why, and where one can follow it.
	Owner, Reason, Link string
	// Expires is the last day on which it is in force, in UTC.
	Expires Date
}

func (q Quarantine) key() compare.Key { return compare.Key{Check: q.Check, Control: q.Control} }

// Date is a day.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is the day as `2026-12-24`.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// over says whether the day has passed in UTC.
func (d Date) over(now time.Time) bool {
	return !now.Before(time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, time.UTC))
}

// Comparison says what a change since the last release does.
type Comparison struct {
	// Required asks for a former result that is like each of the results.
	Required bool
	// Lost are checks and controls that are not there any more, Skipped those that ran before
	// and are skipped now, Rates and Times what shifted; Times only what takes longer.
	Lost, Skipped, Rates, Times Action
	Bounds                      compare.Bounds
}

// Action is what a change does.
type Action string

// The actions.
const (
	Block  Action = "block"
	Warn   Action = "warn"
	Ignore Action = "ignore"
)

// standardComparison is that of a policy which says nothing of one.
func standardComparison() Comparison {
	return Comparison{Lost: Block, Skipped: Warn, Rates: Warn, Times: Warn, Bounds: compare.Standard()}
}

// Known is a check that there is.
type Known struct {
	// ID is the permanent id, Name has the case as well.
	ID, Name string
	Area     string
	Profile  reports.Profile
	// Controls are the names of its sabotages.
	Controls []string
}

// names says whether a list of ids and names has the check.
func names(list []string, k Known) bool {
	return slices.Contains(list, k.Name) || slices.Contains(list, k.ID)
}

// asks says whether the check must pass.
func (r Requirement) asks(k Known) bool {
	return slices.Contains(r.Profiles, k.Profile) || slices.Contains(r.Areas, k.Area) || names(r.Checks, k)
}

// matches says whether a result is of the subject.
func (s Subject) matches(subject reports.Subject) bool {
	for _, axis := range slices.Sorted(maps.Keys(s.Match)) {
		want := s.Match[axis]
		switch axis {
		case axisProvider:
			if subject.Provider != want {
				return false
			}
		case axisFlavour:
			if subject.Flavour != want {
				return false
			}
		default:
			if !begins(subject.Versions[axis], want) {
				return false
			}
		}
	}
	return true
}

// The axes of a match that are no component.
const (
	axisProvider = "provider"
	axisFlavour  = "flavour"
)

// begins says whether a version has the numbers of prefix at its front. One that is not known has none,
// and what comes before a release is matched only by what names such a version itself.
func begins(version, prefix string) bool {
	version, prefix = strings.TrimPrefix(version, "v"), strings.TrimPrefix(prefix, "v")
	if version == "" || version == prefix {
		return version != ""
	}
	return strings.HasPrefix(version, prefix+".") && (!isPrerelease(version) || isPrerelease(prefix))
}

// isPrerelease says whether a version is one from before a release, as `1.31.0-rc.1` and `1.40.0-dev` are
// and `1.30.4-gke.1` and `1.30.4+k3s1` are not.
func isPrerelease(version string) bool {
	_, behind, _ := strings.Cut(strings.ToLower(version), "-")
	words := strings.FieldsFunc(behind, func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(words, func(word string) bool {
		switch word {
		case "alpha", "beta", "rc", "dev", "pre":
			return true
		}
		return false
	})
}

// at is an error of the policy, with its place.
func (p Policy) at(path, format string, args ...any) error {
	text := path + ": " + fmt.Sprintf(format, args...)
	switch line := p.line(path); {
	case p.file == "":
		return fmt.Errorf("policy: %s", text)
	case line == 0:
		return fmt.Errorf("%s: %s", p.file, text)
	default:
		return fmt.Errorf("%s:%d: %s", p.file, line, text)
	}
}

// line is that of a field, or of the nearest one around it that was written; 0 for none.
func (p Policy) line(path string) int {
	for path != "" {
		if line, known := p.lines[path]; known {
			return line
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 0
}
