package preflight

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// State is how one finding turned out.
type State string

// The states of a finding.
const (
	// OK is there, and enough.
	OK State = "ok"
	// Warning is poor, but the run can go on.
	Warning State = "warning"
	// Missing keeps the run from working.
	Missing State = "missing"
)

// Finding is one thing that the run needs.
type Finding struct {
	// Name says what: "root", "dockerd", "disk".
	Name string `json:"name"`
	// State says whether it is there.
	State State `json:"state"`
	// Found says what was seen.
	Found string `json:"found"`
	// Next says what to do; empty when nothing is to be done.
	Next string `json:"next,omitempty"`
	// Package is the Debian package that has it; empty when none does.
	Package string `json:"package,omitempty"`
}

// Report is what [Check] found, in a fixed order.
type Report struct {
	Findings []Finding `json:"findings"`
	// Cold says that images must be built first, and Takes about how long the
	// run then lasts until its first check.
	Cold  bool          `json:"cold"`
	Takes time.Duration `json:"takes"`
	// NeedsDisk is how many bytes the run may write to the cache.
	NeedsDisk uint64 `json:"needsDisk"`
	// Debian says that packages can be installed with apt-get.
	Debian bool `json:"debian"`
}

// Missing gives the findings without which the run cannot work.
func (r Report) Missing() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.State != Missing })
}

// Packages gives the Debian packages that would fill what is missing, sorted,
// each once.
func (r Report) Packages() []string {
	var names []string
	for _, f := range r.Missing() {
		if f.Package != "" {
			names = append(names, f.Package)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Installable reports whether [InstallDeps] can fill all that is missing.
func (r Report) Installable() bool {
	missing := r.Missing()
	return r.Debian && len(missing) > 0 && !slices.ContainsFunc(missing, func(f Finding) bool { return f.Package == "" })
}

// Err is nil when nothing is missing, and otherwise names all that is, each with
// what to do.
func (r Report) Err() error {
	missing := r.Missing()
	if len(missing) == 0 {
		return nil
	}
	lines := make([]string, 0, len(missing)+1)
	for _, f := range missing {
		lines = append(lines, fmt.Sprintf("  %s: %s; %s", f.Name, f.Found, f.Next))
	}
	if packages := r.Packages(); r.Debian && len(packages) > 0 {
		lines = append(lines, "  all packages at once: "+installCommand(packages)+", or run with --install-deps as root")
	}
	return fmt.Errorf("this machine lacks %d of what the run needs:\n%s", len(missing), strings.Join(lines, "\n"))
}

// Print writes the report as plain lines, one a finding, and what the run takes.
func (r Report) Print(w io.Writer) error {
	width := 0
	for _, f := range r.Findings {
		width = max(width, len(f.Name))
	}
	var text strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&text, "%-7s  %-*s  %s", f.State, width, f.Name, f.Found)
		if f.Next != "" {
			text.WriteString("; " + f.Next)
		}
		text.WriteByte('\n')
	}
	kind := "warm run, images are cached"
	if r.Cold {
		kind = "cold run, everything is built from source"
	}
	fmt.Fprintf(&text, "%s: about %s to the first check, up to %s of disk\n", kind, r.Takes, size(r.NeedsDisk))
	_, err := io.WriteString(w, text.String())
	return err
}

func installCommand(packages []string) string {
	return "apt-get install --no-install-recommends " + strings.Join(packages, " ")
}

// size prints bytes as a person would.
func size(bytes uint64) string {
	const unit = 1 << 30
	if bytes >= 10*unit {
		return fmt.Sprintf("%d GiB", bytes/unit)
	}
	return fmt.Sprintf("%.1f GiB", float64(bytes)/unit)
}
