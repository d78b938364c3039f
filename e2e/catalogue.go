package e2e

import (
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/attributes"
	"github.com/throughline/throughline/suites/errors"
	"github.com/throughline/throughline/suites/latency"
	"github.com/throughline/throughline/suites/propagation"
	"github.com/throughline/throughline/suites/sampling"
)

// DeclaredTests is the number of statistical tests that the catalogue shares its
// false-alarm rate among. It is a budget, not a count: it stays the same under any
// filter, and as checks are added up to it.
const DeclaredTests = 50

// Catalogue is every check, in the order of areas and ids. The alpha is the
// false-alarm rate of the whole catalogue; each test gets its share (Bonferroni).
func Catalogue(alpha float64) []suites.Check {
	share := alpha / DeclaredTests
	var all []suites.Check
	all = append(all, propagation.Checks(share)...)
	all = append(all, sampling.Checks(share)...)
	all = append(all, latency.Checks(share)...)
	all = append(all, errors.Checks()...)
	all = append(all, attributes.Checks()...)
	return all
}
