package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// tenantHeader is one that our applications forward, whatever they do with trace headers.
const (
	tenantHeader = "x-throughline-tenant"
	tenant       = "acme"
)

// custom is A02.
func custom() []Check { return []Check{customSources(), customLevels()} }

func customProse(how string) Prose {
	return Prose{
		Promise: "customTags of a Telemetry resource add tags to every span: a literal, a variable of the proxy's environment, a header of the request, or a format of the access log; for a variable and a header a default takes the place of what is not there. The tags of a lower level take the place of all that a higher one names.",
		Link:    "https://istio.io/latest/docs/reference/config/telemetry/#Tracing-CustomTag",
		Matters: "Tenants, teams and releases are told apart by such tags. A namespace that adds one of its own loses those that the mesh's owner asked for, and nothing says so (istio #34161, #54472).",
		How:     how,
		Failure: "A missing tag: a lower level names tags of its own, the proxy is too old for formatters (before Istio 1.29), or what it reads is not there. An unexpected tag: the resource of another level is in force.",
	}
}

func literal(value string) map[string]traces.CustomTag {
	return map[string]traces.CustomTag{"throughline.level": {Literal: value}}
}

// customSources is A02 for each source of a value.
func customSources() Check {
	tags := map[string]traces.CustomTag{
		"throughline.literal":      {Literal: "tills"},
		"throughline.environment":  {Environment: "POD_NAMESPACE"},
		"throughline.no-variable":  {Environment: "THROUGHLINE_NOT_SET", Default: "unset"},
		"throughline.header":       {Header: tenantHeader},
		"throughline.no-header":    {Header: "x-throughline-not-sent", Default: "unsent"},
		"throughline.formatter":    {Formatter: "%REQ(:METHOD)% for %REQ(" + tenantHeader + ")%"},
		"throughline.left-out":     {Header: "x-throughline-not-sent"},
		"throughline.no-variable2": {Environment: "THROUGHLINE_NOT_SET"},
	}
	want := map[string]traces.TagWant{
		"throughline.literal":     traces.TagIs("tills"),
		"throughline.environment": traces.TagFrom("the namespace of the pod", func(s traces.Seen) (string, bool) { return s.Namespace, true }),
		"throughline.no-variable": traces.TagIs("unset"),
		"throughline.header":      traces.TagReceived(tenantHeader),
		"throughline.no-header":   traces.TagIs("unsent"),
		"throughline.formatter": traces.TagFrom("its method and the "+tenantHeader+" that the called application received", func(s traces.Seen) (string, bool) {
			if s.Hop == nil {
				return "", false
			}
			return s.Hop.Method + " for " + s.Hop.Received[tenantHeader], true
		}),
	}
	traffic := Few(withRules(traces.OpenTelemetry, traces.Rule{Tags: tags}), topology.Chain())
	traffic.Samples[0].Headers = map[string]string{tenantHeader: tenant}
	other := map[string]traces.CustomTag{}
	for name, tag := range tags {
		other[name] = tag
	}
	other["throughline.literal"] = traces.CustomTag{Literal: "shelves"}
	return Check{
		ID: "A02", Case: "sources", Area: Attributes, Location: Here(),
		Profile: Extended("custom tags have to be set"),
		Title:   "adds custom tags from literals, the environment, headers and formatters",
		Prose:   customProse("The mesh asks for a tag of each source, with and without a default, and requests carry the header that two of them read. Each of a chain's six spans must have the standard tags and these, and no tag where neither a value nor a default is there."),
		Needs:   []Feature{FormatterTags},
		Traffic: traffic, Expected: chainForest(),
		Judge: tagged(chainForest(), both(func(kind traces.Kind) traces.TagSet {
			return standardTags(traces.OpenTelemetry, kind).With(want)
		})...),
		Controls: []Control{{
			Name:     "the mesh asks for another literal",
			Sabotage: rules(traces.Rule{Tags: other}),
			Finds:    finds(traces.WrongTag, traces.ClientService, "web", "cart", "stock"),
		}, {
			Name:     "one workload names a tag of its own",
			Sabotage: atCart(traces.Rule{Tags: literal("cart")}),
			Finds:    append(finds(traces.MissingTag, "cart"), finds(traces.UnexpectedTag, "cart")...),
		}, {
			Name:   "the tag of one service is that of another tenant",
			Mutate: retag("stock", with("throughline.header", "another")),
			Finds:  finds(traces.WrongTag, "stock"),
		}},
	}
}

// customLevels is A02 for what becomes of tags that several levels ask for.
func customLevels() Check {
	mesh := withRules(traces.OpenTelemetry, traces.Rule{Tags: map[string]traces.CustomTag{
		"throughline.level": {Literal: "mesh"}, "throughline.mesh": {Literal: "yes"},
	}})
	mesh.Telemetries = []traces.Telemetry{
		{Namespace: topology.WardNamespace, Rules: []traces.Rule{{Tags: literal("namespace")}}},
		{Namespace: traces.DefaultNamespace, Workload: "stock", Rules: []traces.Rule{{Tags: literal("workload")}}},
	}
	expected := Succeeding(
		traces.Calls("web",
			traces.Calls("audit."+topology.WardNamespace,
				traces.Calls("stock"))),
	)
	at := func(service, level string, more map[string]traces.TagWant) []traces.TagSet {
		return both(func(kind traces.Kind) traces.TagSet {
			set := standardTags(traces.OpenTelemetry, kind).With(more).With(map[string]traces.TagWant{"throughline.level": traces.TagIs(level)})
			set.Service = service
			return set
		})
	}
	meshOnly := map[string]traces.TagWant{"throughline.mesh": traces.TagIs("yes")}
	var sets []traces.TagSet
	sets = append(sets, at(traces.ClientService, "mesh", meshOnly)...)
	sets = append(sets, at("web", "mesh", meshOnly)...)
	sets = append(sets, at("audit", "namespace", nil)...)
	sets = append(sets, at("stock", "workload", nil)...)
	return Check{
		ID: "A02", Case: "levels", Area: Attributes, Location: Here(),
		Profile: Extended("custom tags have to be set"),
		Title:   "replaces the custom tags of the mesh wholesale by those of a namespace or a workload",
		Prose:   customProse("The mesh asks for two tags; a namespace asks for one of them, and a workload of another namespace too. Spans of the former's services and of the workload must have that one, with the value of the lowest level, and must not have the other."),
		Traffic: Few(mesh, topology.Ward()), Expected: expected,
		Judge: tagged(expected, sets...),
		Controls: []Control{{
			Name:     "the namespace asks for nothing",
			Sabotage: func(t *Traffic) { t.Mesh.Telemetries = t.Mesh.Telemetries[1:] },
			Finds:    append(finds(traces.WrongTag, "audit"), finds(traces.UnexpectedTag, "audit")...),
		}, {
			Name:   "the tags of both levels stand together",
			Mutate: retag("stock", with("throughline.mesh", "yes")),
			Finds:  finds(traces.UnexpectedTag, "stock"),
		}},
	}
}
