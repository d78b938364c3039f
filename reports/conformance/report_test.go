package conformance_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/conformance"
)

func result(checks ...reports.Check) reports.Result {
	at := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	return reports.Result{
		Run: "20261128-200000-7", Started: at, Finished: at.Add(time.Minute),
		Subject: reports.Subject{Versions: map[string]string{"istio": "1.31.0", "envoy": "1.40.0"}, Flavour: "upstream"},
		Checks:  checks,
	}
}

func check(id, area string, profile reports.Profile, v reports.Verdict) reports.Check {
	return reports.Check{ID: id, Area: area, Profile: profile, Verdict: v}
}

func TestEachAreaHasItsPartsWithTheirStatistics(t *testing.T) {
	r := conformance.Of(result(
		check("P01", "propagation", reports.Core, reports.Passed),
		check("P02", "propagation", reports.Core, reports.Failed),
		check("P10", "propagation", reports.Extended, reports.Skipped),
		check("L01", "latency", reports.Core, reports.Inconclusive),
		check("P15", "propagation", reports.Providers, reports.Passed),
	))

	want := []conformance.Profile{
		{
			Name: "latency", Summary: "Core: 0 of 1 checks passed.",
			Core: &conformance.Part{Result: conformance.Partial, Statistics: conformance.Statistics{Inconclusive: 1}, InconclusiveTests: []string{"L01"}},
		},
		{
			Name:      "propagation",
			Summary:   "Core: 1 of 2 checks passed. Extended: 0 of 1 checks passed. Providers: 1 of 1 checks passed.",
			Core:      &conformance.Part{Result: conformance.Failure, Statistics: conformance.Statistics{Passed: 1, Failed: 1}, FailedTests: []string{"P02"}},
			Extended:  &conformance.Part{Result: conformance.Partial, Statistics: conformance.Statistics{Skipped: 1}, SkippedTests: []string{"P10"}},
			Providers: &conformance.Part{Result: conformance.Success, Statistics: conformance.Statistics{Passed: 1}},
		},
	}
	if diff := cmp.Diff(want, r.Profiles); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	if r.Implementation.Version != "1.31.0" || r.Mode != "upstream" || r.Verdict != "failed" || r.Date != "2026-11-28T20:00:00Z" {
		t.Errorf("head is %+v", r)
	}
}

func TestAFailedControlMakesItsCheckAFailure(t *testing.T) {
	control := check("P01", "propagation", reports.Core, reports.Failed)
	control.Control = true

	r := conformance.Of(result(check("P01", "propagation", reports.Core, reports.Passed), control))

	core := r.Profiles[0].Core
	if core.Result != conformance.Failure || core.Statistics != (conformance.Statistics{Failed: 1}) {
		t.Errorf("core is %+v, want one failure: a check that misses its sabotage proves nothing", core)
	}
}

func TestARunWithoutChecksConformsToNothing(t *testing.T) {
	r := conformance.Of(result())

	if len(r.Profiles) != 0 || r.Verdict != "inconclusive" {
		t.Errorf("report is %+v", r)
	}
}

func TestACheckWithoutAProfileIsCore(t *testing.T) {
	r := conformance.Of(result(check("P01", "propagation", "", reports.Failed)))

	if core := r.Profiles[0].Core; core == nil || core.Result != conformance.Failure {
		t.Errorf("core is %+v", core)
	}
}

func TestAControlDoesNotStandInForItsCheck(t *testing.T) {
	control := check("P01", "propagation", reports.Core, reports.Passed)
	control.Control = true

	r := conformance.Of(result(control, check("P02", "propagation", reports.Core, reports.Passed)))

	core := r.Profiles[0].Core
	if core.Result != conformance.Partial || core.Statistics != (conformance.Statistics{Passed: 1, Inconclusive: 1}) {
		t.Errorf("core is %+v, want P01 inconclusive: only its control ran", core)
	}
}

func TestARunThatDidNotEndConformsInPartAtMost(t *testing.T) {
	unfinished := result(check("P01", "propagation", reports.Core, reports.Passed), check("L01", "latency", reports.Core, reports.Failed))
	unfinished.Finished = time.Time{}
	interrupted := result(unfinished.Checks...)
	interrupted.Problem = "interrupted by the user"
	for _, r := range []reports.Result{unfinished, interrupted} {
		report := conformance.Of(r)
		if latency, propagation := report.Profiles[0].Core.Result, report.Profiles[1].Core.Result; latency != conformance.Failure || propagation != conformance.Partial {
			t.Errorf("latency is %s and propagation %s", latency, propagation)
		}
	}
}

func TestNothingHostileStandsInTheReport(t *testing.T) {
	const hostile = "1.31\x1b[2J\u202e\n- x: y"
	r := result(reports.Check{ID: hostile, Area: hostile, Profile: reports.Core, Verdict: reports.Failed})
	r.Run, r.Subject.Flavour, r.Environment.Throughline = hostile, hostile, hostile
	r.Subject.Versions = map[string]string{"istio": hostile, hostile: "1"}
	var buf bytes.Buffer
	if err := conformance.Write(&buf, conformance.Of(r)); err != nil {
		t.Fatal(err)
	}
	if text := buf.String(); reports.Safe(text) != text {
		t.Errorf("%q", text)
	}
}

func TestTheReportIsYAMLThatReadsBack(t *testing.T) {
	r := conformance.Of(result(check("P01/a: b\u202e\"", "propagation", reports.Core, reports.Failed)))
	var buf bytes.Buffer
	if err := conformance.Write(&buf, r); err != nil {
		t.Fatal(err)
	}

	var back conformance.Report
	if err := yaml.UnmarshalWithOptions(buf.Bytes(), &back, yaml.Strict()); err != nil {
		t.Fatalf("%v in\n%s", err, buf.String())
	}
	if diff := cmp.Diff(r, back); diff != "" {
		t.Errorf("read back (-wrote +read):\n%s", diff)
	}
	if !strings.HasPrefix(buf.String(), "apiVersion: throughline.dev/v1alpha1\nkind: ConformanceReport\n") {
		t.Errorf("it begins\n%s", buf.String()[:120])
	}
}
