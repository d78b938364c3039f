package suites_test

import (
	"strings"
	"testing"

	"github.com/throughline/throughline/suites"
)

func TestACheckIsSkippedOnlyOnAMeshThatIsKnownToLackWhatItNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		version, flavour string
		needs            []suites.Feature
		lacks, assumed   string
	}{
		"nothing is needed":                  {version: "1.20.0"},
		"a version with the feature":         {version: "1.30.0", needs: []suites.Feature{suites.DisablePropagation}},
		"a pre-release of it":                {version: "v1.30.0-rc.1", needs: []suites.Feature{suites.DisablePropagation}},
		"a later one with more digits":       {version: "1.100.0", needs: []suites.Feature{suites.DisablePropagation}},
		"an older version":                   {version: "1.29.4", needs: []suites.Feature{suites.FormatterTags, suites.DisablePropagation}, lacks: "needs disableContextPropagation: istio 1.30 has it, this is 1.29.4"},
		"an unknown version":                 {version: "dev", needs: []suites.Feature{suites.FormatterTags}, assumed: `the version of istio ("dev") cannot be read`},
		"no version at all":                  {needs: []suites.Feature{suites.FormatterTags}, assumed: `the version of istio ("") cannot be read`},
		"a module's pseudo-version":          {version: "0.0.0-20260827124520-eed52ebb66ad", needs: []suites.Feature{suites.FormatterTags}, assumed: "cannot be read"},
		"the flavour that is needed":         {flavour: "istio", needs: []suites.Feature{suites.IstioFilters}},
		"another flavour":                    {flavour: "upstream", needs: []suites.Feature{suites.IstioFilters}, lacks: "the proxies are of the flavour upstream; run with --proxy-flavour istio"},
		"a feature that nobody has heard of": {version: "1.31.0", needs: []suites.Feature{"telepathy"}, lacks: `needs "telepathy", which throughline does not know`},
	} {
		t.Run(name, func(t *testing.T) {
			subject := suites.Subject{Versions: map[string]string{"istio": c.version}, Flavour: c.flavour}
			if got := subject.Lacks(c.needs); (got == "") != (c.lacks == "") || !strings.Contains(got, c.lacks) {
				t.Errorf("lacks %q, want %q", got, c.lacks)
			}
			got := strings.Join(subject.Assumed(c.needs), "\n")
			if (got == "") != (c.assumed == "") || !strings.Contains(got, c.assumed) {
				t.Errorf("assumed %q, want %q", got, c.assumed)
			}
		})
	}
}

func TestEveryFeatureSaysWhatItTakes(t *testing.T) {
	for _, f := range suites.Features() {
		if !f.Known() || !strings.HasSuffix(f.String(), ")") {
			t.Errorf("feature %q (%s) does not say what it takes", string(f), f)
		}
	}
}
