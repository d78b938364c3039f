package traces_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
)

// maxShown bounds how many wrong mutants of one operator are printed.
const maxShown = 4

func TestEveryMutationIsFoundAndNamed(t *testing.T) {
	gardens := make([]*garden, 0)
	for _, g := range slices.Concat(goods(t), recordedGoods(t)) {
		if found := traces.JudgeForest(g.evidence, g.forest); len(found) > 0 {
			t.Fatalf("%s, unspoilt, has findings:\n%s", g.name, texts(found))
		}
		gardens = append(gardens, plantGarden(g))
	}
	t.Logf("%d good forests", len(gardens))
	var total, same, found, right int
	for _, o := range operators() {
		var mutants, equivalent, noticed, named, shown int
		for _, g := range gardens {
			before := canonical(g.evidence, g.states)
			o.make(g, func(m mutant) {
				mutants++
				want := o.findings(m)
				if canonical(m.evidence, g.states) == before {
					equivalent++
					want = []string{}
				}
				judged := traces.JudgeForest(m.evidence, g.forest)
				got := namedOnce(judged)
				if len(want) > 0 && len(got) > 0 {
					noticed++
				}
				if slices.Equal(got, want) {
					if len(want) > 0 {
						named++
					}
					return
				}
				if shown++; shown <= maxShown {
					t.Errorf("%s: %s: %s: want %v, got %v:\n%s", o.name, g.name, m.what, want, got, texts(judged))
				}
			})
		}
		if mutants == 0 {
			t.Errorf("%s: no mutant was made", o.name)
		}
		t.Log(score(o.name, mutants, equivalent, noticed, named))
		total, same, found, right = total+mutants, same+equivalent, found+noticed, right+named
	}
	t.Log(score("all", total, same, found, right))
	if defects := total - same; defects == 0 || found != defects || right != defects {
		t.Errorf("of %d mutants with a defect %d are found and %d named right; want all", total-same, found, right)
	}
}

// namedOnce is named, sorted. Findings of one kind and service are one already.
func namedOnce(found []traces.Finding) []string {
	names := named(found)
	slices.Sort(names)
	return names
}

func score(name string, mutants, equivalent, found, right int) string {
	return fmt.Sprintf("%-56s %5d mutants, %4d equivalent, %5d found, %5d named right (%s)", name, mutants, equivalent, found, right,
		share(right, mutants-equivalent))
}

func share(n, of int) string {
	if of == 0 {
		return "none to find"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.2f", 100*float64(n)/float64(of)), ".00") + " %"
}
