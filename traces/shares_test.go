package traces_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func outcomesOf(t *testing.T, topology traces.Topology, mesh traces.Mesh) []traces.Outcome {
	t.Helper()
	outcomes, err := traces.Outcomes(topology, mesh, traces.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// independent is a chain at a percentage where cart drops every header, so that its
// proxy draws anew.
func independent(percent float64) (traces.Topology, traces.Mesh) {
	return chain(drops("cart")), traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(percent)}
}

// versions is a chain whose cart has three versions: one calls stock, one calls it
// twice and one calls nobody.
func versions(a, b, c int) traces.Topology {
	stock := traces.Step{{To: "stock"}}
	return chain(func(s map[string]*traces.Service) {
		s["cart"].Steps = nil
		s["cart"].Versions = []traces.Version{
			{Name: "v1", Weight: a, Steps: []traces.Step{stock}}, {Name: "v2", Weight: b, Steps: []traces.Step{stock, stock}}, {Name: "v3", Weight: c},
		}
	})
}

func sentThrough(t traces.Topology, mesh traces.Mesh, n int) traces.Evidence {
	return tracesim.Send(t, mesh, tracesim.Options{Requests: n, Prefix: "r", Seed: 5})
}

func TestSharesAreHeldAgainstTheProbabilities(t *testing.T) {
	half, halfMesh := independent(50)
	less, lessMesh := independent(45)
	third, all := versions(33, 33, 34), everything(traces.OpenTelemetry)
	rate := []string{"wrong-rate client"}
	for _, c := range []struct {
		name     string
		evidence traces.Evidence
		outcomes []traces.Outcome
		want     []string
	}{
		{"two draws", sentThrough(half, halfMesh, 3000), outcomesOf(t, half, halfMesh), nil},
		{"two draws at another rate", sentThrough(less, lessMesh, 3000), outcomesOf(t, half, halfMesh), rate},
		{"two draws that are one", sentThrough(chain(cartForwardsOnly("x-request-id")), halfMesh, 3000), outcomesOf(t, half, halfMesh), rate},
		{"three versions", sentThrough(third, all, 3000), outcomesOf(t, third, all), nil},
		{"three versions by other weights", sentThrough(versions(28, 33, 39), all, 3000), outcomesOf(t, third, all), rate},
		{"one version", sentThrough(versions(98, 1, 1), all, 100), outcomesOf(t, third, all), rate},
		{"no request", sentThrough(third, all, 0), outcomesOf(t, third, all), rate},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := traces.JudgeShares(c.evidence, c.outcomes, testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/shares/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestSharesThatFitAreRarelyCalledWrong(t *testing.T) {
	const n, alpha = 400, 0.05
	topology, mesh := independent(50)
	outcomes := outcomesOf(t, topology, mesh)
	if len(outcomes) != 4 {
		t.Fatalf("%d outcomes, want 4: both sampled, the first, the second, none", len(outcomes))
	}
	alarms := 0
	for seed := range uint64(n) {
		ev := tracesim.Send(topology, mesh, tracesim.Options{Requests: 60, Prefix: "r", Seed: seed})
		_, found := traces.JudgeShares(ev, outcomes, alpha)
		alarms += len(found)
	}
	// 20 are expected; 45 or more have a probability below 1e-6.
	if alarms == 0 || alarms > 45 {
		t.Errorf("%d false alarms in %d tests at %g", alarms, n, alpha)
	}
}

func TestOutcomesThatNobodyCanTellApartAreCountedAsOne(t *testing.T) {
	whole := wholeChain()
	stated := traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock").Answering(200)))}
	outcomes := []traces.Outcome{
		{Forest: whole, Status: 200, Probability: 0.5}, {Forest: stated, Status: 200, Probability: 0.25}, {Forest: whole[0].Children, Status: 200, Probability: 0.25},
	}
	if _, got := traces.JudgeShares(sent(chain(), 20), outcomes, 0.001); !slices.Equal(named(got), nil) {
		t.Errorf("20 of 20 at 75 %%:\n%s", texts(got))
	}
	if _, found := traces.JudgeShares(sent(chain(), 100), outcomes, 0.001); !slices.Equal(named(found), []string{"wrong-rate client"}) {
		t.Errorf("100 of 100 at 75 %%: %v", named(found))
	}
}

func TestEachRequestLeavesOneOfItsOutcomes(t *testing.T) {
	topology, mesh := versions(33, 33, 34), everything(traces.OpenTelemetry)
	outcomes := outcomesOf(t, topology, mesh)
	good := sentThrough(topology, mesh, 30)
	if got := traces.JudgeOutcomes(good, outcomes); len(got) > 0 {
		t.Errorf("unspoilt:\n%s", texts(got))
	}
	for _, c := range []struct {
		name   string
		spoil  func(ev *traces.Evidence)
		want   []string
		counts int
	}{
		{"a lost span", func(ev *traces.Evidence) {
			gone := span(ev, "cart", traces.Server, 0).ID
			remove(ev, func(s traces.Span) bool { return s.ID == gone })
		}, []string{"missing-span cart"}, 1},
		{"another status", func(ev *traces.Evidence) { ev.Requests[3].Status = 500 }, []string{"failed-request web"}, 1},
		{"nothing stored", func(ev *traces.Evidence) { ev.Traces = ev.Traces[1:] }, []string{"missing-trace web"}, 1},
		{"a trace of nobody", func(ev *traces.Evidence) {
			id := strangeTrace()
			ev.Traces = append(ev.Traces, traces.Trace{ID: id, Spans: []traces.Span{{TraceID: id, ID: strangeID(), Service: "cron", Kind: traces.Client}}})
		}, []string{"unexpected-trace cron"}, 1},
		{"every request split", func(ev *traces.Evidence) { *ev = sentThrough(chain(drops("cart")), mesh, 30) }, []string{"split-trace cart"}, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := sentThrough(topology, mesh, 30)
			c.spoil(&ev)
			got := traces.JudgeOutcomes(ev, outcomes)
			if names := named(got); !slices.Equal(names, c.want) || got[0].Count != c.counts {
				t.Errorf("findings %v, want %v, %d times\n%s", names, c.want, c.counts, texts(got))
			}
			golden(t, "testdata/outcomes/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestNothingIsJudgedWithoutOutcomes(t *testing.T) {
	ev := sent(chain(), 2)
	_, shares := traces.JudgeShares(ev, nil, testAlpha)
	for name, got := range map[string][]traces.Finding{
		"outcomes": traces.JudgeOutcomes(ev, nil), "shares": shares,
	} {
		if !slices.Equal(named(got), []string{string(traces.WrongExplanation)}) {
			t.Errorf("%s: %v", name, named(got))
		}
	}
	if at, got := traces.Nearest(ev.ByRequest().Requests[0], nil); at != -1 || len(got) != 1 {
		t.Errorf("nearest %d, %v", at, named(got))
	}
}

func BenchmarkJudgeShares(b *testing.B) {
	for _, draws := range []int{1, 3} {
		edits := []func(map[string]*traces.Service){drops("web"), drops("cart")}
		topology := chain(edits[:draws-1]...)
		mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(50)}
		outcomes, err := traces.Outcomes(topology, mesh, traces.Request{})
		if err != nil {
			b.Fatal(err)
		}
		ev := sentThrough(topology, mesh, 3000)
		b.Run(fmt.Sprintf("%d outcomes", len(outcomes)), func(b *testing.B) {
			for b.Loop() {
				if _, got := traces.JudgeShares(ev, outcomes, testAlpha); len(got) > 0 {
					b.Fatal(texts(got))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/3000/float64(b.N), "ns/request")
		})
	}
}
