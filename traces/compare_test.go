package traces_test

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
)

var update = flag.Bool("update", false, "write the golden files")

func TestEachDifferenceHasItsFinding(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			ev := c.evidence(1)
			got := traces.JudgeForest(ev, c.expected)
			if diff := cmp.Diff(c.want, named(got), cmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
				t.Errorf("findings (-want +got):\n%s%s", diff, texts(got))
			}
			golden(t, "testdata/findings/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func texts(findings []traces.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.Text() + "\n")
	}
	return b.String()
}

// golden compares a text with a file, or writes the file with -update. A case
// without findings has none.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if got == "" {
		return
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run go test with -update and review the new file", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestFindingsDoNotDependOnTheOrderOfTheInput(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			ev := c.evidence(2)
			want := texts(traces.JudgeForest(ev, c.expected))
			r := rand.New(rand.NewPCG(1, 1))
			for range 20 {
				shuffle(r, ev.Traces)
				shuffle(r, ev.Hops)
				for _, one := range ev.Traces {
					shuffle(r, one.Spans)
				}
				if got := texts(traces.JudgeForest(ev, c.expected)); got != want {
					t.Fatalf("after shuffling:\n%s\nbefore:\n%s", got, want)
				}
			}
		})
	}
}

func shuffle[T any](r *rand.Rand, s []T) {
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

func TestFindingsOfManyRequestsAreOne(t *testing.T) {
	got := traces.JudgeForest(sent(chain(drops("cart")), 20), wholeChain())
	if len(got) != 1 || got[0].Count != 20 || len(got[0].Requests) != 3 || len(got[0].Traces) != 3 {
		t.Errorf("got %d findings:\n%s", len(got), texts(got))
	}
}

func TestRepeatedCallsAreMatchedByTheirSubtrees(t *testing.T) {
	twice := diamond(calls("web", traces.Step{{To: "cart"}}, traces.Step{{To: "cart"}}))
	ev := sent(twice, 1)
	want := traces.Forest{traces.Calls("web",
		traces.Calls("cart", traces.Calls("stock")),
		traces.Calls("cart", traces.Calls("stock")))}
	if got := traces.JudgeForest(ev, want); len(got) != 0 {
		t.Errorf("two equal calls differ:\n%s", texts(got))
	}
	uneven := traces.Forest{traces.Calls("web",
		traces.Calls("cart"),
		traces.Calls("cart", traces.Calls("stock")))}
	if got := named(traces.JudgeForest(ev, uneven)); !slices.Equal(got, []string{"unexpected-span stock"}) {
		t.Errorf("one call too many in one of two equal branches: %v", got)
	}
	statuses := traces.Forest{traces.Calls("web",
		traces.Calls("cart", traces.Calls("stock").Answering(200)),
		traces.Calls("cart", traces.Calls("stock").Answering(500)))}
	for n := range 2 {
		failed := sent(twice, 1)
		s := span(&failed, "stock", traces.Server, n)
		s.Status, s.Error = 500, true
		c := span(&failed, "cart", traces.Client, n)
		c.Status, c.Error = 500, true
		if got := traces.JudgeForest(failed, statuses); len(got) != 0 {
			t.Errorf("branch %d failed, and was taken for the other:\n%s", n, texts(got))
		}
	}
}

func TestMixedUpHeadersAreOneFinding(t *testing.T) {
	for name, c := range map[string]struct {
		mix  func(one, other *traces.Hop)
		want []string
	}{
		"headers of two requests mixed up": {
			// Their stock hops got each other's context.
			func(one, other *traces.Hop) {
				if one.Service == "stock" {
					one.Received, other.Received = other.Received, one.Received
				}
			},
			[]string{"wrong-parent stock"},
		},
		"headers of another request sent": {
			func(one, other *traces.Hop) {
				if one.Service == "cart" {
					other.Sent[0].Headers = one.Sent[0].Headers
				}
			},
			[]string{"wrong-parent cart"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ev := sent(chain(), 2)
			for i := range ev.Hops {
				for j := range ev.Hops {
					if one, other := &ev.Hops[i], &ev.Hops[j]; one.Service == other.Service && one.Request == "r0" && other.Request == "r1" {
						c.mix(one, other)
					}
				}
			}
			got := traces.JudgeForest(ev, wholeChain())
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v:\n%s", names, texts(got))
			}
			golden(t, "testdata/findings/"+strings.ReplaceAll(name, " ", "-")+".txt", texts(got))
		})
	}
}

func BenchmarkCompare(b *testing.B) {
	for name, t := range map[string]traces.Topology{"chain of 6 spans": chain(), "diamond of 10 spans": diamond()} {
		ev := sent(t, 1000)
		forest, err := traces.Derive(t, everything(traces.OpenTelemetry), traces.Request{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := traces.JudgeForest(ev, forest); len(got) != 0 {
					b.Fatal(texts(got))
				}
			}
			b.ReportMetric(float64(1000*forest.Spans()*b.N)/b.Elapsed().Seconds(), "spans/s")
		})
	}
}
