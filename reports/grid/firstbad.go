package grid

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/reports/matrix"
)

// Bad says what the results know of the version from which on a check fails: along the versions of one
// component, between cells that are the same otherwise.
type Bad struct {
	Check string `json:"check"`
	Axis  string `json:"axis"`
	// First is the earliest version on which it fails, LastGood the latest before that on which it
	// passes; each is empty where there is none.
	First    string `json:"first,omitempty"`
	LastGood string `json:"lastGood,omitempty"`
	// Decided says whether the results settle it: it passes on every tested version before First, and fails
	// on First and every one after it, and none between has no verdict.
	Decided bool `json:"decided"`
	// Text says it in a sentence.
	Text string `json:"text"`
	// With names what is the same in the cells that say so.
	With []string `json:"with"`
	// steady is true where it never passes along the component.
	steady bool
}

// state is how a check ends in one cell, over all of its runs.
type state int

const (
	unknown state = iota
	good
	bad
	mixed
)

func (t *tally) state() state {
	switch {
	case t.passed > 0 && t.failed > 0:
		return mixed
	case t.passed > 0:
		return good
	case t.failed > 0:
		return bad
	default:
		return unknown
	}
}

// point is one version with what is known of it.
type point struct {
	version string
	state   state
}

// firstBad is what the results say along each component whose version varies. It is empty for a
// check that never fails.
func (s *series) firstBad(cells []Cell) []Bad {
	failed := false
	for _, t := range s.cells {
		failed = failed || t.failed > 0
	}
	var all []Bad
	for _, axis := range matrix.Axes() {
		if failed && axis.Component() {
			all = append(all, s.along(axis, cells)...)
		}
	}
	// Where it turns along one component, those along which it only ever fails say nothing more.
	if slices.ContainsFunc(all, func(b Bad) bool { return !b.steady }) {
		all = slices.DeleteFunc(all, func(b Bad) bool { return b.steady })
	}
	return all
}

func (s *series) along(axis matrix.Axis, cells []Cell) []Bad {
	lines, versions := s.lines(axis, cells)
	if versions < 2 {
		return nil
	}
	var all []Bad
	for _, rest := range sortedCells(lines) {
		points := lines[rest]
		if !slices.ContainsFunc(points, func(p point) bool { return p.state == bad || p.state == mixed }) {
			continue
		}
		b := onLine(axis, points)
		same := slices.IndexFunc(all, func(other Bad) bool { return other.Text == b.Text })
		if same < 0 {
			b.Check, b.Axis = s.name, axis.String()
			all = append(all, b)
			same = len(all) - 1
		}
		all[same].With = append(all[same].With, rest.Name())
	}
	return all
}

// lines are the versions of a component with what is known of them, by the rest of their cells, and how
// many versions there are. A cell without a verdict may lack values: a planned one has only those of
// its matrix, one whose run broke those that it was told. It is on each line that has the values
// which it has, unless another cell with its version is there.
func (s *series) lines(axis matrix.Axis, cells []Cell) (lines map[matrix.Cell][]point, versions int) {
	lines = map[matrix.Cell][]point{}
	known := map[string]bool{}
	var open []matrix.Cell
	for _, cell := range cells {
		version := cell.Values[axis]
		if version == "" {
			continue
		}
		known[version] = true
		p := point{version: version}
		if t := s.cells[cell.Values]; t != nil {
			p.state = t.state()
		}
		if p.state == unknown {
			open = append(open, cell.Values)
			continue
		}
		rest := cell.Values.Without(axis)
		lines[rest] = append(lines[rest], p)
	}
	for _, cell := range open {
		p := point{version: cell[axis]}
		for rest, points := range lines {
			there := slices.ContainsFunc(points, func(other point) bool { return other.version == p.version })
			if !there && rest.Matches(cell.Without(axis)) {
				lines[rest] = append(points, p)
			}
		}
	}
	return lines, len(known)
}

func sortedCells(lines map[matrix.Cell][]point) []matrix.Cell {
	cells := make([]matrix.Cell, 0, len(lines))
	for c := range lines {
		cells = append(cells, c)
	}
	slices.SortFunc(cells, matrix.Cell.Compare)
	return cells
}

// onLine is what cells say that differ in one component alone. At least one of them is bad or mixed.
func onLine(axis matrix.Axis, points []point) Bad {
	slices.SortFunc(points, func(a, b point) int { return matrix.CompareValues(a.version, b.version) })
	for _, p := range points {
		switch {
		case len(points) > 1 && !matrix.IsVersion(p.version):
			return Bad{Text: fmt.Sprintf("%s is no version that can be ordered: the data do not decide", p.version)}
		case p.state == mixed:
			return Bad{Text: fmt.Sprintf("it both passes and fails on %s: the data do not decide", p.version)}
		}
	}
	known := slices.DeleteFunc(slices.Clone(points), func(p point) bool { return p.state == unknown })
	turns := 0
	for i := 1; i < len(known); i++ {
		if known[i].state != known[i-1].state {
			turns++
		}
	}
	first := slices.IndexFunc(known, func(p point) bool { return p.state == bad })
	b := Bad{First: known[first].version}
	switch {
	case len(known) == 1:
		b.steady = true
		b.Text = fmt.Sprintf("it fails on %s, and no other version of %s has a verdict with the rest the same: the data do not decide", b.First, axis)
	case turns == 0:
		b.steady = true
		b.Text = fmt.Sprintf("it fails on all of %s: the data do not decide where it began", versionsOf(known))
	case turns == 1 && first == 0:
		b.Text = fmt.Sprintf("it fails up to %s and passes from %s on: mended, and the data do not decide where it began",
			lastOf(known, bad), known[slices.IndexFunc(known, func(p point) bool { return p.state == good })].version)
	case turns == 1:
		b.LastGood = known[first-1].version
		b.between(points)
	default:
		b.First = ""
		b.Text = "it passes and fails by turns (" + turnsOf(known) + "): the data do not decide"
	}
	return b
}

// between settles a first bad version after a last good one.
func (b *Bad) between(points []point) {
	var open []string
	for _, p := range points {
		if p.state == unknown && matrix.CompareValues(b.LastGood, p.version) < 0 && matrix.CompareValues(p.version, b.First) < 0 {
			open = append(open, p.version)
		}
	}
	if len(open) > 0 {
		b.Text = fmt.Sprintf("it passes on %s and fails on %s; between them %s has no verdict: the data do not decide", b.LastGood, b.First, strings.Join(open, ", "))
		return
	}
	b.Decided = true
	b.Text = fmt.Sprintf("it fails from %s on, and passes on %s", b.First, b.LastGood)
}

func versionsOf(points []point) string {
	var versions []string
	for _, p := range points {
		versions = append(versions, p.version)
	}
	return strings.Join(versions, ", ")
}

func lastOf(points []point, s state) string {
	last := ""
	for _, p := range points {
		if p.state == s {
			last = p.version
		}
	}
	return last
}

func turnsOf(points []point) string {
	var parts []string
	for _, p := range points {
		verb := "fails on "
		if p.state == good {
			verb = "passes on "
		}
		parts = append(parts, verb+p.version)
	}
	return strings.Join(parts, ", ")
}
