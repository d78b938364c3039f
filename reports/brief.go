package reports

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// DecodeBrief is DecodeText for whoever reads many results and only wants to know how their
// checks ended: it takes half the time and a third of the memory. What it gives lacks
// the environment, the configuration and phases, and of each check the title, the prose,
// the place, the time, the tests, the measures, the cases and all findings but the first. It refuses what DecodeText
// refuses, except in what it leaves out: that must be JSON, and no more.
func DecodeBrief(text []byte, name string) (Result, error) {
	return decodeResult(text, name, func(into *Result) error {
		var brief briefResult
		if err := decode(text, &brief); err != nil {
			return err
		}
		*into = brief.result()
		return nil
	})
}

// leftOut is a value of which nothing is kept.
type leftOut struct{}

// UnmarshalJSONFrom passes over the value.
func (*leftOut) UnmarshalJSONFrom(d *jsontext.Decoder) error { return d.SkipValue() }

// firstFinding is the first of a list of findings.
type firstFinding []traces.Finding

// UnmarshalJSONFrom reads the first of the list, and passes over the others.
func (f *firstFinding) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return json.UnmarshalDecode(d, (*[]traces.Finding)(f))
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	if d.PeekKind() != ']' {
		var first struct {
			Kind       traces.FindingKind `json:"kind"`
			Service    string             `json:"service"`
			Observed   string             `json:"observed"`
			Expected   leftOut            `json:"expected"`
			Why        leftOut            `json:"why"`
			Candidates leftOut            `json:"candidates"`
			Next       leftOut            `json:"next"`
			Count      leftOut            `json:"count"`
			Requests   leftOut            `json:"requests"`
			Traces     leftOut            `json:"traces"`
		}
		if err := json.UnmarshalDecode(d, &first); err != nil {
			return err
		}
		*f = firstFinding{{Kind: first.Kind, Service: first.Service, Observed: first.Observed}}
	}
	for d.PeekKind() != ']' {
		if err := d.SkipValue(); err != nil {
			return fmt.Errorf("pass over a finding: %w", err)
		}
	}
	_, err := d.ReadToken()
	return err
}

// briefResult has every field of Result.
type briefResult struct {
	Schema        string       `json:"schema"`
	Verdict       Verdict      `json:"verdict"`
	Reason        leftOut      `json:"reason"`
	ExitCode      int          `json:"exitCode"`
	Run           string       `json:"run"`
	Subject       Subject      `json:"subject"`
	Environment   leftOut      `json:"environment"`
	Configuration leftOut      `json:"configuration"`
	Seed          int64        `json:"seed"`
	Started       time.Time    `json:"started"`
	Finished      time.Time    `json:"finished"`
	Problem       string       `json:"problem"`
	Notes         []string     `json:"notes"`
	Phases        leftOut      `json:"phases"`
	Checks        []briefCheck `json:"checks"`
}

// briefCheck has every field of Check.
type briefCheck struct {
	ID            string       `json:"id"`
	Case          string       `json:"case"`
	Title         leftOut      `json:"title"`
	Area          string       `json:"area"`
	Profile       Profile      `json:"profile"`
	ProfileReason leftOut      `json:"profileReason"`
	Control       bool         `json:"control"`
	ControlName   string       `json:"controlName"`
	Round         int          `json:"round"`
	Verdict       Verdict      `json:"verdict"`
	Reason        string       `json:"reason"`
	Seconds       leftOut      `json:"seconds"`
	Findings      firstFinding `json:"findings"`
	Statistics    *Statistics  `json:"statistics"`
	Tests         leftOut      `json:"tests"`
	Measures      leftOut      `json:"measures"`
	Cases         leftOut      `json:"cases"`
	Evidence      []File       `json:"evidence"`
	Location      leftOut      `json:"location"`
	Prose         leftOut      `json:"prose"`
}

func (b briefResult) result() Result {
	r := Result{
		Schema: b.Schema, Verdict: b.Verdict, ExitCode: b.ExitCode, Run: b.Run, Subject: b.Subject,
		Seed: b.Seed, Started: b.Started, Finished: b.Finished, Problem: b.Problem, Notes: b.Notes, Checks: make([]Check, 0, len(b.Checks)),
	}
	for i := range b.Checks {
		c := &b.Checks[i]
		r.Checks = append(r.Checks, Check{
			ID: c.ID, Case: c.Case, Area: c.Area, Profile: c.Profile, Control: c.Control, ControlName: c.ControlName, Round: c.Round,
			Verdict: c.Verdict, Reason: c.Reason, Findings: c.Findings, Statistics: c.Statistics, Evidence: c.Evidence,
		})
	}
	return r
}
