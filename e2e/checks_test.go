package e2e

import (
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

func TestASpecThatEndsWithoutAVerdictIsNamed(t *testing.T) {
	ended := func(state types.SpecState) types.Report {
		return types.Report{SpecReports: types.SpecReports{{
			LeafNodeType: types.NodeTypeIt, LeafNodeText: "P01 keeps one trace", State: state,
			Failure: types.Failure{Message: "a judge panicked"},
		}}}
	}
	for name, c := range map[string]struct {
		report   types.Report
		recorded bool
		want     string
	}{
		"a panic":                          {ended(types.SpecStatePanicked), false, "P01 keeps one trace ended without a verdict: a judge panicked"},
		"a time-out":                       {ended(types.SpecStateTimedout), false, "P01 keeps one trace ended without a verdict"},
		"a failure that is in the result":  {ended(types.SpecStateFailed), true, ""},
		"a spec that a filter left out":    {ended(types.SpecStateSkipped), false, ""},
		"all specs together took too long": {types.Report{SpecialSuiteFailureReasons: []string{"Suite Timeout Elapsed"}}, true, "the checks ended early: Suite Timeout Elapsed"},
	} {
		t.Run(name, func(t *testing.T) {
			records := recorder{titles: map[string]bool{"P01 keeps one trace": c.recorded}}
			records.complete(c.report)
			err := records.err()
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestRequestsThatNoApplicationRecordedMakeTheEvidenceIncomplete(t *testing.T) {
	evidence := traces.Evidence{
		Requests: []traces.Exchange{{Request: "a", Status: 200}, {Request: "b", Status: 200}, {Request: "c", Status: 503}},
		Hops:     []traces.Hop{{Request: "a"}},
	}
	got := unrecorded(evidence)
	if len(got) != 1 || !strings.HasPrefix(got[0], "1 of 3 requests") {
		t.Errorf("incomplete %q; want it to say that 1 of 3 requests was not recorded", got)
	}
}

func TestSamplesAreSentInTurnEachWithAnIDOfItsOwn(t *testing.T) {
	traffic := suites.Traffic{
		Requests: 4,
		Samples: []suites.Sample{
			{Variant: traces.Baseline, Topology: traces.Topology{Name: "chain"}},
			{Variant: traces.Delayed, Topology: traces.Topology{Name: "slow"}, Headers: map[string]string{"x": "y"}},
		},
	}
	ids := map[string]bool{}
	for i, request := range shot(traffic, "run-1-").Requests {
		want := traffic.Samples[i%2]
		if request.Variant != want.Variant || request.Topology.Name != want.Topology.Name || request.Headers["x"] != want.Headers["x"] {
			t.Errorf("request %d is %+v, want sample %q", i, request, want.Variant)
		}
		if ids[request.ID] || !strings.HasPrefix(request.ID, "run-1-") {
			t.Errorf("request %d has the id %q", i, request.ID)
		}
		ids[request.ID] = true
	}
	if len(ids) != traffic.Requests {
		t.Errorf("%d requests, want %d", len(ids), traffic.Requests)
	}
}

func TestChecksAreChosenByIDCaseAndArea(t *testing.T) {
	all := Catalogue(1e-6)
	named := func(wanted func(suites.Check) bool) []string {
		var names []string
		for _, c := range all {
			if wanted(c) {
				names = append(names, c.Name())
			}
		}
		return names
	}
	for name, c := range map[string]struct {
		names []string
		want  []string
	}{
		"by id, with all its cases": {[]string{"p01"}, []string{"P01", "P01/zipkin"}},
		"by one case":               {[]string{"P01/zipkin"}, []string{"P01/zipkin"}},
		"by area":                   {[]string{"latency"}, named(func(c suites.Check) bool { return c.Area == suites.Latency })},
		"each once":                 {[]string{"E01", "e01"}, []string{"E01"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, check := range Select(all, c.names) {
				got = append(got, check.Name())
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("chose %v, want %v", got, c.want)
			}
		})
	}
	if len(Select(all, nil)) != len(all) {
		t.Error("no name must choose all")
	}
}

func TestAControlThatPassedKeepsNoCases(t *testing.T) {
	control := &suites.Control{Name: "send a valid traceparent"}
	for name, c := range map[string]struct {
		spec    spec
		verdict reports.Verdict
		want    int
	}{
		"a check":                {spec{}, reports.Passed, 1},
		"a control that caught":  {spec{control: control}, reports.Passed, 0},
		"a control that did not": {spec{control: control}, reports.Failed, 1},
	} {
		t.Run(name, func(t *testing.T) {
			out := suites.Outcome{Verdict: c.verdict, Judgement: suites.Judgement{Cases: []reports.Case{{ID: "traceparent-ff"}}}}
			if got := c.spec.cases(out); len(got) != c.want {
				t.Errorf("%d cases, want %d", len(got), c.want)
			}
		})
	}
}
