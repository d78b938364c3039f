package w3c

import (
	"strings"

	"github.com/throughline/throughline/traces"
)

// Verdict is how one case ended.
type Verdict string

// The verdicts of a case.
const (
	// Specified: what the case wants came out.
	Specified Verdict = "as specified"
	// Allowed: what the specification leaves open came out.
	Allowed Verdict = "allowed"
	// Deviates: a known deviation, exactly.
	Deviates Verdict = "known deviation"
	// Wrong: anything else; also a deviation that is no longer there.
	Wrong Verdict = "wrong"
)

// Result is what became of one request of a case.
type Result struct {
	Case     Case
	Request  string
	Verdict  Verdict
	Observed Observed
	// Expected is what should have come out: the deviation's outcome where one is known.
	Expected Outcome
	// Deviation is the known one that applies, or nil.
	Deviation *Deviation
}

// Judge tells of every request of the evidence what became of its case, which its
// Variant names. Requests of no case are left out. Of the evidence's mesh it looks at
// what versions it has, and not at how it is configured.
func Judge(ev traces.Evidence, way Way, tracer traces.Provider) []Result {
	cases := map[string]Case{}
	for _, c := range way.Cases() {
		cases[c.ID] = c
	}
	known := Known(tracer, ev.Versions[Component])
	var all []Result
	for _, request := range ev.ByRequest().Requests {
		c, ok := cases[request.Exchange.Variant]
		if !ok {
			continue
		}
		r := Result{Case: c, Request: request.Exchange.Request, Observed: observe(c, way, request), Expected: c.Want, Verdict: Wrong}
		got := r.Observed.Outcome
		if d, deviates := known[c.ID]; deviates {
			r.Deviation, r.Expected = &d, d.Does[c.ID]
			if got == r.Expected {
				r.Verdict = Deviates
			}
		} else if got == c.Want {
			r.Verdict = Specified
		} else if c.May != nil && got == *c.May {
			r.Verdict = Allowed
		}
		all = append(all, r)
	}
	return all
}

// Component is the proxy's name among the versions of an evidence.
const Component = "envoy"

// Known are the deviations of a version of the proxy with a tracer, by case. A version
// that no deviation names has none: the specification is expected of it.
func Known(tracer traces.Provider, version string) map[string]Deviation {
	known := map[string]Deviation{}
	for _, d := range Deviations() {
		if d.Tracer != tracer || !d.in(version) {
			continue
		}
		for id := range d.Does {
			known[id] = d
		}
	}
	return known
}

// in says whether the version is one of those that the deviation was measured in.
func (d Deviation) in(version string) bool {
	for _, minor := range d.Versions {
		if version == minor || strings.HasPrefix(version, minor+".") {
			return true
		}
	}
	return false
}
