package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/onsi/ginkgo/v2/formatter"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// ginkgoLog is Ginkgo's own account of the run, in the run folder.
const ginkgoLog = "ginkgo.log"

// suiteTimeout is a last bound on all specs together; each has its own.
const suiteTimeout = time.Hour

// check runs the chosen checks as Ginkgo specs. Ginkgo answers to the same signals as
// ctx: it then ends the spec that runs and skips the rest.
func (r *run) check(ctx context.Context, lab *Lab) error {
	groups, err := byMesh(specsOf(Select(Catalogue(r.Config.Alpha), r.Config.Checks)))
	if err != nil {
		return err
	}
	var lost error
	//nolint:contextcheck // Each spec runs under Ginkgo's own context, which ends with ours.
	declare(lab, groups, r.seed, r.Config.Timeouts.Check, func(s spec, out suites.Outcome, took time.Duration) {
		lost = errors.Join(lost, r.record(s, out, took))
		_, err := fmt.Fprintf(r.Progress, "%-12s %7s  %s\n", out.Verdict, reports.Elapsed(took), s.title())
		lost = errors.Join(lost, err)
	})
	var log logBuffer
	formatter.ColorableStdOut = &log
	suite, reporter := GinkgoConfiguration()
	suite.RandomSeed, suite.RandomizeAllSpecs = r.seed, true
	suite.LabelFilter = r.Config.LabelFilter
	suite.Timeout = suiteTimeout
	reporter.NoColor, reporter.Verbose = true, true
	err = r.phase("run checks", func() error {
		RunSpecs(&verdictKeeper{}, "Throughline", suite, reporter)
		return ctx.Err()
	})
	return errors.Join(err, lost, r.dir.Write(ginkgoLog, log.text))
}

// record adds one outcome to the result, with the evidence of what did not pass.
func (r *run) record(s spec, out suites.Outcome, took time.Duration) error {
	check := reports.Check{
		ID: s.check.ID, Case: s.check.Case, Title: s.check.Title, Area: string(s.check.Area),
		Verdict: out.Verdict, Reason: out.Reason, Findings: out.Findings,
		Seconds: reports.Seconds(took), Statistics: statistics(out.Rate), Location: s.check.Location,
	}
	control := ""
	if s.control != nil {
		control = s.control.Name
		check.Control, check.ControlName = true, control
	}
	var err error
	if out.Verdict != reports.Passed {
		folder := r.dir.Evidence(s.check.Name(), control)
		err = keep(folder, s, out)
		check.Evidence = folder.Files()
	}
	return errors.Join(err, r.ledger.Update(func(result *reports.Result) {
		result.Checks = append(result.Checks, check)
		result.Phases = r.Progress.Phases()
	}))
}

func statistics(rate *traces.RateResult) *reports.Statistics {
	if rate == nil {
		return nil
	}
	return &reports.Statistics{
		N: rate.N, Observed: rate.Observed, Percent: rate.Percent,
		P: rate.P, Lower: rate.Lower, Upper: rate.Upper, Alpha: rate.Alpha,
	}
}

// verdictKeeper is the testing.T that RunSpecs asks for. The result keeps the verdicts.
type verdictKeeper struct{}

// Fail does nothing: what failed is in the result.
func (*verdictKeeper) Fail() {}

// logBuffer keeps what Ginkgo prints.
type logBuffer struct{ text []byte }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.text = append(b.text, p...)
	return len(p), nil
}
