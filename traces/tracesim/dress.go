package tracesim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/throughline/throughline/traces"
)

// What a proxy of no version in particular says of itself.
const (
	build     = "0123456789abcdef0123456789abcdef01234567/1.40.0/Clean/RELEASE/BoringSSL"
	clusterID = "Kubernetes"
	meshID    = "cluster.local"
	agent     = "throughline"
	rpcAgent  = "grpc-go/1.0.0"
	rpcPath   = "/throughline.App/Call"
	httpPort  = 8080
	rpcPort   = 8082
	// rpcFrame is what gRPC puts before each message.
	rpcFrame = 5
	// defaultPathLength is maxPathTagLength where nobody sets it.
	defaultPathLength = 256
	// ownBody is how large an application's answer is where nothing is said of it.
	ownBody = 32
)

// dressing gives the spans of proxies the tags that Envoy and Istio give them, and the hops
// what the applications say of messages. A trace's request is that of its first hop.
type dressing struct {
	simulation *simulation
	// hops are those of each request and service, by index in the evidence.
	hops map[[2]string]int
	// addresses are those of pods, made up as they come.
	addresses map[string]string
}

func (s *simulation) dress(ev *traces.Evidence) {
	d := dressing{s, map[[2]string]int{}, map[string]string{}}
	for i := range ev.Hops {
		h := &ev.Hops[i]
		d.hop(h)
		d.hops[[2]string{h.Request, h.Service}] = i
	}
	for _, r := range ev.ByRequest().Requests {
		for _, t := range r.Traces {
			for i := range t.Spans {
				if t.Spans[i].Namespace != "" {
					d.span(ev, r.Exchange.Request, t, i)
				}
			}
			// Once nobody looks for the namespaces of others any more.
			for i := range t.Spans {
				if s := &t.Spans[i]; s.Service != traces.ClientService && s.Namespace != "" && d.simulation.service(s.Service).NamedAlone() {
					s.Namespace = ""
				}
			}
		}
	}
}

// hop adds what every request has.
func (d dressing) hop(h *traces.Hop) {
	c := d.simulation.callTo(h.Service)
	received := maps.Clone(h.Received)
	if received == nil {
		received = map[string]string{}
	}
	at := fmt.Sprintf("%s:%d", host(d.simulation.service(h.Service)), port(c))
	work := d.simulation.service(h.Service).Work
	switch {
	case c.Protocol == traces.TCP:
		return
	case c.Protocol.RPC():
		received[":authority"], received["user-agent"] = at, rpcAgent
		h.Message = traces.Message{Method: http.MethodPost, Path: rpcPath, Host: at, RequestBytes: c.Shape.Bytes + rpcFrame, ResponseBytes: rpcFrame + cmp.Or(work.Bytes, ownBody)}
		if h.Status >= http.StatusBadRequest {
			h.ResponseBytes = 0
		}
	default:
		received["host"], received["user-agent"] = at, cmp.Or(received["user-agent"], agent)
		h.Message = traces.Message{
			Method: cmp.Or(c.Shape.Method, http.MethodPost), Path: cmp.Or(c.Shape.Path, "/"), Host: at,
			RequestBytes: c.Shape.Bytes, ResponseBytes: cmp.Or(work.Bytes, ownBody),
		}
	}
	h.Received = received
}

// callTo is the first call to a service.
func (s *simulation) callTo(service string) traces.Call {
	if service == s.topology.Entry {
		return traces.Call{To: service, Protocol: s.topology.EntryProtocol, Shape: s.topology.EntryShape}
	}
	for _, one := range s.topology.Services {
		steps := slices.Clone(one.Steps)
		for _, v := range one.Versions {
			steps = append(steps, v.Steps...)
		}
		for _, c := range slices.Concat(steps...) {
			if c.To == service {
				return c
			}
		}
	}
	return traces.Call{To: service}
}

func port(c traces.Call) int {
	if c.Protocol.RPC() {
		return rpcPort
	}
	return httpPort
}

func (d dressing) address(pod string) string {
	if d.addresses[pod] == "" {
		d.addresses[pod] = fmt.Sprintf("10.244.0.%d", len(d.addresses)+2)
	}
	return d.addresses[pod]
}

func (d dressing) span(ev *traces.Evidence, request string, t traces.Trace, i int) {
	s := &t.Spans[i]
	name := s.Service + "." + s.Namespace
	called := s.Service
	if s.Kind == traces.Client {
		called, _, _ = strings.Cut(s.Name, ".")
		called = strings.TrimSuffix(called, traces.BareSuffix)
	}
	at, known := d.hops[[2]string{request, called}]
	if !known {
		return
	}
	h, c := &ev.Hops[at], d.simulation.callTo(called)
	callee := d.simulation.service(called)
	cluster := fmt.Sprintf("inbound|%d||", port(c))
	peer := d.address(name)
	if s.Kind == traces.Client {
		cluster = fmt.Sprintf("outbound|%d||%s.svc.cluster.local", port(c), host(callee))
	} else if above := slices.IndexFunc(t.Spans, func(o traces.Span) bool { return o.ID == s.Parent }); above >= 0 {
		peer = d.address(t.Spans[above].Service + "." + t.Spans[above].Namespace)
	}
	protocol := map[bool]string{true: "HTTP/2", false: "HTTP/1.1"}[c.Protocol.RPC()]
	tags := []traces.Tag{
		{Key: "node_id", Value: fmt.Sprintf("sidecar~%s~%s-1.%s~%s.svc.cluster.local", d.address(name), s.Service, s.Namespace, s.Namespace)},
		{Key: "guid:x-request-id", Value: h.Received["x-request-id"]},
		{Key: "http.url", Value: "http://" + h.Host + h.Path[:min(len(h.Path), d.pathLength(s.Service))]},
		{Key: "http.method", Value: h.Method},
		{Key: "downstream_cluster", Value: "-"},
		{Key: "user_agent", Value: h.Received["user-agent"]},
		{Key: "http.protocol", Value: protocol},
		{Key: "peer.address", Value: peer},
		{Key: "request_size", Value: strconv.Itoa(h.RequestBytes)},
		{Key: "response_size", Value: strconv.Itoa(h.ResponseBytes)},
		{Key: "component", Value: "proxy"},
		{Key: "upstream_cluster", Value: cluster},
		{Key: "upstream_cluster.name", Value: cluster + ";"},
		{Key: "http.status_code", Value: strconv.Itoa(s.Status)},
		{Key: "response_flags", Value: cmp.Or(s.Flags, "-")},
		{Key: "span.kind", Value: strings.ToLower(string(s.Kind))},
	}
	if s.Error {
		tags = append(tags, traces.Tag{Key: "error", Value: "true"})
	}
	provider := d.simulation.mesh.At(s.Namespace, s.Service, s.Kind).Provider
	if c.Protocol.RPC() {
		tags = append(tags, traces.Tag{Key: "grpc.authority", Value: h.Host}, traces.Tag{Key: "grpc.content_type", Value: "application/grpc+raw"},
			traces.Tag{Key: "grpc.path", Value: h.Path}, traces.Tag{Key: "grpc.status_code", Value: cmp.Or(s.Tags.Get("grpc.status_code"), "0")})
	}
	tags = append(tags, d.added(s, h)...)
	s.Tags = traces.TagsOf(append(tags, d.exported(provider, name)...)...)
	s.ReadTags()
}

// pathLength is how much of a path the proxy of a service keeps.
func (d dressing) pathLength(service string) int {
	if service == traces.ClientService {
		return defaultPathLength
	}
	_, set, _ := strings.Cut(d.simulation.service(service).Form.ProxyConfig, "maxPathTagLength: ")
	set, _, _ = strings.Cut(set, "\n")
	if n, err := strconv.Atoi(strings.TrimSpace(set)); err == nil {
		return n
	}
	return defaultPathLength
}

// exported are the tags that come with the provider.
func (d dressing) exported(provider traces.Provider, pod string) []traces.Tag {
	if provider != traces.OpenTelemetry {
		return []traces.Tag{{Key: "net.host.ip", Value: d.address(pod)}}
	}
	return []traces.Tag{
		{Key: "zone"},
		{Key: "otel.scope.name", Value: "envoy"},
		{Key: "otel.scope.version", Value: build},
		{Key: "telemetry.sdk.name", Value: "envoy"},
		{Key: "telemetry.sdk.version", Value: build},
		{Key: "telemetry.sdk.language", Value: "cpp"},
	}
}

// added are the tags that the mesh asks for.
func (d dressing) added(s *traces.Span, h *traces.Hop) []traces.Tag {
	added := d.simulation.mesh.TagsAt(s.Namespace, s.Service, s.Kind)
	var tags []traces.Tag
	if added.Istio {
		tags = append(tags, traces.Tag{Key: "istio.canonical_service", Value: s.Service}, traces.Tag{Key: "istio.canonical_revision", Value: "latest"},
			traces.Tag{Key: "istio.cluster_id", Value: clusterID}, traces.Tag{Key: "istio.namespace", Value: s.Namespace}, traces.Tag{Key: "istio.mesh_id", Value: meshID})
	}
	for _, name := range slices.Sorted(maps.Keys(added.Custom)) {
		t := added.Custom[name]
		value := t.Literal
		switch {
		case t.Environment == "POD_NAMESPACE":
			value = s.Namespace
		case t.Environment != "":
			value = t.Default
		case t.Header != "":
			value = cmp.Or(h.Received[t.Header], t.Default)
		case t.Formatter != "":
			value = formatted(t.Formatter, h)
		}
		if value != "" {
			tags = append(tags, traces.Tag{Key: name, Value: value})
		}
	}
	return tags
}

// formatted knows of a log's formats only those of the request's headers.
func formatted(format string, h *traces.Hop) string {
	return regexp.MustCompile(`%REQ\(([^)]*)\)%`).ReplaceAllStringFunc(format, func(one string) string {
		header := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(one, "%REQ("), ")%"))
		return cmp.Or(map[string]string{":method": h.Method, ":path": h.Path}[header], h.Received[header], "-")
	})
}
