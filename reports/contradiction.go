package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"

	"github.com/go-json-experiment/json/jsontext"
)

// contradiction says what of a result cannot be true, and of which field, or "" where nothing
// is wrong. No run writes what it finds.
func contradiction(r Result) (field jsontext.Pointer, problem string) {
	type entry struct {
		name, control string
		isControl     bool
		round         int
	}
	seen := make(map[entry]bool, len(r.Checks))
	at := func(i int) jsontext.Pointer { return jsontext.Pointer(fmt.Sprintf("/checks/%d", i)) }
	for i, c := range r.Checks {
		if below, problem := c.contradiction(); problem != "" {
			return at(i) + below, fmt.Sprintf("%s (of %s)", problem, c.short())
		}
		e := entry{c.Name(), c.ControlName, c.Control, max(1, c.Round)}
		if seen[e] {
			return at(i), fmt.Sprintf("%s is there twice; the file was altered: run again", c.short())
		}
		seen[e] = true
	}
	if !r.Finished.IsZero() && r.Finished.Before(r.Started) {
		return "/finished", fmt.Sprintf("the run finished before it started (%s); a clock is wrong, or the file was altered: run again", r.Started)
	}
	if o := r.Outcome(); r.Verdict != o.Verdict || r.ExitCode != o.ExitCode {
		field = "/verdict"
		if r.Verdict == o.Verdict {
			field = "/exitCode"
		}
		return field, fmt.Sprintf("it says %s (exit code %d), its checks make it %s (exit code %d); the file was altered: run again",
			SafeLine(string(r.Verdict)), r.ExitCode, o.Verdict, o.ExitCode)
	}
	return "", ""
}

func (c Check) contradiction() (field jsontext.Pointer, problem string) {
	switch {
	case !c.Verdict.known():
		return "/verdict", fmt.Sprintf("%q is none of passed, failed, inconclusive, skipped", c.Verdict)
	case c.Profile != "" && !c.Profile.Known():
		return "/profile", fmt.Sprintf("%q is none of core, extended, providers", c.Profile)
	case c.Verdict == Passed && !c.Control && len(c.Findings) > 0:
		return "/findings", "a check that passed has none; the file was altered: run again"
	case c.Verdict == Passed && c.Control && len(c.Findings) == 0:
		return "/findings", "there are none, and a control that passed has what it caught; the file was altered: run again"
	case c.Round < 0:
		return "/round", fmt.Sprintf("%d is no round", c.Round)
	case c.Seconds < 0:
		return "/seconds", fmt.Sprintf("%g is no length of time", c.Seconds)
	}
	for i, one := range c.Cases {
		if c.Verdict == Passed && !c.Control && one.Verdict == wrongCase {
			return jsontext.Pointer(fmt.Sprintf("/cases/%d/verdict", i)), "a check that passed has no case that is wrong; the file was altered: run again"
		}
	}
	for i, t := range c.Tests {
		if !isProbability(t.P) {
			return jsontext.Pointer(fmt.Sprintf("/tests/%d/p", i)), fmt.Sprintf("%g is no probability", t.P)
		}
	}
	for i, f := range c.Evidence {
		if below, problem := f.contradiction(); problem != "" {
			return jsontext.Pointer(fmt.Sprintf("/evidence/%d", i)) + below, problem
		}
	}
	if s := c.Statistics; s != nil {
		if field, problem := s.contradiction(); problem != "" {
			return "/statistics" + field, problem
		}
		if c.Verdict == Passed && !c.Control && (s.N == 0 || s.Alpha > 0 && s.P <= s.Alpha) {
			return "/statistics/p", fmt.Sprintf("a check does not pass with p %g of %d requests, held against %g; the file was altered: run again", s.P, s.N, s.Alpha)
		}
	}
	return "", ""
}

func (f File) contradiction() (field jsontext.Pointer, problem string) {
	digest, err := hex.DecodeString(f.SHA256)
	switch {
	case !fs.ValidPath(f.Path):
		return "/path", fmt.Sprintf("%q leaves the run folder; the file was altered: run again", f.Path)
	case f.Bytes < 0:
		return "/bytes", fmt.Sprintf("%d is no size", f.Bytes)
	case err != nil || len(digest) != sha256.Size:
		return "/sha256", fmt.Sprintf("%q is no SHA-256 in %d hexadecimal digits", f.SHA256, 2*sha256.Size)
	}
	return "", ""
}

// wrongCase is the verdict of a case that is a finding too.
const wrongCase = "wrong"

func (s Statistics) contradiction() (field jsontext.Pointer, problem string) {
	switch {
	case s.N < 0:
		return "/n", fmt.Sprintf("%d is no number of requests", s.N)
	case s.Observed < 0 || s.Observed > s.N:
		return "/observed", fmt.Sprintf("%d of %d requests is not possible; the file was altered: run again", s.Observed, s.N)
	case !(s.Percent >= 0 && s.Percent <= 100):
		return "/percent", fmt.Sprintf("%g is no rate in percent", s.Percent)
	case s.Lower > s.Upper:
		return "/lower", fmt.Sprintf("%g is above the upper bound %g; the file was altered: run again", s.Lower, s.Upper)
	}
	for _, of := range []struct {
		field jsontext.Pointer
		value float64
	}{{"/p", s.P}, {"/alpha", s.Alpha}, {"/power", s.Power}} {
		if !isProbability(of.value) {
			return of.field, fmt.Sprintf("%g is no probability", of.value)
		}
	}
	return "", ""
}

func isProbability(v float64) bool { return v >= 0 && v <= 1 }

// short names the check, or the control of it, without its title.
func (c Check) short() string {
	c.Title = ""
	return SafeLine(c.label())
}
