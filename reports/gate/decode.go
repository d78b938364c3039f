package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

const (
	// version is the one form of policies that there is.
	version = "1"
	// maxPolicy is the largest policy that is read.
	maxPolicy = 1 << 20
)

// DecodePolicy reads a policy; name stands for its file in errors. Every field is known, or it
// is an error; errors have file, line and field. What only results can tell, as whether a check
// is known, Decide looks at.
func DecodePolicy(r io.Reader, name string) (Policy, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxPolicy+1))
	if err != nil {
		return Policy{}, fmt.Errorf("read policy %s: %w", name, err)
	}
	if len(text) > maxPolicy {
		return Policy{}, fmt.Errorf("%s: larger than %d MiB; this is no policy of throughline", name, maxPolicy>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // The mark of byte order, which some editors write.
	d := decoding{policy: Policy{file: name, lines: map[string]int{}}}
	var form written
	if err = d.read(text, &form); err != nil {
		return Policy{}, err
	}
	d.take(form)
	if err = errors.Join(d.errs...); err != nil {
		return Policy{}, err
	}
	return d.policy, nil
}

// decoding is a policy that is being read.
type decoding struct {
	policy Policy
	errs   []error
}

func (d *decoding) fail(path, format string, args ...any) {
	d.errs = append(d.errs, d.policy.at(path, format, args...))
}

// take makes the policy of its written form.
func (d *decoding) take(form written) {
	switch form.Version {
	case version:
	case "":
		d.fail("version", "missing; write `version: %s` as the first line", version)
	default:
		d.fail("version", "%q is not known; this throughline reads version %s", form.Version, version)
		return
	}
	d.policy.Name = string(form.Name)
	d.policy.Duplicates = choice(d, "duplicates", form.Duplicates, Refuse, Newest)
	d.policy.Inconclusive = d.budget("inconclusive", form.Inconclusive)
	d.subjects(form)
	d.quarantine(form.Quarantine)
	d.comparison(form.Comparison)
}

func (d *decoding) subjects(form written) {
	if len(form.Subjects) == 0 {
		d.fail("subjects", "none; name at least one subject that must have a result, or nobody would notice that it is missing")
	}
	standard := d.requirement("require", form.Require)
	age := d.age("maxAge", form.MaxAge)
	evidence := choice(d, "evidence", form.Evidence, Optional, Required)
	seen := map[string]bool{}
	for i, s := range form.Subjects {
		at := fmt.Sprintf("subjects[%d]", i)
		one := Subject{Name: string(s.Name), Match: map[string]string{}, MaxAge: age, Evidence: evidence, Require: standard}
		if s.Name == "" {
			d.fail(at+".name", "missing; give it a name, by which the decision and quarantine entries call it")
		} else if seen[one.Name] {
			d.fail(at+".name", "%q is there twice; give each its own", s.Name)
		}
		seen[one.Name] = true
		if len(s.Match) == 0 {
			d.fail(at+".match", "missing; say of which versions it is, as `match: {istio: \"1.31\"}`")
		}
		for _, axis := range slices.Sorted(maps.Keys(s.Match)) {
			if one.Match[axis] = string(s.Match[axis]); s.Match[axis] == "" {
				d.fail(at+".match."+axis, "empty; give a version or its first numbers, as \"1.31\"")
			}
		}
		if s.MaxAge != "" {
			one.MaxAge = d.age(at+".maxAge", s.MaxAge)
		}
		if s.Evidence != "" {
			one.Evidence = choice(d, at+".evidence", s.Evidence, Optional, Required)
		}
		switch {
		case s.Require != nil:
			one.Require = d.requirement(at+".require", s.Require)
		case form.Require == nil:
			d.fail("require", "missing; say what must pass, as `require: {profiles: [core]}`, here or for each subject")
		}
		d.policy.Subjects = append(d.policy.Subjects, one)
	}
}

func (d *decoding) requirement(at string, form *writtenRequirement) Requirement {
	if form == nil {
		return Requirement{}
	}
	r := Requirement{
		Areas: d.list(at+".areas", form.Areas), Checks: d.list(at+".checks", form.Checks),
		AllowSkipped: d.list(at+".allowSkipped", form.AllowSkipped),
	}
	for i, name := range form.Profiles {
		r.Profiles = append(r.Profiles, choice(d, fmt.Sprintf("%s.profiles[%d]", at, i), name, reports.Profiles()...))
	}
	if len(r.Profiles)+len(r.Areas)+len(r.Checks) == 0 {
		d.fail(at, "asks for nothing; name profiles, areas or checks")
	}
	return r
}

func (d *decoding) list(at string, form []scalar) []string {
	all := make([]string, 0, len(form))
	for i, s := range form {
		if s == "" {
			d.fail(fmt.Sprintf("%s[%d]", at, i), "empty; leave it out")
		}
		all = append(all, string(s))
	}
	return all
}

func (d *decoding) quarantine(form []writtenQuarantine) {
	type scope struct{ check, control, subject string }
	seen := map[scope]bool{}
	for i, q := range form {
		at := fmt.Sprintf("quarantine[%d]", i)
		for _, field := range []struct {
			name  string
			value scalar
			why   string
		}{
			{"check", q.Check, "name the check, as P01 or P01/zipkin"},
			{"owner", q.Owner, "say who sees to it"},
			{"reason", q.Reason, "say why it may fail"},
			{"link", q.Link, "say where one can follow it"},
			{"expires", q.Expires, "give the last day on which it is in force, as 2026-12-24"},
		} {
			if strings.TrimSpace(string(field.value)) == "" {
				d.fail(at+"."+field.name, "missing; %s", field.why)
			}
		}
		if q.Link != "" && !isLink(string(q.Link)) {
			d.fail(at+".link", "%q is no link; write one that begins with https://", q.Link)
		}
		if q.Subject != "" && !slices.ContainsFunc(d.policy.Subjects, func(s Subject) bool { return s.Name == string(q.Subject) }) {
			d.fail(at+".subject", "%q is none of the subjects of this policy", q.Subject)
		}
		key := scope{string(q.Check), string(q.Control), string(q.Subject)}
		if seen[key] {
			d.fail(at+".check", "%q is in quarantine twice; keep one entry", q.Check)
		}
		seen[key] = true
		d.policy.Quarantine = append(d.policy.Quarantine, Quarantine{
			Check: string(q.Check), Control: string(q.Control), Subject: string(q.Subject),
			Owner: string(q.Owner), Reason: string(q.Reason), Link: string(q.Link), Expires: d.date(at+".expires", q.Expires),
		})
	}
}

// isLink says whether text is an address that a browser opens.
func isLink(text string) bool {
	rest, secure := strings.CutPrefix(text, "https://")
	if !secure {
		var plain bool
		if rest, plain = strings.CutPrefix(text, "http://"); !plain {
			return false
		}
	}
	return rest != "" && rest[0] != '/' && !strings.ContainsAny(rest, " \t\n<>\"")
}

func (d *decoding) comparison(form writtenComparison) {
	c := standardComparison()
	c.Required = choice(d, "comparison.required", form.Required, "false", "true") == "true"
	for _, one := range []struct {
		name string
		form scalar
		into *Action
	}{{"lost", form.Lost, &c.Lost}, {"skipped", form.Skipped, &c.Skipped}, {"rates", form.Rates, &c.Rates}, {"times", form.Times, &c.Times}} {
		if one.form != "" {
			*one.into = choice(d, "comparison."+one.name, one.form, Block, Warn, Ignore)
		}
	}
	if form.Alpha != "" {
		c.Bounds.Alpha = d.number("comparison.alpha", form.Alpha, 0, 1, "a false-alarm rate above 0 and below 1, as 0.00001")
	}
	if form.Factor != "" {
		c.Bounds.Factor = d.number("comparison.factor", form.Factor, 1, math.MaxFloat64, "how many times as long, above 1, as 1.5")
	}
	if form.Floor != "" {
		c.Bounds.Floor = d.age("comparison.floor", form.Floor)
	}
	d.policy.Comparison = c
}

// choice is one of a few words, the first of which is the default.
func choice[T ~string](d *decoding, at string, form scalar, words ...T) T {
	if form == "" {
		return words[0]
	}
	if i := slices.Index(words, T(form)); i >= 0 {
		return words[i]
	}
	list := make([]string, 0, len(words))
	for _, w := range words {
		list = append(list, string(w))
	}
	d.fail(at, "%q is none of %s", form, strings.Join(list, ", "))
	return words[0]
}

// number is one between two bounds, which it must not be.
func (d *decoding) number(at string, form scalar, above, below float64, want string) float64 {
	n, err := strconv.ParseFloat(string(form), 64)
	if err != nil || !(n > above && n < below) {
		d.fail(at, "%q is not %s", form, want)
	}
	return n
}

// budget is a count (`2`) or a share (`1%`).
func (d *decoding) budget(at string, form scalar) Budget {
	if form == "" {
		return Budget{}
	}
	if share, isShare := strings.CutSuffix(string(form), "%"); isShare {
		n, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err == nil && n >= 0 && n < 100 {
			return Budget{Percent: n}
		}
	} else if n, err := strconv.Atoi(string(form)); err == nil && n >= 0 {
		return Budget{Count: n}
	}
	d.fail(at, "%q is no budget; give a number of checks, as 2, or a share below 100 %%, as 1%%", form)
	return Budget{}
}

// age is a length of time; days have their own unit, as nothing shorter is of use for an age.
func (d *decoding) age(at string, form scalar) time.Duration {
	if form == "" {
		return 0
	}
	const longest = 36500 // Days; a hundred years.
	if days, isDays := strings.CutSuffix(string(form), "d"); isDays {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= longest {
			return time.Duration(n) * 24 * time.Hour
		}
	} else if length, err := time.ParseDuration(string(form)); err == nil && length > 0 {
		return length
	}
	d.fail(at, "%q is no length of time; give one as 14d, 36h or 5ms", form)
	return 0
}

func (d *decoding) date(at string, form scalar) Date {
	if form == "" {
		return Date{}
	}
	t, err := time.Parse(time.DateOnly, string(form))
	if err != nil {
		d.fail(at, "%q is no day; give the last one on which the entry is in force, as 2026-12-24", form)
	}
	return Date{t.Year(), t.Month(), t.Day()}
}
