package traces

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The statuses that proxies and applications answer with by themselves.
const (
	statusOK          = 200
	statusBadGateway  = 502
	statusUnavailable = 503
	statusTimeout     = 504
	// noAnswer stands for a connection that broke before there was an answer.
	noAnswer = -1
)

// derivation follows one request through a topology.
type derivation struct {
	topology Topology
	mesh     Mesh
	services map[string]Service
	routes   map[string]Route
	// widths are those of the intervals between the mesh's percentages: a number drawn
	// in one of them leads to the same decisions everywhere. limits are their lower ends.
	widths, limits []float64
	choices        choices
	spans          []*growing
	// worked is how long each service takes, once that was asked.
	worked map[string]time.Duration
}

func newDerivation(t Topology, m Mesh) (*derivation, error) {
	if err := errors.Join(t.Validate(), m.Validate()); err != nil {
		return nil, err
	}
	d := &derivation{topology: t, mesh: m, services: map[string]Service{}, routes: map[string]Route{}, worked: map[string]time.Duration{}}
	for _, s := range t.Services {
		d.services[s.Name] = s
	}
	for _, r := range t.Routes {
		d.routes[r.To] = r
	}
	limits := append(m.percentages(), 0, 100)
	slices.Sort(limits)
	limits = slices.Compact(limits)
	for i, lower := range limits[:len(limits)-1] {
		d.limits = append(d.limits, lower)
		d.widths = append(d.widths, limits[i+1]-lower)
	}
	return d, nil
}

// run derives the spans of one request and gives the status that its caller gets.
func (d *derivation) run(r Request) (int, error) {
	d.spans = nil
	client := Service{Name: ClientService, Namespace: DefaultNamespace, Bare: r.Bare}
	entry := Call{To: d.topology.Entry, Protocol: d.topology.EntryProtocol}
	h := hop{from: client, headers: remoteHeaders(r.Headers)}
	took := d.tookCall(entry)
	if r.Timeout > 0 && took > r.Timeout {
		h.cut = r.Timeout
	} else if took >= forEver {
		return 0, fmt.Errorf("derive %s: a service hangs until its caller goes away, and nobody does; give a route or the request a time-out", d.topology.Name)
	}
	status := d.call(h, entry)
	if len(d.spans) > maxDerived {
		return 0, fmt.Errorf("derive %s: more than %d spans for one request; make fewer calls", d.topology.Name, maxDerived)
	}
	if h.cut > 0 || status == noAnswer {
		status = 0
	}
	return status, nil
}

// hop is a request between two services.
type hop struct {
	from    Service
	headers contextHeaders
	// via are the services without a sidecar that it passed since the last proxy.
	via []string
	// try counts the tries of the caller's proxy, from 1.
	try int
	// cut is how long the caller, or whoever called that, waits; 0 is for ever. It is
	// set where the answer takes longer.
	cut time.Duration
}

// call is a call that from's application makes. It gives the status that it gets.
//
// What a proxy does with it on the way (istio.io, VirtualService; flags: Envoy, access
// log, response flags): an abort is answered by the proxy itself (FI); a delay comes
// before the call (DI) and does not count as time of the call; an answer of 5xx is
// tried again below the same CLIENT span, and URX says that no try was left; a
// time-out is answered with 504 (UT). A caller that is itself given up on resets its
// calls (DC), and what it called is given up on too. gRPC's failures are no 5xx: they
// are in grpc-status, and not tried again. A service that no pod stands behind is
// answered for with 503 (UH), and so is one whose connection breaks (UC).
func (d *derivation) call(h hop, c Call) int {
	if c.Protocol == TCP || len(d.spans) > maxDerived {
		return statusOK
	}
	to := d.services[c.To]
	if h.from.Bare {
		h.try = 1
		if to.Form.Absent {
			return noAnswer
		}
		return d.arrive(h, to, c)
	}
	route := d.routes[c.To]
	span, onward := d.begin(h, h.from, Client, Client)
	span.self.To = to.Name
	h.headers, h.via = onward, nil
	var flags []string
	if route.Delay > 0 {
		flags = append(flags, "DI")
	}
	if route.Abort != 0 {
		span.ends(route.Abort, append(flags, "FI"), c.Protocol, d.provider(h.from, Client))
		return route.Abort
	}
	if to.Form.Absent {
		span.ends(statusUnavailable, append(flags, "UH"), c.Protocol, d.provider(h.from, Client))
		return statusUnavailable
	}
	if route.Mirror != "" {
		copied := h
		copied.headers, copied.try, copied.cut = onward.refused(), 1, 0
		d.arrive(copied, d.services[route.Mirror], Call{To: route.Mirror, Protocol: c.Protocol})
	}
	reset := h.cut > 0
	if route.Timeout > 0 && d.took(to) > route.Timeout && (!reset || route.Timeout < h.cut) {
		h.cut, reset = route.Timeout, false
	}
	var status int
	var broken string
	for h.try = 1; ; h.try++ {
		broken = ""
		status = d.arrive(h, to, c)
		if h.cut == 0 && status == noAnswer {
			status = statusUnavailable
			broken = "UC"
		}
		if h.cut > 0 || status < 500 || h.try > route.Retries || c.Protocol.RPC() {
			break
		}
	}
	if broken != "" {
		flags = append(flags, broken)
	}
	switch {
	case reset:
		span.self.Flags = joined(append(flags, "DC"))
		return status
	case h.cut > 0:
		status, flags = statusTimeout, append(flags, "UT")
	case status >= 500 && h.try > 1:
		flags = append(flags, "URX")
	}
	span.ends(status, flags, c.Protocol, d.provider(h.from, Client))
	return status
}

func (d *derivation) provider(s Service, side Kind) Provider {
	return d.mesh.At(s.namespace(), s.Name, side).Provider
}

func joined(flags []string) string {
	if len(flags) == 0 {
		return NoFlags
	}
	slices.Sort(flags)
	return strings.Join(flags, ",")
}

// arrive is a request at the proxy of to, if it has one.
func (d *derivation) arrive(h hop, to Service, c Call) int {
	steps := to.Steps
	if len(to.Versions) > 0 {
		weights := make([]float64, len(to.Versions))
		for i, v := range to.Versions {
			weights[i] = float64(v.Weight)
			if h.from.Bare {
				// Without a proxy it is Kubernetes that chooses, among pods of equal right.
				weights[i] = 1
			}
		}
		steps = to.Versions[d.choices.choose(weights)].Steps
	}
	if to.Bare {
		h.via = append(slices.Clone(h.via), to.Name)
		return d.serve(h, to, steps)
	}
	side := Server
	if to.Gateway {
		// Gateways take their settings from the outbound side (pilot/pkg/networking/core/tracing.go).
		side = Client
	}
	span, onward := d.begin(h, to, Server, side)
	h.headers, h.via = onward, nil
	status := d.serve(h, to, steps)
	if h.cut > 0 {
		// The caller's proxy closes the stream: there is no status, and the flag says
		// that the downstream went away.
		span.self.Flags = "DC"
		return status
	}
	var flags []string
	if status == noAnswer {
		status, flags = statusUnavailable, []string{"UC"}
	}
	span.ends(status, flags, c.Protocol, d.provider(to, side))
	return status
}

// serve is the application of to: it makes its calls and answers.
func (d *derivation) serve(h hop, to Service, steps []Step) int {
	if to.Gateway {
		return d.call(hop{from: to, headers: h.headers, cut: h.cut}, steps[0][0])
	}
	own, traced := d.sdk(h, to)
	if h.try <= to.Work.Fails {
		return statusUnavailable
	}
	if to.Work.Fault == Reset || to.Work.Fault == Crash {
		return noAnswer
	}
	sent := h.headers.forwarded(to.Forward)
	status := to.Work.Status
	via := h.via
	if traced {
		via = nil
	}
	spent := to.Work.Delay
	if to.Work.Fault == Hang {
		spent = forEver
	}
	for _, step := range steps {
		// Whoever honours the end of its request calls nobody after it.
		if h.cut > 0 && spent >= h.cut {
			break
		}
		longest := time.Duration(0)
		for _, c := range step {
			onward := hop{from: to, headers: sent, via: via}
			if traced && c.Protocol != TCP {
				onward.headers = d.sdkCall(own, to, c, sent)
			}
			took := d.tookCall(c)
			if longest = max(longest, took); h.cut > 0 && spent+took > h.cut {
				onward.cut = h.cut - spent
			}
			got := d.call(onward, c)
			if got == noAnswer {
				got = statusBadGateway
			}
			if status == 0 && got >= 500 && c.Protocol != TCP && !to.Work.Early {
				status = got
			}
		}
		spent += longest
	}
	return cmp.Or(status, statusOK)
}

// begin is a proxy of owner that begins a span of kind, with the settings of side. It
// gives the headers that the proxy sends on.
//
// The decision (Envoy, conn_manager_utility.cc, mutateTracingRequestHeader): a request
// without x-request-id gets one, and at a gateway, which trusts nobody outside
// (use_remote_address), any gets a new one; an id that says that it is sampled keeps that; else
// the id is drawn against the percentage, and a yes is written into it. Then
//   - opentelemetry samples when that said yes and its parent, if any, did too
//     (measured: a caller's yes is not enough);
//   - zipkin follows the decision of its headers, and the draw where they leave it open;
//   - a traceparent that is malformed makes opentelemetry begin no span (measured).
func (d *derivation) begin(h hop, owner Service, kind, side Kind) (*growing, contextHeaders) {
	setting := d.mesh.At(owner.namespace(), owner.Name, side)
	out := maps.Clone(h.headers)
	id, ok := out[headerRequestID]
	if !ok || (owner.Gateway && kind == Server) {
		id = meaning{id: &draw{}}
	}
	span := &growing{self: Node{Service: owner.Name, Namespace: owner.spanNamespace(), Kind: kind, Via: h.via}}
	if setting.Provider != "" {
		id.traced = id.traced || d.draw(id.id) < setting.Percent
	}
	out[headerRequestID] = id
	if setting.Provider == "" {
		return span, out
	}
	parent, ok := out.parent(setting.Provider)
	if parent.broken && setting.Provider == OpenTelemetry {
		return span, out
	}
	sampled := id.traced
	switch {
	case setting.Provider == OpenTelemetry:
		sampled = sampled && (!ok || parent.sampled == decidedYes)
	case parent.sampled != undecided:
		sampled = parent.sampled == decidedYes
	}
	if ok {
		span.parent, span.remote = parent.span, parent.remote
	}
	span.sampled, span.stored = sampled, sampled
	d.spans = append(d.spans, span)
	if !setting.Mute {
		out.write(setting.Provider, span, sampled)
	}
	return span, out
}

// draw is the lower end of the interval that the number of a request id lies in.
func (d *derivation) draw(id *draw) float64 {
	if !id.drawn {
		id.drawn, id.interval = true, d.choices.choose(d.widths)
	}
	return d.limits[id.interval]
}

// ends sets the status and flags of a span: what the HTTP answer said, and the error
// mark. For gRPC that is 200 with the failure in grpc-status; what a proxy answers to a
// gRPC call by itself is left open.
func (g *growing) ends(status int, flags []string, protocol Protocol, provider Provider) {
	g.self.Flags = joined(flags)
	if !protocol.RPC() {
		g.self.Status, g.self.Error = status, mark(g.self.Kind, status, provider)
		return
	}
	if len(flags) > 0 {
		return
	}
	failed := grpcMark(g.self.Kind, GRPCStatus(status), provider)
	g.self.Status, g.self.Error = statusOK, &failed
}

// sdk begins the SERVER span of an application's own tracer.
func (d *derivation) sdk(h hop, owner Service) (*growing, bool) {
	if owner.SDK == NoSDK {
		return nil, false
	}
	via := h.via
	if owner.Bare {
		// The service itself is not between its span and the one before.
		via = via[:len(via)-1]
	}
	g := &growing{self: Node{Service: owner.Name, Namespace: NoNamespace, Kind: Server, Via: via}}
	parent, ok := h.headers[headerTraceparent]
	sampled := true
	if ok && !parent.broken {
		g.parent, g.remote = parent.span, parent.remote
		sampled = parent.sampled == decidedYes
	}
	g.sampled, g.stored = sampled, sampled && owner.SDK == ExportingSDK
	d.spans = append(d.spans, g)
	return g, true
}

// sdkCall begins the CLIENT span of an application's own tracer, and gives the headers
// of the call.
func (d *derivation) sdkCall(server *growing, owner Service, c Call, sent contextHeaders) contextHeaders {
	g := &growing{
		self:   Node{Service: owner.Name, Namespace: NoNamespace, Kind: Client, To: c.To},
		parent: server, sampled: server.sampled, stored: server.stored,
	}
	d.spans = append(d.spans, g)
	out := maps.Clone(sent)
	out.write(OpenTelemetry, g, g.sampled)
	return out
}

func (s Service) namespace() string { return cmp.Or(s.Namespace, DefaultNamespace) }
