package traces_test

import (
	"fmt"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/internal/backyards"
	"github.com/throughline/throughline/traces/tracesim"
)

// BenchmarkOrphans compares one request that makes many calls whose spans have no
// stored parent, or that begin traces of their own, at three sizes.
func BenchmarkOrphans(b *testing.B) {
	for name, edit := range map[string]func(map[string]*traces.Service){"silent SDK": silent("web"), "split": drops("web")} {
		for _, calls := range []int{100, 1_000, 5_000} {
			for _, lost := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/%d calls/lost %t", name, calls, lost), func(b *testing.B) {
					steps := make([]traces.Step, calls)
					for i := range steps {
						steps[i] = traces.Step{{To: "cart"}}
					}
					topology, mesh := chain(edit, func(s map[string]*traces.Service) { s["web"].Steps = steps }, func(s map[string]*traces.Service) { s["cart"].Steps = nil }), everything(traces.OpenTelemetry)
					forest, err := traces.Derive(topology, mesh, traces.Request{})
					if err != nil {
						b.Fatal(err)
					}
					ev := tracesim.Send(topology, mesh, tracesim.Options{Requests: 1, Prefix: "r", Seed: 1})
					if lost {
						n := 0
						remove(&ev, func(s traces.Span) bool {
							n++
							return s.Service == "cart" && n%10 == 0
						})
					}
					backyards.PerSpan(b, 2*calls, func() {
						if found := traces.JudgeForest(ev, forest); (len(found) > 0) != lost {
							b.Fatal(texts(found))
						}
					})
				})
			}
		}
	}
}
