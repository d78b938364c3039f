package matrix

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/throughline/throughline/reports"
)

// Axis is one dimension of a matrix.
type Axis int

// The axes, in the order in which they are told.
const (
	Kubernetes Axis = iota
	Istio
	Envoy
	Jaeger
	Provider
	Flavour
)

const axes = int(Flavour) + 1

// Axes are all axes, in the order in which they are told.
func Axes() []Axis { return []Axis{Kubernetes, Istio, Envoy, Jaeger, Provider, Flavour} }

// String is the axis as a matrix file spells it.
func (a Axis) String() string {
	return [axes]string{"kubernetes", "istio", "envoy", "jaeger", "provider", "flavour"}[a]
}

// Component says whether the values of the axis are versions of a component.
func (a Axis) Component() bool { return a < Provider }

func axisNames() []string {
	var names []string
	for _, a := range Axes() {
		names = append(names, a.String())
	}
	return names
}

// Cell has a value for each axis, by its number. A value is empty where the matrix does not
// have that axis, and in a partial cell where any value is meant.
type Cell [axes]string

// Matches says whether c has every value that partial has.
func (c Cell) Matches(partial Cell) bool {
	for a, value := range partial {
		if value != "" && c[a] != value {
			return false
		}
	}
	return true
}

// Without is the cell with any value on one axis.
func (c Cell) Without(axis Axis) Cell {
	c[axis] = ""
	return c
}

// Name names the cell by its values, as `istio1.31.0_envoy1.40.0_kind`. It stays what it is as long
// as the matrix has the same axes, and two cells of a matrix never share one.
func (c Cell) Name() string {
	var parts []string
	for _, a := range Axes() {
		switch {
		case c[a] == "":
		case a.Component():
			parts = append(parts, a.String()+c[a])
		default:
			parts = append(parts, c[a])
		}
	}
	return strings.Join(parts, "_")
}

// Cluster names the cell's cluster, in the few characters that a cluster's name may have.
func (c Cell) Cluster() string {
	digest := sha256.Sum256([]byte(c.Name()))
	return "cell-" + hex.EncodeToString(digest[:4])
}

// Compare orders cells axis by axis: versions as versions, and all else as text.
func (c Cell) Compare(other Cell) int {
	for a := range c {
		if order := CompareValues(c[a], other[a]); order != 0 {
			return order
		}
	}
	return 0
}

// CompareValues orders two values of one axis: versions by precedence, and all else as text,
// after the versions.
func CompareValues(a, b string) int {
	first, second := IsVersion(a), IsVersion(b)
	switch {
	case first && second:
		return cmp.Or(semver.Compare("v"+a, "v"+b), cmp.Compare(a, b))
	case first:
		return -1
	case second:
		return 1
	default:
		return cmp.Compare(a, b)
	}
}

// IsVersion says whether text is a version that can be ordered: `1.40.0`, `1.32.0-rc.1`.
func IsVersion(text string) bool { return semver.IsValid("v" + text) }

// MarshalJSON writes the cell as an object of its values by axis.
func (c Cell) MarshalJSON() ([]byte, error) {
	values := map[string]string{}
	for _, a := range Axes() {
		if c[a] != "" {
			values[a.String()] = c[a]
		}
	}
	return json.Marshal(values)
}

// SubjectOf is the cell that a result is of. A run that ended before its images were there knows
// only the versions that it was told; where it was told none, the value is empty.
func SubjectOf(r reports.Result) Cell {
	told := map[string]string{}
	for pair := range strings.SplitSeq(r.Configuration["versions"], ",") {
		component, version, _ := strings.Cut(pair, "=")
		told[component] = version
	}
	var c Cell
	for _, a := range Axes() {
		if a.Component() {
			c[a] = cmp.Or(r.Subject.Versions[a.String()], told[a.String()])
		}
	}
	c[Provider], c[Flavour] = r.Subject.Provider, r.Subject.Flavour
	return c
}
