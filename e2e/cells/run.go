package cells

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
	"github.com/throughline/throughline/reports/rundir"
)

// Progress is told what is under way.
type Progress interface {
	// Step begins a step; done ends it.
	Step(name string) (done func(error))
	// Note says what the step is waiting for.
	Note(text string)
}

// Settings say how cells are run.
type Settings struct {
	// Program is started with the verb `run` for each cell.
	Program string
	// Out is the folder in which each cell has one.
	Out string
	// Jobs is how many cells run at a time; below 1 it is one.
	Jobs int
	// Continue leaves out the cells of which there is a conclusive result already.
	Continue bool
	Progress Progress
}

// Ended is how one cell ended.
type Ended struct {
	Cell    string          `json:"cell"`
	Verdict reports.Verdict `json:"verdict"`
	// ExitCode is that of the cell's run.
	ExitCode int `json:"exitCode"`
	// Reason says why, for every verdict but Passed.
	Reason string `json:"reason,omitempty"`
	// Run is the run folder, Log the file with all that the run said; each is empty where there is none.
	Run string `json:"run,omitempty"`
	Log string `json:"log,omitempty"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
	// Former is true where the result was there already.
	Former bool `json:"former,omitempty"`
}

// Refused is the error of Run where the settings of a cell are wrong. No cell was begun.
type Refused struct{ error }

// Run runs the cells, in their order, and says how each ended. Before the first begins, every
// one is asked whether it could (`run --dry-run`); the error is Refused where one could not, and
// otherwise what kept cells from being started at all. After the end of the context no further cell is begun.
func Run(ctx context.Context, all []matrix.Planned, s Settings) ([]Ended, error) {
	ended := make([]Ended, len(all))
	var open []int
	for i, c := range all {
		if s.Continue {
			if former, found := s.former(c); found {
				ended[i] = former
				s.Progress.Note(fmt.Sprintf("%s: %s already, in %s", c.Name, former.Verdict, former.Run))
				continue
			}
		}
		open = append(open, i)
	}
	if err := s.ask(ctx, all, open); err != nil {
		return nil, err
	}
	var group errgroup.Group
	group.SetLimit(max(1, s.Jobs))
	for at, i := range open {
		group.Go(func() error {
			ended[i] = s.cell(ctx, all[i], fmt.Sprintf("cell %d of %d, %s", at+1, len(open), all[i].Name))
			return nil
		})
	}
	return ended, group.Wait()
}

// ask asks every cell whether its settings can be, and changes nothing.
func (s Settings) ask(ctx context.Context, all []matrix.Planned, open []int) error {
	if len(open) == 0 {
		return nil
	}
	done := s.Progress.Step("look at the settings of all cells")
	var errs []error
	for _, i := range open {
		var said bytes.Buffer
		code, err := s.start(ctx, append(s.arguments(all[i]), "--dry-run"), &said, func(string) {})
		switch {
		case err != nil:
			done(err)
			return err
		case code == reports.ExitUsage:
			text := strings.TrimPrefix(strings.TrimSpace(said.String()), "throughline: ")
			errs = append(errs, fmt.Errorf("%s: %s", all[i].Name, reports.Safe(text)))
		}
	}
	if len(errs) > 0 {
		done(fmt.Errorf("those of %d are wrong", len(errs)))
		return Refused{errors.Join(errs...)}
	}
	done(nil)
	return nil
}

// arguments are those of the cell's run.
func (s Settings) arguments(c matrix.Planned) []string {
	return append([]string{"run", "--name=" + c.Cluster, "--out=" + s.folder(c)}, c.Args...)
}

// Command is the command line that runs the cell.
func (s Settings) Command(c matrix.Planned) []string {
	return append([]string{s.Program}, s.arguments(c)...)
}

func (s Settings) folder(c matrix.Planned) string { return filepath.Join(s.Out, c.Name) }

// former is the newest conclusive result of the cell, of the same checks.
func (s Settings) former(c matrix.Planned) (Ended, bool) {
	folder := s.folder(c)
	if _, err := os.Stat(folder); err != nil {
		return Ended{}, false
	}
	// What cannot be read is no conclusive result.
	results, _, err := matrix.Results(os.DirFS(folder), folder)
	if err != nil {
		return Ended{}, false
	}
	c.Flags = rundir.WithoutHome(c.Flags)
	var newest *matrix.Stored
	for i, r := range results {
		code := r.Outcome().ExitCode
		if r.Finished.IsZero() || code == reports.ExitInconclusive || !c.Did(r.Result) {
			continue
		}
		if newest == nil || r.Started.After(newest.Started) {
			newest = &results[i]
		}
	}
	if newest == nil {
		return Ended{}, false
	}
	outcome := newest.Outcome()
	return Ended{
		Cell: c.Name, Verdict: outcome.Verdict, ExitCode: outcome.ExitCode, Reason: outcome.Reason, Former: true,
		Run:     filepath.Join(folder, filepath.FromSlash(filepath.Dir(newest.Path))),
		Seconds: reports.Seconds(newest.Finished.Sub(newest.Started)),
	}, true
}

// logFile has everything that the run of a cell said.
const logFile = "run.log"

// cell runs one cell.
func (s Settings) cell(ctx context.Context, c matrix.Planned, step string) Ended {
	e := Ended{Cell: c.Name, Verdict: reports.Inconclusive, ExitCode: reports.ExitInconclusive}
	if ctx.Err() != nil {
		e.Reason = "not begun: interrupted"
		return e
	}
	done := s.Progress.Step(step)
	begun := time.Now()
	if err := s.run(ctx, c, &e); err != nil {
		e.Reason = err.Error()
	}
	e.Seconds = reports.Seconds(time.Since(begun))
	if e.Verdict == reports.Passed {
		done(nil)
	} else {
		done(fmt.Errorf("%s: %s", e.Verdict, e.Reason))
	}
	return e
}

func (s Settings) run(ctx context.Context, c matrix.Planned, e *Ended) (err error) {
	folder := s.folder(c)
	if err = os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the folder of the cell: %w", err)
	}
	before, err := runFolders(folder)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, logFile))
	if err != nil {
		return fmt.Errorf("make the log of the cell: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	e.Log = log.Name()
	last := ""
	code, err := s.start(ctx, s.arguments(c), log, func(line string) {
		last = line
		s.Progress.Note(c.Name + ": " + line)
	})
	if err != nil {
		return err
	}
	return s.conclude(e, folder, before, code, last)
}

// conclude fills in how a run ended that left with code, and said last.
func (s Settings) conclude(e *Ended, folder string, before map[string]bool, code int, last string) error {
	after, err := runFolders(folder)
	if err != nil {
		return err
	}
	for name := range after {
		if !before[name] {
			e.Run = filepath.Join(folder, name)
		}
	}
	result, err := result(e.Run)
	if err != nil {
		if code == reports.ExitUsage {
			e.ExitCode = code
		}
		return fmt.Errorf("it ended %s and left no result (%w); it said last: %s", how(code), err, reports.SafeLine(last))
	}
	outcome := result.Outcome()
	if outcome.ExitCode != code {
		return fmt.Errorf("it ended %s, and its result says %d: %s", how(code), outcome.ExitCode, outcome.Reason)
	}
	e.ExitCode, e.Verdict, e.Reason = code, outcome.Verdict, outcome.Reason
	return nil
}

func how(code int) string {
	if code < 0 {
		return "by a signal"
	}
	return fmt.Sprintf("with exit code %d", code)
}

func result(run string) (reports.Result, error) {
	if run == "" {
		return reports.Result{}, errors.New("there is no run folder")
	}
	name := filepath.Join(run, rundir.ResultFile)
	file, err := os.Open(name)
	if err != nil {
		return reports.Result{}, err
	}
	r, err := reports.Decode(file, name)
	return r, errors.Join(err, file.Close())
}

// runFolders are the folders of runs in the folder of a cell.
func runFolders(folder string) (map[string]bool, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the folder of the cell: %w", err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() {
			names[e.Name()] = true
		}
	}
	return names, nil
}

// ExitCode is that of all cells together: the worst of theirs. A failed check outranks settings that
// are wrong, and these outrank what is inconclusive.
func ExitCode(all []Ended) int {
	worst := reports.ExitPassed
	rank := map[int]int{reports.ExitPassed: 0, reports.ExitInconclusive: 1, reports.ExitUsage: 2, reports.ExitFailed: 3}
	for _, e := range all {
		if rank[e.ExitCode] > rank[worst] {
			worst = e.ExitCode
		}
	}
	if len(all) == 0 {
		return reports.ExitInconclusive
	}
	return worst
}
