package errors

import (
	"net/http"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// failingLeaf is E01.
func failingLeaf() Check {
	const failed = http.StatusInternalServerError
	expected := traces.Forest{
		traces.Calls("web",
			traces.Calls("cart",
				traces.Calls("stock").Answering(failed)).Answering(failed)).Answering(failed),
	}
	failing := func(service string) traces.Topology {
		return topology.With(topology.Chain(), topology.Answering(service, failed))
	}
	return Check{
		ID: "E01", Area: Errors, Location: Here(),
		Profile: Core("every mesh has services that fail"),
		Title:   "marks a 500 of the leaf on every hop and names the leaf as its origin",
		Prose: Prose{
			Promise: "A span of an HTTP exchange carries its status code, and is an error from 500 on, on both sides. A failure that callers pass on is an error on every hop; the deepest one is where it began.",
			Link:    "https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status",
			Matters: "During an incident every service on the way is red. Who is to be woken up depends on which one began it.",
			How:     "The last of three services answers 500 and the others pass it on. Status and error mark are compared on all six spans, and the origin that the tree gives must be the leaf.",
			Failure: "The finding names the hop whose span shows another status, or where the error really began.",
		},
		Traffic:  Few(Everything(traces.OpenTelemetry), failing("stock")),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name:     "error at another hop",
			Sabotage: Through(failing("cart")),
			Finds:    []Finds{{Kind: traces.WrongOrigin, Service: "cart"}},
		}},
	}
}
