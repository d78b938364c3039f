package traces_test

import (
	"fmt"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// A service in the middle of a chain drops the headers; the oracle says which.
func ExampleJudgeForest() {
	topology := traces.Topology{
		Name: "chain", Entry: "web",
		Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart"}}}},
			{Name: "cart", Steps: []traces.Step{{{To: "stock"}}}, Forward: traces.Forwarding{Drop: true}},
			{Name: "stock"},
		},
	}
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
	evidence := tracesim.Send(topology, mesh, tracesim.Options{Requests: 20, Seed: 1})

	want := traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock")))}
	for _, f := range traces.JudgeForest(evidence, want) {
		fmt.Println(f.Kind, f.Service, f.Count)
		fmt.Println(f.Expected)
	}
	// Output:
	// split-trace cart 20
	// 1 trace: client > web > cart > stock
}
