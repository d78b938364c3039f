package traces

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// TimeShift is by how much the time spent at a Place differs between the Baseline
// and the Delayed requests.
type TimeShift struct {
	Place
	// Baseline and Delayed are the medians of the time.
	Baseline, Delayed time.Duration
	// Shift is the Hodges–Lehmann estimate, Lower and Upper its interval.
	Shift, Lower, Upper time.Duration
	// P is the p-value of no shift (Mann–Whitney).
	P float64
	// Noise is the spread of the time without the delay: from its 5 % to its 95 %
	// quantile.
	Noise time.Duration
}

// material says whether the shift is beyond doubt and large enough to matter
// beside delay: the p-value is at most alpha, and even the lower bound exceeds the
// larger of a quarter of the delay and the place's own noise.
func (s TimeShift) material(delay time.Duration, alpha float64) bool {
	return s.P <= alpha && s.Lower > immaterial(delay, s.Noise)
}

// immaterial is the shift that does not matter beside delay, at a place with that noise.
func immaterial(delay, noise time.Duration) time.Duration { return max(delay/4, noise) }

// noiseOf is the spread of a sample.
func noiseOf(x []float64) time.Duration {
	return duration(stats.Quantile(x, 0.95) - stats.Quantile(x, 0.05))
}

// gained says whether the shift is delay: its interval meets delay ± (noise +
// delay/20). The twentieth is what a timer may oversleep on a busy machine. An interval
// without an end says nothing of by how much.
func (s TimeShift) gained(delay time.Duration, alpha float64) bool {
	slack := s.Noise + delay/20
	return s.P <= alpha && s.Lower > math.MinInt64 && s.Lower <= delay+slack && s.Upper >= delay-slack && s.Shift > 0
}

// Attribution is where the time of the delayed requests went. All lists are in
// order of place.
type Attribution struct {
	// Services has the shift of each service's self time.
	Services []TimeShift
	// Gaps has the shift of each edge between CLIENT and SERVER spans; Before and
	// After split it into the request on its way and the answer on its way (see
	// Transit). An edge that a request takes several times has the sum.
	Gaps, Before, After []TimeShift
	// Path has the shift of what each place has of the critical path, 0 in requests
	// in which it is not on it.
	Path []TimeShift
	// Baseline and Delayed are how many requests each sample has; Faults are the
	// services whose spans have times that make no sense.
	Baseline, Delayed int
	Faults            []string
}

// samples holds the times of the Baseline and the Delayed requests by place.
type samples map[Place]*[2][]float64

func (s samples) add(p Place, sample int, d time.Duration) {
	if s[p] == nil {
		s[p] = &[2][]float64{}
	}
	s[p][sample] = append(s[p][sample], float64(d))
}

// measured are the samples that an Attribution is computed from.
type measured struct {
	self, gaps, before, after, path samples
	// paths are the critical paths of each sample.
	paths    [2][]Path
	requests [2]int
	faults   []string
}

// Attribute compares the times of the Baseline and the Delayed requests, with
// intervals at the level 1 - alpha each. Requests of which nothing is stored are left
// out. The requests must be independent, and sent in turn, so that whatever drifts
// meets both samples alike.
func Attribute(ev Evidence, alpha float64) Attribution {
	return measure(ev).attribution(alpha)
}

func measure(ev Evidence) *measured {
	m := &measured{self: samples{}, gaps: samples{}, before: samples{}, after: samples{}, path: samples{}}
	for _, r := range ev.ByRequest().Requests {
		sample := slices.Index([]string{Baseline, Delayed}, r.Exchange.Variant)
		if sample < 0 || len(r.Traces) == 0 {
			continue
		}
		m.requests[sample]++
		times := TimesOf(r.Traces)
		m.faults = append(m.faults, times.Faults...)
		for service, d := range times.Self {
			m.self.add(Place{Service: service}, sample, d)
		}
		for edge, d := range times.Gap {
			m.gaps.add(Place{edge.Caller, edge.Callee}, sample, d)
		}
		m.transits(sample, Transits(r.Traces))
		if p := CriticalPath(r.Traces); p.Root != nil {
			m.paths[sample] = append(m.paths[sample], p)
		}
	}
	for sample, paths := range m.paths {
		spent, _ := byPlace(paths)
		for place, times := range spent {
			if m.path[place] == nil {
				m.path[place] = &[2][]float64{}
			}
			m.path[place][sample] = times
		}
	}
	for _, both := range m.path {
		for sample, paths := range m.paths {
			if both[sample] == nil {
				both[sample] = make([]float64, len(paths))
			}
		}
	}
	slices.Sort(m.faults)
	m.faults = slices.Compact(m.faults)
	return m
}

// transits adds the two directions of a request's calls, summed by edge.
func (m *measured) transits(sample int, all []Transit) {
	before, after := map[Place]time.Duration{}, map[Place]time.Duration{}
	for _, t := range all {
		if t.Attempts > 0 {
			p := Place{t.Caller, t.Callee}
			before[p] = plus(before[p], t.Before)
			after[p] = plus(after[p], t.After)
		}
	}
	for p := range before {
		m.before.add(p, sample, before[p])
		m.after.add(p, sample, after[p])
	}
}

func (m *measured) attribution(alpha float64) Attribution {
	return Attribution{
		Services: shifts(m.self, alpha), Gaps: shifts(m.gaps, alpha), Before: shifts(m.before, alpha),
		After: shifts(m.after, alpha), Path: shifts(m.path, alpha),
		Baseline: m.requests[0], Delayed: m.requests[1], Faults: m.faults,
	}
}

func shifts(of samples, alpha float64) []TimeShift {
	all := make([]TimeShift, 0, len(of))
	for _, place := range slices.SortedFunc(maps.Keys(of), Place.order) {
		x, y := of[place][0], of[place][1]
		h := stats.HodgesLehmann(x, y, alpha)
		all = append(all, TimeShift{
			Place: place, Baseline: duration(stats.Median(x)), Delayed: duration(stats.Median(y)),
			Shift: duration(h.Estimate), Lower: duration(h.Lower), Upper: duration(h.Upper),
			P: stats.MannWhitney(x, y), Noise: noiseOf(x),
		})
	}
	return all
}

// duration is ns as a duration; what is no number is 0, what does not fit is cut.
func duration(ns float64) time.Duration {
	switch {
	case math.IsNaN(ns):
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	default:
		return time.Duration(ns)
	}
}

func (s *TimeShift) text() string {
	if s == nil {
		return "nothing: it has no SERVER spans in these traces"
	}
	return fmt.Sprintf("%s (%s; median %s before and %s after; noise %s)",
		round(s.Shift), interval(s.Lower, s.Upper), round(s.Baseline), round(s.Delayed), round(s.Noise))
}

// interval is a confidence interval as a text shows it.
func interval(lower, upper time.Duration) string {
	if lower == math.MinInt64 {
		return "no interval"
	}
	return fmt.Sprintf("%s to %s", round(lower), round(upper))
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
