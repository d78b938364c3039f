package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

func TestAVersionIsMatchedByTheNumbersAtItsFront(t *testing.T) {
	for name, c := range map[string]struct {
		version, match string
		want           bool
	}{
		"a patch":                              {"1.31.2", "1.31", true},
		"the whole version":                    {"1.31.2", "1.31.2", true},
		"half a number":                        {"1.310.0", "1.31", false},
		"a release candidate":                  {"1.31.0-rc.1", "1.31", false},
		"a release candidate of a patch":       {"1.31.0-rc.1", "1.31.0", false},
		"a release candidate without a dot":    {"1.31.0-rc1", "1.31", false},
		"a release candidate of a vendor":      {"1.31.0-gke.1-rc.2", "1.31", false},
		"an alpha":                             {"1.31.0-Alpha.4f2", "1.31", false},
		"a beta":                               {"v1.31.0-beta.0", "v1.31", false},
		"a development version":                {"1.40.0-dev", "1.40", false},
		"one of a commit":                      {"1.40.0-dev-4f2ab1", "1.40", false},
		"a preview":                            {"1.40.0-pre.1", "1.40", false},
		"a release candidate by its name":      {"1.31.0-rc.1", "1.31.0-rc.1", true},
		"all release candidates":               {"1.31.0-rc.1", "1.31.0-rc", true},
		"another release candidate":            {"1.31.0-rc.10", "1.31.0-rc.1", false},
		"the release itself, by its candidate": {"1.31.0", "1.31.0-rc.1", false},
		"a vendor":                             {"1.30.4-gke.1", "1.30", true},
		"a vendor whose name begins so":        {"1.30.4-devine.1", "1.30", true},
		"a build":                              {"1.30.4+k3s1", "1.30", true},
	} {
		policy := strings.Replace(pinned, `"1.31"`, fmt.Sprintf("%q", c.match), 1)
		d := decide(t, policy, given(on(source("a", check("P01", reports.Passed)), c.version)))
		if got := d.Outcome == gate.Released; got != c.want {
			t.Errorf("%s: %s is matched by %s: %t, want %t", name, c.version, c.match, got, c.want)
		}
	}
}
