package traces

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeVersions holds how often each version of a service served a call, as its
// applications recorded it (Hop.Version), against the versions' weights, by the
// chi-squared test of stats.ChiSquare at the false-alarm rate alpha. A contradiction is one
// WrongRate at the service, as are calls that a version served which has no weight.
func JudgeVersions(ev Evidence, service string, versions []Version, alpha float64) (Statistic, []Finding) {
	observed := make([]int, len(versions))
	weights := make([]float64, len(versions))
	names := map[string]int{}
	for i, v := range versions {
		names[v.Name], weights[i] = i, float64(v.Weight)
	}
	n := 0
	others := map[string]int{}
	for i := range ev.Hops {
		h := &ev.Hops[i]
		if h.Service != service {
			continue
		}
		n++
		if at, known := names[h.Version]; known {
			observed[at]++
		} else {
			others[h.Version]++
		}
	}
	p := stats.ChiSquare(observed, weights)
	test := Statistic{Test: "versions of " + service + " by their weights (chi-squared)", N: n, P: p, Alpha: alpha}
	if n > 0 && p > alpha && len(others) == 0 {
		return test, nil
	}
	var is, must []string
	for i, v := range versions {
		is = append(is, fmt.Sprintf("%s %d", Printable(v.Name), observed[i]))
		must = append(must, fmt.Sprintf("%s %d %%", Printable(v.Name), v.Weight))
	}
	for name, times := range others {
		is = append(is, fmt.Sprintf("%s %d", headerWords(name), times))
	}
	slices.Sort(is)
	return test, []Finding{{
		Kind: WrongRate, Service: service, Count: 1,
		Observed: fmt.Sprintf("of %s %s", counted(n, "call"), strings.Join(is, ", ")),
		Expected: fmt.Sprintf("%s (p-value %.3g, false-alarm rate %.3g)", strings.Join(must, ", "), p, alpha),
		Next:     "look at the weights of the VirtualService that the caller's proxy has, and at the endpoints of each subset",
	}}
}
