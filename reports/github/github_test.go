package github_test

import (
	"bytes"
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
	"github.com/throughline/throughline/reports/github"
	"github.com/throughline/throughline/traces"
)

var update = flag.Bool("update", false, "write the golden files anew")

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

func run(checks ...reports.Check) reports.Result {
	at := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	return reports.Result{
		Run: "20261128-200000-7", Seed: 7, Started: at, Finished: at.Add(3*time.Minute + 12*time.Second),
		Subject: reports.Subject{Versions: map[string]string{"istio": "1.31.0", "envoy": "1.40.0"}, Provider: "kind", Flavour: "upstream"},
		Checks:  checks,
	}
}

func split() reports.Check {
	return reports.Check{
		ID: "P01", Title: "keeps one trace along a chain, of 100 %: all of it", Area: "propagation", Verdict: reports.Failed, Location: "suites/propagation/chain.go:21",
		Findings: []traces.Finding{{
			Kind: traces.SplitTrace, Service: "cart", Observed: "2 traces: cb74… has 4 of 6 spans", Expected: "1 trace: client > web > cart > stock",
			Why: "`cart` called `stock` without traceparent", Next: "forward traceparent in `cart`",
		}},
	}
}

func mixed() reports.Result {
	passed := reports.Check{ID: "S01", Title: "samples all", Area: "sampling", Verdict: reports.Passed}
	caught := passed
	caught.Control, caught.ControlName = true, "0 %"
	r := run(split(), passed, caught,
		reports.Check{ID: "S02", Title: "samples none", Area: "sampling", Verdict: reports.Inconclusive, Reason: "spans sent 812, stored 806", Location: "nowhere"},
		reports.Check{ID: "P09", Title: "over gRPC", Area: "propagation", Verdict: reports.Skipped, Reason: "the mesh has no gRPC"})
	r.Notes = []string{"the version of istio cannot be read"}
	return r
}

// hostile is text that a runner, Markdown or a reader's eye could be misled by.
const hostile = "a\x1b[2J\u202e`|<img src=x onerror=alert(1)>](javascript:x)@all %0A::set-env name=x::y,line=1\n::error::x\n```\n##[error]y \r\x00\U000e0041"

func hostileResult() reports.Result {
	r := run(
		reports.Check{
			ID: hostile, Case: hostile, Title: hostile, Area: hostile, Verdict: reports.Failed, Reason: hostile, Location: hostile + ":7",
			Findings: []traces.Finding{{Kind: traces.FindingKind(hostile), Service: hostile, Observed: hostile, Next: hostile}},
			Evidence: []reports.File{{Path: hostile + "/" + hostile}},
		},
		reports.Check{ID: "P02", Title: hostile, Area: hostile, Verdict: reports.Inconclusive, Reason: hostile},
		reports.Check{ID: "P03", Title: hostile, Area: hostile, Verdict: reports.Skipped, Reason: hostile},
	)
	r.Problem, r.Notes, r.Subject.Versions["istio"] = hostile, []string{hostile}, hostile
	return r
}

func results() map[string]reports.Result {
	broken := run()
	broken.Problem = "install istio: istiod not ready after 3m0s\nlast event: Failed to pull image"
	killed := mixed()
	killed.Finished = time.Time{}
	return map[string]reports.Result{
		"mixed": mixed(), "hostile": hostileResult(), "broken": broken, "killed": killed, "empty": run(),
		"passed": run(reports.Check{ID: "S01", Title: "samples all", Area: "sampling", Verdict: reports.Passed}),
	}
}

func rendered(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func summary(t *testing.T, r reports.Result) string {
	t.Helper()
	return rendered(t, func(w io.Writer) error { return github.Summary(w, r, "out/latest") })
}

func annotations(t *testing.T, r reports.Result) string {
	t.Helper()
	return rendered(t, func(w io.Writer) error { return github.Annotations(w, r) })
}

func TestWhatGitHubShowsIsAsReviewed(t *testing.T) {
	for name, r := range results() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".md", []byte(summary(t, r)))
			golden(t, name+".txt", []byte(annotations(t, r)))
		})
	}
}

func TestAnAnnotationNamesThePlaceAndTheFinding(t *testing.T) {
	got := annotations(t, run(split()))
	want := "::error file=suites/propagation/chain.go,line=21,title=P01 keeps one trace along a chain%2C of 100 %25%3A all of it::finding   split-trace cart%0A"
	if !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s…", got, want)
	}
}

func TestEveryAnnotationIsOneLine(t *testing.T) {
	for line := range strings.Lines(annotations(t, hostileResult())) {
		if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") {
			t.Errorf("a line that is no annotation: %q", line)
		}
		_, rest, _ := strings.Cut(line, " ")
		properties, _, _ := strings.Cut(rest, "::")
		for p := range strings.SplitSeq(properties, ",") {
			if name, value, _ := strings.Cut(p, "="); name != "file" && name != "title" && (name != "line" || value != "7") {
				t.Errorf("a property that a trace wrote: %q", p)
			}
		}
		if strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\n\x1b\x00\u202e") {
			t.Errorf("%q", line)
		}
	}
}

func TestARunThatPassedHasNoAnnotation(t *testing.T) {
	if got := annotations(t, results()["passed"]); got != "" {
		t.Error(got)
	}
}

func TestOfManyFailuresTheLastAnnotationNamesTheOthers(t *testing.T) {
	var checks []reports.Check
	for i := range 25 {
		c := split()
		c.ID = fmt.Sprintf("P%02d", i)
		checks = append(checks, c)
	}
	got := annotations(t, run(checks...))
	if n := strings.Count(got, "::error "); n != 10 {
		t.Errorf("%d annotations", n)
	}
	if !strings.Contains(got, "title=Throughline%3A 16 more::P09 keeps") || !strings.Contains(got, "%0AP24 keeps") {
		t.Error(got)
	}
}

func TestALongMessageIsCut(t *testing.T) {
	c := split()
	c.Findings, c.Reason = nil, strings.Repeat("é", 100_000)
	if got := annotations(t, run(c)); len(got) > 5000 || !strings.Contains(got, "(cut; result.json has all of it)") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestASummaryHasWhatNobodyObeys(t *testing.T) {
	text := summary(t, hostileResult())
	for _, r := range text {
		if r != '\n' && !unicode.IsGraphic(r) {
			t.Errorf("%U", r)
		}
	}
	// Outside of code nothing of a trace is left.
	fence := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case fence == "" && strings.Trim(line, "`") == "text":
			fence = strings.TrimSuffix(line, "text")
			continue
		case fence != "":
			if line == fence {
				fence = ""
			}
			continue
		}
		// The longest run of backticks in it is three, so that four of them begin and end code.
		for i, part := range strings.Split(line, "````") {
			if i%2 == 0 && strings.ContainsAny(part, "<@") {
				t.Errorf("outside of code: %q in %q", part, line)
			}
		}
	}
	if fence != "" {
		t.Error("a block of code has no end")
	}
}

func TestASummaryStaysBelowWhatGitHubTakes(t *testing.T) {
	var checks []reports.Check
	for i := range 1000 {
		c := split()
		c.ID, c.Findings, c.Reason = fmt.Sprintf("P%03d", i), nil, strings.Repeat("long ", 1000)
		checks = append(checks, c)
	}
	text := summary(t, run(checks...))
	if len(text) > 1<<20 || !strings.Contains(text, "more did not pass, for which there is no room here") {
		t.Errorf("%d bytes", len(text))
	}
}

func TestNothingIsObeyedBetweenAStopAndItsEnd(t *testing.T) {
	got := rendered(t, func(w io.Writer) error {
		return github.Stop(w, "token", func(w io.Writer) error {
			_, err := io.WriteString(w, "::error::x")
			return err
		})
	})
	if want := "::stop-commands::token\n::error::x\n::token::\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var buf bytes.Buffer
	err := github.Stop(&buf, "token", func(io.Writer) error { return errors.New("disk full") })
	if err == nil || !strings.HasSuffix(buf.String(), "::token::\n") {
		t.Errorf("after an error (%v): %q", err, buf.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	for name, err := range map[string]error{
		"write summary: disk full":          github.Summary(broken{}, mixed(), ""),
		"write annotations: disk full":      github.Annotations(broken{}, mixed()),
		"stop workflow commands: disk full": github.Stop(broken{}, "x", func(io.Writer) error { return nil }),
	} {
		if err == nil || err.Error() != name {
			t.Errorf("error is %v, want %s", err, name)
		}
	}
}
