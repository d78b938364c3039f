package matrix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/throughline/throughline/reports"
)

// An axis may have maxValues values, and all of them together may make maxProduct cells: with more,
// nobody means it.
const (
	maxValues  = 64
	maxProduct = 1 << 16
)

const (
	// defaultCost is what a cell costs where neither the file nor a result says anything.
	defaultCost = 15 * time.Minute
	maxCost     = 24 * time.Hour
)

// decoding is a matrix file that is being decoded.
type decoding struct {
	reading
	matrix Matrix
	// runFlags are those that settings may give.
	runFlags []string
	// axes are the lines of the axes; excludes, includes and settings those of the elements.
	axes                         map[Axis]int
	excludes, includes, settings []int
}

// Decode reads a matrix file. Name stands for it in the error, and flags are the names of the
// flags of `throughline run`, which settings may give. The error is everything that is wrong, a
// line each: file, line, field, what is wrong and what to do.
func Decode(content []byte, name string, flags []string) (Matrix, error) {
	d := &decoding{reading: reading{name: name}, runFlags: flags, axes: map[Axis]int{}}
	if root := d.document(content); root != nil {
		d.file(root)
	}
	if err := d.err(); err != nil {
		return Matrix{}, err
	}
	return d.matrix, nil
}

func (d *decoding) file(root ast.Node) {
	fields := map[string]entry{}
	for _, e := range d.entries("", 1, root, "field", []string{"version", "axes", "exclude", "include", "reduce", "cost", "settings"}) {
		fields[e.key] = e
	}
	if len(fields) == 0 && len(d.problems) > 0 || !d.version(fields) {
		return
	}
	d.readAxes(fields)
	d.readReduce(fields)
	d.readCost(fields)
	if e, ok := fields["exclude"]; ok {
		d.matrix.Exclude, d.excludes = d.partials(e)
	}
	if e, ok := fields["include"]; ok {
		d.matrix.Include, d.includes = d.partials(e)
	}
	if e, ok := fields["settings"]; ok {
		d.readSettings(e)
	}
	if len(d.problems) == 0 {
		d.check()
	}
}

// version says whether the file is of the version that is read here.
func (d *decoding) version(fields map[string]entry) bool {
	e, ok := fields["version"]
	if !ok {
		d.fail(1, "version", "missing; write `version: %s` as the first line", Version)
		return false
	}
	text, ok := d.scalar("version", e.line, e.value)
	if ok && text != Version {
		d.problems = nil // Another version has other fields.
		d.fail(e.line, "version", "%q is not known; this throughline reads version %s", text, Version)
	}
	return ok && text == Version
}

func (d *decoding) readAxes(fields map[string]entry) {
	e, ok := fields["axes"]
	if !ok {
		d.fail(1, "axes", "missing; list the values of one axis at least, as `envoy: [1.40.0]`")
		return
	}
	for _, e := range d.entries("axes", e.line, e.value, "axis", axisNames()) {
		field, axis := "axes."+e.key, Axis(slices.Index(axisNames(), e.key))
		d.axes[axis] = e.line
		values := []string{}
		elements := d.elements(field, e.line, e.value)
		if len(elements) > maxValues {
			d.fail(e.line, field, "it has %d values; leave some out, %d are the most", len(elements), maxValues)
			continue
		}
		for i, element := range elements {
			at := fmt.Sprintf("%s[%d]", field, i)
			value, ok := d.value(at, lineOf(element), element)
			switch {
			case !ok:
			case slices.Contains(values, value):
				d.fail(lineOf(element), at, "%s is there already; keep one", value)
			default:
				values = append(values, value)
			}
		}
		if _, isList := e.value.(*ast.SequenceNode); isList && len(elements) == 0 {
			d.fail(e.line, field, "it has no value; give one, or leave the axis out")
		}
		d.matrix.Values[axis] = values
	}
	if len(d.axes) == 0 && len(d.problems) == 0 {
		d.fail(e.line, "axes", "there is none; list the values of one at least, as `envoy: [1.40.0]`")
	}
	if d.matrix.size(maxProduct) > maxProduct {
		d.fail(e.line, "axes", "they make more than %d cells; leave values out", maxProduct)
	}
}

// value reads a value of an axis.
func (d *decoding) value(field string, line int, node ast.Node) (string, bool) {
	text, ok := d.scalar(field, line, node)
	if ok && !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]{0,63}$`).MatchString(text) {
		d.fail(line, field, "%q is no value; use letters, digits, dots, plus and dashes, a letter or digit first, and 64 of them at most", text)
		ok = false
	}
	return text, ok
}

func (d *decoding) readReduce(fields map[string]entry) {
	d.matrix.Reduce = All
	e, ok := fields["reduce"]
	if !ok {
		return
	}
	text, ok := d.scalar("reduce", e.line, e.value)
	if ok && text != string(All) && text != string(Pairwise) {
		d.fail(e.line, "reduce", "%q is neither %s (every cell) nor %s (any two values meet)", text, All, Pairwise)
	}
	d.matrix.Reduce = Reduction(text)
}

func (d *decoding) readCost(fields map[string]entry) {
	d.matrix.Cost = defaultCost
	e, ok := fields["cost"]
	if !ok {
		return
	}
	for _, e := range d.entries("cost", e.line, e.value, "field", []string{"default"}) {
		text, ok := d.scalar("cost.default", e.line, e.value)
		if !ok {
			continue
		}
		cost, err := time.ParseDuration(text)
		if err != nil || cost <= 0 || cost > maxCost {
			d.fail(e.line, "cost.default", "%q is no cost; give a duration such as 12m, up to %s", text, reports.Elapsed(maxCost))
			continue
		}
		d.matrix.Cost = cost
	}
}

// partials reads a list of partial cells, each with its line.
func (d *decoding) partials(e entry) (cells []Cell, lines []int) {
	for i, element := range d.elements(e.key, e.line, e.value) {
		cells = append(cells, d.partial(fmt.Sprintf("%s[%d]", e.key, i), lineOf(element), element))
		lines = append(lines, lineOf(element))
	}
	return cells, lines
}

// partial reads one partial cell.
func (d *decoding) partial(field string, line int, node ast.Node) Cell {
	var c Cell
	before := len(d.problems)
	for _, e := range d.entries(field, line, node, "axis", axisNames()) {
		axis, at := Axis(slices.Index(axisNames(), e.key)), join(field, e.key)
		if _, stated := d.axes[axis]; !stated {
			d.fail(e.line, at, "the matrix has no such axis; add it to axes, or leave it out")
			continue
		}
		c[axis], _ = d.value(at, e.line, e.value)
	}
	if c == (Cell{}) && len(d.problems) == before {
		d.fail(line, field, "it names no axis; name one, as `envoy: 1.40.0`")
	}
	return c
}

func (d *decoding) readSettings(e entry) {
	for i, element := range d.elements("settings", e.line, e.value) {
		field, line := fmt.Sprintf("settings[%d]", i), lineOf(element)
		var s Settings
		for _, e := range d.entries(field, line, element, "field", []string{"for", "run"}) {
			if e.key == "for" {
				s.For = d.partial(field+".for", e.line, e.value)
			} else {
				s.Flags = d.readFlags(field+".run", e)
			}
		}
		if s.Flags == nil {
			d.fail(line, field+".run", "missing; give flags of `throughline run`, as `{check: [P01]}`")
		}
		d.matrix.Settings = append(d.matrix.Settings, s)
		d.settings = append(d.settings, line)
	}
}

// reserved are flags that settings must not give, each with the reason.
func reserved() map[string]string {
	return map[string]string{
		"name":          "each cell has a cluster of its own name",
		"out":           "each cell has a folder of its own",
		"versions":      "versions are axes",
		"provider":      "it is an axis",
		"proxy-flavour": "it is the axis flavour",
		"keep":          "a cell's cluster goes before the next one comes",
		"reuse":         "each cell has a cluster of its own",
		"dry-run":       "give it to `throughline matrix run`",
		"output":        "give it to `throughline matrix run`",
	}
}

func (d *decoding) readFlags(field string, e entry) map[string]string {
	flags := map[string]string{}
	for _, e := range d.entries(field, e.line, e.value, "flag of `throughline run`", d.runFlags) {
		at := join(field, e.key)
		if reason, taken := reserved()[e.key]; taken {
			d.fail(e.line, at, "%s; leave it out", reason)
			continue
		}
		if text, ok := d.flag(at, e); ok {
			flags[e.key] = text
		}
	}
	return flags
}

// flag reads the value of one flag; the elements of a list are separated by commas.
func (d *decoding) flag(field string, e entry) (string, bool) {
	nodes := []ast.Node{e.value}
	if list, ok := e.value.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	if len(nodes) == 0 {
		d.fail(e.line, field, "the list is empty; leave it out to mean the default")
		return "", false
	}
	var texts []string
	for _, node := range nodes {
		text, ok := d.scalar(field, e.line, node)
		if !ok {
			return "", false
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			d.fail(e.line, field, "%q has a control character in it; leave it out", text)
			return "", false
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ","), true
}

// check looks at what must agree: values with axes, excludes with what is left, includes with
// excludes, settings with cells.
func (d *decoding) check() {
	m := d.matrix
	for i, c := range m.Exclude {
		d.onAxes(fmt.Sprintf("exclude[%d]", i), d.excludes[i], c, "it excludes nothing")
	}
	for i, c := range m.Include {
		if !m.whole(c) {
			d.onAxes(fmt.Sprintf("include[%d]", i), d.includes[i], c, "name a value of every axis to add a cell with it")
		}
		if former := slices.Index(m.Include[:i], c); former >= 0 {
			d.fail(d.includes[i], fmt.Sprintf("include[%d]", i), "the same as include[%d] in line %d; keep one", former, d.includes[former])
		}
	}
	if len(d.problems) > 0 {
		return
	}
	left := m.feasible()
	d.checkLeft(left)
	d.checkIncludes(left)
	d.checkSettings(left)
}

// onAxes fails where the partial cell has a value that its axis does not have.
func (d *decoding) onAxes(field string, line int, c Cell, so string) {
	for _, a := range d.matrix.Axes() {
		if c[a] != "" && !slices.Contains(d.matrix.Values[a], c[a]) {
			d.fail(line, join(field, a.String()), "%s is no value of the axis, which has %s; %s", c[a], strings.Join(d.matrix.Values[a], ", "), so)
		}
	}
}

func (d *decoding) checkLeft(left []Cell) {
	if len(left) == 0 {
		d.fail(d.excludes[0], "exclude", "the excludes leave no cell; exclude less")
		return
	}
	for _, a := range d.matrix.Axes() {
		for _, value := range d.matrix.Values[a] {
			if !slices.ContainsFunc(left, func(c Cell) bool { return c[a] == value }) {
				d.fail(d.axes[a], "axes."+a.String(), "the excludes leave no cell with %s; take it off the axis, or exclude less", value)
			}
		}
	}
}

func (d *decoding) checkIncludes(left []Cell) {
	for i, c := range d.matrix.Include {
		field := fmt.Sprintf("include[%d]", i)
		if d.matrix.whole(c) {
			if at := slices.IndexFunc(d.matrix.Exclude, c.Matches); at >= 0 {
				d.fail(d.includes[i], field, "exclude[%d] in line %d excludes it; take one of them away", at, d.excludes[at])
			}
			continue
		}
		if !slices.ContainsFunc(left, func(l Cell) bool { return l.Matches(c) }) {
			d.fail(d.includes[i], field, "the excludes leave no cell of it; take it away, or exclude less")
		}
	}
}

func (d *decoding) checkSettings(left []Cell) {
	cells := slices.Concat(left, slices.DeleteFunc(slices.Clone(d.matrix.Include), func(c Cell) bool { return !d.matrix.whole(c) }))
	for i, s := range d.matrix.Settings {
		if !slices.ContainsFunc(cells, func(c Cell) bool { return c.Matches(s.For) }) {
			d.fail(d.settings[i], fmt.Sprintf("settings[%d].for", i), "there is no cell %s; look at the values", s.For.Name())
		}
	}
}
