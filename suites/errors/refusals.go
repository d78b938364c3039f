package errors

import (
	"fmt"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// refused is E05.
func refused(provider traces.Provider, status int) Check {
	call := traces.Calls("stock").Answering(status)
	mark := "on the CLIENT side"
	if provider == traces.Zipkin {
		unmarked := false
		call.Error, mark = &unmarked, "on neither side"
	}
	expected := Succeeding(traces.Calls("web", traces.Calls("cart", call)))
	return Check{
		ID: "E05", Case: fmt.Sprintf("%d-%s", status, provider), Area: Errors, Location: Here(),
		Profile: Core("every mesh has services that refuse").Under(provider),
		Title:   fmt.Sprintf("makes a %d no error on the SERVER side, and one %s, under %s", status, mark, provider),
		Prose: Prose{
			Promise: "A server that refuses a bad request does its work well: its span has the status and no error mark. OpenTelemetry's conventions make it an error of the caller, whose CLIENT span is marked; Zipkin's exporter marks from 500 on only.",
			Link:    "https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status",
			Matters: "A service must not be woken up for what its callers ask wrongly. Whoever moves from Zipkin to OpenTelemetry sees error rates of callers rise, and should know why.",
			How:     fmt.Sprintf("The last of three services answers %d; the one before takes that for an answer and answers 200. Status and error mark of all six spans are compared.", status),
			Failure: "A mark on the SERVER span: error rates count what the service did right. No mark on the CLIENT span under OpenTelemetry: the exporter follows other conventions.",
		},
		Traffic:  Few(Everything(provider), topology.With(topology.Chain(), topology.Answering("stock", status))),
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{{
			Name: "mark the SERVER span",
			Mutate: Reshaping(func(s *traces.Span) {
				s.Error = s.Error || s.Service == "stock" && s.Kind == traces.Server
			}),
			Finds: []Finds{{Kind: traces.WrongStatus, Service: "stock"}},
		}, {
			Name:     "answer as if nothing were wrong",
			Sabotage: Through(topology.Chain()),
			Finds:    []Finds{{Kind: traces.WrongStatus, Service: "stock"}},
		}},
	}
}
