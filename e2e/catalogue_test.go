package e2e

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/fixtures/workloads"
	"github.com/throughline/throughline/traces"
)

func TestEveryCheckIsFullyDeclared(t *testing.T) {
	id := regexp.MustCompile(`^[A-Z]\d\d$`)
	names := map[string]bool{}
	for _, c := range Catalogue(1e-6) {
		t.Run(c.Name(), func(t *testing.T) {
			if !id.MatchString(c.ID) {
				t.Errorf("id %q is not a letter and two digits", c.ID)
			}
			if names[c.Name()] {
				t.Error("another check has the same id and case")
			}
			names[c.Name()] = true
			for field, text := range map[string]string{
				"title": c.Title, "promise": c.Prose.Promise, "link": c.Prose.Link,
				"location": c.Location, "matters": c.Prose.Matters, "how": c.Prose.How, "failure": c.Prose.Failure,
				"reason for its profile": c.Profile.Why,
			} {
				if strings.TrimSpace(text) == "" {
					t.Errorf("it has no %s", field)
				}
			}
			if !c.Profile.Name.Known() {
				t.Errorf("profile %q is none", c.Profile.Name)
			}
			if c.Judge == nil || c.Traffic.Requests < 1 || len(c.Traffic.Samples) == 0 || c.Traffic.Concurrency < 1 {
				t.Error("it has no judge or sends nothing")
			}
		})
	}
}

func TestEveryCheckHasAControlOrSaysWhyNot(t *testing.T) {
	for _, c := range Catalogue(1e-6) {
		t.Run(c.Name(), func(t *testing.T) {
			if (len(c.Controls) == 0) != (c.NoControl != "") {
				t.Fatal("it must have either controls or a reason for none")
			}
			for _, control := range c.Controls {
				if control.Name == "" || len(control.Finds) == 0 {
					t.Errorf("control %q has no name or promises no finding", control.Name)
				}
				if (control.Sabotage == nil) == (control.Mutate == nil) {
					t.Errorf("control %q must sabotage either the traffic or the evidence", control.Name)
				}
			}
		})
	}
}

func TestEachHandWrittenForestIsTheOneDerivedFromItsTopology(t *testing.T) {
	for _, c := range Catalogue(1e-6) {
		written := c.Outcomes
		if c.Expected != nil {
			written = []traces.Outcome{{Forest: c.Expected, Probability: 1}}
		}
		// What a manifest does, no derivation knows.
		if written == nil || (c.LiveOnly != "" && len(c.Traffic.Manifests) > 0) {
			continue
		}
		t.Run(c.Name(), func(t *testing.T) {
			for _, sample := range c.Traffic.Samples {
				request := traces.Request{Bare: c.Traffic.Bare, Headers: sample.Headers, Timeout: c.Traffic.Timeout}
				derived, err := traces.Outcomes(sample.Topology, c.Traffic.Mesh, request)
				if err != nil {
					t.Fatal(err)
				}
				favoured, err := traces.Derive(sample.Topology, c.Traffic.Mesh, request)
				if err != nil {
					t.Fatal(err)
				}
				if c.Expected != nil {
					derived = []traces.Outcome{{Forest: favoured, Probability: 1}}
				}
				if got, want := outcomesInWords(derived), outcomesInWords(written); got != want {
					t.Errorf("derived\n%s\nwritten\n%s", got, want)
				}
			}
		})
	}
}

// outcomesInWords is the outcomes as text, whatever their order.
func outcomesInWords(outcomes []traces.Outcome) string {
	texts := make([]string, 0, len(outcomes))
	for _, o := range outcomes {
		texts = append(texts, fmt.Sprintf("%.2f\n%s", o.Probability, o.Forest))
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

func TestASabotageIsNeverTheTrafficOfTheCheckItself(t *testing.T) {
	for _, s := range specsOf(Catalogue(1e-6)) {
		if s.control == nil || s.control.Sabotage == nil {
			continue
		}
		t.Run(s.title(), func(t *testing.T) {
			if reflect.DeepEqual(s.traffic(), s.check.Traffic) {
				t.Error("the sabotage changes nothing")
			}
		})
	}
}

func TestEveryTopologyThatIsSentThroughIsDeployed(t *testing.T) {
	deployed, err := workloads.Of(topology.All()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range specsOf(Catalogue(1e-6)) {
		for _, sample := range s.traffic().Samples {
			if err := deployed.Serves(sample.Topology); err != nil {
				t.Errorf("%s: %v", s.title(), err)
			}
		}
	}
}

func TestSpecsOfOneConfigurationStandTogether(t *testing.T) {
	specs := specsOf(Catalogue(1e-6))
	groups, err := byMesh(specs)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	seen := map[string]bool{}
	for _, group := range groups {
		name := group[0].setting().String()
		if seen[name] {
			t.Errorf("%s stands in two groups", name)
		}
		seen[name] = true
		for _, s := range group {
			total++
			if got := s.setting().String(); got != name {
				t.Errorf("%s needs %s and stands with %s", s.title(), got, name)
			}
		}
	}
	if total != len(specs) {
		t.Errorf("%d specs in groups, want %d", total, len(specs))
	}
}
