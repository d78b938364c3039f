package e2e

import (
	"fmt"

	"github.com/throughline/throughline/suites"
)

// Listed is one check as the catalogue shows it.
type Listed struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Area  string `json:"area"`
	Title string `json:"title"`
	// Profile is what the check counts for, ProfileReason why.
	Profile       string `json:"profile"`
	ProfileReason string `json:"profileReason"`
	Promise       string `json:"promise"`
	Link          string `json:"link"`
	Matters       string `json:"matters"`
	How           string `json:"how"`
	Failure       string `json:"failure"`
	// Labels are those that a label filter sees.
	Labels []string `json:"labels"`
	// Needs are the features that the mesh must have.
	Needs     []string        `json:"needs"`
	Requests  int             `json:"requests"`
	Setting   string          `json:"setting"`
	Expected  string          `json:"expected,omitempty"`
	CasesPage string          `json:"casesPage,omitempty"`
	Controls  []ListedControl `json:"controls"`
	NoControl string          `json:"noControl,omitempty"`
	// Deviations are where the mesh does otherwise than documented.
	Deviations []ListedDeviation `json:"deviations"`
}

// ListedDeviation is one known deviation as the catalogue shows it.
type ListedDeviation struct {
	Of         string `json:"of"`
	Versions   string `json:"versions"`
	Documented string `json:"documented"`
	Measured   string `json:"measured"`
	Source     string `json:"source"`
}

// ListedControl is one control as the catalogue shows it.
type ListedControl struct {
	Name string `json:"name"`
	// Live is true for a sabotage of the traffic, false for one of the evidence.
	Live bool `json:"live"`
	// Finds are the findings that it must lead to.
	Finds []string `json:"finds"`
}

// List is the catalogue entries of checks, in their order.
func List(checks []suites.Check) []Listed {
	entries := make([]Listed, 0, len(checks))
	for _, c := range checks {
		e := Listed{
			Name: c.Name(), ID: c.ID, Area: string(c.Area), Title: c.Title,
			Promise: c.Prose.Promise, Link: c.Prose.Link, Matters: c.Prose.Matters, How: c.Prose.How, Failure: c.Prose.Failure,
			Profile: string(c.Profile.Name), ProfileReason: c.Profile.Why,
			Requests: c.Traffic.Requests, Setting: c.Traffic.Mesh.String(), CasesPage: c.CasesPage,
			Labels: labels(c), Needs: []string{},
			Controls: []ListedControl{}, NoControl: c.NoControl, Deviations: []ListedDeviation{},
		}
		for _, f := range c.Needs {
			e.Needs = append(e.Needs, string(f))
		}
		for _, d := range c.Deviations {
			e.Deviations = append(e.Deviations, ListedDeviation(d))
		}
		if c.Expected != nil {
			e.Expected = c.Expected.String()
		}
		for _, control := range c.Controls {
			entry := ListedControl{Name: control.Name, Live: control.Sabotage != nil}
			for _, f := range control.Finds {
				entry.Finds = append(entry.Finds, fmt.Sprintf("%s at %s", f.Kind, f.Service))
			}
			e.Controls = append(e.Controls, entry)
		}
		entries = append(entries, e)
	}
	return entries
}
