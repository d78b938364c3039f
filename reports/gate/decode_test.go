package gate_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/reports/gate"
)

const whole = `
version: 1
name: release
require:
  profiles: [core, extended]
  areas: [propagation]
  checks: [P14, S04/50]
  allowSkipped: [E04/rate-limit]
maxAge: 7d
evidence: required
subjects:
  - name: pinned
    match: {kubernetes: "1.36", istio: 1.30, provider: kind, flavour: upstream}
  - name: before
    match:
      istio: 1.29.2
    maxAge: 36h
    evidence: optional
    require:
      profiles: [core]
duplicates: newest
inconclusive: 1%
quarantine:
  - check: L03
    owner: mesh-team
    reason: the timer of the proxy lags
    link: https://example.com/1
    expires: 2026-12-24
  - check: P01
    control: drop the headers
    subject: pinned
    owner: web-team
    reason: >
      being
      looked at
    link: https://example.com/2
    expires: "2026-12-31"
comparison:
  required: true
  lost: warn
  skipped: ignore
  rates: block
  times: block
  alpha: 1e-6
  factor: 1.5
  floor: 20ms
`

func decode(t *testing.T, text string) gate.Policy {
	t.Helper()
	p, err := gate.DecodePolicy(strings.NewReader(text), "gate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPolicySaysAllThatItCan(t *testing.T) {
	standard := gate.Requirement{
		Profiles: []reports.Profile{reports.Core, reports.Extended}, Areas: []string{"propagation"},
		Checks: []string{"P14", "S04/50"}, AllowSkipped: []string{"E04/rate-limit"},
	}
	want := gate.Policy{
		Name: "release",
		Subjects: []gate.Subject{{
			Name: "pinned", Match: map[string]string{"kubernetes": "1.36", "istio": "1.30", "provider": "kind", "flavour": "upstream"},
			MaxAge: 7 * 24 * time.Hour, Evidence: gate.Required, Require: standard,
		}, {
			Name: "before", Match: map[string]string{"istio": "1.29.2"}, MaxAge: 36 * time.Hour, Evidence: gate.Optional,
			Require: gate.Requirement{Profiles: []reports.Profile{reports.Core}},
		}},
		Duplicates: gate.Newest, Inconclusive: gate.Budget{Percent: 1},
		Quarantine: []gate.Quarantine{{
			Check: "L03", Owner: "mesh-team", Reason: "the timer of the proxy lags", Link: "https://example.com/1",
			Expires: gate.Date{Year: 2026, Month: time.December, Day: 24},
		}, {
			Check: "P01", Control: "drop the headers", Subject: "pinned", Owner: "web-team", Reason: "being looked at", Link: "https://example.com/2",
			Expires: gate.Date{Year: 2026, Month: time.December, Day: 31},
		}},
		Comparison: gate.Comparison{
			Required: true, Lost: gate.Warn, Skipped: gate.Ignore, Rates: gate.Block, Times: gate.Block,
			Bounds: compare.Bounds{Alpha: 1e-6, Factor: 1.5, Floor: 20 * time.Millisecond},
		},
	}
	if diff := cmp.Diff(want, decode(t, whole), cmpopts.IgnoreUnexported(gate.Policy{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// short is the shortest policy that there is.
const short = "version: 1\nrequire: {profiles: [core]}\nsubjects: [{name: any, match: {provider: kind}}]\n"

func TestWhatAPolicyDoesNotSayHasADefault(t *testing.T) {
	p := decode(t, short)
	if p.Duplicates != gate.Refuse || p.Inconclusive != (gate.Budget{}) || p.Subjects[0].MaxAge != 0 || p.Subjects[0].Evidence != gate.Optional {
		t.Errorf("%+v", p)
	}
	want := gate.Comparison{Lost: gate.Block, Skipped: gate.Warn, Rates: gate.Warn, Times: gate.Warn, Bounds: compare.Standard()}
	if p.Comparison != want {
		t.Errorf("comparison %+v", p.Comparison)
	}
}

func TestABadPolicyIsRefusedWithFileLineAndField(t *testing.T) {
	entry := func(fields string) string { return short + "quarantine:\n  - {" + fields + "}\n" }
	const good = "check: P01, owner: mesh-team, reason: r, link: https://x.org/, expires: 2026-12-24"
	for name, c := range map[string]struct{ text, want string }{
		"empty":                    {"", "gate.yaml: 0 documents; write one policy, which begins with `version: 1`"},
		"two documents":            {short + "---\n" + short, "gate.yaml: 2 documents"},
		"no YAML":                  {"version: [1\n", "gate.yaml:1: not YAML"},
		"a list":                   {"- version: 1\n", "gate.yaml:1: no policy: a list stands there; write fields, the first of them `version: 1`"},
		"a word":                   {"released\n", "gate.yaml:1: no policy: a single value stands there; write fields"},
		"without a version":        {strings.TrimPrefix(short, "version: 1\n"), "gate.yaml: version: missing; write `version: 1` as the first line"},
		"of another version":       {"version: 2\n", `gate.yaml:1: version: "2" is not known; this throughline reads version 1`},
		"of half a version":        {"version: 1.5\n", `gate.yaml:1: version: "1.5" is not known`},
		"a typo":                   {short + "maxage: 7d\n", "gate.yaml:4: maxage: no such field"},
		"a typo below":             {short + "quarantine:\n  - check: P01\n    expire: 2026-12-24\n", "gate.yaml:6: expire: no such field"},
		"a field twice":            {short + "version: 1\n", "gate.yaml:4: not YAML: mapping key \"version\" already defined"},
		"a text for a list":        {short + "quarantine: none\n", "gate.yaml:4: quarantine: a single value stands there; write a list, as `[a, b]`"},
		"a list for fields":        {short + "comparison: [a]\n", "gate.yaml:4: comparison: a list stands there; write fields, as `{name: value}`"},
		"fields for a list":        {short + "quarantine: {a: b}\n", "gate.yaml:4: quarantine: a field stands there; write a list, as `[a, b]`"},
		"a list for a text":        {short + "name: [a]\n", "gate.yaml:4: name: not a single value; write it as `key: value`"},
		"a tag":                    {short + "name: !!str 1\n", "gate.yaml:4: name: anchors, aliases, merges and tags are not read; write the value out"},
		"a tag in place of a list": {strings.Replace(short, "[core]", "!core]", 1), "gate.yaml:2: "},
		"a tag that is no list":    {strings.Replace(whole, "[P14,", "!P14,", 1), "anchors, aliases, merges and tags are not read"},
		"an alias":                 {"name: &n x\n" + short + "duplicates: *n\n", "gate.yaml:1: name: anchors, aliases, merges and tags are not read"},
		"a merge":                  {short + "<<: {maxAge: 7d}\n", "gate.yaml:4: "},
		"without subjects":         {"version: 1\nrequire: {profiles: [core]}\n", "gate.yaml: subjects: none; name at least one subject"},
		"a subject without name":   {"version: 1\nrequire: {profiles: [core]}\nsubjects:\n  - match: {istio: 1.31}\n", "gate.yaml:4: subjects[0].name: missing"},
		"a subject without match":  {"version: 1\nrequire: {profiles: [core]}\nsubjects:\n  - name: any\n", "gate.yaml:4: subjects[0].match: missing; say of which versions it is"},
		"a subject twice": {
			"version: 1\nrequire: {profiles: [core]}\nsubjects:\n  - {name: a, match: {istio: 1}}\n  - {name: a, match: {istio: 2}}\n",
			`gate.yaml:5: subjects[1].name: "a" is there twice`,
		},
		"a version that is empty":   {"version: 1\nrequire: {profiles: [core]}\nsubjects:\n  - name: a\n    match:\n      istio:\n", "gate.yaml:6: subjects[0].match.istio: empty"},
		"that requires nothing":     {"version: 1\nsubjects: [{name: any, match: {provider: kind}}]\n", "gate.yaml: require: missing; say what must pass"},
		"that requires an empty":    {strings.Replace(short, "[core]", "[]", 1), "gate.yaml:2: require: asks for nothing; name profiles, areas or checks"},
		"an unknown profile":        {strings.Replace(short, "[core]", "[cor]", 1), `gate.yaml:2: require.profiles[0]: "cor" is none of core, extended, providers`},
		"an empty name":             {strings.Replace(short, "profiles: [core]", "checks: [P01, '']", 1), "gate.yaml:2: require.checks[1]: empty; leave it out"},
		"an age without unit":       {short + "maxAge: 7\n", `gate.yaml:4: maxAge: "7" is no length of time; give one as 14d, 36h or 5ms`},
		"an age below zero":         {short + "maxAge: -7d\n", `gate.yaml:4: maxAge: "-7d" is no length of time`},
		"an age beyond all bounds":  {short + "maxAge: 99999999999d\n", "gate.yaml:4: maxAge: "},
		"an unknown word":           {short + "duplicates: oldest\n", `gate.yaml:4: duplicates: "oldest" is none of refuse, newest`},
		"evidence that is neither":  {short + "evidence: true\n", `gate.yaml:4: evidence: "true" is none of optional, required`},
		"a budget below zero":       {short + "inconclusive: -1\n", `gate.yaml:4: inconclusive: "-1" is no budget`},
		"a budget of all":           {short + "inconclusive: 100%\n", `gate.yaml:4: inconclusive: "100%" is no budget; give a number of checks, as 2, or a share below 100 %, as 1%`},
		"a budget that is none":     {short + "inconclusive: NaN%\n", "gate.yaml:4: inconclusive: "},
		"an unknown action":         {short + "comparison: {rates: fail}\n", `gate.yaml:4: comparison.rates: "fail" is none of block, warn, ignore`},
		"neither true nor false":    {short + "comparison: {required: yes}\n", `gate.yaml:4: comparison.required: "yes" is none of false, true`},
		"an alpha that is none":     {short + "comparison: {alpha: 1}\n", "gate.yaml:4: comparison.alpha: \"1\" is not a false-alarm rate above 0 and below 1"},
		"a factor that is none":     {short + "comparison: {factor: 0.5}\n", "gate.yaml:4: comparison.factor: "},
		"a floor that is none":      {short + "comparison: {floor: 5}\n", "gate.yaml:4: comparison.floor: "},
		"an entry without check":    {entry("owner: mesh-team, reason: r, link: https://x.org/, expires: 2026-12-24"), "gate.yaml:5: quarantine[0].check: missing; name the check"},
		"an entry without owner":    {entry(strings.Replace(good, "owner: mesh-team", "owner: ' '", 1)), "gate.yaml:5: quarantine[0].owner: missing; say who sees to it"},
		"an entry without reason":   {entry(strings.Replace(good, "reason: r, ", "", 1)), "gate.yaml:5: quarantine[0].reason: missing"},
		"an entry without link":     {entry(strings.Replace(good, "link: https://x.org/, ", "", 1)), "gate.yaml:5: quarantine[0].link: missing"},
		"an entry without date":     {entry(strings.Replace(good, ", expires: 2026-12-24", "", 1)), "gate.yaml:5: quarantine[0].expires: missing; give the last day"},
		"a date in another form":    {entry(strings.Replace(good, "2026-12-24", "24.12.2026", 1)), `gate.yaml:5: quarantine[0].expires: "24.12.2026" is no day; give the last one on which the entry is in force, as 2026-12-24`},
		"a day that there is not":   {entry(strings.Replace(good, "2026-12-24", "2026-02-30", 1)), `"2026-02-30" is no day`},
		"a date with a time":        {entry(strings.Replace(good, "2026-12-24", "2026-12-24T00:00:00Z", 1)), "is no day"},
		"a link to nowhere":         {entry(strings.Replace(good, "https://x.org/", "javascript:alert(1)", 1)), `"javascript:alert(1)" is no link; write one that begins with https://`},
		"a subject that is unknown": {entry(good + ", subject: other"), `gate.yaml:5: quarantine[0].subject: "other" is none of the subjects of this policy`},
		"the same entry twice":      {entry(good) + "  - {" + good + "}\n", `gate.yaml:6: quarantine[1].check: "P01" is in quarantine twice; keep one entry`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := gate.DecodePolicy(strings.NewReader(c.text), "gate.yaml")
			if err == nil {
				t.Fatal("it was read without an error")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %q, want %q in it", err, c.want)
			}
		})
	}
}

func TestAMarkOfByteOrderIsPassedOver(t *testing.T) {
	marked, err := gate.DecodePolicy(strings.NewReader("\ufeff# A policy.\n"+short), "gate.yaml")
	if err != nil || len(marked.Subjects) != 1 {
		t.Errorf("%+v, %v", marked, err)
	}
}

func TestAllThatIsWrongWithAPolicyIsSaidAtOnce(t *testing.T) {
	_, err := gate.DecodePolicy(strings.NewReader(short+"duplicates: some\ninconclusive: few\nmaxAge: long\n"), "gate.yaml")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("error is %v", err)
	}
}

func TestAPolicyThatIsTooLargeIsRefused(t *testing.T) {
	_, err := gate.DecodePolicy(strings.NewReader(strings.Repeat("#\n", 1<<20)), "gate.yaml")
	if err == nil || !strings.Contains(err.Error(), "gate.yaml: larger than 1 MiB") {
		t.Errorf("error is %v", err)
	}
	_, err = gate.DecodePolicy(iotest.ErrReader(errors.New("device gone")), "gate.yaml")
	if err == nil || err.Error() != "read policy gate.yaml: device gone" {
		t.Errorf("error is %v", err)
	}
}

func TestAHostilePolicyMovesNoCursor(t *testing.T) {
	for _, text := range []string{
		short + "duplicates: \"\\e[2J\"\n", short + "\"\\e[2J\": 1\n", "\x1b[2J: [\n", short + "name: [\x1b]\n",
		short + "quarantine: [{check: \"\\u202e\", subject: \"\\e\"}]\n",
	} {
		_, err := gate.DecodePolicy(strings.NewReader(text), "gate.yaml")
		if err == nil {
			t.Errorf("%q was read", text)
			continue
		}
		if strings.ContainsAny(err.Error(), "\x1b\u202e") {
			t.Errorf("%q", err)
		}
	}
}

func FuzzDecodePolicy(f *testing.F) {
	f.Add(whole)
	f.Add(short)
	f.Add("version: 1\nsubjects: [{}]\nquarantine: [{}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := gate.DecodePolicy(strings.NewReader(text), "gate.yaml")
		if err != nil {
			return
		}
		if len(p.Subjects) == 0 {
			t.Error("a policy without a subject was read")
		}
		for _, q := range p.Quarantine {
			if q.Check == "" || q.Owner == "" || q.Reason == "" || q.Link == "" || q.Expires == (gate.Date{}) {
				t.Errorf("an entry that is not whole was read: %+v", q)
			}
		}
	})
}
