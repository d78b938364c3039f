package errors

import (
	"net/http"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// aborted is E02.
func aborted(provider traces.Provider) Check {
	const failed = http.StatusServiceUnavailable
	expected := traces.Forest{
		traces.Calls("web",
			traces.Calls("cart",
				traces.CallsThrough("stock").Answering(failed).Flagged("FI")).Answering(failed)).Answering(failed),
	}
	routed := func(r traces.Route, changes ...topology.Change) traces.Topology {
		t := topology.With(topology.Chain(), changes...)
		r.To = "stock"
		t.Routes = []traces.Route{r}
		return t
	}
	return Check{
		ID: "E02", Case: string(provider), Area: Errors, Location: Here(),
		Profile: Extended("faults are injected where somebody tests").Under(provider),
		Title:   "shows an injected abort on the caller's CLIENT span alone, with the flag FI, under " + string(provider),
		Prose: Prose{
			Promise: "A VirtualService's abort fault is answered by the caller's proxy: its CLIENT span has the injected status and the flag FI, and the callee has no SERVER span, for it was never called.",
			Link:    "https://istio.io/latest/docs/tasks/traffic-management/fault-injection/",
			Matters: "During a rehearsal of an outage the callee is well. A trace that blames it sends people to the wrong service.",
			How:     "A route aborts every call to the last of three services with 503. All five spans are compared, with status, error mark and flags, and the origin of the error must be that call.",
			Failure: "A SERVER span: the call got through, and the route is not in force. No flag: something else answered.",
		},
		Traffic:  Few(Everything(provider), routed(traces.Route{Abort: failed})),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "let the callee fail by itself",
			Sabotage: Through(routed(traces.Route{}, topology.Answering("stock", failed))),
			Finds: []Finds{
				{Kind: traces.UnexpectedSpan, Service: "stock"},
				{Kind: traces.WrongFlags, Service: "cart"},
			},
		}},
	}
}
