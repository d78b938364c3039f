package reports_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/throughline/throughline/reports"
)

func TestJUnitIsAsReviewed(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".junit.xml", rendered(t, func(w io.Writer) error { return reports.JUnit(w, r, "") }))
		})
	}
}

type readSuites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
	Cases    []struct {
		Name    string `xml:"name,attr"`
		Failure *struct {
			Message string `xml:"message,attr"`
			Text    string `xml:",chardata"`
		} `xml:"failure"`
		Error   *struct{} `xml:"error"`
		Skipped *struct {
			Message string `xml:"message,attr"`
			Text    string `xml:",chardata"`
		} `xml:"skipped"`
	} `xml:"testsuite>testcase"`
}

func readJUnit(t *testing.T, r reports.Result) readSuites {
	t.Helper()
	var got readSuites
	if err := xml.Unmarshal(rendered(t, func(w io.Writer) error { return reports.JUnit(w, r, "") }), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestJUnitIsGreenOnlyForAPassedRun(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			got := readJUnit(t, r)
			var failures, errs, skipped int
			for _, c := range got.Cases {
				if c.Failure != nil {
					failures++
				}
				if c.Error != nil {
					errs++
				}
				if c.Skipped != nil {
					skipped++
				}
			}
			if got.Tests != len(got.Cases) || got.Failures != failures || got.Errors != errs || got.Skipped != skipped {
				t.Errorf("the counts %+v are not those of the test cases", got)
			}
			if green := failures+errs == 0; green != (r.Outcome().Verdict == reports.Passed) {
				t.Errorf("%d failures and %d errors for a run that %+v", failures, errs, r.Outcome())
			}
		})
	}
}

func TestJUnitOfABrokenSetUpHasOneError(t *testing.T) {
	got := readJUnit(t, results()["broken"])
	if got.Tests != 1 || got.Errors != 1 {
		t.Errorf("%d test cases, %d errors, want one of each", got.Tests, got.Errors)
	}
}

func TestJUnitNamesAttachmentsAsTheServerSeesThem(t *testing.T) {
	text := string(rendered(t, func(w io.Writer) error { return reports.JUnit(w, with(failedChain()), "out/20261123-061125-7") }))
	for _, want := range []string{
		"[[ATTACHMENT|out/20261123-061125-7/evidence/P01/hops.txt]]\n", "  evidence  out/20261123-061125-7/evidence/P01/\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestJUnitSaysInTheBodyWhyACheckWasSkipped(t *testing.T) {
	got := readJUnit(t, with(skippedCheck()))
	if s := got.Cases[0].Skipped; s.Message != skippedCheck().Reason || s.Text != skippedCheck().Reason {
		t.Errorf("%+v", s)
	}
}

func TestJUnitCarriesTheTextOfTheFinding(t *testing.T) {
	got := readJUnit(t, with(failedChain()))
	failure := got.Cases[0].Failure
	if want := "split-trace at cart: " + splitTrace().Observed; failure.Message != want {
		t.Errorf("message is %q, want %q", failure.Message, want)
	}
	for row := range strings.SplitSeq(splitTrace().Text(), "\n") {
		if strings.Count(failure.Text, row) != 1 {
			t.Errorf("the line %q is not there just once in:\n%s", row, failure.Text)
		}
	}
}
