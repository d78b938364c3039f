package rules

import (
	"slices"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

// Rule is one thing that the derivation relies on.
type Rule struct {
	// Name is unique and names the recording's file: lower-case words with hyphens.
	Name string
	// Statement says in one sentence what holds.
	Statement string
	// Source is a link to where Envoy or Istio says so, in the version that was recorded.
	Source string
	// Traffic shows it. It has one sample.
	Traffic suites.Traffic
}

// Request is what the caller of the rule sends.
func (r Rule) Request() traces.Request {
	return traces.Request{Bare: r.Traffic.Bare, Headers: r.Traffic.Samples[0].Headers, Timeout: r.Traffic.Timeout}
}

// Topology is the way of the rule's requests.
func (r Rule) Topology() traces.Topology { return r.Traffic.Samples[0].Topology }

// Group is rules on one thing.
type Group struct {
	// Title names it in a document.
	Title string
	Rules []Rule
}

// Groups is every rule, by what it is on.
func Groups() []Group {
	return []Group{
		{"Which services have spans", sidecars()},
		{"How calls make a tree", shapes()},
		{"What an application forwards", forwarding()},
		{"Providers", providers()},
		{"Statuses and error marks", statuses()},
		{"A context of the caller's own", callers()},
		{"Who samples", sampling()},
		{"What Telemetry resources switch off", telemetry()},
		{"What the mesh does on the way", routes()},
		{"What applications do besides", applications()},
		{"What comes of calls that get no answer", unanswered()},
	}
}

// All is every rule, group by group.
func All() []Rule {
	var all []Rule
	for _, g := range Groups() {
		all = append(all, g.Rules...)
	}
	return all
}

// Select is the rules that names asks for, in the order of All; no name asks for all.
// It also gives the names that no rule has.
func Select(names []string) (chosen []Rule, unknown []string) {
	all := All()
	for _, name := range names {
		if !slices.ContainsFunc(all, func(r Rule) bool { return r.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(r Rule) bool { return !slices.Contains(names, r.Name) }), unknown
}

// Topologies are those that must be deployed for the rules.
func Topologies(rules []Rule) []traces.Topology {
	all := make([]traces.Topology, 0, len(rules))
	for _, r := range rules {
		all = append(all, r.Topology())
	}
	return all
}

// Sources, in the versions that were recorded.
const (
	envoy = "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/"
	istio = "https://github.com/istio/istio/blob/1.31.0/pilot/pkg/"

	// fromManager decides whether a request is traced, and draws.
	fromManager = envoy + "common/http/conn_manager_utility.cc"
	// fromFilter begins the SERVER span and the CLIENT span of a proxy.
	fromFilter = envoy + "common/http/conn_manager_impl.cc"
	// fromTags marks errors and writes flags.
	fromTags = envoy + "common/tracing/http_tracer_impl.cc"
	// fromOpenTelemetry and fromZipkin read a parent context.
	fromOpenTelemetry = envoy + "extensions/tracers/opentelemetry/span_context_extractor.cc"
	fromZipkin        = envoy + "extensions/tracers/zipkin/span_context_extractor.cc"
	// fromTracer writes the context and the mark of OpenTelemetry.
	fromTracer = envoy + "extensions/tracers/opentelemetry/tracer.cc"
	// fromRouter retries, mirrors and times out.
	fromRouter = envoy + "common/router/router.cc"
	// fromFaults delays and aborts.
	fromFaults = envoy + "extensions/filters/http/fault/fault_filter.cc"
	// fromRequestID keeps the reason of tracing in x-request-id.
	fromRequestID = envoy + "extensions/request_id/uuid/config.cc"

	// fromPrecedence merges Telemetry resources, fromListeners applies them.
	fromPrecedence = istio + "model/telemetry.go"
	fromListeners  = istio + "networking/core/tracing.go"
	fromRoutes     = istio + "networking/core/route/route.go"

	fromPropagation = "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/"
	fromInjection   = "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/"
	fromServices    = "https://istio.io/latest/docs/reference/config/networking/service-entry/"
	fromSDKs        = "https://opentelemetry.io/docs/specs/otel/context/api-propagators/"
)

// few is how many requests show a rule: a second one so that a request's own ids are
// told from what all share.
const few = 2

// several is how many requests show a rule that leaves something to chance.
const several = 4

func sent(n int, mesh traces.Mesh, t traces.Topology, headers map[string]string) suites.Traffic {
	return suites.Traffic{
		Mesh: mesh, Samples: []suites.Sample{{Topology: t, Headers: headers}}, Requests: n, Concurrency: 1,
	}
}

func through(mesh traces.Mesh, t traces.Topology) suites.Traffic { return sent(few, mesh, t, nil) }

func everything(provider traces.Provider) traces.Mesh { return suites.Everything(provider) }

// words are how a statement calls a provider.
func words(provider traces.Provider) string {
	switch provider {
	case traces.Zipkin:
		return "Zipkin"
	case traces.ZipkinW3C:
		return "Zipkin with W3C propagation"
	default:
		return "OpenTelemetry"
	}
}
