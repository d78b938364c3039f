package traces

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// Way is a direction of a call.
type Way string

// The ways of a call. BothWays is their sum, with the time between attempts.
const (
	BothWays Way = ""
	// Before is the request on its way: from CLIENT start to SERVER start.
	Before Way = "before"
	// After is the answer on its way: from SERVER end to CLIENT end.
	After Way = "after"
)

// JudgeAddedDelay judges that the Delayed requests spent delay more than the
// Baseline ones as self time of service, and of no other, nor between two. The
// findings:
//
//   - the shift of service is delay, within noise: nothing; otherwise
//   - another service has a material shift: one LatencyMisplaced at each such
//     service, whose text names both; or, if there is none,
//   - LatencyMissing at service, which names the network between two services
//     where the time lies there;
//   - a service besides service, or an edge, with a material shift: LatencyMisplaced
//     at it, an edge's at its caller;
//   - a span whose times make no sense: MalformedTrace at its service.
//
// Noise is the spread of the same run's baseline; see TimeShift for the
// arithmetic. The alpha is shared out among all services and edges (Bonferroni).
func JudgeAddedDelay(ev Evidence, service string, delay time.Duration, alpha float64) []Finding {
	return judgeAdded(ev, Place{Service: service}, BothWays, delay, alpha)
}

// JudgeAddedGap judges that the Delayed requests spent delay more than the Baseline
// ones between the CLIENT span of caller and the SERVER span of callee, on that way of
// the call, and nowhere else: a queue for a connection or a delay in the network shows
// there, a queue in the application inside its SERVER span. The findings:
//
//   - the shift of that gap is delay, within noise: nothing; otherwise
//   - another place has a material shift: one LatencyMisplaced at each such service,
//     an edge's at its caller, the other way of the same call included; or, if there
//     is none, LatencyMissing at caller;
//   - besides that gap another place with a material shift: LatencyMisplaced at it;
//   - a span whose times make no sense: MalformedTrace at its service.
//
// Noise and alpha are as in JudgeAddedDelay.
func JudgeAddedGap(ev Evidence, caller, callee string, way Way, delay time.Duration, alpha float64) []Finding {
	return judgeAdded(ev, Place{caller, callee}, way, delay, alpha)
}

// ElsewhereTest is the test that JudgeAddedDelay and JudgeAddedGap make of every other
// place than at: that none of them gained more than matters beside delay (a quarter of it,
// and the place's own noise). A smaller shift is no contradiction: whoever waited longer
// finds its caches cold. Its p-value is the smallest of theirs (Mann–Whitney, of the delayed
// times less what does not matter, one side) times their number.
func ElsewhereTest(ev Evidence, at Place, delay time.Duration, alpha float64) Statistic {
	m := measure(ev)
	s := Statistic{Test: "shift of any place but " + at.String(), N: m.requests[0] + m.requests[1], P: 1, Alpha: alpha}
	tests := 0
	for _, of := range []samples{m.self, m.gaps} {
		for place, times := range of {
			if place == at {
				continue
			}
			tests++
			s.P = min(s.P, gainsMore(times[0], times[1], float64(immaterial(delay, noiseOf(times[0])))))
		}
	}
	s.P = min(1, s.P*float64(tests))
	return s
}

// gainsMore is the p-value of the hypothesis that y exceeds x by no more than tolerance.
func gainsMore(x, y []float64, tolerance float64) float64 {
	less := make([]float64, len(y))
	for i, t := range y {
		less[i] = t - tolerance
	}
	p := stats.MannWhitney(x, less)
	if stats.Median(less) > stats.Median(x) {
		return p / 2
	}
	return 1 - p/2
}

func judgeAdded(ev Evidence, at Place, way Way, delay time.Duration, alpha float64) []Finding {
	m := measure(ev)
	alpha = stats.Bonferroni(alpha, m.tests())
	a := m.attribution(alpha)
	claimed, services, edges := a.shiftsFor(at, way)
	v := verdict{Attribution: a, at: at, way: way, delay: delay, alpha: alpha, claimed: claimed}
	v.ok = claimed != nil && claimed.gained(delay, alpha)
	services = slices.DeleteFunc(services, func(s TimeShift) bool { return !s.material(delay, alpha) })
	edges = slices.DeleteFunc(edges, func(s TimeShift) bool { return !s.material(delay, alpha) })
	// A gap that holds the time explains why a service did not gain it.
	explains := at.To == "" && !v.ok && len(services) == 0
	v.faulty()
	for _, s := range services {
		v.misplaced(s)
	}
	for _, s := range edges {
		if !explains {
			v.misplaced(s)
		}
	}
	if !v.ok && len(services) == 0 && (explains || len(edges) == 0) {
		v.missing(edges)
	}
	return Aggregate(v.findings)
}

// tests is how many shifts judgeAdded may look at.
func (m *measured) tests() int { return len(m.self) + len(m.gaps) + len(m.before) + len(m.after) }

// shiftsFor is the shift at a place, nil where it has none, and those of every other
// service and edge. Where one way of a call is meant, its other way counts as an edge.
func (a Attribution) shiftsFor(at Place, way Way) (claimed *TimeShift, services, edges []TimeShift) {
	services, edges = without(a.Services, at), without(a.Gaps, at)
	switch {
	case at.To == "":
		return find(a.Services, at), services, edges
	case way == Before:
		claimed = find(a.Before, at)
		if s := find(a.After, at); s != nil {
			edges = append(edges, *s)
		}
	case way == After:
		claimed = find(a.After, at)
		if s := find(a.Before, at); s != nil {
			edges = append(edges, *s)
		}
	default:
		claimed = find(a.Gaps, at)
	}
	return claimed, services, edges
}

func without(all []TimeShift, at Place) []TimeShift {
	return slices.DeleteFunc(slices.Clone(all), func(s TimeShift) bool { return s.Place == at })
}

func find(all []TimeShift, at Place) *TimeShift {
	i := slices.IndexFunc(all, func(s TimeShift) bool { return s.Place == at })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// verdict gathers the findings of a claim that a place gained a delay.
type verdict struct {
	Attribution
	at       Place
	way      Way
	delay    time.Duration
	alpha    float64
	claimed  *TimeShift
	ok       bool
	findings []Finding
}

func (v *verdict) faulty() {
	for _, service := range v.Faults {
		v.findings = append(v.findings, Finding{
			Kind: MalformedTrace, Service: service, Count: 1,
			Observed: "spans of " + quote(service) + " last less than nothing, or end before their parents begin",
			Expected: "times that one clock can show",
			Next:     "look at the clock of the node that " + quote(service) + " runs on",
		})
	}
}

// misplaced adds that s gained time, to what is said of its service already.
func (v *verdict) misplaced(s TimeShift) {
	observed := s.Place.text() + " gained " + s.text()
	if s.To != "" {
		observed = s.text() + " were gained " + s.Place.text()
		if s.Place == v.at {
			observed += ", " + v.opposite()
		}
	}
	for i := range v.findings {
		if f := &v.findings[i]; f.Kind == LatencyMisplaced && f.Service == s.Service {
			f.Observed += "; " + observed
			return
		}
	}
	f := Finding{
		Kind: LatencyMisplaced, Service: s.Service, Count: v.Delayed,
		Observed: observed,
		Expected: v.claim() + " and nobody else gains anything",
		Next:     "look at what " + quote(s.Service) + " did in the delayed requests, and at its CPU",
	}
	if s.To != "" {
		f.Next = "look at the network and the proxies' queues " + s.Place.text() + " during the delayed requests"
	}
	if !v.ok {
		f.Observed += "; " + v.subject() + " gained " + v.claimed.text()
	}
	v.findings = append(v.findings, f)
}

// missing adds that nobody gained what the claimed place must have; gaps are edges
// that did gain something.
func (v *verdict) missing(gaps []TimeShift) {
	f := Finding{
		Kind: LatencyMissing, Service: v.at.Service, Count: v.Delayed,
		Observed: v.subject() + " gained " + v.claimed.text(),
		Expected: v.claim(),
		Next:     "look whether " + quote(v.at.Service) + " was told to wait, and whether its call is part of its SERVER span",
	}
	if v.at.To != "" {
		f.Next = "look whether the requests passed through what was to delay them " + v.at.text()
	}
	for _, gap := range gaps {
		f.Why = "the time lies " + gap.Place.text() + ", in the network or a proxy: there a gap grew by " + gap.text()
	}
	if v.claimed != nil && v.claimed.Lower == math.MinInt64 {
		f.Next = fmt.Sprintf("send more: %d and %d requests are too few for an interval at this false-alarm rate", v.Baseline, v.Delayed)
	}
	v.findings = append(v.findings, f)
}

// subject is the claimed place as a sentence begins with it.
func (v *verdict) subject() string {
	if v.at.To == "" {
		return quote(v.at.Service)
	}
	return "the gap " + v.at.text() + v.way.text()
}

func (v *verdict) claim() string { return fmt.Sprintf("%s gains %s", v.subject(), v.delay) }

func (v *verdict) opposite() string {
	if v.way == Before {
		return "the answer on its way"
	}
	return "the request on its way"
}

func (w Way) text() string {
	switch w {
	case Before:
		return ", the request on its way,"
	case After:
		return ", the answer on its way,"
	default:
		return ""
	}
}
