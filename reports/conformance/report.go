package conformance

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/throughline/throughline/reports"
)

// The head of every report.
const (
	APIVersion = "throughline.dev/v1alpha1"
	Kind       = "ConformanceReport"
)

// Report is what an implementation conforms to.
type Report struct {
	APIVersion     string         `yaml:"apiVersion"`
	Kind           string         `yaml:"kind"`
	Date           string         `yaml:"date"`
	Implementation Implementation `yaml:"implementation"`
	// Mode is the proxy flavour that the mesh ran: one implementation may be tested in several.
	Mode string `yaml:"mode"`
	// Throughline is the version of the harness, Run the run that the report is of.
	Throughline string `yaml:"throughline,omitempty"`
	Run         string `yaml:"run,omitempty"`
	// Versions are those of everything that was tested together, by component.
	Versions map[string]string `yaml:"versions"`
	// Verdict is that of the whole run: passed, failed or inconclusive.
	Verdict string `yaml:"verdict"`
	// Profiles are the areas of the catalogue, in the order of their names.
	Profiles []Profile `yaml:"profiles"`
}

// Implementation is who made what was tested.
type Implementation struct {
	Organization string `yaml:"organization"`
	Project      string `yaml:"project"`
	URL          string `yaml:"url"`
	Version      string `yaml:"version"`
}

// Profile is one area. What has no check is left out.
type Profile struct {
	Name      string `yaml:"name"`
	Summary   string `yaml:"summary"`
	Core      *Part  `yaml:"core,omitempty"`
	Extended  *Part  `yaml:"extended,omitempty"`
	Providers *Part  `yaml:"providers,omitempty"`
}

// Part is the checks of one profile in one area.
type Part struct {
	Result     Outcome    `yaml:"result"`
	Statistics Statistics `yaml:"statistics"`
	// The checks by name that did not pass; a check whose control failed is among FailedTests.
	FailedTests       []string `yaml:"failedTests,omitempty"`
	InconclusiveTests []string `yaml:"inconclusiveTests,omitempty"`
	SkippedTests      []string `yaml:"skippedTests,omitempty"`
}

// Outcome is how a part came out.
type Outcome string

// The outcomes of a part.
const (
	// Success: every check passed, and every control was caught.
	Success Outcome = "success"
	// Partial: nothing failed, but a check was skipped or inconclusive.
	Partial Outcome = "partial"
	// Failure: a check failed, or missed its sabotage.
	Failure Outcome = "failure"
)

// Statistics are how many checks of a part ended in each way.
type Statistics struct {
	Passed       uint32 `yaml:"Passed"`
	Failed       uint32 `yaml:"Failed"`
	Inconclusive uint32 `yaml:"Inconclusive"`
	Skipped      uint32 `yaml:"Skipped"`
}

// Of is the report of a result. Of a run that did not come to its end no part is more than Partial:
// checks that it lacks may not have run. Its texts are safe for a terminal.
func Of(r reports.Result) Report {
	r = r.Sound()
	versions := map[string]string{}
	for component, version := range r.Subject.Versions {
		versions[reports.SafeLine(component)] = reports.SafeLine(version)
	}
	report := Report{
		APIVersion: APIVersion, Kind: Kind, Date: r.Started.UTC().Format(time.RFC3339),
		Implementation: Implementation{Organization: "istio", Project: "istio", URL: "https://istio.io", Version: versions["istio"]},
		Mode:           reports.SafeLine(r.Subject.Flavour), Throughline: reports.SafeLine(r.Environment.Throughline), Run: reports.SafeLine(r.Run),
		Versions: versions, Verdict: string(r.Outcome().Verdict), Profiles: []Profile{},
	}
	verdicts := byCheck(r.Checks)
	for _, v := range verdicts {
		i := slices.IndexFunc(report.Profiles, func(p Profile) bool { return p.Name == v.area })
		if i < 0 {
			i = len(report.Profiles)
			report.Profiles = append(report.Profiles, Profile{Name: v.area})
		}
		part := report.Profiles[i].part(v.profile)
		part.add(v)
		if !r.Whole() {
			part.partial()
		}
	}
	slices.SortFunc(report.Profiles, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	for i := range report.Profiles {
		report.Profiles[i].Summary = report.Profiles[i].summary()
	}
	return report
}

// Write writes the report as YAML.
func Write(w io.Writer, r Report) error {
	text, err := yaml.MarshalWithOptions(r, yaml.IndentSequence(true))
	if err != nil {
		return fmt.Errorf("encode conformance report: %w", err)
	}
	if _, err = w.Write(text); err != nil {
		return fmt.Errorf("write conformance report: %w", err)
	}
	return nil
}

// verdict is that of one check with all its controls and rounds.
type verdict struct {
	name, area string
	profile    reports.Profile
	verdict    reports.Verdict
}

// byCheck are the verdicts by check, in the order of their names. The worst counts: a control
// that failed makes a failed check. A check of which only controls ran is inconclusive.
func byCheck(checks []reports.Check) []verdict {
	at := map[string]int{}
	ran := map[string]bool{}
	var all []verdict
	for _, c := range checks {
		name := c.Name()
		ran[name] = ran[name] || !c.Control
		i, known := at[name]
		if !known {
			i = len(all)
			at[name] = i
			all = append(all, verdict{reports.SafeLine(name), reports.SafeLine(c.Area), c.Profile, c.Verdict})
		}
		if c.Verdict.Worse(all[i].verdict) {
			all[i].verdict = c.Verdict
		}
	}
	for name, i := range at {
		if !ran[name] && reports.Inconclusive.Worse(all[i].verdict) {
			all[i].verdict = reports.Inconclusive
		}
	}
	slices.SortFunc(all, func(a, b verdict) int { return strings.Compare(a.name, b.name) })
	return all
}

// part is the part of a profile, made where it is not there. What states no profile counts
// as core: nobody may be excused from it.
func (p *Profile) part(of reports.Profile) *Part {
	into := &p.Core
	switch of {
	case reports.Extended:
		into = &p.Extended
	case reports.Providers:
		into = &p.Providers
	case reports.Core:
	}
	if *into == nil {
		*into = &Part{Result: Success}
	}
	return *into
}

func (p *Part) add(v verdict) {
	switch v.verdict {
	case reports.Passed:
		p.Statistics.Passed++
	case reports.Failed:
		p.Statistics.Failed++
		p.FailedTests = append(p.FailedTests, v.name)
		p.Result = Failure
	case reports.Inconclusive:
		p.Statistics.Inconclusive++
		p.InconclusiveTests = append(p.InconclusiveTests, v.name)
		p.partial()
	case reports.Skipped:
		p.Statistics.Skipped++
		p.SkippedTests = append(p.SkippedTests, v.name)
		p.partial()
	}
}

func (p *Part) partial() {
	if p.Result == Success {
		p.Result = Partial
	}
}

// summary is the profile in one sentence.
func (p Profile) summary() string {
	var parts []string
	for _, one := range []struct {
		name string
		part *Part
	}{{"Core", p.Core}, {"Extended", p.Extended}, {"Providers", p.Providers}} {
		if one.part == nil {
			continue
		}
		s := one.part.Statistics
		total := s.Passed + s.Failed + s.Inconclusive + s.Skipped
		parts = append(parts, fmt.Sprintf("%s: %d of %d checks passed", one.name, s.Passed, total))
	}
	return strings.Join(parts, ". ") + "."
}
