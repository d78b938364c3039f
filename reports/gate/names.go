package gate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports"
)

// checkNames looks for names in the policy that nothing has.
func (j *judging) checkNames() error {
	var errs []error
	p := j.policy
	all, axes := j.everything()
	for i, s := range p.Subjects {
		at := fmt.Sprintf("subjects[%d]", i)
		for _, axis := range slices.Sorted(maps.Keys(s.Match)) {
			if !axes[axis] {
				errs = append(errs, p.at(at+".match."+axis, "no such component; there are %s", strings.Join(slices.Sorted(maps.Keys(axes)), ", ")))
			}
		}
		require := at + ".require"
		if _, own := p.lines[require]; !own {
			require = "require"
		}
		for _, list := range []struct {
			field string
			names []string
			ids   bool
		}{{"areas", s.Require.Areas, false}, {"checks", s.Require.Checks, true}, {"allowSkipped", s.Require.AllowSkipped, true}} {
			for k, name := range list.names {
				if list.ids && !all.ids[name] && !all.named(name) || !list.ids && !all.areas[name] {
					errs = append(errs, p.at(fmt.Sprintf("%s.%s[%d]", require, list.field, k), "%q is not known; `throughline list` shows all", name))
				}
			}
		}
	}
	for i, q := range p.Quarantine {
		at := fmt.Sprintf("quarantine[%d]", i)
		controls, known := all.controls[q.Check]
		switch {
		case !known && all.ids[q.Check]:
			errs = append(errs, p.at(at+".check", "%q has several cases; name the one that is meant: %s", q.Check, strings.Join(all.cases(q.Check), ", ")))
		case !known:
			errs = append(errs, p.at(at+".check", "%q is not known; `throughline list` shows all", q.Check))
		case q.Control != "" && !controls[q.Control]:
			errs = append(errs, p.at(at+".control", "%s has no control %q; there are %q", q.Check, q.Control, slices.Sorted(maps.Keys(controls))))
		}
	}
	return errors.Join(unique(errs)...)
}

// unique leaves out what was said before, as several subjects may share what they require.
func unique(errs []error) []error {
	said := map[string]bool{}
	return slices.DeleteFunc(errs, func(err error) bool {
		again := said[err.Error()]
		said[err.Error()] = true
		return again
	})
}

// vocabulary is all that a policy may name.
type vocabulary struct {
	ids, areas map[string]bool
	// controls are those of each check, by its name.
	controls map[string]map[string]bool
}

func (v vocabulary) named(check string) bool { return v.controls[check] != nil }

// cases are the names of the checks of an id.
func (v vocabulary) cases(id string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(v.controls)) {
		if strings.HasPrefix(name, id+"/") {
			all = append(all, name)
		}
	}
	return all
}

// everything is what there is in the catalogue and in the results.
func (j *judging) everything() (v vocabulary, axes map[string]bool) {
	v = vocabulary{ids: map[string]bool{}, areas: map[string]bool{}, controls: map[string]map[string]bool{}}
	axes = map[string]bool{axisProvider: true, axisFlavour: true}
	for _, name := range reports.Components() {
		axes[name] = true
	}
	check := func(id, name, area string) map[string]bool {
		v.ids[id], v.areas[area] = true, true
		if v.controls[name] == nil {
			v.controls[name] = map[string]bool{}
		}
		return v.controls[name]
	}
	for _, k := range j.known {
		controls := check(k.ID, k.Name, k.Area)
		for _, c := range k.Controls {
			controls[c] = true
		}
	}
	for _, r := range j.records {
		for name := range r.Result.Subject.Versions {
			axes[name] = true
		}
		for _, e := range r.entries {
			if k, known := j.known[e.Key.Check]; known && (e.Key.Control == "" || slices.Contains(k.Controls, e.Key.Control)) {
				continue
			}
			controls := check(e.Worst.ID, e.Key.Check, e.Worst.Area)
			if e.Key.Control != "" {
				controls[e.Key.Control] = true
			}
		}
	}
	return v, axes
}
