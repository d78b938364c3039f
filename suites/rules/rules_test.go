package rules_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/throughline/throughline/fixtures/workloads"
	"github.com/throughline/throughline/suites/rules"
	"github.com/throughline/throughline/traces"
)

// recorded holds a recording for each rule.
const recorded = "../../traces/testdata/recorded"

func TestEveryRuleIsFullyDeclared(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	statements := map[string]string{}
	for _, r := range rules.All() {
		t.Run(r.Name, func(t *testing.T) {
			if !slug.MatchString(r.Name) || seen[r.Name] {
				t.Errorf("the name %q is not one of lower-case words with hyphens, or is there twice", r.Name)
			}
			seen[r.Name] = true
			if other, twice := statements[r.Statement]; twice {
				t.Errorf("%s states the same", other)
			}
			statements[r.Statement] = r.Name
			if !strings.HasSuffix(r.Statement, ".") || len(r.Statement) < 20 {
				t.Errorf("the statement %q is no sentence", r.Statement)
			}
			if link, err := url.Parse(r.Source); err != nil || link.Scheme != "https" || link.Host == "" {
				t.Errorf("the source %q is no link (%v)", r.Source, err)
			}
			if n := r.Traffic.Requests; n < 1 || n > 8 || len(r.Traffic.Samples) != 1 {
				t.Errorf("%d requests of %d samples; want 1 to 8 of one", n, len(r.Traffic.Samples))
			}
		})
	}
}

func TestEveryRuleCanBeDerived(t *testing.T) {
	for _, r := range rules.All() {
		t.Run(r.Name, func(t *testing.T) {
			if _, err := traces.Derive(r.Topology(), r.Traffic.Mesh, r.Request()); err != nil {
				t.Error(err)
			}
			outcomes, err := traces.Outcomes(r.Topology(), r.Traffic.Mesh, r.Request())
			if err != nil || len(outcomes) == 0 {
				t.Fatalf("%d outcomes: %v", len(outcomes), err)
			}
			sum := 0.0
			for _, o := range outcomes {
				sum += o.Probability
			}
			if sum < 1-1e-9 || sum > 1+1e-9 {
				t.Errorf("the probabilities sum to %v", sum)
			}
		})
	}
}

func TestNoTwoRulesShowTheSame(t *testing.T) {
	seen := map[string]string{}
	for _, r := range rules.All() {
		outcomes, err := traces.Outcomes(r.Topology(), r.Traffic.Mesh, r.Request())
		if err != nil {
			t.Fatal(err)
		}
		key := r.Traffic.Mesh.String() + "\n" + asText(t, r.Topology()) + asText(t, r.Request())
		if other, twice := seen[key]; twice {
			t.Errorf("%s and %s send the same (%d outcomes)", r.Name, other, len(outcomes))
		}
		seen[key] = r.Name
	}
}

func TestTheWorkloadsOfAllRulesFitOneCluster(t *testing.T) {
	if _, err := workloads.Of(rules.Topologies(rules.All())...); err != nil {
		t.Error(err)
	}
}

func TestNoRouteIsToAServiceThatAFaultIsDeployedFor(t *testing.T) {
	for _, r := range rules.All() {
		for _, route := range r.Topology().Routes {
			if route.To == "cart" {
				t.Errorf("%s: two VirtualServices of cart contradict each other", r.Name)
			}
		}
	}
}

func TestEachRequestHasIdsOfItsOwnThatMeanTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fresh := 0
	for _, r := range rules.All() {
		traffic := r.Fresh(random)
		if len(traffic.Samples) != r.Traffic.Requests {
			t.Fatalf("%s: %d samples for %d requests", r.Name, len(traffic.Samples), r.Traffic.Requests)
		}
		want, err := traces.Outcomes(r.Topology(), r.Traffic.Mesh, r.Request())
		if err != nil {
			t.Fatal(err)
		}
		for i, sample := range traffic.Samples {
			got, err := traces.Outcomes(sample.Topology, traffic.Mesh, traces.Request{Bare: traffic.Bare, Headers: sample.Headers, Timeout: traffic.Timeout})
			if err != nil {
				t.Fatal(err)
			}
			if asText(t, got) != asText(t, want) {
				t.Errorf("%s: request %d may leave something else than the rule says", r.Name, i)
			}
			for name, value := range sample.Headers {
				switch name {
				case "traceparent", "x-b3-traceid", "b3", "x-request-id":
					if len(value) == 1 {
						// A decision alone has no ids.
						continue
					}
					fresh++
					if value == r.Request().Headers[name] || (i > 0 && value == traffic.Samples[0].Headers[name]) {
						t.Errorf("%s: %s: %s is not fresh", r.Name, name, value)
					}
				}
			}
		}
	}
	if fresh < 20 {
		t.Errorf("only %d headers with ids were looked at", fresh)
	}
}

func TestRulesAreSelectedByName(t *testing.T) {
	chosen, unknown := rules.Select([]string{"mirror", "gateway", "nonsense"})
	if len(chosen) != 2 || chosen[0].Name != "gateway" || len(unknown) != 1 || unknown[0] != "nonsense" {
		t.Errorf("chosen %d, unknown %v", len(chosen), unknown)
	}
	if all, _ := rules.Select(nil); len(all) != len(rules.All()) {
		t.Errorf("no name chose %d", len(all))
	}
}

func TestEveryRuleHasARecordingAndEveryRecordingARule(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rules.All() {
		known[r.Name+".json"] = true
		if _, err := os.Stat(filepath.Join(recorded, r.Name+".json")); err != nil {
			t.Errorf("%s: %v; record it with: throughline record --rule %s", r.Name, err, r.Name)
		}
	}
	files, err := os.ReadDir(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !known[file.Name()] {
			t.Errorf("%s is of no rule; remove it", file.Name())
		}
	}
}

func asText(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
