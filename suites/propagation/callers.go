package propagation

import (
	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

type headers = map[string]string

// sending is traffic down a chain from a client outside the mesh whose application sends
// headers of its own, with ids of its own in each request.
func sending(mesh traces.Mesh, h headers) Traffic {
	traffic := Few(mesh, topology.Chain()).FromBareClient()
	Sending(h)(&traffic)
	return traffic
}

// continued is a chain whose first span hangs below one of the caller's own.
func continued() traces.Forest {
	web := traces.Serves("web",
		traces.Calls("cart",
			traces.Calls("stock")))
	web.Orphan = true
	return Succeeding(web)
}

// begun is a chain that the first proxy begins.
func begun() traces.Forest {
	return Succeeding(
		traces.Serves("web",
			traces.Calls("cart",
				traces.Calls("stock"))),
	)
}

const w3cLink = "https://www.w3.org/TR/trace-context/"

// callersContext is P13.
func callersContext() Check {
	const state = "throughline=t61rcWkgMzE,rojo=00f067aa0ba902b7"
	h := headers{"traceparent": "00-" + CallerTrace + "-" + CallerSpan + "-01", "tracestate": state}
	traffic := sending(Everything(traces.OpenTelemetry), h)
	return Check{
		ID: "P13", Area: Propagation, Location: Here(),
		Profile: Core("a trace may begin before the mesh: at a browser, a job, another mesh"),
		Title:   "continues a caller's traceparent and hands its tracestate on unchanged",
		Prose: Prose{
			Promise: "A valid traceparent is continued: the first span has its trace id and hangs below its parent id. The tracestate of other vendors is passed on as it is.",
			Link:    w3cLink + "#tracestate-header",
			Matters: "Between two teams, or two companies, the two headers are all that connects their traces, and tracestate is where each keeps what it needs (its sampling decision, its tenant). Whoever rewrites it breaks somebody else's tracing.",
			How:     "A client outside the mesh sends both headers down a chain of three. Each request must leave the caller's trace, below the caller's span, and every application must receive the tracestate that the caller sent.",
			Failure: "A new trace: the first proxy refused the context (see P14 for what it refuses). A changed tracestate names the application or the proxy that changed it.",
		},
		Traffic:  traffic,
		Expected: continued(),
		Judge:    All(WholeForest(continued()), unchanged("tracestate", "")),
		Controls: []Control{{
			Name:     "rewrite it",
			Sabotage: Through(topology.With(topology.Chain(), topology.Rewriting("cart", headers{"tracestate": "throughline=other"}))),
			Finds:    []Finds{{Kind: traces.WrongHeader, Service: "cart"}},
		}},
	}
}

func unchanged(header, want string) Judge {
	return func(ev traces.Evidence) Judgement {
		return Judgement{Findings: traces.JudgeHeader(ev, header, want)}
	}
}

// b3 is P15: the forms of B3 that a caller may send, under Zipkin.
func b3() []Check {
	multi := headers{"x-b3-traceid": CallerTrace, "x-b3-spanid": CallerSpan, "x-b3-parentspanid": CallerParent, "x-b3-sampled": "1"}
	without := func(h headers, name string) headers {
		left := headers{}
		for key, value := range h {
			if key != name {
				left[key] = value
			}
		}
		return left
	}
	both := headers{"b3": CallerTrace + "-" + CallerSpan + "-1-" + CallerParent}
	for key, value := range multi {
		both[key] = value
	}
	short := headers{"x-b3-traceid": CallerTrace64, "x-b3-spanid": CallerSpan, "x-b3-sampled": "1"}
	forms := []struct {
		name, title string
		percent     float64
		sent        headers
		strip       headers
	}{
		{"multi", "several headers", 100, multi, without(multi, "x-b3-spanid")},
		{"single", "one header", 100, headers{"b3": CallerTrace + "-" + CallerSpan + "-1-" + CallerParent}, headers{}},
		{"both", "both forms at once", 100, both, headers{"x-b3-sampled": "1"}},
		{"64-bit", "a 64-bit trace id", 100, short, without(short, "x-b3-spanid")},
		{"debug", "the debug flag in one header, at 0 %", 0, headers{"b3": CallerTrace + "-" + CallerSpan + "-d"}, headers{}},
		{"no parent", "no parent id", 100, without(multi, "x-b3-parentspanid"), without(multi, "x-b3-traceid")},
	}
	var all []Check
	for _, form := range forms {
		finds := Finds{Kind: traces.SplitTrace, Service: "web"}
		if form.percent == 0 {
			finds = Finds{Kind: traces.MissingTrace, Service: "web"}
		}
		all = append(all, Check{
			ID: "P15", Case: form.name, Area: Propagation, Location: Here(),
			Profile: Providers("B3 is what Zipkin propagates"),
			Title:   "continues a caller's B3 context under Zipkin: " + form.title,
			Prose: Prose{
				Promise: "B3 comes in several headers or in one, with ids of 64 or 128 bits, with or without the id of the parent's parent, and with a decision that may be to debug. Each is a whole context, and is continued.",
				Link:    "https://github.com/openzipkin/b3-propagation",
				Matters: "Every generation of libraries writes another form. A mesh that does not read one of them begins new traces for the callers that write it, and nobody sees an error (istio #23960).",
				How:     "A client outside the mesh sends the form down a chain of three services. Each request must leave the caller's trace, with its first span below the caller's.",
				Failure: "A new trace means that the first proxy does not read this form, or did not get all of it.",
			},
			Deviations: b3Deviations(form.name),
			Traffic:    sending(AtPercent(traces.Zipkin, form.percent), form.sent),
			Expected:   continued(),
			Judge:      WholeForest(continued()),
			Controls: []Control{{
				Name:     "strip one",
				Sabotage: Sending(form.strip),
				Finds:    []Finds{finds},
			}},
		})
	}
	return all
}

func b3Deviations(form string) []Deviation {
	if form != "debug" {
		return nil
	}
	return []Deviation{{
		Of: "Envoy", Versions: "1.40",
		Documented: "B3's debug flag is sent as `x-b3-flags: 1` or as `d` in the single header, and both force sampling",
		Measured:   "only the single header's `d` does; `x-b3-flags` is not read, and passes through",
		Source:     "https://github.com/envoyproxy/envoy/blob/v1.40.0/source/extensions/tracers/zipkin/span_context_extractor.cc",
	}}
}

// passing is P17: what the mesh has no business with passes through it.
func passing() []Check {
	prose := Prose{
		Promise: "Proxies touch the headers that they read. Baggage, and headers that nobody told them of, reach the next application as they were sent.",
		Link:    "https://www.w3.org/TR/baggage/#header-content",
		Matters: "Baggage carries the tenant, the experiment and the user's language along the way. A hop that eats it changes what services do, not only what traces say.",
		How:     "A client sends the header down a chain of three. Every application must receive exactly what the client sent.",
		Failure: "The finding says whether an application or the proxies changed it. Look at the header rules of routes and at EnvoyFilters; some gateways drop headers that they do not know.",
	}
	baggage := headers{"baggage": "tenant=north,user=%C3%A4;ttl=30"}
	unknown := headers{"x-tea": "Earl Grey, hot"}
	first := Few(Everything(traces.OpenTelemetry), topology.Single())
	Sending(unknown)(&first)
	single := Succeeding(traces.Calls("web"))
	traffic := sending(Everything(traces.OpenTelemetry), baggage)
	return []Check{
		{
			ID: "P17", Case: "baggage", Area: Propagation, Location: Here(),
			Profile: Core("what the mesh does not own it must not touch"),
			Title:   "passes baggage on unchanged", Prose: prose, Traffic: traffic, Expected: begun(),
			Judge: All(WholeForest(begun()), unchanged("baggage", "")),
			Controls: []Control{{
				Name:     "strip",
				Sabotage: Through(topology.With(topology.Chain(), topology.Rewriting("web", headers{"baggage": ""}))),
				Finds:    []Finds{{Kind: traces.WrongHeader, Service: "web"}},
			}},
		},
		{
			ID: "P17", Case: "unknown header", Area: Propagation, Location: Here(),
			Profile: Core("what the mesh does not own it must not touch"),
			Title:   "passes a header that it does not know unchanged", Prose: prose, Traffic: first, Expected: single,
			Judge: All(WholeForest(single), unchanged("x-tea", unknown["x-tea"])),
			Controls: []Control{{
				Name:     "send another one",
				Sabotage: Sending(headers{"x-tea": "none"}),
				Finds:    []Finds{{Kind: traces.WrongHeader, Service: "web"}},
			}},
		},
	}
}

// requestIDs is P18.
func requestIDs() []Check {
	prose := Prose{
		Promise: "A request without an x-request-id gets one from the first proxy; one that has it keeps it, but for the digit in which proxies note the sampling decision. It is the same along the path, and every span names it.",
		Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-request-id",
		Matters: "The id joins traces with access logs and with what the application logged. The sampling draw is made from it: an application that makes its own at every hop is sampled anew at every hop (istio #17437, #7963; envoy #12808, #16530).",
		How:     "Requests go down a chain of three, without an id of the caller's and with one. All hops must receive one id, that of the caller where it sent one, and all spans must name it in the tag guid:x-request-id.",
		Failure: "The finding names the application that sent another id, or the span that names another one.",
	}
	judge := func(forest traces.Forest) Judge {
		return All(WholeForest(forest), func(ev traces.Evidence) Judgement {
			return Judgement{Findings: traces.JudgeRequestID(ev)}
		})
	}
	own := Control{
		Name:     "an application makes its own",
		Sabotage: Through(topology.With(topology.Chain(), topology.OwnRequestID("cart"))),
		Finds:    []Finds{{Kind: traces.WrongHeader, Service: "cart"}},
	}
	absent := Check{
		ID: "P18", Case: "absent", Area: Propagation, Location: Here(),
		Profile: Core("the request id is what sampling is drawn from and what logs are searched by"),
		Title:   "gives a request without an x-request-id one, the same on each hop and span", Prose: prose,
		Traffic: Few(Everything(traces.OpenTelemetry), topology.Chain()), Expected: threeInAChain(),
		Judge: judge(threeInAChain()), Controls: []Control{own},
	}
	present := absent
	present.Case, present.Location = "present", Here()
	present.Title = "keeps a caller's x-request-id but for the digit of the decision"
	present.Traffic, present.Expected = sending(Everything(traces.OpenTelemetry), headers{"x-request-id": CallerRequest}), begun()
	present.Judge = judge(begun())
	return []Check{absent, present}
}
