package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

// evident is a check with a file of evidence.
func evident(name string, v reports.Verdict) reports.Check {
	c := check(name, v)
	c.Evidence = []reports.File{reports.FileOf("evidence/"+name+"/exhibit.json", []byte("{}"))}
	return c
}

// lying is a source with so many files of evidence beside it, and without those.
func lying(s gate.Source, intact int, missing ...string) gate.Source {
	s.Evidence = gate.Evidence{Intact: intact, Missing: len(missing), MissingFiles: missing}
	return s
}

func TestEvidenceIsThereWhereThePolicyAsksForIt(t *testing.T) {
	const required = "evidence: required\n"
	whole := source("a", evident("P01", reports.Passed), control("P01", "drop", reports.Passed), check("P02", reports.Skipped))
	allowed := strings.Replace(pinned, "[core]", "[core], allowSkipped: [P02]", 1)
	var gone []string
	for i := range 10 {
		gone = append(gone, fmt.Sprintf("evidence/P%02d/hops.txt", i))
	}
	const some = "evidence/P00/hops.txt, evidence/P01/hops.txt, evidence/P02/hops.txt, evidence/P03/hops.txt, " +
		"evidence/P04/hops.txt, evidence/P05/hops.txt, evidence/P06/hops.txt, evidence/P07/hops.txt and 2 more"
	for name, c := range map[string]struct {
		policy            string
		in                gate.Input
		outcome           gate.Outcome
		reasons, warnings []string
	}{
		"all is there":                    {allowed + required, given(lying(whole, 1)), gate.Released, nil, nil},
		"none is there, and need not be":  {allowed, given(lying(whole, 0, gone...)), gate.Released, nil, nil},
		"none is listed, and need not be": {pinned, given(source("a", check("P01", reports.Passed))), gate.Released, nil, nil},
		"some are there": {
			allowed, given(lying(whole, 5, gone...)), gate.Released, nil,
			[]string{"10 of 15 files of evidence are not there: " + some},
		},
		"some are there, and all must be": {
			allowed + required, given(lying(whole, 5, gone...)), gate.Undecided,
			[]string{"10 of 15 files of evidence are not there: " + some},
			nil,
		},
		"none is there, and all must be": {
			allowed + required, given(lying(whole, 0, "evidence/P01/\x1b")), gate.Undecided,
			[]string{`1 of 1 file of evidence is not there: evidence/P01/\x1b`},
			nil,
		},
		"a check that ran lists none": {
			allowed + required, given(lying(source("a", evident("P01", reports.Passed), check("P03", reports.Passed), check("P02", reports.Skipped)), 1)),
			gate.Undecided,
			[]string{"the result lists no file of evidence for 1 check that ran: P03"},
			nil,
		},
		"a check that ran lists none, and nothing asks for the check": {
			"version: 1\nrequire: {checks: [P01]}\n" + required + "subjects: [{name: pinned, match: {istio: 1.31}}]\n",
			given(source("a", evident("P01", reports.Passed), check("P03", reports.Passed))),
			gate.Undecided,
			[]string{"the result lists no file of evidence for 1 check that ran: P03"},
			nil,
		},
		"one subject alone asks for it": {
			"version: 1\nrequire: {profiles: [core]}\nsubjects:\n  - {name: pinned, match: {istio: 1.31}, evidence: required}\n  - {name: any, match: {istio: 1}}\n",
			given(lying(source("a", evident("P01", reports.Passed)), 1), on(source("b", check("P01", reports.Passed)), "1.30.0")),
			gate.Released, nil, nil,
		},
		"one subject alone does without": {
			"version: 1\nrequire: {profiles: [core]}\nevidence: required\nsubjects:\n  - {name: pinned, match: {istio: 1.31}, evidence: optional}\n",
			given(source("a", check("P01", reports.Passed))),
			gate.Released, nil, nil,
		},
		"of an older result some are there": {
			pinned + "duplicates: newest\n" + required,
			given(lying(source("a", evident("P01", reports.Passed)), 1), lying(later(source("b", evident("P01", reports.Passed)), -time.Hour), 1, gone[0])),
			gate.Released, nil,
			[]string{"1 of 2 files of evidence are not there: evidence/P00/hops.txt", "out/a/result.json is newer; only what failed here counts, since the images are the same"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, c.policy, c.in)
			if d.Outcome != c.outcome {
				t.Errorf("outcome %s, want %s", d.Outcome, c.outcome)
			}
			if diff := cmp.Diff(append([]string{}, c.reasons...), whys(d.Reasons)); diff != "" {
				t.Errorf("reasons:\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.warnings...), whys(d.Warnings)); diff != "" {
				t.Errorf("warnings:\n%s", diff)
			}
		})
	}
}

func whys(reasons []gate.Reason) []string {
	all := []string{}
	for _, r := range reasons {
		all = append(all, r.Why)
	}
	return all
}

func TestOfOneRunGivenTwiceTheMoreWholeOneCounts(t *testing.T) {
	kept, alone := lying(source("a", evident("P01", reports.Passed)), 1), lying(source("a", evident("P01", reports.Passed)), 0, "evidence/P01/exhibit.json")
	alone.File = "docs/results/a/result.json"
	d := decide(t, pinned+"evidence: required\n", given(alone, kept))
	if d.Outcome != gate.Released || len(d.Results) != 1 || d.Results[0].File != kept.File {
		t.Errorf("%s of %+v", d.Outcome, d.Results)
	}
}
