package matrix

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
)

// Version is the version of the file format, which every file states.
const Version = "1"

// FileName is the file that is read where no other is named.
const FileName = "matrix.yaml"

// Reduction says how many of the possible cells are planned.
type Reduction string

// The reductions.
const (
	// All plans every cell that is not excluded.
	All Reduction = "all"
	// Pairwise plans as few cells as it can while any two values that may meet do meet.
	Pairwise Reduction = "pairwise"
)

// Matrix is what a matrix file says. Decode gives one that is whole and valid.
type Matrix struct {
	// Values are those of each axis, in the order of the file; nil where there is no such axis.
	Values [axes][]string
	// Exclude are partial cells: what they match is never planned.
	Exclude []Cell
	// Include are partial cells: for each, at least one that it matches is planned. A whole one may
	// have values that the axes do not have.
	Include []Cell
	Reduce  Reduction
	// Cost is what a cell costs of which no former result says anything.
	Cost time.Duration
	// Settings are applied in their order: what a later one says outranks the former.
	Settings []Settings
}

// Settings are flags of `throughline run` for the cells that For matches.
type Settings struct {
	For Cell
	// Flags are without their dashes.
	Flags map[string]string
}

// Axes are those that the matrix has.
func (m Matrix) Axes() []Axis {
	return slices.DeleteFunc(Axes(), func(a Axis) bool { return m.Values[a] == nil })
}

// size is how many cells all values make, and no more than limit+1.
func (m Matrix) size(limit int) int {
	n := 1
	for _, a := range m.Axes() {
		if n *= len(m.Values[a]); n > limit {
			return limit + 1
		}
	}
	return n
}

// product are the cells of all values, the last axis turning fastest.
func (m Matrix) product() []Cell {
	cells := []Cell{{}}
	for _, a := range m.Axes() {
		next := make([]Cell, 0, len(cells)*len(m.Values[a]))
		for _, c := range cells {
			for _, value := range m.Values[a] {
				c[a] = value
				next = append(next, c)
			}
		}
		cells = next
	}
	return cells
}

// feasible are the cells that are not excluded.
func (m Matrix) feasible() []Cell {
	return slices.DeleteFunc(m.product(), m.excluded)
}

func (m Matrix) excluded(c Cell) bool {
	return slices.ContainsFunc(m.Exclude, c.Matches)
}

// whole says whether c has a value for every axis of the matrix.
func (m Matrix) whole(c Cell) bool {
	return !slices.ContainsFunc(m.Axes(), func(a Axis) bool { return c[a] == "" })
}

// order is that of the matrix file; a value that is included from outside of an axis comes last.
func (m Matrix) order(a, b Cell) int {
	for _, axis := range m.Axes() {
		if order := m.place(axis, a[axis]) - m.place(axis, b[axis]); order != 0 {
			return order
		}
	}
	return a.Compare(b)
}

func (m Matrix) place(a Axis, value string) int {
	if i := slices.Index(m.Values[a], value); i >= 0 {
		return i
	}
	return len(m.Values[a])
}

// flags are those of `throughline run` for one cell.
func (m Matrix) flags(c Cell) map[string]string {
	all := map[string]string{}
	for _, s := range m.Settings {
		if c.Matches(s.For) {
			maps.Copy(all, s.Flags)
		}
	}
	return all
}

// arguments are those of `throughline run` that make it test c.
func arguments(c Cell, flags map[string]string) []string {
	var versions []string
	for _, a := range Axes() {
		if a.Component() && c[a] != "" {
			versions = append(versions, a.String()+"="+c[a])
		}
	}
	var args []string
	if len(versions) > 0 {
		args = append(args, "--versions="+strings.Join(versions, ","))
	}
	if c[Provider] != "" {
		args = append(args, "--provider="+c[Provider])
	}
	if c[Flavour] != "" {
		args = append(args, "--proxy-flavour="+c[Flavour])
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		args = append(args, "--"+name+"="+flags[name])
	}
	return args
}

// work is a setting that decides what a run does: its flag, its field in a result's
// configuration, the value where nothing is said, and the one spelling of a value.
type work struct {
	flag, field, standard string
	spelled               func(string) string
}

func works() []work {
	return []work{
		{"check", "check", "", words},
		{"label-filter", "labelFilter", "", asItIs},
		{"repeat", "repeat", "1", number},
		{"alone", "alone", "false", boolean},
		{"alpha", "alpha", "1e-06", number},
		{"envoy", "envoy", "", asItIs},
		{"images", "images", "source", asItIs},
	}
}

// told is the value in one spelling, and empty where it says nothing new.
func (w work) told(value string) string {
	if value == "" || w.spelled(value) == w.standard {
		return ""
	}
	return w.spelled(value)
}

func asItIs(value string) string { return value }

// words are the elements of a list, each once.
func words(value string) string {
	var all []string
	for word := range strings.SplitSeq(value, ",") {
		if word = strings.TrimSpace(word); !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return strings.Join(all, ",")
}

func number(value string) string {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

func boolean(value string) string {
	on, err := strconv.ParseBool(value)
	if err != nil {
		return value
	}
	return strconv.FormatBool(on)
}

// done is what a result's run was told to do, as flags without those that say nothing new.
func done(r reports.Result) map[string]string {
	flags := map[string]string{}
	for _, w := range works() {
		if value := r.Configuration[w.field]; w.told(value) != "" {
			flags[w.flag] = value
		}
	}
	return flags
}

// Did says whether the result is of the planned cell, and of the same work: the same checks,
// as often, at the same false-alarm rate, with the same binary and images from the same source.
func (p Planned) Did(r reports.Result) bool {
	return SubjectOf(r).Matches(p.Cell) && p.sameWork(r)
}

func (p Planned) sameWork(r reports.Result) bool {
	return !slices.ContainsFunc(works(), func(w work) bool {
		return w.told(p.Flags[w.flag]) != w.told(r.Configuration[w.field])
	})
}

// Reproduce are the arguments of `throughline run` that make the run of a result anew: its cell,
// what it did there, and the order of it.
func Reproduce(r reports.Result) []string {
	cell, flags := SubjectOf(r), done(r)
	if flags["envoy"] != "" || flags["images"] == "registry" {
		cell = cell.Without(Envoy) // The binary is the Envoy, or the one in Istio's image.
	}
	if cell[Provider] == "existing" {
		cell = cell.Without(Kubernetes) // The cluster has the one that it has.
	}
	if r.Seed != 0 {
		flags["seed"] = strconv.FormatInt(r.Seed, 10)
	}
	return arguments(cell, flags)
}
