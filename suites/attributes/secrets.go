package attributes

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// What a request carries in confidence.
const (
	bearer  = "Bearer throughline-secret-4f1a9c"
	session = "throughline-secret-77b03e"
	key     = "throughline-secret-c2d815"
)

func secretsProse(how string) Prose {
	return Prose{
		Promise: "Spans hold what their tags are documented to hold. Neither a header of the request nor its body is among it, unless somebody asks for it; the URL is, whole.",
		Link:    "https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/tracing#what-data-each-trace-contains",
		Matters: "Whoever may read traces is seldom whoever may read credentials, and what is stored is kept for weeks. One custom tag that reads a header, or one token in a query, makes the tracing backend a store of secrets.",
		How:     how,
		Failure: "The finding names the span and the tag that hold the secret. Take away the custom tag or formatter that reads it, and treat the secret as known to all who may read traces.",
	}
}

// secrets is A08.
func secrets() []Check { return []Check{secretHeaders(), secretQuery()} }

// secretHeaders is A08 for headers.
func secretHeaders() Check {
	traffic := Few(Everything(traces.OpenTelemetry), topology.Chain())
	traffic.Samples[0].Headers = map[string]string{"authorization": bearer, "cookie": "session=" + session}
	return Check{
		ID: "A08", Case: "headers", Area: Attributes, Location: Here(),
		Profile: Core("what is secret must stay out of every backend"),
		Title:   "stores neither an Authorization header nor a cookie, whoever forwards it",
		Prose:   secretsProse("Requests carry an Authorization header, which the first service keeps to itself, and a cookie, which all services pass on. An application must have received them, and their values must occur in no tag, name or service of any stored span."),
		Traffic: traffic, Expected: chainForest(),
		Judge: All(WholeForest(chainForest()), func(ev traces.Evidence) Judgement {
			return Judgement{Findings: traces.JudgeLeaks(ev,
				traces.Secret{Header: "authorization", Value: bearer}, traces.Secret{Header: "cookie", Value: session})}
		}),
		Controls: []Control{{
			Name:     "a workload has a custom tag that reads the cookie",
			Sabotage: atCart(traces.Rule{Tags: map[string]traces.CustomTag{"throughline.session": {Header: "cookie"}}}),
			Finds:    finds(traces.LeakedValue, "cart"),
		}, {
			Name: "the requests carry no cookie",
			Sabotage: func(t *Traffic) {
				t.Samples = []Sample{{Topology: topology.Chain(), Headers: map[string]string{"authorization": bearer}}}
			},
			Finds: finds(traces.WrongHeader, traces.ClientService),
		}, {
			Name: "an operation is named after the user",
			Mutate: eachSpan(func(s *traces.Span) {
				if s.Service == "web" {
					s.Name += " for " + session
				}
			}),
			Finds: finds(traces.LeakedValue, "web"),
		}},
	}
}

// secretQuery is A08 for the query: what becomes of it is a hazard that is stated.
func secretQuery() Check {
	const path = "/account?key=" + key
	through := topology.Single()
	through.Name, through.EntryShape = "single-with-a-query", traces.Shape{Path: path}
	traffic := Few(Everything(traces.OpenTelemetry), through)
	expected := Succeeding(traces.Calls("web"))
	return Check{
		ID: "A08", Case: "query", Area: Attributes, Location: Here(),
		Profile: Core("what is secret must stay out of every backend"),
		Title:   "stores the query of a request in http.url, whole, and nowhere else",
		Prose:   secretsProse("Requests carry a token in their query. It must be in http.url of both spans, as it was sent, and in no other tag."),
		Traffic: traffic, Expected: expected,
		Deviations: []Deviation{{
			Of: "Envoy", Versions: "1.40",
			Documented: "OpenTelemetry's conventions ask to redact credentials and signatures in the query of a URL.",
			Measured:   "http.url holds the query as it was sent, a token too. Only maxPathTagLength shortens it, and a route that rewrites the path before the span's proxy.",
			Source:     "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/common/http/utility.cc",
		}},
		Judge: All(
			tagged(expected, traces.TagSet{Open: true, Tags: map[string]traces.TagWant{"http.url": traces.TagIs("http://web.shop:8080" + path)}}),
			func(ev traces.Evidence) Judgement {
				return Judgement{Findings: traces.JudgeLeaks(ev, traces.Secret{Value: key, In: []string{"http.url"}})}
			},
		),
		Controls: []Control{{
			Name:     "a custom tag reads the path",
			Sabotage: rules(traces.Rule{Tags: map[string]traces.CustomTag{"throughline.path": {Formatter: "%REQ(:PATH)%"}}}),
			Finds:    finds(traces.LeakedValue, traces.ClientService, "web"),
		}, {
			Name: "another query",
			Sabotage: func(t *Traffic) {
				other := through
				other.EntryShape.Path = "/account?key=forgotten"
				Through(other)(t)
			},
			Finds: finds(traces.WrongTag, traces.ClientService, "web"),
		}},
	}
}
