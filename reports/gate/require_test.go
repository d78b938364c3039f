package gate_test

import (
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestAnAgeAboveTheMostIsToldSoThatOneSeesIt(t *testing.T) {
	for name, c := range map[string]struct {
		most string
		age  time.Duration
		want string
	}{
		"by days":                  {"7d", 9*24*time.Hour + time.Hour, "9 days ago, and may be 7 days old"},
		"by an hour":               {"7d", 7*24*time.Hour + time.Hour, "7 days and 1h00m ago, and may be 7 days old"},
		"by an hour of part days":  {"180h", 181 * time.Hour, "7 days and 13h00m ago, and may be 7 days and 12h00m old"},
		"by a second of part days": {"180h", 180*time.Hour + time.Second, "7 days and 12h00m and 1.00s ago, and may be 7 days and 12h00m old"},
		"by seconds":               {"36h", 36*time.Hour + 20*time.Second, "36h00m and 20.0s ago, and may be 36h00m old"},
		"by minutes":               {"36h", 36*time.Hour + 20*time.Minute, "36h20m ago, and may be 36h00m old"},
	} {
		s := source("a", check("P01", reports.Passed))
		d := decide(t, pinned+"maxAge: "+c.most+"\n", given(later(s, 24*time.Hour-c.age)))
		if want := "the newest result was started " + c.want; len(d.Reasons) != 1 || d.Reasons[0].Why != want {
			t.Errorf("%s: %v, want %q", name, whys(d.Reasons), want)
		}
	}
}

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
