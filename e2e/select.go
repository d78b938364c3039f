package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/throughline/throughline/suites"
)

// Selectors are what may be asked for by name: ids, names with their case, and areas.
func Selectors(checks []suites.Check) []string {
	var all []string
	for _, c := range checks {
		for _, name := range []string{c.ID, c.Name(), string(c.Area)} {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Select is the checks that any of names asks for, upper or lower case alike; no name asks for all.
func Select(checks []suites.Check, names []string) []suites.Check {
	if len(names) == 0 {
		return checks
	}
	var chosen []suites.Check
	for _, c := range checks {
		asked := slices.ContainsFunc(names, func(name string) bool {
			return strings.EqualFold(name, c.ID) || strings.EqualFold(name, c.Name()) || strings.EqualFold(name, string(c.Area))
		})
		if asked {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// labels are what a label filter sees of a check and its controls.
func labels(c suites.Check) []string {
	all := []string{string(c.Area), c.ID, string(c.Profile.Name)}
	return slices.DeleteFunc(all, func(label string) bool { return label == "" })
}

// Labelled is the checks that a Ginkgo label filter lets through.
func Labelled(checks []suites.Check, filter string) ([]suites.Check, error) {
	passes, err := types.ParseLabelFilter(filter)
	if err != nil {
		return nil, fmt.Errorf("%q is no label filter: %w; write one such as `sampling && !S03`", filter, err)
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c suites.Check) bool { return !passes(labels(c)) }), nil
}

// Needing is the checks that need a feature, upper or lower case alike.
func Needing(checks []suites.Check, feature string) ([]suites.Check, error) {
	same := func(f suites.Feature) bool { return strings.EqualFold(string(f), feature) }
	if !slices.ContainsFunc(suites.Features(), same) {
		return nil, fmt.Errorf("%q is no feature; expected one of %q", feature, suites.Features())
	}
	return slices.DeleteFunc(slices.Clone(checks), func(c suites.Check) bool { return !slices.ContainsFunc(c.Needs, same) }), nil
}
