package reports

import (
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
		return "/verdict", fmt.Sprintf("it says %s (exit code %d), its checks make it %s (exit code %d); the file was altered: run again",
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
	}
	for i, f := range c.Evidence {
		if !fs.ValidPath(f.Path) {
			return jsontext.Pointer(fmt.Sprintf("/evidence/%d/path", i)), fmt.Sprintf("%q leaves the run folder; the file was altered: run again", f.Path)
		}
	}
	if s := c.Statistics; s != nil {
		switch {
		case s.N < 0:
			return "/statistics/n", fmt.Sprintf("%d is no number of requests", s.N)
		case s.Observed < 0 || s.Observed > s.N:
			return "/statistics/observed", fmt.Sprintf("%d of %d requests is not possible; the file was altered: run again", s.Observed, s.N)
		case !(s.P >= 0 && s.P <= 1):
			return "/statistics/p", fmt.Sprintf("%g is no probability", s.P)
		}
	}
	return "", ""
}

// short names the check, or the control of it, without its title.
func (c Check) short() string {
	c.Title = ""
	return SafeLine(c.label())
}
