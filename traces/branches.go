package traces

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// JudgeSlowestBranch judges that of the services that are called in parallel, branches,
// only slowest is on the critical path of the requests: with its own time, or with the
// way to it. One request in ten may be otherwise, by an exact binomial test at the
// false-alarm rate alpha: another branch may be held up once. The findings, at most one:
//
//   - other branches are on the path too often: WrongBottleneck at the one that is most often;
//   - slowest is not on it, and no other is: WrongBottleneck at slowest. So is evidence
//     without a critical path.
func JudgeSlowestBranch(ev Evidence, branches []string, slowest string, alpha float64) (Statistic, []Finding) {
	var odd exceptions
	others := map[string]int{}
	for _, r := range ev.ByRequest().Requests {
		path := CriticalPath(r.Traces)
		if path.Root == nil {
			continue
		}
		found := map[string]bool{}
		for _, s := range path.Segments {
			for _, branch := range branches {
				if s.Service == branch || s.To == branch {
					found[branch] = true
				}
			}
		}
		odd.add(!found[slowest] || len(found) > 1)
		for branch := range found {
			if branch != slowest {
				others[branch]++
			}
		}
	}
	s := odd.test("requests whose critical path passes another branch than the slowest", alpha)
	if !s.rejected() {
		return s, nil
	}
	f := Finding{
		Kind: WrongBottleneck, Service: slowest, Count: odd.odd,
		Observed: "the critical path does not pass " + quote(slowest) + " alone " + odd.text(s),
		Expected: "of the calls in parallel only that to " + quote(slowest) + " on the critical path",
		Next:     "look whether the calls are made in parallel, and at the times of their CLIENT spans",
	}
	if len(others) > 0 {
		f.Service = slices.MaxFunc(slices.Sorted(maps.Keys(others)), func(a, b string) int { return cmp.Compare(others[a], others[b]) })
		f.Observed = fmt.Sprintf("%s is on it in %d; %s", quote(f.Service), others[f.Service], f.Observed)
		f.Next = "look at what " + quote(f.Service) + " did in that time"
	}
	return s, []Finding{f}
}
