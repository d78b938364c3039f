package errors

import (
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

const (
	// clientWaits is how long the client of E07 waits before it goes away: two hundred
	// times what the way to the last service takes, which the request must have reached.
	clientWaits = time.Second
	// waiting is how many clients do so, all at once.
	waiting = 10
)

// clientGone is E07.
func clientGone() Check {
	given := func(service string, below ...traces.Node) traces.Node {
		call := traces.Calls(service, below...).Flagged("DC")
		call.Children[0] = call.Children[0].Flagged("DC")
		return call
	}
	expected := traces.Forest{given("web", given("cart", given("stock")))}
	through := Few(Everything(traces.OpenTelemetry),
		topology.With(topology.Chain(), topology.Working("stock", traces.Work{Fault: traces.Hang})))
	through.Timeout, through.Requests, through.Concurrency = clientWaits, waiting, waiting
	return Check{
		ID: "E07", Area: Errors, Location: Here(),
		Profile: Core("clients go away in every mesh"),
		Title:   "marks every span of a request whose client went away with the flag DC and no status",
		Prose: Prose{
			Promise: "A client that closes its connection ends the request in every proxy on the way: the span has no status, for nobody answered, and the flag DC, for the downstream went away.",
			Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators",
			Matters: "Users who lose patience are the first sign of an overload, and leave no status behind. A trace that is lost or shows a success hides them.",
			How:     "The last of three services never answers. The client goes away after a second; applications end their calls when their caller is gone. All six spans must be there, without status, with the flag DC.",
			Failure: "A status: somebody answered a request that nobody waited for. No span: the proxy forgets what its client left. Spans that end late: an application goes on after its caller is gone.",
		},
		Traffic:  through,
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name: "let the last proxy say that the callee hung up",
			Mutate: Reshaping(func(s *traces.Span) {
				if s.Service == "stock" {
					s.Flags = "UC"
				}
			}),
			Finds: []Finds{{Kind: traces.WrongFlags, Service: "stock"}},
		}},
	}
}
