package traces

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// ServiceShift is by how much a service's self time differs between the Baseline
// and the Delayed requests.
type ServiceShift struct {
	Service string
	// Baseline and Delayed are the medians of the self time.
	Baseline, Delayed time.Duration
	// Shift is the Hodges–Lehmann estimate, Lower and Upper its interval.
	Shift, Lower, Upper time.Duration
	// P is the p-value of no shift (Mann–Whitney).
	P float64
	// Noise is the spread of the self time without the delay: from its 5 % to its
	// 95 % quantile.
	Noise time.Duration
}

// material says whether the shift is beyond doubt and large enough to matter
// beside delay: the p-value is at most alpha, and even the lower bound exceeds the
// larger of a quarter of the delay and the service's own noise.
func (s ServiceShift) material(delay time.Duration, alpha float64) bool {
	return s.P <= alpha && s.Lower > max(delay/4, s.Noise)
}

// gained says whether the shift is delay: its interval meets delay ± (noise +
// delay/20). The twentieth is what a timer may oversleep on a busy machine.
func (s ServiceShift) gained(delay time.Duration, alpha float64) bool {
	slack := s.Noise + delay/20
	return s.P <= alpha && s.Lower <= delay+slack && s.Upper >= delay-slack && s.Shift > 0
}

// Attribution is where the time of the delayed requests went.
type Attribution struct {
	// Services has the shift of each service's self time, in order of name.
	Services []ServiceShift
	// Gaps has the shift between CLIENT and SERVER spans, named "caller > callee".
	Gaps []ServiceShift
	// Requests is how many requests each sample has; Faults are the services whose
	// spans have times that make no sense.
	Baseline, Delayed int
	Faults            []string
}

// Attribute compares the self times of the Baseline and the Delayed requests, with
// intervals at the level 1 - alpha. Requests of which nothing is stored are left out.
func Attribute(ev Evidence, alpha float64) Attribution {
	var a Attribution
	self := map[string]*[2][]float64{}
	gaps := map[string]*[2][]float64{}
	for _, r := range ev.ByRequest().Requests {
		sample := slices.Index([]string{Baseline, Delayed}, r.Exchange.Variant)
		if sample < 0 || len(r.Traces) == 0 {
			continue
		}
		if sample == 0 {
			a.Baseline++
		} else {
			a.Delayed++
		}
		times := TimesOf(r.Traces)
		a.Faults = append(a.Faults, times.Faults...)
		for service, d := range times.Self {
			put(self, service, sample, d)
		}
		for edge, d := range times.Gap {
			put(gaps, edge.Caller+" > "+edge.Callee, sample, d)
		}
	}
	slices.Sort(a.Faults)
	a.Faults = slices.Compact(a.Faults)
	a.Services, a.Gaps = shifts(self, alpha), shifts(gaps, alpha)
	return a
}

func put(into map[string]*[2][]float64, name string, sample int, d time.Duration) {
	if into[name] == nil {
		into[name] = &[2][]float64{}
	}
	into[name][sample] = append(into[name][sample], float64(d))
}

func shifts(samples map[string]*[2][]float64, alpha float64) []ServiceShift {
	var all []ServiceShift
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		x, y := samples[name][0], samples[name][1]
		s := ServiceShift{
			Service: name, Baseline: duration(stats.Median(x)), Delayed: duration(stats.Median(y)),
			P: stats.MannWhitney(x, y), Noise: duration(stats.Quantile(x, 0.95) - stats.Quantile(x, 0.05)),
		}
		h := stats.HodgesLehmann(x, y, alpha)
		s.Shift, s.Lower, s.Upper = duration(h.Estimate), duration(h.Lower), duration(h.Upper)
		all = append(all, s)
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

// JudgeAddedDelay judges that the Delayed requests spent delay more than the
// Baseline ones as self time of service, and of no other. The findings:
//
//   - the shift of service is delay, within noise: nothing; otherwise
//   - another service has a material shift: one LatencyMisplaced at each such
//     service, whose text names both; or, if there is none,
//   - LatencyMissing at service, which names the network between two services
//     where the time lies there;
//   - a service besides service with a material shift: LatencyMisplaced at it;
//   - a span whose times make no sense: MalformedTrace at its service.
//
// Noise is the spread of the same run's baseline; see ServiceShift for the
// arithmetic. The alpha is shared out among the services that are tested.
func JudgeAddedDelay(ev Evidence, service string, delay time.Duration, alpha float64) []Finding {
	services := len(Attribute(ev, alpha).Services)
	alpha = stats.Bonferroni(alpha, services)
	a := Attribute(ev, alpha)
	var findings []Finding
	for _, faulty := range a.Faults {
		findings = append(findings, Finding{
			Kind: MalformedTrace, Service: faulty, Count: 1,
			Observed: "spans of " + quote(faulty) + " last less than nothing, or end before their parents begin",
			Expected: "times that one clock can show",
			Next:     "look at the clock of the node that " + quote(faulty) + " runs on",
		})
	}
	var claimed *ServiceShift
	var others []ServiceShift
	for i, s := range a.Services {
		switch {
		case s.Service == service:
			claimed = &a.Services[i]
		case s.material(delay, alpha):
			others = append(others, s)
		}
	}
	ok := claimed != nil && claimed.gained(delay, alpha)
	for _, s := range others {
		findings = append(findings, a.misplaced(service, delay, claimed, s, ok))
	}
	if !ok && len(others) == 0 {
		findings = append(findings, a.absent(service, delay, alpha, claimed))
	}
	return Aggregate(findings)
}

func (a Attribution) misplaced(service string, delay time.Duration, claimed *ServiceShift, s ServiceShift, ok bool) Finding {
	f := Finding{
		Kind: LatencyMisplaced, Service: s.Service, Count: a.Delayed,
		Observed: quote(s.Service) + " gained " + s.text(),
		Expected: fmt.Sprintf("%s gains %s and nobody else gains anything", quote(service), delay),
		Next:     "look at what " + quote(s.Service) + " did in the delayed requests, and at its CPU",
	}
	if !ok {
		f.Observed += "; " + quote(service) + " gained " + claimed.text()
	}
	return f
}

func (a Attribution) absent(service string, delay time.Duration, alpha float64, claimed *ServiceShift) Finding {
	f := Finding{
		Kind: LatencyMissing, Service: service, Count: a.Delayed,
		Observed: quote(service) + " gained " + claimed.text(),
		Expected: fmt.Sprintf("%s gains %s", quote(service), delay),
		Next:     "look whether " + quote(service) + " was told to wait, and whether its call is part of its SERVER span",
	}
	for _, gap := range a.Gaps {
		if gap.material(delay, alpha) {
			f.Why = "the time lies between " + strings.ReplaceAll(Printable(gap.Service), " > ", " and ") +
				", in the network or a proxy: there a gap grew by " + gap.text()
		}
	}
	if claimed != nil && claimed.Lower == math.MinInt64 {
		f.Next = fmt.Sprintf("send more: %d and %d requests are too few for an interval at this false-alarm rate", a.Baseline, a.Delayed)
	}
	return f
}

func (s *ServiceShift) text() string {
	if s == nil {
		return "nothing: it has no SERVER spans in these traces"
	}
	interval := "no interval"
	if s.Lower != math.MinInt64 {
		interval = fmt.Sprintf("%s to %s", round(s.Lower), round(s.Upper))
	}
	return fmt.Sprintf("%s (%s; median %s before and %s after; noise %s)",
		round(s.Shift), interval, round(s.Baseline), round(s.Delayed), round(s.Noise))
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
