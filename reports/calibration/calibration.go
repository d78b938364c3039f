package calibration

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/stats"
)

// Calibration is what the p-values of several runs say together.
type Calibration struct {
	// Verdict is Passed, Failed where a pooled p-value is not above Level, and
	// Inconclusive where there is nothing to pool.
	Verdict reports.Verdict `json:"verdict"`
	// Alpha is the false-alarm rate of the calibration, Level the share of each of its tests.
	Alpha float64 `json:"alpha"`
	Level float64 `json:"level"`
	// Runs are what was pooled, in the order in which it was given.
	Runs []Run `json:"runs"`
	// Tests are those of the checks, in the order in which they were met.
	Tests []Test `json:"tests"`
	// Overall pools the first test of each check of each run: those of one check are over
	// the same requests, and may depend on each other.
	Overall Overall `json:"overall"`
}

// Run is one run in short.
type Run struct {
	Run     string          `json:"run"`
	Seed    int64           `json:"seed"`
	Verdict reports.Verdict `json:"verdict"`
	// Counts are how its checks and controls ended.
	Counts reports.Counts `json:"counts"`
	// Seconds is how long it took in all; 0 where it did not finish.
	Seconds float64 `json:"seconds"`
}

func inShort(r reports.Result) Run {
	run := Run{Run: r.Run, Seed: r.Seed, Verdict: r.Outcome().Verdict, Counts: r.Count()}
	if !r.Finished.IsZero() {
		run.Seconds = reports.Seconds(r.Finished.Sub(r.Started))
	}
	return run
}

// Test is one test of one check over all runs.
type Test struct {
	Check string `json:"check"`
	Test  string `json:"test"`
	// N is how many observations all runs together have.
	N int `json:"n"`
	// P are the p-values as they were reported.
	P []float64 `json:"p"`
	// TooSmall is the p-value of the hypothesis that they are uniform or larger.
	TooSmall float64 `json:"tooSmall"`
	// Pooled is the p-value of all observations together for the test of a rate, and
	// Fisher's of the p-values for any other; Exact says which.
	Pooled float64 `json:"pooled"`
	Exact  bool    `json:"exact"`
}

// Overall is what all tests say together.
type Overall struct {
	// Values is how many p-values TooSmall is of, Rates how many Uniform is of.
	Values   int     `json:"values"`
	TooSmall float64 `json:"tooSmall"`
	Rates    int     `json:"rates"`
	// Uniform is the p-value of the hypothesis that the randomised p-values of the tests
	// of rates are uniform.
	Uniform float64 `json:"uniform"`
}

// Of pools the tests of the checks of results; those of controls are of sabotaged
// traffic and say nothing. The alpha is the false-alarm rate of the whole answer, in
// (0, 1). A run that is given twice counts once: `out/latest` leads to one of the others.
// The error is for an alpha or a p-value that is none.
func Of(results []reports.Result, alpha float64) (Calibration, error) {
	if !(alpha > 0 && alpha < 1) {
		return Calibration{}, fmt.Errorf("alpha %g is not within 0 and 1; give a rate such as 0.001", alpha)
	}
	p := pooling{byName: map[[2]string]*series{}}
	runs := []Run{}
	known := map[string]bool{}
	var errs []error
	for _, r := range results {
		id := r.Run + " of " + r.Started.String()
		if known[id] {
			continue
		}
		known[id] = true
		runs = append(runs, inShort(r))
		errs = append(errs, p.add(r))
	}
	if err := errors.Join(errs...); err != nil {
		return Calibration{}, err
	}
	return p.calibration(runs, alpha), nil
}

// series is one test over all runs.
type series struct {
	test Test
	// hits, n and rate are those of a test of a rate, as long as it is one everywhere.
	hits, n int
	rate    float64
	exact   bool
}

type pooling struct {
	order  []*series
	byName map[[2]string]*series
	// first are the p-values of the first test of each check, randomised those of them
	// that can be.
	first, randomised []float64
}

func (p *pooling) add(r reports.Result) error {
	for i, c := range r.Checks {
		if c.Control {
			continue
		}
		first := true
		for _, s := range c.Tests {
			if s.Alpha == 0 {
				continue // It leaves nothing to chance.
			}
			if !(s.P >= 0 && s.P <= 1) {
				return fmt.Errorf("run %s: %s: the p-value of %q is %g; it must be from 0 to 1", reports.SafeLine(r.Run), reports.SafeLine(c.Name()), s.Test, s.P)
			}
			rate := ofRate(c.Statistics, s)
			p.note(c.Name(), s, rate)
			if !first {
				continue
			}
			first = false
			p.first = append(p.first, s.P)
			if rate != nil {
				p.randomised = append(p.randomised, randomised(rate, s.P, fmt.Sprintf("%s %d %s", r.Run, i, c.Name())))
			}
		}
	}
	return nil
}

// ofRate is the rate that s tests, or nil where it tests something else.
func ofRate(rate *reports.Statistics, s traces.Statistic) *reports.Statistics {
	if rate == nil || rate.N != s.N || rate.P != s.P || rate.Observed < 0 || rate.Observed > rate.N {
		return nil
	}
	return rate
}

func (p *pooling) note(check string, s traces.Statistic, rate *reports.Statistics) {
	key := [2]string{check, s.Test}
	known := p.byName[key]
	if known == nil {
		known = &series{test: Test{Check: check, Test: s.Test}, exact: rate != nil}
		if rate != nil {
			known.rate = rate.Percent
		}
		p.byName[key] = known
		p.order = append(p.order, known)
	}
	known.test.N += s.N
	known.test.P = append(known.test.P, s.P)
	if rate == nil || rate.Percent != known.rate {
		known.exact = false
		return
	}
	known.hits += rate.Observed
	known.n += rate.N
}

// randomised is uniform where the rate is what it claims to be: the exact p-value p less
// a random part of its last step. The text is what the random part follows from.
func randomised(rate *reports.Statistics, p float64, text string) float64 {
	share := rate.Percent / 100
	// The probability of anything less likely than what was observed.
	below := stats.Power(rate.N, share, share, p*(1-1e-9))
	if math.IsNaN(below) || below > p {
		return p
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(text))                  // A hash takes everything.
	random := rand.New(rand.NewPCG(sum.Sum64(), 0)) //nolint:gosec // Reproducible, no secret.
	return below + random.Float64()*(p-below)
}

func (p *pooling) calibration(runs []Run, alpha float64) Calibration {
	c := Calibration{
		Verdict: reports.Passed, Alpha: alpha, Runs: runs, Tests: []Test{},
		Overall: Overall{
			Values: len(p.first), TooSmall: stats.TooManySmall(p.first),
			Rates: len(p.randomised), Uniform: stats.Uniform(p.randomised),
		},
	}
	pooled := []float64{c.Overall.TooSmall, c.Overall.Uniform}
	for _, s := range p.order {
		t := s.test
		t.TooSmall, t.Exact = stats.TooManySmall(t.P), s.exact
		t.Pooled = stats.Fisher(t.P)
		if s.exact {
			t.Pooled = stats.BinomialTest(s.hits, s.n, s.rate/100)
		}
		c.Tests = append(c.Tests, t)
		pooled = append(pooled, t.TooSmall, t.Pooled)
	}
	c.Level = stats.Bonferroni(alpha, len(pooled))
	for _, v := range pooled {
		if !(v > c.Level) {
			c.Verdict = reports.Failed
		}
	}
	if len(c.Tests) == 0 {
		c.Verdict = reports.Inconclusive
	}
	return c
}

// ExitCode is that of the verdict.
func (c Calibration) ExitCode() int {
	switch c.Verdict {
	case reports.Passed:
		return reports.ExitPassed
	case reports.Failed:
		return reports.ExitFailed
	case reports.Inconclusive, reports.Skipped:
	}
	return reports.ExitInconclusive
}
