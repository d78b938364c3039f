package traces

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/throughline/throughline/traces/stats"
)

// timeBlocks is into how many parts of equal size the requests of a send are cut, in the
// order in which they were sent.
const timeBlocks = 10

// JudgeIndependence judges that whether a request is sampled depends on nothing but chance:
// not on the requests before it (the runs test of Wald and Wolfowitz), not on when it was
// sent (a chi-squared test over ten parts of the send), not on which variant it is, and
// not on its connection (both by a chi-squared test, where there are several). The
// alpha is shared among the tests (Bonferroni). What contradicts it is a PatternedSample
// at ClientService, or at the service that requests enter at where the client has no proxy.
// Evidence in which all requests or none were sampled shows nothing, and is one too.
func JudgeIndependence(ev Evidence, alpha float64) ([]Statistic, []Finding) {
	index := ev.ByRequest()
	slices.SortStableFunc(index.Requests, func(a, b RequestEvidence) int {
		return cmp.Or(a.Exchange.Intended.Compare(b.Exchange.Intended), a.Exchange.Start.Compare(b.Exchange.Start))
	})
	decisions := make([]bool, len(index.Requests))
	byTime, byVariant, byConnection := newTally(), newTally(), newTally()
	service := ClientService
	for i, r := range index.Requests {
		decisions[i] = len(r.Traces) > 0
		byTime.add(fmt.Sprintf("part %d", 1+i*timeBlocks/len(index.Requests)), decisions[i])
		byVariant.add(r.Exchange.Variant, decisions[i])
		byConnection.add(r.Exchange.Connection, decisions[i])
		if r.Exchange.Bare {
			service = ev.Topology.Entry
		}
	}
	tests := []Statistic{
		{Test: "order of decisions (runs)", P: stats.Runs(decisions)},
		{Test: "decisions over time (chi-squared)", P: byTime.p()},
	}
	if len(byVariant.rows) > 1 {
		tests = append(tests, Statistic{Test: "decisions by service (chi-squared)", P: byVariant.p()})
	}
	if len(byConnection.rows) > 1 {
		tests = append(tests, Statistic{Test: "decisions by connection (chi-squared)", P: byConnection.p()})
	}
	share := stats.Bonferroni(alpha, len(tests))
	f := Finding{
		Kind: PatternedSample, Service: service, Count: 1,
		Expected: fmt.Sprintf("decisions that depend on nothing (false-alarm rate %.3g a test)", share),
		Next:     "look for a sampler that counts requests, and for callers that choose x-request-id, from which proxies draw",
	}
	var found []Finding
	for i := range tests {
		t := &tests[i]
		t.N, t.Alpha = len(decisions), share
		if t.P > share {
			continue
		}
		one := f
		one.Observed = fmt.Sprintf("%s: p-value %.3g over %s", t.Test, t.P, counted(t.N, "request"))
		found = append(found, one)
	}
	if yes := byTime.yes(); yes == 0 || yes == len(decisions) {
		f.Observed = fmt.Sprintf("%d of %s were sampled, in which no pattern can be seen", yes, counted(len(decisions), "request"))
		f.Next = "sample between 0 and 100 %"
		found = append(found, f)
	}
	if len(found) > 1 {
		// One cause shows in several tests.
		for _, other := range found[1:] {
			found[0].Observed += "; " + other.Observed
		}
		found = found[:1]
	}
	return tests, found
}

// tally counts yes and no by group.
type tally struct {
	at   map[string]int
	rows [][]int
}

func newTally() *tally { return &tally{at: map[string]int{}} }

func (t *tally) add(group string, yes bool) {
	i, known := t.at[group]
	if !known {
		i = len(t.rows)
		t.at[group] = i
		t.rows = append(t.rows, make([]int, 2))
	}
	t.rows[i][b2i(yes)]++
}

func (t *tally) p() float64 { return stats.Contingency(t.rows) }

func (t *tally) yes() int {
	n := 0
	for _, row := range t.rows {
		n += row[1]
	}
	return n
}
