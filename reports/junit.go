package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// JUnit writes result in the form that CI servers show: a suite for each area, a test case for
// each check and each control. A failed check is a failure, an inconclusive one an error. A
// run that broke, never finished or ran nothing has a test case of its own with
// one error, so that it never looks green. Dir is the run folder as the CI server sees it from its
// workspace, by which it finds the evidence; it may be empty.
//
// Servers differ in what they take. GitLab takes the body of a failure, an error and a skip, and the
// first attachment; the common actions for GitHub the message, the body, the file and the line. They
// tell test cases apart by class and name alone, so the name has the sabotage and the round.
func JUnit(w io.Writer, result Result, dir string) error {
	result = result.Sound()
	root := junitSuites{Name: "throughline", Time: seconds(result.took().Seconds())}
	for _, area := range result.areas() {
		root.Suites = append(root.Suites, result.suite(area, dir))
	}
	if trouble := result.trouble(); trouble != "" {
		root.Suites = append(root.Suites, troubleSuite(trouble, result))
	}
	for _, s := range root.Suites {
		root.Tests += s.Tests
		root.Failures += s.Failures
		root.Errors += s.Errors
		root.Skipped += s.Skipped
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(root); err != nil {
		return fmt.Errorf("encode junit: %w", err)
	}
	b.WriteByte('\n')
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	return nil
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitCase struct {
	Class      string          `xml:"classname,attr"`
	Name       string          `xml:"name,attr"`
	File       string          `xml:"file,attr,omitempty"`
	Line       string          `xml:"line,attr,omitempty"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Failure    *junitMessage   `xml:"failure"`
	Error      *junitMessage   `xml:"error"`
	Skipped    *junitMessage   `xml:"skipped"`
	Out        *junitText      `xml:"system-out"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitText struct {
	Text string `xml:",cdata"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",cdata"`
}

// areas lists the areas in the order of their first check by name.
func (r Result) areas() []string {
	var areas []string
	seen := map[string]bool{}
	for _, c := range byName(r.Checks) {
		if !seen[c.Area] {
			seen[c.Area] = true
			areas = append(areas, c.Area)
		}
	}
	return areas
}

func (r Result) suite(area, dir string) junitSuite {
	suite := junitSuite{Name: SafeLine(area), Timestamp: timestamp(r.Started), Properties: r.properties()}
	var total float64
	for _, c := range byName(r.Checks) {
		if c.Area != area {
			continue
		}
		total += c.Seconds
		suite.Tests++
		switch c.Verdict {
		case Failed:
			suite.Failures++
		case Inconclusive:
			suite.Errors++
		case Skipped:
			suite.Skipped++
		case Passed:
		}
		suite.Cases = append(suite.Cases, c.testCase(dir))
	}
	suite.Time = seconds(total)
	return suite
}

func (c Check) testCase(dir string) junitCase {
	test := junitCase{
		Class: "throughline." + SafeLine(c.Area),
		Name:  SafeLine(c.label()),
		Time:  seconds(c.Seconds),
		Properties: []junitProperty{
			{"id", SafeLine(c.ID)},
			{"control", fmt.Sprint(c.Control)},
			{"verdict", string(c.Verdict)},
		},
	}
	for _, p := range []junitProperty{{"case", c.Case}, {"profile", string(c.Profile)}, {"sabotage", c.ControlName}} {
		if p.Value != "" {
			test.Properties = append(test.Properties, junitProperty{p.Name, SafeLine(p.Value)})
		}
	}
	if c.Round > 1 {
		test.Properties = append(test.Properties, junitProperty{"round", fmt.Sprint(c.Round)})
	}
	test.File, test.Line = c.Place()
	message := &junitMessage{Message: c.Why(), Type: c.kind(), Text: c.Failure(dir)}
	switch c.Verdict {
	case Failed:
		test.Failure = message
	case Inconclusive:
		test.Error = message
	case Skipped:
		test.Skipped = &junitMessage{Message: c.Why(), Text: Safe(c.Reason)}
	case Passed:
	}
	if len(c.Evidence) > 0 {
		test.Out = &junitText{attachments(c.Evidence, dir)}
	}
	return test
}

// attachments names files in the form by which CI servers find them.
func attachments(files []File, dir string) string {
	var out strings.Builder
	for _, file := range files {
		out.WriteString("[[ATTACHMENT|" + SafeLine(join(dir, file.Path)) + "]]\n")
	}
	return out.String()
}

// kind is the type of a failure: the kind of its first finding, else the verdict.
func (c Check) kind() string {
	if c.Verdict == Failed && !c.Control && len(c.Findings) > 0 {
		return SafeLine(string(c.Findings[0].Kind))
	}
	return string(c.Verdict)
}

func (r Result) properties() []junitProperty {
	all := []junitProperty{{"seed", fmt.Sprint(r.Seed)}}
	if r.Run != "" {
		all = append(all, junitProperty{"run", SafeLine(r.Run)})
	}
	for _, p := range []junitProperty{{"provider", r.Subject.Provider}, {"flavour", r.Subject.Flavour}, {"throughline", r.Environment.Throughline}} {
		if p.Value != "" {
			all = append(all, junitProperty{p.Name, SafeLine(p.Value)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Subject.Versions)) {
		all = append(all, junitProperty{SafeLine("version." + name), SafeLine(r.Subject.Versions[name])})
	}
	return all
}

// trouble is why the run as a whole is inconclusive, or "" where only single checks are.
func (r Result) trouble() string {
	switch count := r.Count(); {
	case r.Problem != "":
		return r.Problem
	case r.Finished.IsZero():
		return "the run has not finished: it was ended, or is still under way"
	case count.Checks.ran() == 0:
		return nothingRan(count)
	}
	return ""
}

func troubleSuite(trouble string, r Result) junitSuite {
	first, _, _ := strings.Cut(trouble, "\n")
	return junitSuite{
		Name: "run", Tests: 1, Errors: 1, Time: seconds(0), Timestamp: timestamp(r.Started), Properties: r.properties(),
		Cases: []junitCase{{
			Class:      "throughline.run",
			Name:       "the run completes",
			Time:       seconds(0),
			Properties: []junitProperty{{"verdict", string(Inconclusive)}},
			Error:      &junitMessage{Message: SafeLine(first), Type: string(Inconclusive), Text: Safe(trouble) + "\n"},
		}},
	}
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }

func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05")
}
