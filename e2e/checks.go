package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
)

// ginkgoLog is Ginkgo's own account of the run, in the run folder.
const ginkgoLog = "ginkgo.log"

// suiteTimeout is a last bound on all specs together; each has its own.
const suiteTimeout = time.Hour

// check runs the chosen checks as Ginkgo specs, and then those that sweep. Ginkgo
// answers to the same signals as ctx: it then ends the spec that runs and skips the rest.
// The error is why a spec has no verdict in the result, or why the result could not be kept.
func (r *run) check(ctx context.Context, lab *Lab) error {
	chosen, err := Labelled(Select(Catalogue(r.Config.Alpha), r.Config.Checks), r.Config.LabelFilter)
	if err != nil {
		return err
	}
	subject := suites.Subject{Versions: r.versions, Flavour: string(r.Config.Flavour)}
	specs, sweeps := apart(specsOf(chosen))
	groups, err := byMesh(specs)
	if err != nil {
		return err
	}
	records := recorder{run: r, titles: map[string]bool{}}
	declaration{
		lab: lab, groups: groups, subject: subject, seed: r.seed, rounds: int(r.Config.Repeat),
		alone: r.Config.Alone, timeout: r.Config.Timeouts.Check, record: records.add,
	}.declare(ctx)
	ReportAfterSuite("what has no verdict", records.complete)
	var log bytes.Buffer
	formatter.ColorableStdOut = &log
	suite, reporter := GinkgoConfiguration()
	suite.RandomSeed, suite.RandomizeAllSpecs = r.seed, true
	suite.Timeout = suiteTimeout * time.Duration(r.Config.Repeat)
	reporter.NoColor, reporter.Verbose = true, true
	err = r.note(subject, chosen)
	err = errors.Join(err, r.phase("run checks", func() error {
		RunSpecs(verdicts{}, "Throughline", suite, reporter)
		return ctx.Err()
	}))
	if len(sweeps) > 0 && ctx.Err() == nil {
		err = errors.Join(err, r.phase("look at everything that was stored", func() error {
			sweep(ctx, lab, sweeps, r.Config.Timeouts.Check, records.add)
			return ctx.Err()
		}))
	}
	return errors.Join(err, records.err(), r.dir.Write(ginkgoLog, log.Bytes()))
}

// apart takes the specs that sweep from all others.
func apart(specs []spec) (others, sweeps []spec) {
	for _, s := range specs {
		if s.check.Sweep {
			sweeps = append(sweeps, s)
		} else {
			others = append(others, s)
		}
	}
	return others, sweeps
}

// note says what is taken for granted of the mesh.
func (r *run) note(subject suites.Subject, chosen []suites.Check) error {
	var needs []suites.Feature
	for _, c := range chosen {
		needs = append(needs, c.Needs...)
	}
	notes := subject.Assumed(needs)
	for _, line := range notes {
		if _, err := fmt.Fprintln(r.Progress, line); err != nil {
			return err
		}
	}
	return r.ledger.Update(func(result *reports.Result) { result.Notes = append(result.Notes, notes...) })
}

// recorder hands outcomes to the result, and knows which specs have one.
type recorder struct {
	run *run

	mu     sync.Mutex
	titles map[string]bool
	errs   []error
}

func (c *recorder) add(s spec, out suites.Outcome, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.titles[s.title()] = true
	_, err := fmt.Fprintf(c.run.Progress, "%-12s %7s  %s\n", out.Verdict, reports.Elapsed(took), s.title())
	c.errs = append(c.errs, err, c.run.record(s, out, took))
}

// complete looks for specs that ended without an outcome: in a panic, or because they
// did not end at all.
func (c *recorder) complete(report Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, reason := range report.SpecialSuiteFailureReasons {
		c.errs = append(c.errs, errors.New("the checks ended early: "+reason))
	}
	for _, s := range report.SpecReports {
		if s.LeafNodeType.Is(types.NodeTypeIt) && s.State.Is(types.SpecStateFailureStates) && !c.titles[s.LeafNodeText] {
			c.errs = append(c.errs, fmt.Errorf("%s ended without a verdict: %s", s.LeafNodeText, s.FailureMessage()))
		}
	}
}

func (c *recorder) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.errs...)
}

// record adds one outcome to the result, with the evidence of what did not pass.
func (r *run) record(s spec, out suites.Outcome, took time.Duration) error {
	check := reports.Check{
		ID: s.check.ID, Case: s.check.Case, Title: s.check.Title, Area: string(s.check.Area),
		Verdict: out.Verdict, Reason: out.Reason, Findings: out.Findings, Cases: s.cases(out), Round: again(s.round),
		Seconds: reports.Seconds(took), Statistics: statistics(out.Judgement), Tests: out.Statistics, Measures: out.Measures, Location: s.check.Location,
		Profile: s.check.Profile.Name, ProfileReason: s.check.Profile.Why,
	}
	control := ""
	if s.control != nil {
		control = s.control.Name
		check.Control, check.ControlName = true, control
	} else {
		prose := reports.Prose(s.check.Prose)
		check.Prose = &prose
	}
	folder := r.dir.Evidence(s.check.Name(), control, s.round)
	err := keep(folder, s, out)
	check.Evidence = folder.Files()
	return errors.Join(err, r.ledger.Update(func(result *reports.Result) {
		result.Checks = append(result.Checks, check)
		result.Phases = r.Progress.Phases()
	}))
}

// cases are those that a result keeps. Of a control that passed its findings say what it caught.
func (s spec) cases(out suites.Outcome) []reports.Case {
	if s.control != nil && out.Verdict == reports.Passed {
		return nil
	}
	return out.Cases
}

// statistics are those of the test of a rate, nil where there was none.
func statistics(j suites.Judgement) *reports.Statistics {
	rate := j.Rate
	if rate == nil {
		return nil
	}
	s := &reports.Statistics{
		N: rate.N, Observed: rate.Observed, Percent: rate.Percent,
		P: rate.P, Lower: rate.Lower, Upper: rate.Upper, Alpha: rate.Alpha,
	}
	// The test of the rate is the first of all (suites.Judgement.Statistics).
	if len(j.Statistics) > 0 && j.Statistics[0].Against != "" {
		s.Power, s.Against = 1-j.Statistics[0].Misses, j.Statistics[0].Against
	}
	return s
}

// again is the round where it is not the first.
func again(round int) int {
	if round > 1 {
		return round
	}
	return 0
}

// verdicts is the testing.T that RunSpecs asks for. Fail has nothing to do: what failed is
// in the result.
type verdicts struct{}

// Fail does nothing.
func (verdicts) Fail() {}
