// Package errors holds the checks that failures show where they happened.
package errors

import (
	. "github.com/throughline/throughline/suites"
)

// Checks is the errors part of the catalogue, in the order of its ids.
func Checks() []Check {
	return []Check{failingLeaf()}
}
