package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeOutcomes holds every request of the evidence against what it may leave (see
// Outcomes): it must leave the traces of one outcome, and its caller get that one's
// status. A request that leaves none is explained as by JudgeForest against the
// nearest one, which is that with the fewest findings, the first of several. Stored
// traces that no request carried are findings as in JudgeForest. Without outcomes
// nothing can be judged, which is a WrongExplanation.
//
// The cost is that of one comparison a request where it leaves an outcome of another
// size than the others, else of as many as there are outcomes of that size.
func JudgeOutcomes(ev Evidence, outcomes []Outcome) []Finding {
	if len(outcomes) == 0 {
		return []Finding{withoutOutcomes(len(ev.Requests))}
	}
	found, _ := judgeOutcomes(ev, outcomes)
	return found
}

// Nearest is the index of the outcome that a request left, the first of several, and
// then no finding; where it left none, the index of the nearest one and how the
// request differs from it (see JudgeOutcomes). Without outcomes it is -1.
func Nearest(ev RequestEvidence, outcomes []Outcome) (int, []Finding) {
	if len(outcomes) == 0 {
		return -1, []Finding{withoutOutcomes(1)}
	}
	return newAlternatives(outcomes, "").nearest(ev)
}

func withoutOutcomes(requests int) Finding {
	return Finding{
		Kind: WrongExplanation, Observed: counted(requests, "request") + " and nothing to hold it against",
		Expected: "the outcomes that a request may have", Next: "derive them from the topology, the mesh and the request", Count: 1,
	}
}

// JudgeShares is JudgeOutcomes, and holds how often each outcome was left against its
// probability, by the chi-squared test of stats.ChiSquare (exact for two outcomes) at
// the false-alarm rate alpha. Shares that contradict the probabilities are one
// WrongRate at ClientService. Requests that left no outcome are not counted; outcomes
// that some request did not tell apart, because of what their forests leave open, are
// counted as one. Evidence without a request that counts is a WrongRate too.
func JudgeShares(ev Evidence, outcomes []Outcome, alpha float64) (Statistic, []Finding) {
	test := Statistic{Test: "shares of outcomes (chi-squared)", Alpha: alpha}
	if len(outcomes) == 0 {
		return test, []Finding{withoutOutcomes(len(ev.Requests))}
	}
	found, left := judgeOutcomes(ev, outcomes)
	s := shares{outcomes: outcomes, group: make([]int, len(outcomes))}
	for i := range s.group {
		s.group[i] = i
	}
	s.count(left)
	p := stats.ChiSquare(s.observed, s.expected)
	test.N, test.P = s.n, p
	if s.n > 0 && p > alpha {
		return test, found
	}
	f := Finding{
		Kind: WrongRate, Service: ClientService, Count: 1,
		Observed: s.text("of "+counted(s.n, "request")+" ", func(i int) float64 { return float64(s.observed[i]) / float64(s.n) }),
		Expected: s.text("", func(i int) float64 { return s.expected[i] }) +
			fmt.Sprintf(" (p-value %.3g, false-alarm rate %.3g)", p, alpha),
		Next: "look at the sampling in force at each proxy that decides, and at the weights of the versions: " +
			"the outcomes that are left too often say which decision it is",
	}
	if s.n == 0 {
		f.Observed, f.Next = "no request left an outcome", "send requests before judging their shares"
	}
	return test, Aggregate(append(found, f))
}

// judgeOutcomes also gives the outcomes that each request left: several where their
// forests do not tell them apart.
func judgeOutcomes(ev Evidence, outcomes []Outcome) (found []Finding, left [][]int) {
	index := ev.ByRequest()
	index.byStart()
	a := newAlternatives(outcomes, ev.Topology.Entry)
	stored := sync.OnceValue(ev.spansOf)
	for _, c := range a.comparers {
		c.stored = stored
	}
	// Who mixed up headers does not depend on what is expected.
	mixers := a.comparers[0].blameMixers(index.Requests)
	for _, c := range a.comparers {
		c.mixers = mixers
	}
	for _, r := range index.Requests {
		if same := a.left(r, len(outcomes)); len(same) > 0 {
			left = append(left, same)
			continue
		}
		_, differences := a.nearest(r)
		found = append(found, differences...)
	}
	found = append(found, strays(index.Strays, a.path())...)
	return Aggregate(found), left
}

// alternatives are the comparers of several outcomes.
type alternatives struct{ comparers []*comparer }

func newAlternatives(outcomes []Outcome, entry string) alternatives {
	var a alternatives
	for _, o := range outcomes {
		c := newComparer(o.Forest)
		c.answer, c.entry = o.Status, cmp.Or(c.entry, entry)
		a.comparers = append(a.comparers, c)
	}
	return a
}

// left are the outcomes that the request left, at most limit of them.
func (a alternatives) left(r RequestEvidence, limit int) []int {
	spans := 0
	for i := range r.Traces {
		spans += len(r.Traces[i].Spans)
	}
	var same []int
	for i, c := range a.comparers {
		if len(same) < limit && c.answer == r.Exchange.Status && len(c.grove.nodes) == spans && len(c.judge(r)) == 0 {
			same = append(same, i)
		}
	}
	return same
}

func (a alternatives) nearest(r RequestEvidence) (int, []Finding) {
	if same := a.left(r, 1); len(same) > 0 {
		return same[0], nil
	}
	best := -1
	var fewest []Finding
	for i, c := range a.comparers {
		if found := c.judge(r); best < 0 || len(found) < len(fewest) {
			best, fewest = i, found
		}
	}
	if len(a.comparers) > 1 {
		for i := range fewest {
			fewest[i].Expected += fmt.Sprintf("; the nearest of %d outcomes", len(a.comparers))
		}
	}
	return best, fewest
}

// path is what requests may leave, in one line.
func (a alternatives) path() string {
	if len(a.comparers) == 1 {
		return a.comparers[0].path
	}
	return fmt.Sprintf("one of %d outcomes", len(a.comparers))
}

// shares counts how often each outcome was left. group is the first of the outcomes
// that one is counted with.
type shares struct {
	outcomes []Outcome
	group    []int
	n        int
	// observed and expected are by outcome, zero for those that are counted with another.
	observed []int
	expected []float64
}

func (s *shares) count(left [][]int) {
	for _, same := range left {
		for _, i := range same[1:] {
			s.join(s.group[same[0]], s.group[i])
		}
	}
	s.observed, s.expected = make([]int, len(s.outcomes)), make([]float64, len(s.outcomes))
	for i, o := range s.outcomes {
		s.expected[s.group[i]] += o.Probability
	}
	for _, same := range left {
		s.observed[s.group[same[0]]]++
		s.n++
	}
}

func (s *shares) join(a, b int) {
	for i, g := range s.group {
		if g == max(a, b) {
			s.group[i] = min(a, b)
		}
	}
}

// text names the share of each outcome, those that deviate most first.
func (s *shares) text(before string, share func(i int) float64) string {
	var order []int
	for i, g := range s.group {
		if g == i {
			order = append(order, i)
		}
	}
	deviation := func(i int) float64 { return s.expected[i]*float64(s.n) - float64(s.observed[i]) }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(deviation(b)*deviation(b), deviation(a)*deviation(a))
	})
	parts := make([]string, 0, maxListed+1)
	for n, i := range order {
		if n == maxListed {
			parts = append(parts, fmt.Sprintf("and %d more", len(order)-maxListed))
			break
		}
		o := s.outcomes[i]
		part := fmt.Sprintf("%.4g %% left %s", 100*share(i), printable(o.Forest.path(), maxShare))
		if slices.ContainsFunc(s.outcomes, func(other Outcome) bool { return other.Status != o.Status }) {
			part += fmt.Sprintf(" with status %d", o.Status)
		}
		parts = append(parts, part)
	}
	return before + strings.Join(parts, ", ")
}

// maxShare bounds the path of one outcome of several in a text, in runes.
const maxShare = 100
