package compare_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/compare"
	"github.com/throughline/throughline/traces/stats"
)

func run(name string, checks ...reports.Check) reports.Result {
	at := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	return reports.Result{
		Run: name, Started: at, Finished: at.Add(time.Minute),
		Subject: reports.Subject{Versions: map[string]string{"istio": "1.31.0", "envoy": "1.40.0"}, Provider: "kind", Flavour: "upstream"},
		Checks:  checks,
	}
}

func check(id string, v reports.Verdict) reports.Check {
	return reports.Check{ID: id, Title: "title of " + id, Area: "propagation", Verdict: v}
}

func control(id, sabotage string, v reports.Verdict) reports.Check {
	c := check(id, v)
	c.Control, c.ControlName = true, sabotage
	return c
}

func of(before, after reports.Result) compare.Comparison {
	return compare.Of(compare.Side{Result: before}, compare.Side{Result: after}, compare.Standard())
}

func keys(changes []compare.Change) []string {
	all := []string{}
	for _, c := range changes {
		all = append(all, c.Key.String())
	}
	return all
}

func TestEachChangeIsOfOneKind(t *testing.T) {
	before := run("before",
		check("P01", reports.Passed), check("P02", reports.Failed), check("P03", reports.Passed), check("P04", reports.Passed),
		check("P05", reports.Passed), check("P06", reports.Passed), control("P01", "drop the headers", reports.Passed))
	after := run("after",
		check("P01", reports.Failed), check("P02", reports.Passed), check("P03", reports.Inconclusive), check("P04", reports.Skipped),
		check("P06", reports.Passed), check("P07", reports.Failed), control("P01", "swap the parents", reports.Passed))
	c := of(before, after)
	for name, one := range map[string]struct {
		got  []compare.Change
		want []string
	}{
		"failing":      {c.Failing, []string{"P01"}},
		"passing":      {c.Passing, []string{"P02"}},
		"inconclusive": {c.Inconclusive, []string{"P03"}},
		"skipped":      {c.Skipped, []string{"P04"}},
		"lost":         {c.Lost, []string{"P01 control: drop the headers", "P05"}},
		"new":          {c.New, []string{"P01 control: swap the parents", "P07"}},
	} {
		if got := keys(one.got); !slices.Equal(got, one.want) {
			t.Errorf("%s: %v, want %v", name, got, one.want)
		}
	}
	if c.Failing[0].Before != reports.Passed || c.Failing[0].After != reports.Failed || c.Failing[0].Why == "" {
		t.Errorf("the change is %+v", c.Failing[0])
	}
	if !c.Any() {
		t.Error("it says that nothing changed")
	}
}

func TestAResultComparedWithItselfHasNoChange(t *testing.T) {
	r := run("same", check("P01", reports.Failed), rated(2700, 1351, 50), control("P01", "drop", reports.Passed))
	side := compare.Side{Result: r, Latencies: map[compare.Key][]reports.Latency{{Check: "P01"}: {latency([]float64{1, 2, 3})}}}
	c := compare.Of(side, side, compare.Standard())
	if c.Any() || len(c.Versions) != 0 {
		t.Errorf("%+v", c)
	}
	if len(c.Rates) != 1 || c.Rates[0].P != 1 || len(c.Times) != 1 {
		t.Errorf("rates %+v, times %+v", c.Rates, c.Times)
	}
}

func TestTheWorstRoundCounts(t *testing.T) {
	second := check("P01", reports.Failed)
	second.Round = 2
	c := of(run("before", check("P01", reports.Passed)), run("after", check("P01", reports.Passed), second))
	if got := keys(c.Failing); !slices.Equal(got, []string{"P01"}) {
		t.Errorf("failing %v", got)
	}
	entries := compare.Entries(run("odd", reports.Check{ID: "P02", Verdict: "fine"}))
	if len(entries) != 1 || entries[0].Verdict() != reports.Inconclusive {
		t.Errorf("a verdict that nobody knows came out as %+v", entries)
	}
}

func TestVersionsThatDifferAreNamed(t *testing.T) {
	before, after := run("before"), run("after")
	after.Subject.Versions = map[string]string{"istio": "1.32.0", "envoy": "1.40.0", "jaeger": "2.13.0"}
	after.Subject.Flavour = "istio"
	want := []compare.Version{{"istio", "1.31.0", "1.32.0"}, {"jaeger", "", "2.13.0"}, {"flavour", "upstream", "istio"}}
	if diff := cmp.Diff(want, of(before, after).Versions); diff != "" {
		t.Error(diff)
	}
}

func rated(n, observed int, percent float64) reports.Check {
	c := check("S04", reports.Passed)
	c.Statistics = &reports.Statistics{N: n, Observed: observed, Percent: percent}
	return c
}

func TestARateShiftsOnlyBeyondChance(t *testing.T) {
	for name, one := range map[string]struct {
		before, after reports.Check
		compared      bool
		shifted       bool
	}{
		"a little off":      {rated(2700, 1351, 50), rated(2700, 1400, 50), true, false},
		"far off":           {rated(2700, 1351, 50), rated(2700, 1551, 50), true, true},
		"none of few":       {rated(3, 3, 100), rated(3, 0, 100), true, false},
		"another claim":     {rated(2700, 1351, 50), rated(2700, 27, 1), false, false},
		"no requests":       {rated(2700, 1351, 50), rated(0, 0, 50), false, false},
		"more than all":     {rated(2700, 1351, 50), rated(10, 11, 50), false, false},
		"too many to count": {rated(2700, 1351, 50), rated(2_000_000_000, 1, 50), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := of(run("before", one.before), run("after", one.after))
			if len(c.Rates) == 1 != one.compared || one.compared && c.Rates[0].Shifted != one.shifted {
				t.Errorf("rates %+v", c.Rates)
			}
		})
	}
}

func TestTheRequestsOfAllRoundsCount(t *testing.T) {
	second := rated(2700, 1340, 50)
	second.Round = 2
	c := of(run("before", rated(2700, 1351, 50)), run("after", rated(2700, 1351, 50), second))
	if len(c.Rates) != 1 || c.Rates[0].After != (compare.Count{N: 5400, Observed: 2691}) {
		t.Errorf("rates %+v", c.Rates)
	}
	second.Statistics = &reports.Statistics{N: 2700, Observed: 27, Percent: 1}
	mixed := []reports.Check{rated(2700, 1351, 50), second}
	if c = of(run("before", mixed...), run("after", mixed...)); len(c.Rates) != 0 {
		t.Errorf("rounds that disagree, and alike in both, were compared: %+v", c.Rates)
	}
	if c = of(run("before", rated(2700, 1351, 50)), run("after", rated(2700, 1351, 50), second)); len(c.Rates) != 0 {
		t.Errorf("rounds that disagree were compared: %+v", c.Rates)
	}
}

func TestAControlHasNoRateToCompare(t *testing.T) {
	before, after := rated(2700, 1351, 50), rated(2700, 2700, 50)
	before.Control, after.Control = true, true
	if c := of(run("before", before), run("after", after)); len(c.Rates) != 0 {
		t.Errorf("rates %+v", c.Rates)
	}
}

func TestFalseAlarmsOfRatesAreAsRareAsStated(t *testing.T) {
	const rounds, alpha = 3000, 0.05
	random := rand.New(rand.NewPCG(3, 1))
	draw := func() reports.Check {
		observed := 0
		for range 200 {
			observed += random.IntN(2)
		}
		return rated(200, observed, 50)
	}
	alarms := 0
	bounds := compare.Standard()
	bounds.Alpha = alpha
	for range rounds {
		c := compare.Of(compare.Side{Result: run("a", draw())}, compare.Side{Result: run("b", draw())}, bounds)
		if c.Rates[0].Shifted {
			alarms++
		}
	}
	if _, atLeast := stats.BinomialTails(alarms, rounds, alpha); atLeast < 1e-6 {
		t.Errorf("%d alarms in %d comparisons at %g", alarms, rounds, alpha)
	}
}

// latency is what an exhibit says of times.
func latency(times []float64) reports.Latency {
	times = slices.Sorted(slices.Values(times))
	l := reports.Latency{N: len(times)}
	for percent := range 101 {
		l.Percentiles = append(l.Percentiles, times[(len(times)-1)*percent/100])
	}
	return l
}

func drawn(random *rand.Rand, n int, from, to float64) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = from + (to-from)*random.Float64()
	}
	return times
}

// about is a latency whose middle is a median that all agree on.
func about(seconds float64) reports.Latency {
	times := slices.Repeat([]float64{seconds}, 201)
	times[0], times[200] = seconds*0.9, seconds*1.1
	return latency(times)
}

func timed(before, after reports.Latency) compare.Comparison {
	side := func(name string, l reports.Latency) compare.Side {
		return compare.Side{
			Result:    run(name, check("P01", reports.Passed)),
			Latencies: map[compare.Key][]reports.Latency{{Check: "P01"}: {l}},
		}
	}
	return compare.Of(side("before", before), side("after", after), compare.Standard())
}

func TestAMedianShiftsWhereItIsLargeAndBeyondChance(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, one := range map[string]struct {
		before, after reports.Latency
		shifted       bool
	}{
		"three times as long": {latency(drawn(random, 200, 0.010, 0.020)), latency(drawn(random, 200, 0.030, 0.060)), true},
		"a tenth longer":      {latency(drawn(random, 200, 0.010, 0.020)), latency(drawn(random, 200, 0.011, 0.022)), false},
		"three times as long, in a handful of requests": {latency(drawn(random, 5, 0.010, 0.020)), latency(drawn(random, 5, 0.030, 0.060)), false},
		"so scattered that nobody knows":                {latency(drawn(random, 40, 0, 1)), latency(drawn(random, 40, 0, 2)), false},
		"above the floor and below the factor":          {about(0.100), about(0.190), false},
		"above the factor and below the floor":          {about(0.001), about(0.005), false},
		"from zero to the floor":                        {about(0), about(0.005), true},
		"at the factor and at the floor":                {about(0.005), about(0.010), true},
		"at the factor and above the floor, shorter":    {about(0.200), about(0.100), true},
	} {
		t.Run(name, func(t *testing.T) {
			c := timed(one.before, one.after)
			if len(c.Times) != 1 || c.Times[0].Shifted != one.shifted {
				t.Errorf("times %+v", c.Times)
			}
		})
	}
}

func TestTheIntervalOfAMedianIsThatOfTheSignTestAtHalfOfAlpha(t *testing.T) {
	percents := func(n int) reports.Latency {
		l := reports.Latency{N: n}
		for percent := range 101 {
			l.Percentiles = append(l.Percentiles, float64(percent))
		}
		return l
	}
	// The order statistics at 95 % (David and Nagaraja 2003, 7.1), counted from 1: 18 and 33 of 50 are 17/49 and 32/49
	// of the way, 34.7 % and 65.3 %, and 8 and 18 of 25 are 29.2 % and 70.8 %. Two intervals at 95 % are 10 % together.
	bounds := compare.Bounds{Alpha: 0.1, Factor: 2}
	side := func(n int) compare.Side {
		return compare.Side{
			Result:    run("r", check("P01", reports.Passed)),
			Latencies: map[compare.Key][]reports.Latency{{Check: "P01"}: {percents(n)}},
		}
	}
	for _, want := range []compare.Quantity{
		{Value: 50, N: 50, Lower: 34, Upper: 66}, {Value: 50, N: 25, Lower: 29, Upper: 71}, {Value: 50, N: 6, Upper: 100}, {Value: 50, N: 5},
	} {
		got := compare.Of(side(want.N), side(want.N), bounds).Times[0]
		if got.Before != want || got.After != want {
			t.Errorf("before %+v, after %+v, want %+v", got.Before, got.After, want)
		}
	}
}

func TestTheIntervalOfAMedianHoldsItAsOftenAsStated(t *testing.T) {
	const rounds, alpha = 2000, 0.2
	random := rand.New(rand.NewPCG(4, 2))
	bounds := compare.Bounds{Alpha: alpha, Factor: 1.0001}
	missed := 0
	for i := range rounds {
		n := 20 + i%200
		side := func() compare.Side {
			return compare.Side{
				Result:    run("r", check("P01", reports.Passed)),
				Latencies: map[compare.Key][]reports.Latency{{Check: "P01"}: {latency(drawn(random, n, 0, 1))}},
			}
		}
		before, after := side(), side()
		for _, q := range []compare.Quantity{
			compare.Of(before, after, bounds).Times[0].Before, compare.Of(before, after, bounds).Times[0].After,
		} {
			if q.Lower > 0.5 || q.Upper < 0.5 {
				missed++
			}
		}
	}
	if _, atLeast := stats.BinomialTails(missed, 2*rounds, alpha/2); atLeast < 1e-6 {
		t.Errorf("%d of %d intervals missed the median at %g", missed, 2*rounds, alpha/2)
	}
}

func TestALatencyThatNoRunWritesIsNotCompared(t *testing.T) {
	good := latency(drawn(rand.New(rand.NewPCG(1, 1)), 50, 0, 1))
	short, unsorted, many, none := good, good, good, good
	short.Percentiles = good.Percentiles[:50]
	unsorted.Percentiles = slices.Clone(good.Percentiles)
	slices.Reverse(unsorted.Percentiles)
	many.N, none.N = 1<<40, 0
	for name, bad := range map[string]reports.Latency{"short": short, "unsorted": unsorted, "of too many": many, "of none": none, "empty": {}} {
		if c := timed(good, bad); len(c.Times) != 0 {
			t.Errorf("%s: %+v", name, c.Times)
		}
		if c := timed(bad, good); len(c.Times) != 0 {
			t.Errorf("%s before: %+v", name, c.Times)
		}
	}
}

func TestTheNearestResultIsOfTheSameKindAndHasMostInCommon(t *testing.T) {
	subject := func(istio, envoy, flavour string) reports.Subject {
		return reports.Subject{Versions: map[string]string{"istio": istio, "envoy": envoy}, Provider: "kind", Flavour: flavour}
	}
	result := func(s reports.Subject, day int) reports.Result {
		return reports.Result{Run: fmt.Sprint(day), Subject: s, Started: time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)}
	}
	among := []reports.Result{
		result(subject("1.31.0", "1.40.0", "istio"), 9),    // another flavour
		result(subject("1.30.0", "1.40.0", "upstream"), 3), // one version in common
		result(subject("1.31.0", "1.40.0", "upstream"), 1), // both
		result(subject("1.31.0", "1.40.0", "upstream"), 2), // both, and newer
		result(subject("1.30.0", "1.39.0", "upstream"), 8),
	}
	for name, one := range map[string]struct {
		subject reports.Subject
		want    int
	}{
		"the newest with both versions": {subject("1.31.0", "1.40.0", "upstream"), 3},
		"one version":                   {subject("1.32.0", "1.39.0", "upstream"), 4},
		"another flavour":               {subject("9", "9", "istio"), 0},
		"none of its kind":              {subject("1.31.0", "1.40.0", "other"), -1},
	} {
		if got := compare.Nearest(one.subject, among); got != one.want {
			t.Errorf("%s: %d, want %d", name, got, one.want)
		}
	}
	reversed := slices.Clone(among)
	slices.Reverse(reversed)
	if got := compare.Nearest(subject("1.31.0", "1.40.0", "upstream"), reversed); reversed[got].Run != "2" {
		t.Errorf("in another order it is run %s", reversed[got].Run)
	}
}

func TestWhatTheWholeRunIsSlowerByIsNoShiftOfOneCheck(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	sides := func(checks int, factor func(i int) float64) (before, after compare.Side) {
		all := make([]reports.Check, checks)
		before.Latencies, after.Latencies = map[compare.Key][]reports.Latency{}, map[compare.Key][]reports.Latency{}
		for i := range all {
			all[i] = check(fmt.Sprintf("P%02d", i), reports.Passed)
			times := drawn(random, 200, 0.010, 0.020)
			key := compare.KeyOf(all[i])
			before.Latencies[key] = []reports.Latency{latency(times)}
			for n := range times {
				times[n] *= factor(i)
			}
			after.Latencies[key] = []reports.Latency{latency(times)}
		}
		before.Result, after.Result = run("before", all...), run("after", all...)
		return before, after
	}
	shifted := func(c compare.Comparison) (all []string) {
		for _, one := range c.Times {
			if one.Shifted {
				all = append(all, one.Key.Check)
			}
		}
		return all
	}
	for name, one := range map[string]struct {
		checks int
		factor func(i int) float64
		pace   float64
		want   []string
	}{
		"all three times as long":               {21, func(int) float64 { return 3 }, 3, nil},
		"and one of them nine times":            {21, func(i int) float64 { return []float64{9, 3}[min(i, 1)] }, 3, []string{"P00"}},
		"one alone":                             {21, func(i int) float64 { return []float64{3, 1}[min(i, 1)] }, 1, []string{"P00"}},
		"one as long as before, the others not": {21, func(i int) float64 { return []float64{1, 3}[min(i, 1)] }, 3, []string{"P00"}},
		"too few to tell of the whole run":      {2, func(int) float64 { return 3 }, 1, []string{"P00", "P01"}},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := sides(one.checks, one.factor)
			c := compare.Of(before, after, compare.Standard())
			if math.Abs(c.Pace-one.pace) > 1e-9 || !slices.Equal(shifted(c), one.want) {
				t.Errorf("pace %g, shifted %v; want %g, %v", c.Pace, shifted(c), one.pace, one.want)
			}
		})
	}
}
