package e2e

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/stats"
)

// simulatedTests are the tests that the checks make, over a mesh in memory.
func simulatedTests(t *testing.T) Tests {
	t.Helper()
	tests := Tests{}
	for _, c := range Catalogue(1e-6) {
		out := suites.Run(t.Context(), simulated{seed: 7}, c)
		tests[c.Name()] = out.Statistics
	}
	return tests
}

// withinBudget says where tests break the promise of the whole catalogue's alpha.
func withinBudget(t *testing.T, all Tests, alpha float64) {
	t.Helper()
	n := 0
	for name, tests := range all {
		for _, s := range tests {
			if s.Alpha == 0 {
				continue
			}
			n++
			if s.Alpha > alpha/DeclaredTests*(1+1e-9) {
				t.Errorf("%s tests %s at %g, above its share of %g", name, s.Test, s.Alpha, alpha/DeclaredTests)
			}
		}
	}
	if n == 0 || n > DeclaredTests {
		t.Errorf("the catalogue makes %d tests, and shares its false-alarm rate among %d: raise DeclaredTests, and every n with it", n, DeclaredTests)
	}
}

// TestFalseAlarmsComeAsOftenAsPromised judges, for each check of a rate, many meshes that
// sample as they should, at an alpha that lets false alarms be seen. Their number must be
// what the exact probability of one makes likely, neither more nor less.
func TestFalseAlarmsComeAsOftenAsPromised(t *testing.T) {
	const (
		alpha = 0.05
		// judged is how many requests are judged for each check, in meshes of its own n.
		judged = 60_000
		// unlikely is what a number of false alarms may be, for this test to sound none of its own.
		unlikely = 1e-6
	)
	random := rand.New(rand.NewPCG(20, 26))
	meshes, alarms, tested := 0, 0, 0
	for _, c := range Catalogue(alpha * DeclaredTests) {
		drawn := drawing(t, c)
		if drawn == nil {
			continue
		}
		tested++
		n, seen := max(10, judged/c.Traffic.Requests), 0
		var rate *traces.RateResult
		for range n {
			judgement := c.Judge(drawn(random))
			rate = judgement.Rate
			for _, f := range judgement.Findings {
				if f.Kind != traces.WrongRate {
					t.Fatalf("%s: a mesh that samples as it should led to %s", c.Name(), f.Text())
				}
				seen++
			}
		}
		expected := stats.Power(rate.N, rate.Percent/100, rate.Percent/100, rate.Alpha)
		if expected > alpha {
			t.Errorf("%s: a false alarm has the probability %g, above its alpha %g", c.Name(), expected, alpha)
		}
		if p := stats.BinomialTest(seen, n, expected); p < unlikely {
			t.Errorf("%s: %d false alarms in %d meshes, where each has the probability %.4g (p-value %.2g)", c.Name(), seen, n, expected, p)
		}
		meshes, alarms = meshes+n, alarms+seen
	}
	if tested == 0 {
		t.Fatal("no check of the catalogue tests a rate")
	}
	if _, atLeast := stats.BinomialTails(alarms, meshes, alpha); atLeast < unlikely {
		t.Errorf("%d false alarms in %d meshes at %g", alarms, meshes, alpha)
	}
	t.Logf("%d false alarms in %d meshes of %d checks at %g", alarms, meshes, tested, alpha)
}

// drawing gives the evidence of meshes that sample the requests of a check at the rate
// that it claims, each request by itself. It is nil for a check that tests more or less
// than one such rate.
func drawing(t *testing.T, c suites.Check) func(*rand.Rand) traces.Evidence {
	t.Helper()
	if c.Expected == nil || len(c.Traffic.Samples) != 1 {
		return nil
	}
	all := c.Traffic
	all.Mesh.Sampling = traces.Percent(100)
	whole, err := simulated{seed: 11}.Send(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	judged := c.Judge(whole)
	others := slices.ContainsFunc(judged.Findings, func(f traces.Finding) bool { return f.Kind != traces.WrongRate })
	rate := judged.Rate
	if rate == nil || others || len(judged.Statistics) > 0 || rate.Observed < rate.N || rate.Percent <= 0 || rate.Percent >= 100 {
		return nil // It tests no rate, or more than that, or the mesh in memory knows no such traffic.
	}
	percent := rate.Percent
	index := whole.ByRequest()
	return func(random *rand.Rand) traces.Evidence {
		drawn := whole
		drawn.Traces = nil
		for i := range index.Requests {
			if 100*random.Float64() < percent {
				drawn.Traces = append(drawn.Traces, index.Requests[i].Traces...)
			}
		}
		return drawn
	}
}
