package gate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/reports/gate"
)

// today is when the tests decide.
func today() time.Time { return time.Date(2026, 11, 28, 21, 0, 0, 0, time.UTC) }

func check(name string, v reports.Verdict) reports.Check {
	id, one, _ := strings.Cut(name, "/")
	return reports.Check{ID: id, Case: one, Title: "title of " + id, Area: "propagation", Profile: reports.Core, Verdict: v}
}

func control(name, sabotage string, v reports.Verdict) reports.Check {
	c := check(name, v)
	c.Control, c.ControlName = true, sabotage
	return c
}

// source is a result of a day ago.
func source(name string, checks ...reports.Check) gate.Source {
	at := today().Add(-24 * time.Hour)
	return gate.Source{File: "out/" + name + "/result.json", SHA256: "digest of " + name, Result: reports.Result{
		Run: name, Started: at, Finished: at.Add(time.Minute),
		Subject: reports.Subject{
			Versions: map[string]string{"kubernetes": "1.36.3", "istio": "1.31.0", "envoy": "1.40.0", "jaeger": "2.13.0"},
			Images:   map[string]string{"proxy": "sha256:1"}, Provider: "kind", Flavour: "upstream",
		},
		Checks: checks,
	}}
}

// on is a result with another version of Istio.
func on(s gate.Source, istio string) gate.Source {
	s.Result.Subject.Versions = map[string]string{"kubernetes": "1.36.3", "istio": istio, "envoy": "1.40.0", "jaeger": "2.13.0"}
	return s
}

// later is a result that was started later.
func later(s gate.Source, by time.Duration) gate.Source {
	s.Result.Started, s.Result.Finished = s.Result.Started.Add(by), s.Result.Finished.Add(by)
	return s
}

// ofA is the subject of a source in one line.
const ofA = "kubernetes 1.36.3, istio 1.31.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"

const pinned = `
version: 1
name: release
require: {profiles: [core]}
subjects: [{name: pinned, match: {istio: "1.31"}}]
`

func entry(check, fields string) string {
	return fmt.Sprintf("quarantine: [{check: %s, owner: mesh-team, reason: being mended, link: https://example.com/7, %s}]\n", check, fields)
}

func catalogue() []gate.Known {
	return []gate.Known{
		{ID: "P01", Name: "P01", Area: "propagation", Profile: reports.Core, Controls: []string{"drop"}},
		{ID: "S04", Name: "S04/1", Area: "sampling", Profile: reports.Extended},
		{ID: "S04", Name: "S04/50", Area: "sampling", Profile: reports.Extended},
	}
}

func decide(t *testing.T, policy string, in gate.Input) gate.Decision {
	t.Helper()
	d, err := gate.Decide(decode(t, policy), in, today())
	if err != nil {
		t.Fatal(err)
	}
	if d.ExitCode != d.Outcome.ExitCode() {
		t.Errorf("exit code %d of %s", d.ExitCode, d.Outcome)
	}
	return d
}

func given(sources ...gate.Source) gate.Input { return gate.Input{Results: sources} }

// told are reasons as `kind check on subject`.
func told(reasons []gate.Reason) []string {
	all := []string{}
	for _, r := range reasons {
		text := string(r.Kind)
		if r.Key != (compare.Key{}) {
			text += " " + r.Key.String()
		}
		all = append(all, text+" on "+r.Subject)
	}
	return all
}

func TestADecision(t *testing.T) {
	good := []reports.Check{check("P01", reports.Passed), control("P01", "drop", reports.Passed)}
	with := func(more ...reports.Check) gate.Source {
		return source("a", append(append([]reports.Check{}, good...), more...)...)
	}
	extended := check("S04/50", reports.Failed)
	extended.Profile = reports.Extended
	unfinished, broken, long := with(), with(), with()
	long.Result.Finished = today()
	unfinished.Result.Finished = time.Time{}
	broken.Result.Problem = "install istio: not ready\nmore"
	for name, c := range map[string]struct {
		policy   string
		in       gate.Input
		outcome  gate.Outcome
		reasons  []string
		warnings []string
	}{
		"all passed":        {pinned, given(with()), gate.Released, nil, nil},
		"nothing was given": {pinned, gate.Input{}, gate.Undecided, []string{"no result on pinned"}, nil},
		"a check failed": {
			pinned, given(with(check("P02", reports.Failed))), gate.Blocked, []string{"check failed P02 on pinned"}, nil,
		},
		"a control failed": {
			pinned, given(with(control("P01", "swap", reports.Failed))), gate.Blocked, []string{"control failed P01 control: swap on pinned"}, nil,
		},
		"one round of several failed": {
			pinned, given(with(check("P01", reports.Failed))), gate.Blocked,
			[]string{"check failed P01 on pinned", "nothing passed on pinned"},
			nil,
		},
		"a check failed that nothing asks for": {
			pinned, given(with(extended)), gate.Blocked, []string{"check failed S04/50 on pinned"}, nil,
		},
		"a check failed on a subject that nothing asks for": {
			pinned, given(with(), on(source("b", check("P02", reports.Failed)), "1.30.0")), gate.Blocked,
			[]string{"check failed P02 on kubernetes 1.36.3, istio 1.30.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
			[]string{"of no subject on kubernetes 1.36.3, istio 1.30.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"a control failed on a subject that nothing asks for": {
			pinned, given(with(), on(source("b", check("P01", reports.Passed), control("P01", "drop", reports.Failed)), "1.30.0")), gate.Blocked,
			[]string{"control failed P01 control: drop on kubernetes 1.36.3, istio 1.30.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
			[]string{"of no subject on kubernetes 1.36.3, istio 1.30.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"a check is inconclusive": {
			pinned, given(with(check("P02", reports.Inconclusive))), gate.Undecided, []string{"inconclusive on pinned"}, nil,
		},
		"a check is inconclusive within the budget": {
			pinned + "inconclusive: 1\n", given(with(check("P02", reports.Inconclusive))), gate.Released, nil, []string{"inconclusive on pinned"},
		},
		"a control is inconclusive": {
			pinned, given(with(control("P01", "swap", reports.Inconclusive))), gate.Undecided, []string{"inconclusive on pinned"}, nil,
		},
		"a check is inconclusive that nothing asks for": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1), given(with(check("P02", reports.Inconclusive), control("P02", "drop", reports.Inconclusive))),
			gate.Released, nil,
			[]string{"inconclusive on pinned"},
		},
		"a check in quarantine is inconclusive that nothing asks for": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01]", 1) + entry("P02", "expires: 2026-12-24"), given(with(check("P02", reports.Inconclusive))),
			gate.Released, nil, nil,
		},
		"a check is inconclusive that only one subject asks for": {
			strings.NewReplacer("profiles: [core]", "checks: [P01]", "}}]", "}}, {name: any, match: {provider: kind}, require: {checks: [P02]}}]").Replace(pinned) + "inconclusive: 1\n",
			given(with(check("P02", reports.Inconclusive))),
			gate.Undecided,
			[]string{"nothing passed on any"},
			[]string{"inconclusive on any"},
		},
		"a check is inconclusive on a subject that nothing asks for": {
			pinned, given(with(), on(source("b", check("P02", reports.Inconclusive)), "1.30.0")), gate.Released, nil,
			[]string{"of no subject on kubernetes 1.36.3, istio 1.30.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"all are inconclusive within the budget": {
			pinned + "inconclusive: 99\n", given(source("a", check("P01", reports.Inconclusive))), gate.Undecided,
			[]string{"nothing passed on pinned"},
			[]string{"inconclusive on pinned"},
		},
		"more than a share are inconclusive": {
			pinned + "inconclusive: 40%\n", given(with(check("P02", reports.Inconclusive))), gate.Undecided, []string{"inconclusive on pinned"}, nil,
		},
		"a share of what did not fail": {
			pinned + "inconclusive: 40%\n" + entry("P03", "expires: 2026-12-24"),
			given(with(check("P02", reports.Inconclusive), check("P03", reports.Failed))),
			gate.Undecided,
			[]string{"inconclusive on pinned"},
			nil,
		},
		"a share is inconclusive": {
			pinned + "inconclusive: 50%\n", given(with(check("P02", reports.Inconclusive))), gate.Released, nil, []string{"inconclusive on pinned"},
		},
		"a check was skipped": {
			pinned, given(with(check("P02", reports.Skipped))), gate.Undecided, []string{"skipped P02 on pinned"}, nil,
		},
		"a check was skipped that may be": {
			strings.Replace(pinned, "[core]", "[core], allowSkipped: [P02]", 1), given(with(check("P02/grpc", reports.Skipped))), gate.Released, nil, nil,
		},
		"another check may be skipped": {
			strings.Replace(pinned, "[core]", "[core], allowSkipped: [P01]", 1), given(with(check("P02", reports.Skipped))), gate.Undecided,
			[]string{"skipped P02 on pinned"},
			nil,
		},
		"a check that may be skipped is, with its control": {
			strings.Replace(pinned, "[core]", "[core], allowSkipped: [P02]", 1),
			given(with(check("P02", reports.Skipped), control("P02", "drop", reports.Skipped))),
			gate.Released, nil, nil,
		},
		"a check that may be skipped passed, and its control was skipped": {
			strings.Replace(pinned, "[core]", "[core], allowSkipped: [P01]", 1),
			given(source("a", check("P01", reports.Passed), control("P01", "drop", reports.Skipped))),
			gate.Undecided,
			[]string{"skipped P01 control: drop on pinned"},
			nil,
		},
		"a required check did not run": {
			pinned,
			gate.Input{Results: []gate.Source{source("a", check("P02", reports.Passed))}, Known: catalogue()},
			gate.Undecided,
			[]string{"not run P01 on pinned", "not run P01 control: drop on pinned"},
			nil,
		},
		"the control of a required check did not run": {
			pinned,
			gate.Input{Results: []gate.Source{source("a", check("P01", reports.Passed))}, Known: catalogue()},
			gate.Undecided,
			[]string{"not run P01 control: drop on pinned"},
			nil,
		},
		"a check by its id means all cases": {
			strings.Replace(pinned, "profiles: [core]", "checks: [S04]", 1),
			gate.Input{Results: []gate.Source{with(check("S04/1", reports.Passed))}, Known: catalogue()},
			gate.Undecided,
			[]string{"not run S04/50 on pinned"},
			nil,
		},
		"an area is asked for": {
			strings.Replace(pinned, "profiles: [core]", "areas: [sampling]", 1),
			gate.Input{Results: []gate.Source{with()}, Known: catalogue()},
			gate.Undecided,
			[]string{"nothing passed on pinned", "not run S04/1 on pinned", "not run S04/50 on pinned"},
			nil,
		},
		"nothing that is required ran": {
			strings.Replace(pinned, "core", "providers", 1), given(with()), gate.Undecided, []string{"nothing passed on pinned"}, nil,
		},
		"a check without a profile counts as core": {
			pinned, given(source("a", reports.Check{ID: "X01", Verdict: reports.Skipped}, check("P01", reports.Passed))), gate.Undecided,
			[]string{"skipped X01 on pinned"},
			nil,
		},
		"the run did not finish": {pinned, given(unfinished), gate.Undecided, []string{"unfinished on pinned"}, nil},
		"the run broke":          {pinned, given(broken), gate.Undecided, []string{"unfinished on pinned"}, nil},
		"a subject is missing": {
			strings.Replace(pinned, "subjects: [", "subjects: [{name: next, match: {istio: \"1.32\"}}, ", 1), given(with()), gate.Undecided,
			[]string{"no result on next"},
			nil,
		},
		"a version is not matched by half a number": {
			strings.Replace(pinned, `"1.31"`, `"1.3"`, 1), given(with()), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on " + ofA},
		},
		"a provider and a flavour are matched": {
			strings.Replace(pinned, `istio: "1.31"`, "provider: kind, flavour: upstream", 1), given(with()), gate.Released, nil, nil,
		},
		"another provider is not matched": {
			strings.Replace(pinned, `istio: "1.31"`, "provider: existing, flavour: upstream", 1), given(with()), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on " + ofA},
		},
		"another flavour is not matched": {
			strings.Replace(pinned, `istio: "1.31"`, "provider: kind, flavour: istio", 1), given(with()), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on " + ofA},
		},
		"a provider is matched as a whole": {
			strings.Replace(pinned, `istio: "1.31"`, "provider: kin", 1), given(with()), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on " + ofA},
		},
		"an unknown version is not matched": {
			pinned, given(on(with(), "")), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on kubernetes 1.36.3, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"an unknown version is not matched by a version without numbers": {
			strings.Replace(pinned, `"1.31"`, "v", 1), given(on(with(), "")), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on kubernetes 1.36.3, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"a version is matched with and without its v": {
			strings.Replace(pinned, `"1.31"`, "v1.31", 1), given(with(), on(source("b", good...), "v1.31.1")), gate.Released, nil, nil,
		},
		"a result that took a day is as old as its start": {
			pinned + "maxAge: 23h\n", given(long), gate.Undecided, []string{"too old on pinned"}, nil,
		},
		"a version from before a release is not matched": {
			pinned, given(on(with(), "1.31.0-rc.1")), gate.Undecided,
			[]string{"no result on pinned"},
			[]string{"of no subject on kubernetes 1.36.3, istio 1.31.0-rc.1, envoy 1.40.0, jaeger 2.13.0, kind, upstream"},
		},
		"a version from before a release is matched by its name": {
			strings.Replace(pinned, `"1.31"`, "1.31.0-rc", 1), given(on(with(), "v1.31.0-rc.1")), gate.Released, nil, nil,
		},
		"a version of a vendor is matched": {pinned, given(on(with(), "1.31.4-gke.1")), gate.Released, nil, nil},
		"the result is too old":            {pinned + "maxAge: 23h\n", given(with()), gate.Undecided, []string{"too old on pinned"}, nil},
		"the result is just new enough":    {pinned + "maxAge: 24h\n", given(with()), gate.Released, nil, nil},
		"one of two results is new enough": {
			pinned + "maxAge: 12h\n", given(with(), later(on(source("b", good...), "1.31.1"), 20*time.Hour)), gate.Released, nil, nil,
		},
		"every result of a subject must do": {
			pinned, given(with(), on(source("b", check("P01", reports.Skipped)), "1.31.1")), gate.Undecided,
			[]string{"nothing passed on pinned", "skipped P01 on pinned"},
			nil,
		},
		"a failure is in quarantine": {
			pinned + entry("P02", "expires: 2026-11-28"), given(with(check("P02", reports.Failed))), gate.Released, nil, nil,
		},
		"a quarantine has expired": {
			pinned + entry("P02", "expires: 2026-11-27"), given(with(check("P02", reports.Failed))), gate.Blocked,
			[]string{"check failed P02 on pinned", "quarantine expired P02 on "},
			nil,
		},
		"a quarantine has expired, and the check passes": {
			pinned + entry("P01", "expires: 2026-11-27"), given(with()), gate.Blocked, []string{"quarantine expired P01 on "}, nil,
		},
		"a quarantine is not needed any more": {
			pinned + entry("P01", "expires: 2026-12-24"), given(with()), gate.Released, nil, []string{"passes again P01 on "},
		},
		"all that is required is in quarantine": {
			pinned + entry("P01", "expires: 2026-12-24"), given(source("a", check("P01", reports.Failed))), gate.Undecided,
			[]string{"nothing passed on pinned"},
			nil,
		},
		"a check in quarantine is inconclusive": {
			pinned + entry("P02", "expires: 2026-12-24"), given(with(check("P02", reports.Inconclusive))), gate.Released, nil, nil,
		},
		"a check in quarantine does not stand for its control": {
			pinned + entry("P01", "expires: 2026-12-24"), given(with(control("P01", "swap", reports.Failed))), gate.Blocked,
			[]string{"control failed P01 control: swap on pinned"},
			[]string{"passes again P01 on "},
		},
		"a control is in quarantine": {
			pinned + entry("P01", "control: swap, expires: 2026-12-24"), given(with(control("P01", "swap", reports.Failed))), gate.Released, nil, nil,
		},
		"a control in quarantine does not stand for its check": {
			pinned + entry("P01", "control: drop, expires: 2026-12-24"), given(with(check("P01", reports.Failed))), gate.Blocked,
			[]string{"check failed P01 on pinned", "nothing passed on pinned"},
			[]string{"passes again P01 control: drop on "},
		},
		"a quarantine of another subject": {
			strings.Replace(pinned, "subjects: [", "subjects: [{name: next, match: {istio: \"1.32\"}}, ", 1) + entry("P02", "subject: next, expires: 2026-12-24"),
			given(with(check("P02", reports.Failed)), on(source("b", good...), "1.32.0")), gate.Blocked,
			[]string{"check failed P02 on pinned"},
			nil,
		},
		"an older result of the same images failed": {
			pinned + "duplicates: newest\n", given(with(), later(source("b", check("P01", reports.Failed)), -time.Hour)), gate.Blocked,
			[]string{"check failed P01 on pinned"},
			[]string{"superseded on pinned"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := decide(t, c.policy, c.in)
			if d.Outcome != c.outcome {
				t.Errorf("outcome %s, want %s", d.Outcome, c.outcome)
			}
			if diff := cmp.Diff(append([]string{}, c.reasons...), told(d.Reasons)); diff != "" {
				t.Errorf("reasons:\n%s", diff)
			}
			if diff := cmp.Diff(append([]string{}, c.warnings...), told(d.Warnings)); diff != "" {
				t.Errorf("warnings:\n%s", diff)
			}
			for _, r := range append(d.Reasons, d.Warnings...) {
				if r.Why == "" || r.Turn == "" {
					t.Errorf("a reason without why or what would turn it: %+v", r)
				}
			}
		})
	}
}

func TestTheCoverageCountsRequiredChecksWithoutTheirControls(t *testing.T) {
	d := decide(t, pinned+entry("P02", "expires: 2026-12-24"), given(source("a",
		check("P01", reports.Passed), control("P01", "drop", reports.Passed), check("P02", reports.Failed), check("P03", reports.Failed),
		check("P04", reports.Inconclusive), check("P05", reports.Skipped),
	)))
	want := gate.Shown{
		File: "out/a/result.json", Run: "a", Started: today().Add(-24 * time.Hour),
		Versions: ofA,
		Required: 5, Passed: 1, Failed: 1, Inconclusive: 1, Skipped: 1, Quarantined: 1,
	}
	if diff := cmp.Diff(want, d.Coverage[0].Results[0], cmpopts.IgnoreUnexported(gate.Shown{})); diff != "" {
		t.Error(diff)
	}
	if x := d.Quarantine[0]; x.State != gate.InForce || len(x.Files) != 1 {
		t.Errorf("quarantine %+v", x)
	}
}
