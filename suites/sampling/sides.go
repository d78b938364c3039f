package sampling

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

func sidesProse(promise, how string) Prose {
	return Prose{
		Promise: promise,
		Link:    telemetryLink,
		Matters: "The switches of the Telemetry API are few, and each is used to get rid of something: spans that cost too much, a side that is of no interest, a draw that is not random enough. What they take away besides is what surprises people.",
		How:     how,
		Failure: "Spans of the other side: the rule is not in force on every listener. Other parents than expected: the setting leaves the headers alone, or stops doing so.",
	}
}

// sides is S14.
func sides() []Check {
	const otel = traces.OpenTelemetry
	yes, no := true, false
	normal := func(t *Traffic) { t.Mesh = Everything(otel) }
	span := func(service string, kind traces.Kind, to string, below ...traces.Node) traces.Node {
		return traces.Node{Service: service, Namespace: traces.DefaultNamespace, Kind: kind, To: to, Children: below}
	}
	side := func(kind traces.Kind) traces.Mesh {
		return traces.Mesh{Rules: []traces.Rule{{Side: kind, Provider: otel, Sampling: traces.Percent(100)}}}
	}
	silent := Everything(otel)
	silent.Rules = []traces.Rule{{DisableSpanReporting: &yes}}
	without := Everything(otel)
	without.Rules = []traces.Rule{{RequestIDSampling: &no}}
	clients := Succeeding(
		span(traces.ClientService, traces.Client, "web",
			span("web", traces.Client, "cart",
				span("cart", traces.Client, "stock"))),
	)
	servers := Succeeding(
		traces.Serves("web",
			span("cart", traces.Server, "",
				span("stock", traces.Server, ""))),
	)
	one := func(name, title string, prose Prose, mesh traces.Mesh, expected traces.Forest, control Control) Check {
		return Check{
			ID: "S14", Case: name, Area: Sampling, Location: Here(), Title: title, Prose: prose,
			Profile: Extended("fields of Telemetry that not everybody sets"),
			Traffic: Few(mesh, topology.Chain()), Expected: expected, Judge: WholeForest(expected), Controls: []Control{control},
		}
	}
	both := func(finds ...Finds) Control { return Control{Name: "trace both sides", Sabotage: normal, Finds: finds} }
	unexpected := func(service string) Finds { return Finds{Kind: traces.UnexpectedSpan, Service: service} }
	reporting := one("reporting disabled", "stores nothing where span reporting is disabled",
		sidesProse("disableSpanReporting stops the reporting of spans. Its documentation says that context goes on being propagated.",
			"Twenty requests go down a chain of three with the setting. None may leave a span."),
		silent, nil, Control{Name: "report", Sabotage: normal, Finds: []Finds{{Kind: traces.UnexpectedTrace, Service: "client"}}})
	reporting.Judge = WholeForest(nil)
	reporting.Deviations = []Deviation{{
		Of: "Istio", Versions: "1.31",
		Documented: "disableSpanReporting does not affect the propagation of context",
		Measured:   "istiod leaves tracing out of the listener altogether: no proxy writes or reads a header",
		Source:     "https://github.com/istio/istio/blob/1.31.0/pilot/pkg/networking/core/tracing.go",
	}}
	return []Check{
		reporting,
		one("client side", "traces the CLIENT side alone where told to",
			sidesProse("match.mode CLIENT limits a rule to outbound calls.", "A chain of three is traced on the CLIENT side. Each request must leave three CLIENT spans, one below the other."),
			side(traces.Client), clients, both(unexpected("cart"), unexpected("stock"), unexpected("web"))),
		one("server side", "traces the SERVER side alone where told to",
			sidesProse("match.mode SERVER limits a rule to inbound requests.", "A chain of three is traced on the SERVER side. Each request must leave three SERVER spans, one below the other."),
			side(traces.Server), servers, both(unexpected("cart"), unexpected("client"), unexpected("web"))),
		one("without the request id", "keeps traces whole where the request id is not used for sampling",
			sidesProse("useRequestIdForTraceSampling false draws without x-request-id.", "A chain of three is traced at 100 % with the setting. Each request must leave its whole trace."),
			without, chainForest(), Control{
				Name:     "drop the headers in the middle",
				Sabotage: Through(topology.With(topology.Chain(), topology.Dropping("cart"))),
				Finds:    []Finds{{Kind: traces.SplitTrace, Service: "cart"}},
			}),
	}
}
