package e2e

import (
	"slices"
	"strings"

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
