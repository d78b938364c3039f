package attributes_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/suites/attributes"
	"github.com/throughline/throughline/traces"
)

// recorded is what a live mesh left of each check, by the check's name.
func recorded(t *testing.T) map[string]traces.Evidence {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no evidence in testdata: %v", err)
	}
	all := map[string]traces.Evidence{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var one struct {
			Check    string          `json:"check"`
			Evidence traces.Evidence `json:"evidence"`
		}
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[one.Check] = one.Evidence
	}
	return all
}

func TestEveryCheckFindsNothingInWhatALiveMeshLeft(t *testing.T) {
	all := recorded(t)
	for _, c := range attributes.Checks() {
		t.Run(c.Name(), func(t *testing.T) {
			ev, known := all[c.Name()]
			if !known {
				t.Fatal("no evidence in testdata; see its README")
			}
			for _, f := range c.Judge(ev).Findings {
				t.Error(f.Text())
			}
		})
	}
}

func TestEveryMutationOfWhatALiveMeshLeftIsFound(t *testing.T) {
	all := recorded(t)
	for _, c := range attributes.Checks() {
		for _, control := range c.Controls {
			if control.Mutate == nil {
				continue
			}
			t.Run(c.Name()+"/"+control.Name, func(t *testing.T) {
				ev := all[c.Name()]
				control.Mutate(&ev)
				var got, want []string
				for _, f := range c.Judge(ev).Findings {
					got = append(got, string(f.Kind)+" "+f.Service)
				}
				for _, f := range control.Finds {
					want = append(want, string(f.Kind)+" "+f.Service)
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("findings %q, want %q", got, want)
				}
			})
		}
	}
}

func TestAFindingAboutATagSaysWhatATeamNeedsToKnow(t *testing.T) {
	all := recorded(t)
	for _, c := range attributes.Checks() {
		ev := all[c.Name()]
		// Nothing of what the applications saw is left.
		ev.Hops = nil
		for _, f := range c.Judge(ev).Findings {
			if f.Observed == "" || f.Expected == "" || f.Next == "" || (f.Why == "" && len(f.Candidates) == 0) || strings.ContainsAny(f.Text(), "\x00\x1b") {
				t.Errorf("%s: the finding lacks a part:\n%s", c.Name(), f.Text())
			}
		}
	}
}
