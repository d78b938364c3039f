package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
	"github.com/throughline/throughline/reports/matrix"
)

// policies are those that a reader may take as they are.
func policies(t *testing.T) map[string]string {
	t.Helper()
	own, err := os.ReadFile("../../gate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/gate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(document), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	_, help, told := strings.Cut(gateCommand(streams{}).Long, "A policy:\n")
	help, _, ends := strings.Cut(help, "Exit codes:")
	if !found || !closed || !told || !ends {
		t.Fatal("an example is missing")
	}
	return map[string]string{"gate.yaml": string(own), "docs/gate.md": example, "--help": help}
}

func TestTheReleaseNeedsEveryCellOfTheMatrix(t *testing.T) {
	text := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	policy, err := gate.DecodePolicy(bytes.NewReader(text("gate.yaml")), "gate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cells, err := matrix.Decode(text("matrix.yaml"), "matrix.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 21, 0, 0, 0, time.UTC)
	var all []gate.Source
	for _, c := range matrix.NewPlan(cells, nil, 0).Cells {
		all = append(all, gate.Source{File: c.Cell.Name(), Result: everythingPassed(c.Cell, now)})
	}
	decided := func(results []gate.Source) gate.Outcome {
		d, err := gate.Decide(policy, gate.Input{Results: results, Known: known()}, now)
		if err != nil {
			t.Fatal(err)
		}
		return d.Outcome
	}
	if got := decided(all); got != gate.Released {
		t.Errorf("where everything passed it is %s", got)
	}
	for i, missing := range all {
		if got := decided(slices.Delete(slices.Clone(all), i, i+1)); got != gate.Undecided {
			t.Errorf("without %s it is %s", missing.File, got)
		}
	}
}

// everythingPassed is a result of a cell in which every check and every control passed.
func everythingPassed(cell matrix.Cell, at time.Time) reports.Result {
	r := reports.Result{
		Run: cell.Name(), Started: at.Add(-time.Hour), Finished: at,
		Subject: reports.Subject{Versions: map[string]string{}, Provider: cell[matrix.Provider], Flavour: cell[matrix.Flavour]},
	}
	for _, axis := range matrix.Axes() {
		if axis.Component() {
			r.Subject.Versions[axis.String()] = cell[axis]
		}
	}
	for _, k := range known() {
		check := reports.Check{ID: k.ID, Case: strings.TrimPrefix(strings.TrimPrefix(k.Name, k.ID), "/"), Area: k.Area, Profile: k.Profile, Verdict: reports.Passed}
		r.Checks = append(r.Checks, check)
		r.Checks[len(r.Checks)-1].Evidence = []reports.File{reports.FileOf("evidence/"+k.Name+"/exhibit.json", nil)}
		for _, name := range k.Controls {
			control := check
			control.Control, control.ControlName = true, name
			r.Checks = append(r.Checks, control)
		}
	}
	return r
}

func TestEveryPolicyThatIsShownCanBeDecidedBy(t *testing.T) {
	for name, text := range policies(t) {
		policy, err := gate.DecodePolicy(strings.NewReader(text), name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		d, err := gate.Decide(policy, gate.Input{Known: known()}, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
		if err != nil || d.Outcome != gate.Undecided {
			t.Errorf("%s: without results it is %s, %v", name, d.Outcome, err)
		}
	}
}

func TestADayStandsForItsLastMoment(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-11-28":                time.Date(2026, 11, 28, 23, 59, 59, 999_999_999, time.UTC),
		"2026-12-31":                time.Date(2026, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		"2026-11-28T00:00:00Z":      time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC),
		"2026-11-28T21:00:00+09:00": time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC),
	} {
		if got, err := moment(text); err != nil || !got.Equal(want) {
			t.Errorf("--now %s: %s, %v; want %s", text, got, err, want)
		}
	}
}
