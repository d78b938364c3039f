package attributes

import (
	"strconv"
	"time"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/traces"
)

// messages is A09.
func messages() []Check {
	return []Check{sizes(traces.OpenTelemetry), sizes(traces.Zipkin), flags()}
}

func messagesProse(how string) Prose {
	return Prose{
		Promise: "request_size and response_size are the bytes of the bodies that the proxy saw, http.method and http.protocol what the request was, and response_flags what the proxy itself did to it: - where nothing.",
		Link:    "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators",
		Matters: "A slow call is slow because of its size, of a retry, or of the callee: these tags tell which. A body that is counted wrong, or a flag that is lost, sends the search to the wrong team.",
		How:     how,
		Failure: "A wrong size: something between the application and its proxy changes bodies (compression, a filter that buffers). A wrong protocol: the port is named for another one, or a proxy upgrades connections. A wrong flag: see the finding for what it means.",
	}
}

// exchange is what one call of the check is like, by hand.
type exchange struct {
	caller, callee   string
	method, protocol string
	asked, answered  int
}

// of is the sets of both spans of the exchange.
func (x exchange) sets() []traces.TagSet {
	set := traces.TagSet{Open: true, Tags: map[string]traces.TagWant{
		"http.method": traces.TagIs(x.method), "http.protocol": traces.TagIs(x.protocol),
		"request_size": traces.TagIs(strconv.Itoa(x.asked)), "response_size": traces.TagIs(strconv.Itoa(x.answered)),
		"response_flags": traces.TagIs("-"),
	}}
	client, server := set, set
	client.Service, client.Kind = x.caller, traces.Client
	server.Service, server.Kind = x.callee, traces.Server
	return []traces.TagSet{client, server}
}

// sizes is A09 for sizes, methods and protocols.
func sizes(provider traces.Provider) Check {
	// frame is what gRPC puts before each message.
	const frame = 5
	sized := func(first int) traces.Topology {
		t := topology.With(topology.Chain(),
			topology.AnsweringBytes("web", 2_000), topology.AnsweringBytes("cart", 70_000), topology.AnsweringBytes("stock", 300),
			topology.Calling("web", traces.Step{{To: "cart", Shape: traces.Shape{Bytes: 50_000}}}),
			topology.Calling("cart", traces.Step{{To: "stock", Protocol: traces.GRPC, Shape: traces.Shape{Bytes: 700}}}))
		t.EntryShape = traces.Shape{Method: "PUT", Bytes: first}
		return t
	}
	var sets []traces.TagSet
	for _, x := range []exchange{
		{traces.ClientService, "web", "PUT", "HTTP/1.1", 1_000, 2_000},
		{"web", "cart", "POST", "HTTP/1.1", 50_000, 70_000},
		{"cart", "stock", "POST", "HTTP/2", 700 + frame, 300 + frame},
	} {
		sets = append(sets, x.sets()...)
	}
	return Check{
		ID: "A09", Case: "sizes " + string(provider), Area: Attributes, Location: Here(),
		Profile: Core("sizes and methods are read off spans in every mesh").Under(provider),
		Title:   "tells size, method and protocol of each exchange as it was (" + string(provider) + ")",
		Prose:   messagesProse("Each call of a chain has bodies of sizes of its own, up to 70 kB, over HTTP/1.1 with two methods and over gRPC. On both spans of each call the tags must be those numbers to the byte, with gRPC's five before each message, and what the called application counted."),
		Traffic: Few(Everything(provider), sized(1_000)), Expected: chainForest(),
		Judge: tagged(chainForest(), append(sets, traces.TagSet{Open: true, Tags: map[string]traces.TagWant{
			"request_size": traces.TagRequestSize(), "response_size": traces.TagResponseSize(),
			"http.method": traces.TagMethod(), "http.protocol": traces.TagProtocol(),
		}})...),
		Controls: []Control{{
			Name:     "a body that is a byte longer",
			Sabotage: Through(sized(1_001)),
			Finds:    finds(traces.WrongTag, traces.ClientService, "web"),
		}, {
			Name:     "the last call over HTTP/1.1",
			Sabotage: Through(topology.With(sized(1_000), topology.Calling("cart", traces.Step{{To: "stock", Shape: traces.Shape{Bytes: 700}}}))),
			Finds:    finds(traces.WrongTag, "cart", "stock"),
		}, {
			Name:   "a proxy counts headers too",
			Mutate: retag("cart", with("request_size", "50813")),
			Finds:  finds(traces.WrongTag, "cart"),
		}},
	}
}

// flags is A09 for what a proxy did itself.
func flags() Check {
	const delay = 20 * time.Millisecond
	through := func(r traces.Route) traces.Topology {
		t := topology.Chain()
		r.To = "stock"
		t.Routes = []traces.Route{r}
		return t
	}
	call := traces.Calls("stock").Flagged("DI")
	expected := Succeeding(traces.Calls("web", traces.Calls("cart", call)))
	flag := func(service string, kind traces.Kind, value string) traces.TagSet {
		return traces.TagSet{Service: service, Kind: kind, Open: true, Tags: map[string]traces.TagWant{"response_flags": traces.TagIs(value)}}
	}
	return Check{
		ID: "A09", Case: "flags", Area: Attributes, Location: Here(),
		Profile: Extended("proxies interfere where faults and time-outs are set"),
		Title:   "flags the one span whose proxy interfered, and no other",
		Prose:   messagesProse("A VirtualService delays the last call of a chain. The CLIENT span of that call must have the flag DI, and each other span -."),
		Traffic: Few(Everything(traces.OpenTelemetry), through(traces.Route{Delay: delay})), Expected: expected,
		Judge: tagged(expected,
			flag(traces.ClientService, traces.Client, "-"), flag("web", "", "-"), flag("cart", traces.Server, "-"), flag("stock", "", "-"),
			flag("cart", traces.Client, "DI")),
		Controls: []Control{{
			Name:     "delay nothing",
			Sabotage: Through(topology.Chain()),
			Finds:    append(finds(traces.WrongTag, "cart"), finds(traces.WrongFlags, "cart")...),
		}, {
			Name:   "the flag is on the callee's span too",
			Mutate: retag("stock", with("response_flags", "DI")),
			Finds:  finds(traces.WrongTag, "stock"),
		}},
	}
}
