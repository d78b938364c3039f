package e2e

import (
	"fmt"
	"strings"

	"github.com/throughline/throughline/suites"
)

// StatisticsPage is the false-alarm rate of the catalogue as Markdown, test by test.
// The alpha is that of the whole catalogue.
func StatisticsPage(checks []suites.Check, tests Tests, alpha float64) string {
	var b strings.Builder
	share := alpha / DeclaredTests
	var rows strings.Builder
	chance, exact := 0, 0
	sum := 0.0
	for _, c := range checks {
		for _, s := range tests[c.Name()] {
			level := fmt.Sprintf("%.2g", s.Alpha)
			if s.Alpha == 0 {
				exact++
				level = "exact"
			} else {
				chance++
				sum += s.Alpha
			}
			against, power := "", ""
			if s.Against != "" {
				against, power = s.Against, fmt.Sprintf("1 - %.2g", s.Misses)
			}
			n := fmt.Sprint(s.N)
			if s.N == 0 {
				n, power = "live only", ""
			}
			fmt.Fprintf(&rows, "| [%s](checks/%s.md) | %s | %s | %s | %s | %s |\n", c.Name(), c.ID, cell(s.Test), n, level, cell(against), power)
		}
	}
	fmt.Fprintf(&b, "# What the statistics promise\n\n"+
		"A check that tests a hypothesis may sound a false alarm. The rate at which the whole catalogue does is decided beforehand\n"+
		"(`alpha`, %.2g by default) and shared equally among %d tests, each of which gets α = %.2g. That number is a budget: it is the\n"+
		"same under any filter, and a test of the harness fails when the catalogue has more.\n\n"+
		"**By arithmetic.** The catalogue makes %d tests that chance can fail and %d that it cannot (a rate of 0 or 100 %%, where one\n"+
		"request decides). Each sounds a false alarm with at most its α, so that a run does with at most their sum, however the tests\n"+
		"depend on each other (Bonferroni): at most **%.2g a run**, one run in %.2g. Exact tests of whole numbers stay below their α.\n\n"+
		"**By simulation.** `TestFalseAlarmsComeAsOftenAsPromised` draws the rates of the catalogue many hundred times from a mesh that\n"+
		"samples as it should, judges each at an α large enough for false alarms to be seen, and holds their number against\n"+
		"its binomial bound.\n\n"+
		"**By the runs themselves.** `throughline calibrate RESULT...` pools the p-values of runs. Ten clean runs say little about one\n"+
		"in a million; their p-values say whether the tests are what they claim to be.\n\n"+
		"The power is the probability of seeing the deviation that the check's control makes, at this n and α.\n"+
		"This page is generated from the checks themselves, judged over a mesh in memory (`make docs`).\n\n"+
		"| check | test | n | α | against | power |\n|---|---|---|---|---|---|\n",
		alpha, DeclaredTests, share, chance, exact, sum, 1/sum)
	return b.String() + rows.String()
}
