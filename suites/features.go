package suites

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Feature is something that not every mesh can do.
type Feature string

// The features that a check may need.
const (
	// ZipkinWithW3C is the zipkin provider that speaks W3C beside B3 (USE_B3_WITH_W3C_PROPAGATION).
	ZipkinWithW3C Feature = "W3C beside B3 in zipkin"
	// FormatterTags are custom tags that Envoy's formatter makes.
	FormatterTags Feature = "formatter tags"
	// DisablePropagation is disableContextPropagation of a Telemetry resource.
	DisablePropagation Feature = "disableContextPropagation"
	// IstioFilters are the filters that Istio adds to Envoy.
	IstioFilters Feature = "Istio's own filters"
)

// Features are all that a check may need.
func Features() []Feature {
	return []Feature{ZipkinWithW3C, FormatterTags, DisablePropagation, IstioFilters}
}

// requirement is what a mesh must be to have a feature.
type requirement struct {
	// of names the component, since its first version with the feature; empty means any.
	of, since string
	// flavour is that of the proxy; empty means any.
	flavour string
}

// requirement is that of a feature; false means that nobody knows the feature.
func (f Feature) requirement() (requirement, bool) {
	switch f {
	case ZipkinWithW3C:
		return requirement{of: "istio", since: "1.28"}, true
	case FormatterTags:
		return requirement{of: "istio", since: "1.29"}, true
	case DisablePropagation:
		return requirement{of: "istio", since: "1.30"}, true
	case IstioFilters:
		return requirement{flavour: "istio"}, true
	}
	return requirement{}, false
}

// Known says whether a check may need the feature.
func (f Feature) Known() bool { return slices.Contains(Features(), f) }

// String is the feature with what it takes, as "formatter tags (istio 1.29)".
func (f Feature) String() string {
	r, known := f.requirement()
	switch {
	case !known:
		return string(f)
	case r.flavour != "":
		return fmt.Sprintf("%s (proxy flavour %s)", string(f), r.flavour)
	default:
		return fmt.Sprintf("%s (%s %s)", string(f), r.of, r.since)
	}
}

// Subject is a mesh as far as its features follow from it.
type Subject struct {
	// Versions are those of its components, by name.
	Versions map[string]string
	// Flavour is that of its proxies.
	Flavour string
}

// Lacks says why the subject has not every one of the features; it is empty where it has. A
// version that is no version is taken for the newest: see Assumed.
func (s Subject) Lacks(needs []Feature) string {
	for _, f := range needs {
		r, known := f.requirement()
		version, readable := parseVersion(s.Versions[r.of])
		since, _ := parseVersion(r.since)
		switch {
		case !known:
			return fmt.Sprintf("needs %q, which throughline does not know; name one of %q", string(f), Features())
		case r.flavour != "" && r.flavour != s.Flavour:
			return fmt.Sprintf("needs %s: the proxies are of the flavour %s; run with --proxy-flavour %s", string(f), cmp.Or(s.Flavour, "unknown"), r.flavour)
		case r.of != "" && readable && slices.Compare(version, since) < 0:
			return fmt.Sprintf("needs %s: %s %s has it, this is %s", string(f), r.of, r.since, s.Versions[r.of])
		}
	}
	return ""
}

// Assumed says of which components the version cannot be read, so that every feature of
// theirs is taken to be there.
func (s Subject) Assumed(needs []Feature) []string {
	var all []string
	for _, f := range needs {
		r, known := f.requirement()
		if !known || r.of == "" {
			continue
		}
		if _, readable := parseVersion(s.Versions[r.of]); readable {
			continue
		}
		note := fmt.Sprintf("the version of %s (%q) cannot be read; it is taken for the newest, with every feature", r.of, s.Versions[r.of])
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}

// parseVersion reads the numbers of a version, as 1, 31 and 0 of `v1.31.0-rc.1`. A
// version has at least two.
func parseVersion(text string) ([]int, bool) {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "v"), "-")
	text, _, _ = strings.Cut(text, "+")
	var numbers []int
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	// A pseudo-version of a module says nothing of the release.
	if len(numbers) < 2 || slices.Max(numbers) == 0 {
		return nil, false
	}
	return numbers, true
}
