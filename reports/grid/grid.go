package grid

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/matrix"
)

// NoResult stands in place of a verdict for a planned cell that nobody has run.
const NoResult reports.Verdict = "no result"

// Grid is what many results say together.
type Grid struct {
	// Results is how many there are, Unread why others could not be read.
	Results int      `json:"results"`
	Unread  []string `json:"unread"`
	// Axes are those on which cells differ. Same has what is the same in all cells.
	Axes []matrix.Axis `json:"-"`
	Same matrix.Cell   `json:"same"`
	// Cells are in the order of their versions.
	Cells []Cell `json:"cells"`
	// Checks are those that are not passed wherever their latest runs judged them, the worst first.
	// Elsewhere is how many others there are.
	Checks    []Check `json:"checks"`
	Elsewhere int     `json:"passedEverywhere"`
	// Flakes are the checks that ended differently on one subject, the most frequent first.
	Flakes []Flake `json:"flakes"`
	Steady Steady  `json:"steady"`
	// FirstBad says of checks that fail from which version of a component on they do.
	FirstBad []Bad `json:"firstBad"`
}

// Cell is one combination with all runs of it.
type Cell struct {
	// Number is its place in the grid, from 1.
	Number int         `json:"number"`
	Name   string      `json:"name"`
	Values matrix.Cell `json:"values"`
	// Planned says whether the matrix has it; nil where no matrix was given.
	Planned *bool `json:"planned,omitempty"`
	// Verdict is that of the latest run, or NoResult.
	Verdict reports.Verdict `json:"verdict"`
	// Runs are its runs, the latest first.
	Runs []Run `json:"runs"`
}

// Run is one run in short.
type Run struct {
	Run string `json:"run"`
	// Path is the file of its result, below the folder that was read.
	Path    string          `json:"path"`
	Verdict reports.Verdict `json:"verdict"`
	Reason  string          `json:"reason,omitempty"`
	Started time.Time       `json:"started"`
	// Seconds is how long it took; 0 where it did not finish.
	Seconds float64        `json:"seconds"`
	Seed    int64          `json:"seed"`
	Counts  reports.Counts `json:"counts"`
	// Throughline is the version of the harness.
	Throughline string `json:"throughline,omitempty"`
	// Reproduce are the arguments of `throughline run` that make it anew.
	Reproduce []string `json:"reproduce"`
}

// Check is one check, or one control of it, in the latest run of each cell.
type Check struct {
	Name  string          `json:"name"`
	Title string          `json:"title"`
	Worst reports.Verdict `json:"worst"`
	// Cells are in the order of those of the grid.
	Cells []Judged `json:"cells"`
}

// Judged is how a check ended in one cell; Verdict is empty where it was not judged.
type Judged struct {
	Verdict reports.Verdict `json:"verdict,omitempty"`
	Reason  string          `json:"reason,omitempty"`
}

// Of puts results side by side. Unread are the errors of those that could not be read, planned the
// cells of a matrix, nil where there is none.
func Of(results []matrix.Stored, unread []error, planned []matrix.Planned) Grid {
	b := building{byCell: map[matrix.Cell][]matrix.Stored{}, checks: map[string]*series{}}
	for _, r := range results {
		b.add(r)
	}
	g := Grid{
		Results: len(results), Unread: []string{}, Cells: b.cells(planned),
		Checks: []Check{}, Flakes: []Flake{}, FirstBad: []Bad{},
	}
	for _, err := range unread {
		g.Unread = append(g.Unread, line(err.Error()))
	}
	for _, a := range matrix.Axes() {
		if slices.ContainsFunc(g.Cells, func(c Cell) bool { return c.Values[a] != g.Cells[0].Values[a] }) {
			g.Axes = append(g.Axes, a)
		} else if len(g.Cells) > 0 {
			g.Same[a] = g.Cells[0].Values[a]
		}
	}
	b.compare(&g)
	return g
}

// building is a grid that is being put together.
type building struct {
	byCell map[matrix.Cell][]matrix.Stored
	checks map[string]*series
}

// series is one check over all runs.
type series struct {
	name, title string
	// cells are its judgements in each cell, subjects those on each exact subject.
	cells    map[matrix.Cell]*tally
	subjects map[string]*tally
	// latest is how it ended in the latest run of each cell.
	latest map[matrix.Cell]Judged
}

// tally counts judgements.
type tally struct{ passed, failed, inconclusive int }

func (t *tally) total() int { return t.passed + t.failed + t.inconclusive }

func (t *tally) add(v reports.Verdict) {
	switch v {
	case reports.Passed:
		t.passed++
	case reports.Failed:
		t.failed++
	case reports.Inconclusive:
		t.inconclusive++
	case reports.Skipped:
	}
}

func (b *building) add(r matrix.Stored) {
	cell := subject(r)
	b.byCell[cell] = append(b.byCell[cell], r)
	exact := exactly(cell, r.Result)
	for _, c := range r.Checks {
		s := b.series(c)
		count(s.cells, cell, c.Verdict)
		count(s.subjects, exact, c.Verdict)
	}
}

func count[K comparable](tallies map[K]*tally, key K, v reports.Verdict) {
	if tallies[key] == nil {
		tallies[key] = &tally{}
	}
	tallies[key].add(v)
}

// subject is the cell of a result, with values that may be shown.
func subject(r matrix.Stored) matrix.Cell {
	cell := matrix.SubjectOf(r.Result)
	for a := range cell {
		cell[a] = line(cell[a])
	}
	return cell
}

func (b *building) series(c reports.Check) *series {
	name := c.Name()
	if c.Control {
		name += " control: " + c.ControlName
	}
	s := b.checks[name]
	if s == nil {
		s = &series{
			name: line(name), title: line(c.Title),
			cells: map[matrix.Cell]*tally{}, subjects: map[string]*tally{}, latest: map[matrix.Cell]Judged{},
		}
		b.checks[name] = s
	}
	return s
}

// cells are the cells that were run and those that are planned, each with its runs.
func (b *building) cells(planned []matrix.Planned) []Cell {
	all := []Cell{}
	for values, results := range b.byCell {
		slices.SortFunc(results, func(x, y matrix.Stored) int {
			return cmp.Or(y.Started.Compare(x.Started), cmp.Compare(x.Path, y.Path))
		})
		cell := Cell{Name: values.Name(), Values: values}
		if planned != nil {
			is := slices.ContainsFunc(planned, func(p matrix.Planned) bool { return values.Matches(p.Cell) })
			cell.Planned = &is
		}
		for _, r := range results {
			cell.Runs = append(cell.Runs, inShort(r))
		}
		cell.Verdict = cell.Runs[0].Verdict
		b.judge(values, results[0])
		all = append(all, cell)
	}
	for _, p := range planned {
		if !slices.ContainsFunc(all, func(c Cell) bool { return c.Values.Matches(p.Cell) }) {
			is := true
			all = append(all, Cell{Name: p.Name, Values: p.Cell, Planned: &is, Verdict: NoResult, Runs: []Run{}})
		}
	}
	slices.SortFunc(all, func(x, y Cell) int { return x.Values.Compare(y.Values) })
	for i := range all {
		all[i].Number = i + 1
	}
	return all
}

func inShort(r matrix.Stored) Run {
	outcome := r.Outcome()
	run := Run{
		Run: line(r.Run), Path: line(r.Path), Verdict: outcome.Verdict, Reason: line(outcome.Reason), Started: r.Started.UTC(),
		Seed: r.Seed, Counts: r.Count(), Throughline: line(r.Environment.Throughline), Reproduce: []string{},
	}
	if !r.Finished.IsZero() {
		run.Seconds = reports.Seconds(max(0, r.Finished.Sub(r.Started)))
	}
	for _, arg := range matrix.Reproduce(r.Result) {
		run.Reproduce = append(run.Reproduce, line(arg))
	}
	return run
}

// judge notes how each check ended in the latest run of a cell; of several rounds the worst counts.
func (b *building) judge(cell matrix.Cell, latest matrix.Stored) {
	for _, c := range latest.Checks {
		s := b.series(c)
		known, judged := s.latest[cell]
		if !judged || c.Verdict.Worse(known.Verdict) {
			s.latest[cell] = Judged{c.Verdict, line(c.Reason)}
		}
	}
}

// compare fills in what the grid says of checks.
func (b *building) compare(g *Grid) {
	names := make([]string, 0, len(b.checks))
	for name := range b.checks {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s := b.checks[name]
		if check := s.check(g.Cells); check.Worst == reports.Passed {
			g.Elsewhere++
		} else if check.Worst != "" {
			g.Checks = append(g.Checks, check)
		}
		g.count(s)
		g.FirstBad = append(g.FirstBad, s.firstBad(g.Cells)...)
	}
	slices.SortStableFunc(g.Checks, func(x, y Check) int { return worstFirst(x.Worst, y.Worst) })
	slices.SortStableFunc(g.FirstBad, func(x, y Bad) int { return decided(x) - decided(y) })
	slices.SortStableFunc(g.Flakes, func(x, y Flake) int { return cmp.Compare(y.Rate, x.Rate) })
}

func worstFirst(x, y reports.Verdict) int {
	switch {
	case x.Worse(y):
		return -1
	case y.Worse(x):
		return 1
	default:
		return 0
	}
}

// decided puts what is settled first.
func decided(b Bad) int {
	if b.Decided {
		return 0
	}
	return 1
}

// check is how the series ended in each cell's latest run. Worst is "" where no latest run has it.
func (s *series) check(cells []Cell) Check {
	check := Check{Name: s.name, Title: s.title, Cells: make([]Judged, len(cells))}
	for i, cell := range cells {
		judged, ok := s.latest[cell.Values]
		if !ok {
			continue
		}
		check.Cells[i] = judged
		if check.Worst == "" || judged.Verdict.Worse(check.Worst) {
			check.Worst = judged.Verdict
		}
	}
	return check
}

// line is the first line of a text from a result, as it may be shown.
func line(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return reports.SafeLine(first)
}
