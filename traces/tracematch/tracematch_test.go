package tracematch_test

import (
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracematch"
	"github.com/throughline/throughline/traces/tracesim"
)

func evidence(drop bool) traces.RequestEvidence {
	t := traces.Topology{Name: "pair", Entry: "web", Services: []traces.Service{
		{Name: "web", Forward: traces.Forwarding{Drop: drop}, Steps: []traces.Step{{{To: "cart"}}}},
		{Name: "cart"},
	}}
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
	return tracesim.Send(t, mesh, tracesim.Options{Requests: 1, Seed: 1}).ByRequest().Requests[0]
}

func whole() traces.Node { return traces.Calls("web", traces.Calls("cart")) }

func TestAWholeTreeEqualsItself(t *testing.T) {
	g := gomega.NewWithT(t)
	g.Expect(evidence(false)).To(tracematch.EqualTree(whole()))
	g.Expect(evidence(false).Traces).To(tracematch.EqualForest(traces.Forest{whole()}))
	g.Expect(evidence(false).Traces[0]).To(tracematch.EqualTree(whole()))
	g.Expect(evidence(true)).NotTo(tracematch.EqualTree(whole()))
}

func TestAFailureShowsTheFindingAndBothTrees(t *testing.T) {
	m := tracematch.EqualTree(whole())
	text := m.FailureMessage(evidence(true))
	for _, part := range []string{"finding   split-trace web", "why       `web` received", "expected tree:\nclient CLIENT > web\n", "stored:\ntrace "} {
		if !strings.Contains(text, part) {
			t.Errorf("the text lacks %q:\n%s", part, text)
		}
	}
}

func TestFindingsAreMatchedExactly(t *testing.T) {
	split := traces.Finding{Kind: traces.SplitTrace, Service: "cart", Observed: "2 traces"}
	other := traces.Finding{Kind: traces.WrongRate}
	for _, c := range []struct {
		name  string
		found []traces.Finding
		want  bool
	}{
		{"the one", []traces.Finding{split}, true},
		{"none", nil, false},
		{"another", []traces.Finding{other}, false},
		{"another as well", []traces.Finding{split, other}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := tracematch.HaveExactlyFinding(traces.SplitTrace, "cart")
			got, err := m.Match(c.found)
			if err != nil || got != c.want {
				t.Errorf("matched %t, error %v; want %t", got, err, c.want)
			}
			if text := m.FailureMessage(c.found); !strings.HasPrefix(text, "expected exactly split-trace cart, got ") {
				t.Errorf("text %q", text)
			}
			none, err := tracematch.HaveNoFindings().Match(c.found)
			if err != nil || none != (len(c.found) == 0) {
				t.Errorf("no findings: %t, error %v", none, err)
			}
		})
	}
}

func TestAnotherTypeIsAnErrorThatSaysWhatToGive(t *testing.T) {
	for _, m := range []interface{ Match(any) (bool, error) }{
		tracematch.HaveNoFindings(), tracematch.HaveExactlyFinding(traces.SplitTrace, "cart"), tracematch.EqualTree(whole()),
	} {
		if _, err := m.Match(42); err == nil || !strings.Contains(err.Error(), "give it a") {
			t.Errorf("error %v, want one that says what to give", err)
		}
	}
}
