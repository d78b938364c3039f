package compare

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces/stats"
)

// Rate is a rate that both runs measured against the same claim.
type Rate struct {
	Key Key `json:"key"`
	// Percent is the rate that is claimed.
	Percent float64 `json:"percent"`
	Before  Count   `json:"before"`
	After   Count   `json:"after"`
	// P is the p-value of the hypothesis that both have one rate: Fisher's exact test (Fisher
	// 1935), two-sided.
	P float64 `json:"p"`
	// Shifted says that P is at most the bounds' alpha.
	Shifted bool `json:"shifted"`
}

// Count is how many of N requests were sampled, over all rounds of a run.
type Count struct {
	N        int `json:"n"`
	Observed int `json:"observed"`
}

// Share is Observed of N, in percent.
func (c Count) Share() float64 {
	if c.N == 0 {
		return 0
	}
	return 100 * float64(c.Observed) / float64(c.N)
}

// Time is how long the requests of a check took in both runs.
type Time struct {
	Key Key `json:"key"`
	// Variant is that of the requests, where a check has several.
	Variant string   `json:"variant,omitempty"`
	Before  Quantity `json:"before"`
	After   Quantity `json:"after"`
	// Shifted says that the difference, less what the whole run differs by, is large, and beyond chance.
	Shifted bool `json:"shifted"`
	// bounded says whether both have a confidence interval.
	bounded bool
}

// Quantity is a median time in seconds.
type Quantity struct {
	Value float64 `json:"value"`
	// N is how many requests it is the median of.
	N int `json:"n,omitempty"`
	// Lower and Upper are its confidence interval. Both are 0 where N is too small for one.
	Lower float64 `json:"lower,omitempty"`
	Upper float64 `json:"upper,omitempty"`
}

// Duration is the value as a duration.
func (q Quantity) Duration() time.Duration { return time.Duration(q.Value * float64(time.Second)) }

// rate compares the rates that a check measured. Where the claim is another, or the rounds of
// a run disagree about it, there is nothing to compare.
func (c *Comparison) rate(was, is Entry, bounds Bounds) {
	before, claimed := counted(was)
	after, claims := counted(is)
	if claimed != claims || before.N == 0 || after.N == 0 {
		return
	}
	p := stats.Contingency([][]int{
		{before.Observed, before.N - before.Observed}, {after.Observed, after.N - after.Observed},
	})
	if !math.IsNaN(p) {
		c.Rates = append(c.Rates, Rate{Key: is.Key, Percent: claims, Before: before, After: after, P: p, Shifted: p <= bounds.Alpha})
	}
}

// counted are the requests of all rounds and the rate that they were held against. None are
// counted where the rounds disagree about that, or where a count is none.
func counted(e Entry) (sum Count, percent float64) {
	first := true
	for _, round := range e.rounds() {
		s := round.Statistics
		if s == nil {
			continue
		}
		if s.N < 0 || s.Observed < 0 || s.Observed > s.N || !first && s.Percent != percent {
			return Count{}, 0
		}
		first, percent = false, s.Percent
		sum.N += s.N
		sum.Observed += s.Observed
	}
	return sum, percent
}

// medians compares the median times of a check's requests, variant by variant. Each interval has
// half of alpha, so that both of them fail to hold the truth with at most alpha.
func (c *Comparison) medians(key Key, before, after []reports.Latency, bounds Bounds) {
	after = slices.SortedFunc(slices.Values(after), func(a, b reports.Latency) int { return cmp.Compare(a.Variant, b.Variant) })
	for _, l := range after {
		i := slices.IndexFunc(before, func(b reports.Latency) bool { return b.Variant == l.Variant })
		if i < 0 || !whole(before[i]) || !whole(l) {
			continue
		}
		was, bounded := median(before[i], bounds.Alpha/2)
		is, too := median(l, bounds.Alpha/2)
		c.Times = append(c.Times, Time{Key: key, Variant: l.Variant, Before: was, After: is, bounded: bounded && too})
	}
}

// enoughTimes is of how many the middle one says how fast a whole run was.
const enoughTimes = 20

// pace is how many times as long the times of the later run are as those of the earlier one, in the
// middle of all; 1 where there are too few.
func pace(times []Time) float64 {
	var ratios []float64
	for _, t := range times {
		if t.Before.Value > 0 && t.After.Value > 0 {
			ratios = append(ratios, t.After.Value/t.Before.Value)
		}
	}
	if len(ratios) < enoughTimes {
		return 1
	}
	return stats.Median(ratios)
}

// shift settles which times shifted: by more than the whole run did.
func (c *Comparison) shift(bounds Bounds) {
	c.Pace = pace(c.Times)
	for i := range c.Times {
		t := &c.Times[i]
		was := t.Before.times(c.Pace)
		apart := was.Upper < t.After.Lower || t.After.Upper < was.Lower
		t.Shifted = t.bounded && apart && large(was.Value, t.After.Value, bounds)
	}
}

func (q Quantity) times(factor float64) Quantity {
	return Quantity{Value: q.Value * factor, N: q.N, Lower: q.Lower * factor, Upper: q.Upper * factor}
}

const (
	// percentiles are how many a latency has: the shortest, 1 % and so on, and the longest.
	percentiles = 101
	// mostRequests is how many are believed.
	mostRequests = 1_000_000
)

// whole says whether a latency is what a run writes: an exhibit may come from anywhere.
func whole(l reports.Latency) bool {
	return l.N > 0 && l.N <= mostRequests && len(l.Percentiles) == percentiles && slices.IsSorted(l.Percentiles) &&
		!slices.ContainsFunc(l.Percentiles, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// median is the median with its confidence interval at the level 1 - alpha at least: that of
// stats.QuantileRanks, widened to the percentiles that are known. It has none where there are
// too few requests.
func median(l reports.Latency, alpha float64) (q Quantity, bounded bool) {
	q = Quantity{Value: l.Percentiles[percentiles/2], N: l.N}
	low, high, ok := stats.QuantileRanks(l.N, 0.5, alpha)
	if !ok || low < 1 || high > l.N {
		return q, false
	}
	// The percentile p is the value of rank 1 + (n-1)p/100, rounded down.
	last := l.N - 1
	q.Lower = l.Percentiles[100*(low-1)/last]
	q.Upper = l.Percentiles[(100*(high-1)+last-1)/last]
	return q, true
}

// large says whether two times differ by the factor and by the floor. From zero every time is the factor
// away.
func large(before, after float64, bounds Bounds) bool {
	low, high := min(before, after), max(before, after)
	return high-low >= bounds.Floor.Seconds() && high >= bounds.Factor*low
}
