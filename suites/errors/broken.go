package errors

import (
	_ "embed"
	"net/http"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// broken is E03 for one way in which there is no answer.
type broken struct {
	name, title string
	how         string
	// callee is the service that gives none; call is what its caller's proxy makes of that.
	callee  string
	call    traces.Node
	traffic Traffic
	control Control
	// liveOnly says why no simulation can show it.
	liveOnly   string
	deviations []Deviation
}

//go:embed deaf.yaml
var deafApplication string

// unanswered is E03.
func unanswered() []Check {
	const failed = http.StatusServiceUnavailable
	mesh := Everything(traces.OpenTelemetry)
	// Without a route, Istio tries a call again that could not be made.
	untried := func(t traces.Topology, service string, changes ...topology.Change) traces.Topology {
		return topology.With(t, append(changes, topology.Routed(traces.Route{To: service}))...)
	}
	flagged := func(service, flags string) traces.Node {
		call := traces.Calls(service).Answering(failed).Flagged(traces.NoFlags)
		call.Children[0] = call.Children[0].Flagged(flags)
		return call
	}
	answering := func(t traces.Topology, service string) Control {
		return Control{
			Name:     "let the application answer 503 by itself",
			Sabotage: Through(untried(t, service, topology.Answering(service, failed))),
			Finds:    []Finds{{Kind: traces.WrongFlags, Service: service}},
		}
	}
	reset := Few(mesh, untried(topology.Brittle(), "brittle", topology.Failing("brittle", traces.Reset)))
	crash := Few(mesh, untried(topology.Brittle(), "brittle", topology.Failing("brittle", traces.Crash)))
	// A crash breaks what else its process is doing: one request at a time.
	crash.Requests, crash.Concurrency, crash.Alone = 5, 1, true
	deaf := Few(mesh, untried(topology.Chain(), "stock"))
	deaf.Manifests = []manifests.Manifest{{
		Name: "deaf", YAML: deafApplication,
		Sights: []proxies.Sight{{
			Service: "stock", Namespace: traces.DefaultNamespace, In: "dynamic_active_clusters", Text: `"port_value": 65009`,
		}},
	}}
	hearing := answering(topology.Chain(), "stock")
	through := hearing.Sabotage
	hearing.Sabotage = func(t *Traffic) {
		t.Manifests = nil
		through(t)
	}
	all := []broken{
		{
			name: "no-endpoint", title: "a service without pods as UH on the CLIENT span, with no SERVER span",
			how:    "A Service that selects no pod is called.",
			callee: "nowhere", call: traces.CallsThrough("nowhere").Answering(failed).Flagged("UH"),
			traffic: Few(mesh, untried(topology.Nowhere(), "nowhere")),
			control: Control{
				Name:     "abort the call instead",
				Sabotage: Through(topology.With(topology.Nowhere(), topology.Routed(traces.Route{To: "nowhere", Abort: failed}))),
				Finds:    []Finds{{Kind: traces.WrongFlags, Service: "web"}},
			},
		},
		{
			name: "refused", title: "an application that does not listen as UF on its own SERVER span",
			how:    "A Sidecar resource sends what arrives for the service to a port on which its application does not listen.",
			callee: "stock", call: flagged("stock", "UF,URX"),
			traffic: deaf, control: hearing,
			liveOnly: "what a Sidecar resource does, the simulated mesh does not know",
			deviations: []Deviation{{
				Of: "Istio", Versions: "1.31",
				Documented: "A VirtualService with no retries (attempts: 0) switches retries off for calls to a service.",
				Measured:   "The callee's own proxy tries a connection that is refused twice more: its SERVER span has URX beside UF.",
				Source:     "https://github.com/istio/istio/blob/1.31.0/pilot/pkg/networking/core/route/route.go",
			}},
		},
		{
			name: "reset", title: "a connection that the application resets as UC on its SERVER span",
			how:    "The application closes the connection with a TCP reset before it answers.",
			callee: "brittle", call: flagged("brittle", "UC"),
			traffic: reset, control: answering(topology.Brittle(), "brittle"),
		},
		{
			name: "crash", title: "an application that crashes in the middle of a request as UC on its SERVER span",
			how:    "The application's process ends in the middle of the request; another takes its place at once.",
			callee: "brittle", call: flagged("brittle", "UC"),
			traffic: crash, control: answering(topology.Brittle(), "brittle"),
		},
	}
	checks := make([]Check, 0, len(all))
	for _, b := range all {
		checks = append(checks, b.check())
	}
	return checks
}

func (b broken) check() Check {
	const failed = http.StatusServiceUnavailable
	call := b.call
	if b.callee == "stock" {
		call = traces.Calls("cart", call).Answering(failed)
	}
	expected := traces.Forest{traces.Calls("web", call).Answering(failed)}
	return Check{
		ID: "E03", Case: b.name, Area: Errors, Location: Here(),
		Profile: Core("pods go, refuse, reset and crash in every mesh"),
		Title:   "shows " + b.title,
		Prose: Prose{
			Promise: "A proxy that gets no answer gives one of its own, 503, and says why in its span's response flags: UH where it knew nobody to ask, UF where it could not connect, UC where the connection broke. The flag is on the span of the proxy that saw it happen; the others on the way pass a 503 on.",
			Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators",
			Matters: "All these failures are the same 503 to the user. Whether nobody is there, nobody listens, or somebody crashes is what the flag and its place tell apart.",
			How:     b.how + " The route retries nothing. All spans are compared with status, error mark and flags.",
			Failure: "Another flag, or one at another hop: what the trace blames is not what happened. More SERVER spans: the call was tried again.",
		},
		Traffic:  b.traffic,
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{b.control},
		LiveOnly: b.liveOnly, Deviations: b.deviations,
	}
}
