package gate_test

import (
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestWhatARunNotedOfItselfIsAWarning(t *testing.T) {
	noted := func(s gate.Source, notes ...string) gate.Source {
		s.Result.Notes = notes
		return s
	}
	passed := source("a", check("P01", reports.Passed))
	elsewhere := on(source("c", check("P01", reports.Passed)), "1.30.0")
	older := later(source("b", check("P01", reports.Passed)), -time.Hour)
	d := decide(t, pinned+"duplicates: newest\n", given(
		noted(passed, "the version of envoy could not be read\x1b; it was taken for the newest", "another"), noted(older, "older"), noted(elsewhere, "of no subject"),
	))
	var notes []gate.Reason
	for _, r := range d.Warnings {
		if r.Kind == gate.Noted {
			notes = append(notes, r)
		}
	}
	const want = `the version of envoy could not be read\x1b; it was taken for the newest; another`
	if d.Outcome != gate.Released || len(notes) != 1 || notes[0].Why != want || notes[0].Run != "a" || notes[0].Subject != "pinned" {
		t.Errorf("%s, notes %+v", d.Outcome, notes)
	}
}
