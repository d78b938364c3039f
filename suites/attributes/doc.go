// Package attributes holds the checks that spans say who did what, truly, and no more.
//
// Each check states the tags of every span, exactly: a tag that is not named is a finding
// as much as one that is missing. Where a value comes from the exchange itself, it is held
// against what the application on the other end saw.
package attributes

import (
	"slices"

	. "github.com/throughline/throughline/suites"
)

// Checks is the attributes part of the catalogue, in the order of its ids.
func Checks() []Check {
	return slices.Concat(
		standard(),
		custom(),
		[]Check{pathLength()},
		serviceNames(),
		istio(),
		operations(),
		kinds(),
		secrets(),
		messages(),
	)
}
