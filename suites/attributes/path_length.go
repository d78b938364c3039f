package attributes

import (
	"strings"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// pathLength is A03.
func pathLength() Check {
	const (
		// ownLength is maxPathTagLength of the called service, length that of a proxy to
		// which nobody says anything.
		ownLength, length = 20, 256
		host              = "http://half.shop:8080"
	)
	path := "/shelves/" + strings.Repeat("0123456789", 30) + "?until=the-end"
	asking := func(path string) traces.Topology {
		t := topology.Half()
		t.EntryShape = traces.Shape{Path: path}
		return t
	}
	expected := Succeeding(traces.Calls("half"))
	url := func(service string, n int) traces.TagSet {
		return traces.TagSet{Service: service, Open: true, Tags: map[string]traces.TagWant{"http.url": traces.TagIs(host + path[:n])}}
	}
	return Check{
		ID: "A03", Area: Attributes, Location: Here(),
		Profile: Extended("the length of a path has to be set"),
		Title:   "cuts the path in http.url at maxPathTagLength, and at 256 where nothing is set",
		Prose: Prose{
			Promise: "tracing.maxPathTagLength of a ProxyConfig bounds how much of the path, with its query, a span keeps in http.url. The default is 256.",
			Link:    "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#Tracing",
			Matters: "The bound is what keeps long queries, and what they may hold, out of the backend, and it is what makes two URLs look like one when somebody searches for the end of a path. The two sides of one call may have different bounds.",
			How:     "A pod's annotation proxy.istio.io/config sets 20; its caller's proxy has the default. Requests have a path of more than 300 characters. The CLIENT span must hold the first 256 of them and the SERVER span the first 20, after scheme and host, which do not count.",
			Failure: "A longer path: the proxy was started before the annotation was there, or a Telemetry provider has a maxTagLength of its own, which comes first. A shorter one: the default changed.",
		},
		Traffic: Few(Everything(traces.OpenTelemetry), asking(path)), Expected: expected,
		Judge: tagged(expected, url(traces.ClientService, length), url("half", ownLength)),
		Controls: []Control{{
			Name:     "ask for a path that neither bound reaches",
			Sabotage: Through(asking("/shelves")),
			Finds:    finds(traces.WrongTag, traces.ClientService, "half"),
		}, {
			Name:   "the annotation does nothing",
			Mutate: retag("half", with("http.url", host+path[:length])),
			Finds:  finds(traces.WrongTag, "half"),
		}},
	}
}
