// Package backyards is the demo application that the benchmarks of traces and of
// traces/jaeger measure: one request makes nine calls with sidecars on both sides,
// which are 18 spans in one trace, and one TCP call, which has none.
//
// Its evidence is that of traces/tracesim, dressed as a live mesh leaves it: each
// span has the tags of a sidecar's span, each hop the headers that applications see.
package backyards

import (
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// Spans is how many spans one request leaves.
const Spans = 18

// Topology is the application.
func Topology() traces.Topology {
	http := func(to string) traces.Step { return traces.Step{{To: to}} }
	return traces.Topology{Name: "backyards", Entry: "frontpage", Services: []traces.Service{
		{Name: "frontpage", Steps: []traces.Step{http("catalog"), http("catalog"), http("bookings")}},
		{Name: "catalog", Steps: []traces.Step{{{To: "movies", Protocol: traces.GRPC}}}},
		{Name: "movies", Steps: []traces.Step{{{To: "database", Protocol: traces.TCP}}}},
		{Name: "bookings", Steps: []traces.Step{http("analytics"), http("payments")}},
		{Name: "payments", Steps: []traces.Step{http("notifications")}},
		{Name: "analytics"},
		{Name: "notifications"},
		{Name: "database"},
	}}
}

// Mesh samples every request.
func Mesh() traces.Mesh {
	return traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
}

// Evidence is what requests through t leave. The same arguments give the same evidence.
func Evidence(t traces.Topology, mesh traces.Mesh, requests int) traces.Evidence {
	ev := tracesim.Send(t, mesh, tracesim.Options{Requests: requests, Prefix: "bench-", Seed: 1})
	for i := range ev.Hops {
		h := &ev.Hops[i]
		if h.Protocol != traces.TCP {
			h.Received = received(h)
		}
		for j := range h.Sent {
			if call := &h.Sent[j]; call.Protocol != traces.TCP {
				call.Headers = sent(h, call.Headers)
			}
		}
	}
	for i := range ev.Traces {
		for j := range ev.Traces[i].Spans {
			tag(&ev.Traces[i].Spans[j])
		}
	}
	return ev
}

func received(h *traces.Hop) map[string]string {
	headers := maps.Clone(h.Received)
	maps.Copy(headers, map[string]string{
		traces.RequestHeader: h.Request, "x-request-id": "2f5b0d2e-6a35-9e3f-8e41-" + h.Request,
		"host": h.Service + ".shop.svc.cluster.local:8080", "user-agent": "Go-http-client/1.1",
		"accept-encoding": "gzip", "x-forwarded-proto": "http", "x-envoy-attempt-count": "1",
		"x-envoy-expected-rq-timeout-ms": "15000", "content-length": "0",
	})
	return headers
}

func sent(h *traces.Hop, forwarded map[string]string) map[string]string {
	headers := maps.Clone(forwarded)
	headers[traces.RequestHeader] = h.Request
	headers["x-request-id"] = "2f5b0d2e-6a35-9e3f-8e41-" + h.Request
	headers["user-agent"] = "Go-http-client/1.1"
	return headers
}

// tag gives a span the tags that both the opentelemetry and the zipkin provider
// write, and those of its process.
func tag(s *traces.Span) {
	callee, _, _ := strings.Cut(s.Name, ".")
	cluster, side := "inbound|8080||", "server"
	if s.Kind == traces.Client {
		cluster, side = "outbound|8080||"+callee+".shop.svc.cluster.local", "client"
	}
	status := "200"
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	s.Tags = traces.TagsOf([]traces.Tag{
		{Key: "component", Value: "proxy"},
		{Key: "downstream_cluster", Value: "-"},
		{Key: "guid:x-request-id", Value: "2f5b0d2e-6a35-9e3f-8e41-" + hex.EncodeToString(s.TraceID[:6])},
		{Key: "http.method", Value: "GET"},
		{Key: "http.protocol", Value: "HTTP/1.1"},
		{Key: "http.status_code", Value: status},
		{Key: "http.url", Value: "http://" + callee + ".shop.svc.cluster.local:8080/"},
		{Key: "istio.canonical_revision", Value: "v1"},
		{Key: "istio.canonical_service", Value: s.Service},
		{Key: "istio.cluster_id", Value: "Kubernetes"},
		{Key: "istio.mesh_id", Value: "cluster.local"},
		{Key: "istio.namespace", Value: "shop"},
		{Key: "net.host.ip", Value: "10.244.0.17"},
		{Key: "node_id", Value: "sidecar~10.244.0.17~" + s.Service + "-7d9c5b6f4-abcde.shop~shop.svc.cluster.local"},
		{Key: "peer.address", Value: "10.244.0.18"},
		{Key: "request_size", Value: "0"},
		{Key: "response_flags", Value: "-"},
		{Key: "response_size", Value: fmt.Sprint(200 + int(s.ID[7]))},
		{Key: "span.kind", Value: side},
		{Key: "upstream_cluster", Value: cluster},
		{Key: "upstream_cluster.name", Value: cluster + ";"},
		{Key: "user_agent", Value: "Go-http-client/1.1"},
	}...)
}
