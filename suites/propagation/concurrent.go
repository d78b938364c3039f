package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// concurrentRequests are all under way at the same time.
const concurrentRequests = 500

// concurrent is P09: requests that run side by side do not get into each other's traces.
func concurrent() Check {
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("cart"),
			traces.Calls("price")),
	)
	return Check{
		ID: "P09", Area: Propagation, Location: Here(),
		Profile: Core("every service serves several requests at a time"),
		Title:   "keeps 500 concurrent requests with fan-out apart",
		Prose: Prose{
			Promise: "Context belongs to a request. However many a service works on at once, each span hangs below the request that caused it.",
			Link:    "https://opentelemetry.io/docs/concepts/context-propagation/",
			Matters: "A goroutine or a thread that picks up another request's headers makes traces in which one user's request calls for another's. It only happens under load, and no single trace looks wrong (istio #11696, #7730).",
			How:     "500 requests are sent at once, and each fans out in parallel. Every hop says which trace it saw, so that every stored tree must hold only spans of its own request, and all of them.",
			Failure: "The finding names the service that sent the context of another request: look there for headers that are kept in a field, a thread-local or a pool.",
		},
		Traffic: Traffic{
			Mesh:     Everything(traces.OpenTelemetry),
			Samples:  []Sample{{Topology: topology.FanOutInParallel()}},
			Requests: concurrentRequests, Concurrency: concurrentRequests,
		},
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "an application that mixes up two requests' headers",
			Sabotage: Through(topology.With(topology.FanOutInParallel(), topology.Mixing("web"))),
			Finds:    []Finds{{Kind: traces.WrongParent, Service: "web"}},
		}},
	}
}
