package traces_test

import (
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
)

func served(counts map[string]int) traces.Evidence {
	var ev traces.Evidence
	for version, n := range counts {
		for range n {
			ev.Hops = append(ev.Hops, traces.Hop{Service: "movies", Version: version})
		}
	}
	return ev
}

func TestVersionsAreHeldAgainstTheirWeights(t *testing.T) {
	weights := []traces.Version{{Name: "v1", Weight: 33}, {Name: "v2", Weight: 33}, {Name: "v3", Weight: 34}}
	for name, c := range map[string]struct {
		counts map[string]int
		wrong  string
	}{
		"in their weights":             {map[string]int{"v1": 190, "v2": 205, "v3": 205}, ""},
		"one is never reached":         {map[string]int{"v1": 300, "v2": 300}, "v3 0"},
		"one is reached twice as much": {map[string]int{"v1": 360, "v2": 120, "v3": 120}, "v1 360"},
		"one that has no weight":       {map[string]int{"v1": 33, "v2": 33, "v3": 34, "v4": 1}, `"v4" 1`},
		"nobody is called":             {nil, "of 0 calls"},
	} {
		t.Run(name, func(t *testing.T) {
			test, found := traces.JudgeVersions(served(c.counts), "movies", weights, 2e-8)
			if (len(found) == 0) != (c.wrong == "") {
				t.Fatalf("found %v, p %g", found, test.P)
			}
			if len(found) > 0 && (found[0].Kind != traces.WrongRate || found[0].Service != "movies" || !strings.Contains(found[0].Observed, c.wrong)) {
				t.Errorf("found %+v, want %q", found[0], c.wrong)
			}
		})
	}
}
