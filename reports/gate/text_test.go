package gate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
	"github.com/throughline/throughline/traces"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func forms() map[string]func(io.Writer, gate.Decision) error {
	return map[string]func(io.Writer, gate.Decision) error{"txt": gate.Text, "md": gate.Markdown, "json": gate.JSON}
}

func rendered(t *testing.T, d gate.Decision, write func(io.Writer, gate.Decision) error) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf, d); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// split is a check that failed with a finding.
func split(name string) reports.Check {
	c := check(name, reports.Failed)
	c.Findings = []traces.Finding{{Kind: traces.SplitTrace, Service: "cart", Observed: "2 traces: cb74… has 4 of 6 spans, 5588… has 2"}}
	return c
}

const release = `
version: 1
name: release
require: {profiles: [core]}
maxAge: 7d
subjects:
  - {name: pinned, match: {istio: "1.31"}}
  - {name: before, match: {istio: "1.30"}}
`

func decisions(t *testing.T) map[string]gate.Decision {
	t.Helper()
	good := []reports.Check{check("P01", reports.Passed), control("P01", "drop", reports.Passed)}
	all := func(more ...reports.Check) []reports.Check {
		return append(append([]reports.Check{}, good...), more...)
	}
	whole := source("a", all()...)
	whole.Evidence = gate.Evidence{Intact: 12}
	before := on(source("b", all()...), "1.30.2")
	before.Evidence = gate.Evidence{Missing: 12}
	shifted := rated(1551, 0.030)
	shifted.Result.Checks = append(shifted.Result.Checks, split("P02"), control("P03", "swap the parents", reports.Failed), check("P03", reports.Passed))
	last := rated(1351, 0.010)
	last = on(later(last, -30*24*60*60*1e9), "1.30.2")
	last.Result.Run, last.Result.Checks = "last", append(last.Result.Checks, check("P02", reports.Passed), check("P04", reports.Passed))
	var known []gate.Known
	for i := range 12 {
		known = append(known, gate.Known{ID: fmt.Sprintf("P%02d", i), Name: fmt.Sprintf("P%02d", i), Area: "propagation", Profile: reports.Core})
	}
	expired := release + entry("P02", "expires: 2026-11-27")
	force := release + entry("P02", "subject: pinned, expires: 2026-12-24")
	return map[string]gate.Decision{
		"released": decide(t, release, given(whole, before)),
		"blocked":  decide(t, release+"comparison: {rates: block}\n", gate.Input{Results: []gate.Source{shifted, before}, Former: []gate.Source{last}}),
		"expired":  decide(t, expired, given(source("a", all(split("P02"))...), before)),
		"quarantined": decide(t, force, gate.Input{
			Results: []gate.Source{source("a", all(split("P02"))...), before},
			Former:  []gate.Source{on(former(all(check("P02", reports.Passed))...), "1.31.0"), former(all()...)},
		}),
		"missing": decide(t, release, gate.Input{Results: []gate.Source{whole}, Known: known}),
		"nothing": decide(t, release, gate.Input{}),
		"hostile": hostileDecision(t),
	}
}

// hostile is text that a terminal, Markdown or a reader's eye could be misled by.
const hostile = "a\x1b[2J\u202e`|<img src=x onerror=alert(1)>](javascript:x)@all #1 \x00\n::error::x ##[error]y **b** \r\U000e0041"

func hostileDecision(t *testing.T) gate.Decision {
	t.Helper()
	s := source("a", reports.Check{ID: hostile, Case: hostile, Verdict: reports.Failed, Reason: hostile, Area: hostile},
		check("P01", reports.Inconclusive), reports.Check{ID: "P02", Control: true, ControlName: hostile, Verdict: reports.Failed, Reason: hostile},
		reports.Check{ID: "P03", Verdict: reports.Skipped, Reason: hostile})
	s.File, s.SHA256, s.Result.Run, s.Result.Problem = hostile, hostile, hostile, hostile
	s.Result.Notes = []string{hostile}
	s.Evidence = gate.Evidence{Intact: 1, Missing: 1, MissingFiles: []string{hostile}}
	s.Result.Subject.Versions = map[string]string{"istio": hostile, hostile: hostile}
	f := former(check("P09", reports.Passed))
	f.Result.Run, f.Result.Subject.Versions = hostile, map[string]string{"istio": hostile + "2"}
	p := decode(t, release)
	p.Name = hostile
	p.Subjects[0].Name, p.Subjects[0].Match = hostile, map[string]string{"istio": hostile}
	p.Quarantine = []gate.Quarantine{{Check: "P01", Subject: hostile, Owner: hostile, Reason: hostile, Link: hostile}}
	unfit := later(f, 60*24*time.Hour)
	unfit.File = hostile
	d, err := gate.Decide(p, gate.Input{Results: []gate.Source{s}, Former: []gate.Source{f, unfit}}, today())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheFormsOfADecisionAreAsReviewed(t *testing.T) {
	for name, d := range decisions(t) {
		for form, write := range forms() {
			t.Run(name+"."+form, func(t *testing.T) { golden(t, name+"."+form, rendered(t, d, write)) })
		}
	}
}

func TestNoFormHasWhatATerminalObeys(t *testing.T) {
	d := hostileDecision(t)
	for form, write := range forms() {
		for _, r := range string(rendered(t, d, write)) {
			if r != '\n' && r != ' ' && !unicode.IsGraphic(r) {
				t.Errorf("%s has %U", form, r)
			}
		}
	}
}

func TestEveryLineOfMarkdownIsOneThatTheGateBegan(t *testing.T) {
	for line := range strings.Lines(string(rendered(t, hostileDecision(t), gate.Markdown))) {
		ours := line == "\n"
		for _, begin := range []string{"## Gate: ", "### ", "By ", "- **", "  - ", "| ", "|---", "`"} {
			ours = ours || strings.HasPrefix(line, begin)
		}
		if !ours {
			t.Errorf("a line begins as %q", line)
		}
	}
}

func TestTheJSONOfADecisionIsWhole(t *testing.T) {
	for name, d := range decisions(t) {
		text := rendered(t, d, gate.JSON)
		var got struct {
			Outcome  string           `json:"outcome"`
			ExitCode int              `json:"exitCode"`
			Reasons  []map[string]any `json:"reasons"`
			Warnings []map[string]any `json:"warnings"`
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.Outcome != string(d.Outcome) || got.ExitCode != d.ExitCode || len(got.Reasons) != len(d.Reasons) || bytes.Contains(text, []byte("null")) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestADecisionAsOfAnotherMomentSaysSo(t *testing.T) {
	d := decide(t, release, gate.Input{})
	for form, want := range map[string][2]string{
		"txt":  {"; decided at 2026-11-28T21:00:00Z\n", "; decided as of 2026-11-28T21:00:00Z, which --now gave\n"},
		"md":   {"; decided at 2026-11-28T21:00:00Z.\n", "; decided as of 2026-11-28T21:00:00Z, which --now gave.\n"},
		"json": {`"atGiven": false`, `"atGiven": true`},
	} {
		for i, given := range []bool{false, true} {
			d.AtGiven = given
			if text := string(rendered(t, d, forms()[form])); !strings.Contains(text, want[i]) {
				t.Errorf("%s, given %t: want %q in\n%s", form, given, want[i], text)
			}
		}
	}
}

func TestNothingStandsInTheWayOnlyWhereThereIsNothingToRead(t *testing.T) {
	passed := source("a", check("P01", reports.Passed))
	noted := passed
	noted.Result.Notes = []string{"a note"}
	budget := source("a", check("P01", reports.Passed), check("P02", reports.Inconclusive))
	budget.Result.Notes = noted.Result.Notes
	for want, s := range map[string]gate.Source{"nothing stands in the way": passed, "1 warning to read": noted, "2 warnings to read": budget} {
		d := decide(t, pinned+"inconclusive: 500\n", given(s))
		if text := string(rendered(t, d, gate.Text)); d.Outcome != gate.Released || !strings.HasSuffix(text, "\nnext: "+want+"\n") {
			t.Errorf("want %q at the end of\n%s", want, text)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAFormSaysSoWhereItCannotBeWritten(t *testing.T) {
	d := decide(t, release, gate.Input{})
	for form, write := range forms() {
		if err := write(full{}, d); err == nil || err.Error() != "write decision: disk full" {
			t.Errorf("%s: error is %v", form, err)
		}
	}
}

func TestEvidenceIsToldInOneSentence(t *testing.T) {
	for want, e := range map[string]gate.Evidence{
		"without evidence":                       {},
		"1 file of evidence intact":              {Intact: 1},
		"2 files of evidence intact":             {Intact: 2},
		"its 1 file of evidence is not there":    {Missing: 1},
		"its 2 files of evidence are not there":  {Missing: 2},
		"1 file of evidence intact, 1 not there": {Intact: 1, Missing: 1},
	} {
		if got := e.String(); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}
