package e2e

import (
	"testing"

	"github.com/throughline/throughline/suites"
)

// simulatedTests are the tests that the checks make, over a mesh in memory.
func simulatedTests(t *testing.T) Tests {
	t.Helper()
	tests := Tests{}
	for _, c := range Catalogue(1e-6) {
		out := suites.Run(t.Context(), simulated{seed: 7}, c)
		tests[c.Name()] = out.Statistics
	}
	return tests
}

func TestTheTestsOfTheCatalogueStayWithinItsBudget(t *testing.T) {
	const alpha = 1e-6
	n := 0
	for name, tests := range simulatedTests(t) {
		for _, s := range tests {
			if s.Alpha == 0 {
				continue
			}
			n++
			if s.Alpha > alpha/DeclaredTests*(1+1e-9) {
				t.Errorf("%s tests %s at %g, above its share of %g", name, s.Test, s.Alpha, alpha/DeclaredTests)
			}
		}
	}
	if n == 0 || n > DeclaredTests {
		t.Errorf("the catalogue makes %d tests, and shares its false-alarm rate among %d: raise DeclaredTests, and every n with it", n, DeclaredTests)
	}
}
