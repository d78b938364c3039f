package traces

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// Bottleneck says where a set of requests spent most of their time: the place with
// the largest total on their critical paths, and how sure that is.
type Bottleneck struct {
	// Requests is how many have a critical path.
	Requests int
	// Places are all that were on a path, the largest total first.
	Places []PlaceShare
	// Rivals are the places that the first of Places does not beat beyond doubt: by
	// the sign test it may be that it spends more than they in only half of the
	// requests. Empty means decided.
	Rivals []Place
	// P is the p-value of the decision: the largest of the sign tests', times the
	// number of places. It is 0 where there is only one place, 1 where there is none.
	P float64
	// Largest is in how many requests the first of Places spent more than every other;
	// Low and High are the exact interval of that rate (Clopper and Pearson).
	Largest   int
	Low, High float64
	// Lead is by how much a request spends more there than at the second of Places:
	// the Hodges–Lehmann estimate of the paired difference, LeadLow and LeadHigh its
	// interval, as wide as a Duration where the requests are too few for one.
	Lead, LeadLow, LeadHigh time.Duration
}

// PlaceShare is what one place has of the critical paths.
type PlaceShare struct {
	Place
	// Share is its part of the requests' whole time, 0 to 1.
	Share float64
	// Median is what it spends in a request.
	Median time.Duration
}

// BottleneckOf finds where the requests of the evidence spend most time on their
// critical paths. It decides at alpha: the probability of naming a place although
// another one spends as much or more in at least half of such requests is at most
// alpha. To name a place, a sign test must reject each of the others at alpha over the
// number of places. A place is named wrongly only if the test against the one that
// beats it errs, which is one test a place (Bonferroni); that the data choose the
// place costs nothing more. Requests must be independent; nothing is asked of how
// their times are distributed. Intervals are at 1 - alpha.
func BottleneckOf(ev Evidence, alpha float64) Bottleneck {
	var paths []Path
	for _, r := range ev.ByRequest().Requests {
		if p := CriticalPath(r.Traces); p.Root != nil {
			paths = append(paths, p)
		}
	}
	spent, total := byPlace(paths)
	b := Bottleneck{Requests: len(paths), P: 1, High: 1}
	places := make([]Place, 0, len(spent))
	sums := map[Place]float64{}
	for place, times := range spent {
		places = append(places, place)
		for _, t := range times {
			sums[place] += t
		}
	}
	slices.SortFunc(places, func(x, y Place) int {
		switch {
		case sums[x] > sums[y]:
			return -1
		case sums[x] < sums[y]:
			return 1
		default:
			return x.order(y)
		}
	})
	for _, place := range places {
		b.Places = append(b.Places, PlaceShare{place, sums[place] / total, duration(stats.Median(spent[place]))})
	}
	if len(places) > 0 {
		b.decide(places, spent, alpha)
	}
	return b
}

// byPlace is what each place has of each path, 0 where it is not on it, and the sum
// of everything. The sum is at least 1.
func byPlace(paths []Path) (spent map[Place][]float64, total float64) {
	spent = map[Place][]float64{}
	for i, p := range paths {
		for _, s := range p.Segments {
			if spent[s.Place] == nil {
				spent[s.Place] = make([]float64, len(paths))
			}
			spent[s.Place][i] += float64(s.Duration)
			total += float64(s.Duration)
		}
	}
	return spent, max(total, 1)
}

// decide compares the first place with every other one.
func (b *Bottleneck) decide(places []Place, spent map[Place][]float64, alpha float64) {
	first := spent[places[0]]
	largest := make([]bool, len(first))
	for i := range first {
		largest[i] = true
	}
	b.P = 0
	for _, other := range places[1:] {
		more := 0
		for i, t := range spent[other] {
			if first[i] > t {
				more++
			} else {
				largest[i] = false
			}
		}
		p := min(1, stats.SignTest(more, len(first))*float64(len(places)))
		b.P = max(b.P, p)
		if p > alpha {
			b.Rivals = append(b.Rivals, other)
		}
	}
	for _, is := range largest {
		if is {
			b.Largest++
		}
	}
	b.Low, b.High = stats.ClopperPearson(b.Largest, len(first), alpha)
	if len(places) > 1 {
		differences := make([]float64, len(first))
		for i, t := range spent[places[1]] {
			differences[i] = first[i] - t
		}
		lead := stats.PairedShift(differences, alpha)
		b.Lead, b.LeadLow, b.LeadHigh = duration(lead.Estimate), duration(lead.Lower), duration(lead.Upper)
	}
}

// JudgeBottleneck judges that service is where the requests spend most time on their
// critical paths, found without knowing of it (see BottleneckOf). The findings, at
// most one:
//
//   - another place is it: WrongBottleneck at that service, or at the caller of that edge;
//   - the requests do not decide at alpha, or have no critical path: WrongBottleneck at
//     service, which names those that remain.
func JudgeBottleneck(ev Evidence, service string, alpha float64) []Finding {
	b := BottleneckOf(ev, alpha)
	f := Finding{
		Kind: WrongBottleneck, Service: service, Count: b.Requests,
		Observed: b.String(),
		Expected: quote(service) + " has most of the time on the critical path, beyond doubt",
	}
	switch {
	case len(b.Places) == 0:
		f.Next = "look whether the requests left traces with a root"
	case b.Requests < fewest(len(b.Places), alpha):
		f.Next = fmt.Sprintf("send at least %d requests: fewer cannot decide at this false-alarm rate", fewest(len(b.Places), alpha))
	case len(b.Rivals) > 0:
		f.Next = fmt.Sprintf("send more than %d requests, or accept that the places are equally slow", b.Requests)
	case b.Places[0].Place == Place{Service: service}:
		return nil
	default:
		f.Service = b.Places[0].Service
		f.Next = "look at what " + quote(f.Service) + " did in that time"
		if b.Places[0].To != "" {
			f.Next = "look at the network and the proxies' queues " + b.Places[0].text()
		}
	}
	return []Finding{f}
}

// fewest is how many requests decide between places at alpha if all of them agree.
func fewest(places int, alpha float64) int {
	if places < 2 {
		return 0
	}
	return int(math.Ceil(math.Log2(float64(places) / alpha)))
}

// String is one sentence: what leads, with its share, its certainty and its lead.
func (b Bottleneck) String() string {
	if len(b.Places) == 0 {
		return "no request has a critical path"
	}
	first := b.Places[0]
	var s strings.Builder
	if len(b.Rivals) > 0 {
		rivals := make([]string, 0, maxRivals)
		for _, rival := range b.Rivals[:min(len(b.Rivals), maxRivals)] {
			rivals = append(rivals, rival.subject())
		}
		if more := len(b.Rivals) - maxRivals; more > 0 {
			rivals = append(rivals, fmt.Sprintf("%d more", more))
		}
		fmt.Fprintf(&s, "undecided between %s and %s; ", first.subject(), strings.Join(rivals, ", "))
	}
	fmt.Fprintf(&s, "%s has %.1f %% of the critical path's time, a median of %s; it is the largest in %d of %d requests (%.1f to %.1f %%)",
		first.subject(), 100*first.Share, round(first.Median), b.Largest, b.Requests, 100*b.Low, 100*b.High)
	if len(b.Places) > 1 {
		second := b.Places[1]
		fmt.Fprintf(&s, "; %s follows with %.1f %%, ", second.subject(), 100*second.Share)
		fmt.Fprintf(&s, "%s less in a request (%s)", round(b.Lead), interval(b.LeadLow, b.LeadHigh))
	}
	return s.String()
}

// maxRivals is how many rivals a text names.
const maxRivals = 3

// subject is the place as a sentence's subject.
func (p Place) subject() string {
	if p.To == "" {
		return quote(p.Service)
	}
	return "the way from " + quote(p.Service) + " to " + quote(p.To)
}

// text is the place where something happens.
func (p Place) text() string {
	if p.To == "" {
		return quote(p.Service)
	}
	return "between " + quote(p.Service) + " and " + quote(p.To)
}
