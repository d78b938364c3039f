package errors

import (
	_ "embed"
	"net/http"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

//go:embed breaker.yaml
var breaker string

//go:embed limit.yaml
var limit string

//go:embed denial.yaml
var denial string

const (
	// busy is how long the callee of an open circuit breaker works on a request.
	busy = 20 * time.Millisecond
	// crowd is how many requests are under way at once where the breaker lets one pass
	// and one wait.
	crowd = 16
	// crowded is how many are sent in all.
	crowded = 64
)

// rejected is E04.
func rejected() []Check {
	return []Check{overloaded(), limited(), denied()}
}

func holding(name, text, service, in, sight string) []manifests.Manifest {
	return []manifests.Manifest{{
		Name: name, YAML: text,
		Sights: []proxies.Sight{{Service: service, Namespace: traces.DefaultNamespace, In: in, Text: sight}},
	}}
}

// free is the control that takes the manifests away.
func free(name string, finds ...Finds) Control {
	return Control{Name: name, Sabotage: func(t *Traffic) { t.Manifests = nil }, Finds: finds}
}

const ofManifest = "what a manifest does, the simulated mesh does not know"

func overloaded() Check {
	const failed = http.StatusServiceUnavailable
	served := Succeeding(traces.Calls("web", traces.Calls("cart", traces.Calls("stock"))))
	refused := traces.Forest{
		traces.Calls("web",
			traces.Calls("cart",
				traces.CallsThrough("stock").Answering(failed).Flagged("UO")).Answering(failed)).Answering(failed),
	}
	through := Few(Everything(traces.OpenTelemetry), topology.With(topology.Chain(),
		topology.Delayed("stock", busy), topology.Routed(traces.Route{To: "stock"})))
	through.Requests, through.Concurrency, through.Alone = crowded, crowd, true
	through.Manifests = holding("breaker", breaker, "cart", "dynamic_active_clusters", "destination-rule/throughline-breaker")
	return Check{
		ID: "E04", Case: "circuit-breaker", Area: Errors, Location: Here(),
		Profile: Extended("a circuit breaker has to be set"),
		Title:   "shows a call that an open circuit breaker refuses as UO on the CLIENT span, with no SERVER span",
		Prose: Prose{
			Promise: "A DestinationRule's connection pool bounds the calls that are under way. What is above it is refused by the caller's proxy with 503, and its CLIENT span has the flag UO.",
			Link:    "https://istio.io/latest/docs/tasks/traffic-management/circuit-breaking/",
			Matters: "A breaker that opens protects a service that is slow. Its traces must not say that the service failed: it never saw the call.",
			How:     "64 requests, 16 at a time, go to a service that takes 20 ms, over a DestinationRule that allows one connection and one request that waits for it. Each request must leave one of two forests, served or refused, and some must be refused.",
			Failure: "None refused: the DestinationRule is not in force. Another flag: something else refused.",
		},
		Traffic:  through,
		Judge:    Some("stock", traces.Outcome{Forest: refused, Status: failed}, traces.Outcome{Forest: served, Status: http.StatusOK}),
		Controls: []Control{free("leave the breaker out", Finds{Kind: traces.WrongRate, Service: "stock"})},
		LiveOnly: ofManifest,
	}
}

func limited() Check {
	const failed = http.StatusTooManyRequests
	served := Succeeding(traces.Calls("web", traces.Calls("cart", traces.Calls("stock"))))
	call := traces.Calls("stock").Answering(failed)
	call.Children[0] = call.Children[0].Flagged("RL")
	refused := Succeeding(traces.Calls("web", traces.Calls("cart", call)))
	through := Few(Everything(traces.OpenTelemetry), topology.Chain())
	through.Manifests = holding("limit", limit, "stock", "dynamic_listeners", "throughline_limit")
	return Check{
		ID: "E04", Case: "rate-limit", Area: Errors, Location: Here(),
		Profile: Extended("a rate limit has to be set"),
		Title:   "shows a request above a local rate limit as 429 with the flag RL on the SERVER span",
		Prose: Prose{
			Promise: "Envoy's local rate limit is served by the callee's proxy: the SERVER span has status 429 and the flag RL, and the application never sees the request.",
			Link:    "https://istio.io/latest/docs/tasks/policy-enforcement/rate-limit/#local-rate-limit",
			Matters: "A service that answers 429 by itself and a mesh that does it in its name look alike to the caller. The flag says whose limit to raise.",
			How:     "A limit that lets one request pass is put before the last of three services, and 20 are sent. Each must leave one of two forests, served or refused, and some must be refused.",
			Failure: "None refused: the EnvoyFilter matches no listener. Another flag: something else refused.",
		},
		Traffic:  through,
		Judge:    Some("stock", traces.Outcome{Forest: refused, Status: http.StatusOK}, traces.Outcome{Forest: served, Status: http.StatusOK}),
		Controls: []Control{free("leave the limit out", Finds{Kind: traces.WrongRate, Service: "stock"})},
		LiveOnly: ofManifest,
	}
}

func denied() Check {
	call := traces.Calls("stock").Answering(http.StatusForbidden).Flagged(traces.NoFlags)
	call.Children[0] = call.Children[0].Flagged(traces.NoFlags)
	expected := Succeeding(traces.Calls("web", traces.Calls("cart", call)))
	through := Few(Everything(traces.OpenTelemetry), topology.Chain())
	through.Manifests = holding("denial", denial, "stock", "dynamic_listeners", "policy[throughline-denial]")
	return Check{
		ID: "E04", Case: "denial", Area: Errors, Location: Here(),
		Profile: Extended("a policy has to be set"),
		Title:   "shows a request that an AuthorizationPolicy denies as 403 on both spans of the call",
		Prose: Prose{
			Promise: "An AuthorizationPolicy is enforced by the callee's proxy, which answers 403 in the application's place. The call has both its spans, with that status; it is no error of the callee.",
			Link:    "https://istio.io/latest/docs/tasks/security/authorization/authz-http/",
			Matters: "A policy that denies too much is found where requests end: a trace that stops at the callee's proxy, with 403 and without the application's calls.",
			How:     "A policy denies every request to the last of three services. Status and error mark of all six spans are compared.",
			Failure: "Another status: the policy is not in force, or it denied by closing the connection.",
		},
		Traffic:  through,
		Expected: expected,
		Judge:    WholeForest(expected),
		Controls: []Control{free("leave the policy out", Finds{Kind: traces.WrongStatus, Service: "stock"})},
		LiveOnly: ofManifest,
	}
}
