package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestAnOlderResultOfOtherImagesDoesNotCount(t *testing.T) {
	of := func(s gate.Source, images map[string]string) gate.Source {
		s.Result.Subject.Images = images
		return s
	}
	for name, c := range map[string]struct{ older, newest map[string]string }{
		"of the proxy":           {map[string]string{"proxy": "sha256:0"}, map[string]string{"proxy": "sha256:1"}},
		"of another component":   {map[string]string{"proxy": "sha256:1", "istiod": "sha256:2"}, map[string]string{"proxy": "sha256:1", "istiod": "sha256:3"}},
		"of one component more":  {map[string]string{"proxy": "sha256:1"}, map[string]string{"proxy": "sha256:1", "istiod": "sha256:3"}},
		"of one component fewer": {map[string]string{"proxy": "sha256:1", "istiod": "sha256:2"}, map[string]string{"proxy": "sha256:1"}},
	} {
		older := later(of(source("b", check("P01", reports.Failed)), c.older), -time.Hour)
		d := decide(t, pinned+"duplicates: newest\n", given(older, of(source("a", check("P01", reports.Passed)), c.newest)))
		if d.Outcome != gate.Released || len(d.Warnings) != 1 || d.Warnings[0].Kind != gate.Superseded {
			t.Errorf("%s: %s, warnings %v", name, d.Outcome, told(d.Warnings))
		}
	}
}

func TestTheSameRunGivenTwiceCountsOnce(t *testing.T) {
	one, two := source("a", check("P01", reports.Passed)), source("a", check("P01", reports.Passed))
	two.File = "out/latest/result.json"
	d := decide(t, pinned, given(one, two))
	if d.Outcome != gate.Released || len(d.Results) != 1 {
		t.Errorf("%s of %+v", d.Outcome, d.Results)
	}
}

func TestRunsThatShareTheirNameOrTheirStartAreTwo(t *testing.T) {
	passed := func(name string) gate.Source { return source(name, check("P01", reports.Passed)) }
	for name, pair := range map[string][2]gate.Source{
		"one start, other names": {passed("a"), passed("b")},
		"one name, other starts": {passed("a"), later(passed("a"), time.Second)},
	} {
		_, err := gate.Decide(decode(t, pinned), given(pair[0], pair[1]), today())
		if err == nil || !strings.Contains(err.Error(), "two results of one subject") {
			t.Errorf("%s: error is %v", name, err)
		}
		if d := decide(t, pinned+"duplicates: newest\n", given(pair[0], pair[1])); len(d.Results) != 2 {
			t.Errorf("%s: %d results", name, len(d.Results))
		}
	}
	if d := decide(t, pinned, given(passed("a"), on(passed("a"), "1.31.1"))); len(d.Results) != 2 || len(d.Coverage[0].Results) != 2 {
		t.Errorf("one name and one start, of other subjects: %d results", len(d.Results))
	}
}

func TestUnusableInputIsAnErrorThatNamesIt(t *testing.T) {
	passed := source("a", check("P01", reports.Passed), control("P01", "drop", reports.Passed), check("S04/50", reports.Passed))
	altered := source("a", check("P01", reports.Failed))
	altered.File = "copy/result.json"
	for name, c := range map[string]struct {
		policy string
		in     gate.Input
		want   string
	}{
		"two results of one subject": {
			pinned, given(passed, later(source("b", check("P01", reports.Passed)), time.Hour)),
			"out/b/result.json and out/a/result.json: two results of one subject (kubernetes 1.36.3, istio 1.31.0, envoy 1.40.0, jaeger 2.13.0, kind, upstream)",
		},
		"one run that says two things": {pinned, given(passed, altered), "both are of run a, and they differ"},
		"a result from the future": {
			pinned, given(later(passed, 48*time.Hour)), "out/a/result.json: started: 2026-11-29T21:00:00Z is 24h00m from now; a clock is wrong, or the file was altered",
		},
		"a result that ends in the future": {
			pinned, given(ending(passed, today().Add(time.Hour))), "out/a/result.json: finished: 2026-11-28T22:00:00Z is 1h00m from now; a clock is wrong, or the file was altered",
		},
		"an unknown check": {
			strings.Replace(pinned, "profiles: [core]", "checks: [P01, P99]", 1), given(passed), `gate.yaml:4: require.checks[1]: "P99" is not known; `,
		},
		"an unknown area": {
			strings.Replace(pinned, "profiles: [core]", "areas: [propagating]", 1), given(passed), `gate.yaml:4: require.areas[0]: "propagating" is not known`,
		},
		"an unknown check that may be skipped": {
			strings.Replace(pinned, "[core]", "[core], allowSkipped: [P99]", 1), given(passed), `gate.yaml:4: require.allowSkipped[0]: "P99" is not known`,
		},
		"an unknown check of one subject": {
			pinned[:strings.Index(pinned, "subjects")] + "subjects:\n  - name: a\n    match: {istio: 1}\n    require: {checks: [P99]}\n", given(passed),
			`gate.yaml:8: subjects[0].require.checks[0]: "P99" is not known`,
		},
		"an unknown check of a subject in one line": {
			pinned[:strings.Index(pinned, "require")] + "subjects: [{name: a, match: {istio: 1}, require: {checks: [P99]}}]\n", given(passed),
			`gate.yaml:4: subjects[0].require.checks[0]: "P99" is not known`,
		},
		"an unknown check of a subject in one line, in place of what all require": {
			strings.Replace(pinned, `"1.31"}`, `"1.31"}, require: {areas: [unknown]}`, 1), given(passed),
			`gate.yaml:5: subjects[0].require.areas[0]: "unknown" is not known`,
		},
		"an unknown component": {
			strings.Replace(pinned, "istio:", "isto:", 1), given(passed),
			"gate.yaml:5: subjects[0].match.isto: no such component; there are envoy, flavour, istio, jaeger, kubernetes, provider",
		},
		"an unknown check in quarantine": {
			pinned + entry("P99", "expires: 2026-12-24"), given(passed), `gate.yaml:6: quarantine[0].check: "P99" is not known; ` + "`throughline list` shows all",
		},
		"an id with cases in quarantine": {
			pinned + entry("S04", "expires: 2026-12-24"), given(passed), `gate.yaml:6: quarantine[0].check: "S04" has several cases; name the one that is meant: S04/50`,
		},
		"an unknown control in quarantine": {
			pinned + entry("P01", "control: swap, expires: 2026-12-24"), given(passed), `gate.yaml:6: quarantine[0].control: P01 has no control "swap"; there are ["drop"]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gate.Decide(decode(t, c.policy), c.in, today())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
	if _, err := gate.Decide(gate.Policy{}, given(passed), today()); err == nil {
		t.Error("a policy without a subject decides")
	}
}

// ending is a result that ended at a time.
func ending(s gate.Source, at time.Time) gate.Source {
	s.Result.Finished = at
	return s
}

func TestAClockThatIsAFewMinutesAheadIsNoReason(t *testing.T) {
	d := decide(t, pinned, given(later(source("a", check("P01", reports.Passed)), 24*time.Hour+2*time.Minute)))
	if d.Outcome != gate.Released {
		t.Errorf("%s: %v", d.Outcome, told(d.Reasons))
	}
}
