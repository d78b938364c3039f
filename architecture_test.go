package throughline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/throughline/throughline"

// rule is one row of the import table in docs/architecture.md: what the packages below
// room, and all of ours that they import, must not import.
type rule struct {
	room string
	// alone means just the package room itself, and not those below it.
	alone  bool
	except []string
	never  []string
	reason string
}

func rules() []rule {
	runners := []string{"github.com/onsi/ginkgo", "github.com/onsi/gomega"}
	outside := []string{"net", "net/http", "os", "k8s.io", "google.golang.org/grpc", "github.com/onsi"}
	return []rule{
		{room: "traces", never: ours("clusters", "cmd", "e2e", "fixtures", "reports", "suites"), reason: "traces imports nothing of ours"},
		{room: "traces", never: runners[:1], reason: "the oracle knows nothing of how specs are run"},
		{room: "traces", alone: true, never: outside, reason: "the oracle is pure; traces/jaeger fetches, traces/tracematch meets Gomega"},
		{room: "reports", never: ours("clusters", "cmd", "e2e", "fixtures", "suites"), reason: "reports knows only traces"},
		{room: "reports", except: []string{"reports/rundir"}, never: []string{"net", "os"}, reason: "reports writes to what it is handed"},
		{room: "clusters", never: ours("cmd", "e2e", "fixtures", "reports", "suites", "traces"), reason: "clusters imports nothing else of ours"},
		{room: "clusters", never: runners, reason: "Ginkgo and Gomega belong to suites and e2e"},
		{room: "fixtures", never: ours("clusters", "cmd", "e2e", "reports", "suites"), reason: "fixtures knows only traces"},
		{room: "fixtures", never: runners, reason: "Ginkgo and Gomega belong to suites and e2e"},
		{room: "suites", never: ours("cmd", "e2e"), reason: "suites say what is checked; e2e declares them"},
		{room: "e2e", never: ours("cmd"), reason: "cmd starts e2e"},
	}
}

func ours(rooms ...string) []string {
	paths := make([]string, 0, len(rooms))
	for _, room := range rooms {
		paths = append(paths, module+"/"+room)
	}
	return paths
}

func TestImportsPointOneWay(t *testing.T) {
	imports := listed(t)
	for _, r := range rules() {
		t.Run(r.reason, func(t *testing.T) {
			applied := false
			for _, pkg := range packages(imports) {
				if !r.covers(pkg) {
					continue
				}
				applied = true
				if chain := forbidden(imports, pkg, r.never); chain != nil {
					t.Errorf("%s:\n  %s", r.reason, strings.Join(chain, "\n  imports "))
				}
			}
			if !applied {
				t.Errorf("there is no package in %s: the rule guards nothing", r.room)
			}
		})
	}
}

func TestOnlyE2EReachesTheSuitesFromACommand(t *testing.T) {
	for pkg, imported := range listed(t) {
		if !within(pkg, module+"/cmd") {
			continue
		}
		for _, i := range imported {
			if within(i, module+"/suites") {
				t.Errorf("%s\n  imports %s\ncmd reaches the checks through e2e", pkg, i)
			}
		}
	}
}

func TestNoSuiteImportsAnother(t *testing.T) {
	suites := module + "/suites"
	for pkg, imported := range listed(t) {
		if path.Dir(pkg) != suites {
			continue
		}
		for _, i := range imported {
			if path.Dir(i) == suites && i != pkg {
				t.Errorf("%s\n  imports %s\nwhat two suites share belongs into suites itself", pkg, i)
			}
		}
	}
}

func TestNoPackageIsNamedForNothing(t *testing.T) {
	empty := []string{"util", "utils", "common", "helpers", "types", "pkg", "framework", "misc"}
	for pkg := range listed(t) {
		if slices.Contains(empty, path.Base(pkg)) {
			t.Errorf("%s: name the package for what it holds", pkg)
		}
	}
}

func TestAForbiddenImportIsFoundThroughOthers(t *testing.T) {
	imports := map[string][]string{
		module + "/traces":        {"fmt", module + "/traces/stats"},
		module + "/traces/stats":  {"math", module + "/reports/deep"},
		module + "/reports/deep":  {module + "/traces"},
		module + "/traces/circle": {module + "/traces/circle"},
	}
	got := forbidden(imports, module+"/traces", ours("reports"))
	want := []string{module + "/traces", module + "/traces/stats", module + "/reports/deep"}
	if !slices.Equal(got, want) {
		t.Errorf("the chain is %v, want %v", got, want)
	}
	if got := forbidden(imports, module+"/traces/circle", ours("reports")); got != nil {
		t.Errorf("a chain was found where there is none: %v", got)
	}
}

func (r rule) covers(pkg string) bool {
	for _, e := range r.except {
		if within(pkg, module+"/"+e) {
			return false
		}
	}
	if r.alone {
		return pkg == module+"/"+r.room
	}
	return within(pkg, module+"/"+r.room)
}

// forbidden is the shortest chain of imports from pkg, through packages of ours, to one
// of those that must never be imported; nil where there is none.
func forbidden(imports map[string][]string, pkg string, never []string) []string {
	from := map[string]string{pkg: ""}
	for queue := []string{pkg}; len(queue) > 0; queue = queue[1:] {
		for _, i := range imports[queue[0]] {
			if _, seen := from[i]; seen {
				continue
			}
			from[i] = queue[0]
			if slices.ContainsFunc(never, func(n string) bool { return meant(i, n) }) {
				var chain []string
				for at := i; at != ""; at = from[at] {
					chain = append(chain, at)
				}
				slices.Reverse(chain)
				return chain
			}
			queue = append(queue, i)
		}
	}
	return nil
}

// meant says whether pkg is one of those that never names: a package of the standard
// library alone, any other with all that is below it.
func meant(pkg, never string) bool {
	if !strings.Contains(never, ".") {
		return pkg == never
	}
	return within(pkg, never)
}

func within(pkg, root string) bool {
	return pkg == root || strings.HasPrefix(pkg, root+"/")
}

func packages(imports map[string][]string) []string {
	all := make([]string, 0, len(imports))
	for pkg := range imports {
		all = append(all, pkg)
	}
	slices.Sort(all)
	return all
}

// listed are the imports of every package of ours, without those of its tests.
func listed(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	imports := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		imports[pkg.ImportPath] = pkg.Imports
	}
	if len(imports) < 3 {
		t.Fatalf("go list names only %d packages", len(imports))
	}
	return imports
}
