package tracesim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

const (
	statusOK          = 200
	statusUnavailable = 503
	statusTimeout     = 504
	statusBadGateway  = 502
	// noAnswer stands for a connection that broke before there was an answer.
	noAnswer = -1
)

// Options say what is sent. The zero value sends nothing.
type Options struct {
	// Requests is how many are sent; Prefix begins their ids.
	Requests int
	Prefix   string
	// Bare sends from the client without a sidecar.
	Bare bool
	// Headers are the trace headers that the client's application sends.
	Headers map[string]string
	// Variant is written into every Exchange.
	Variant string
	// Timeout is how long the client waits before it goes away; 0 is for ever.
	Timeout time.Duration
	// Faults are delays that the caller's proxy injects.
	Faults []Fault
	// Seed determines ids, decisions and times.
	Seed uint64
}

// Fault is a delay that the sidecar of Caller injects into every call to Callee.
type Fault struct {
	Caller, Callee string
	Delay          time.Duration
}

// epoch is when the first request is sent.
func epoch() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// connections is over how many connections the client sends, in turn.
const connections = 4

// Send sends requests through t and gives the complete evidence. The topology
// must be valid (traces.Topology.Validate).
func Send(t traces.Topology, mesh traces.Mesh, o Options) traces.Evidence {
	s := &simulation{
		topology: t, mesh: mesh, faults: o.Faults,
		random: rand.New(rand.NewPCG(o.Seed, uint64(len(t.Name)))),
		stored: map[traces.TraceID]*traces.Trace{},
		sent:   map[[2]string]int64{},
		seen:   map[string][2]seen{},
	}
	ev := traces.Evidence{Topology: t, Mesh: mesh}
	client := traces.Service{Name: traces.ClientService, Bare: o.Bare}
	for i := range o.Requests {
		s.request = fmt.Sprintf("%s%d", o.Prefix, i)
		start := epoch().Add(time.Duration(i) * time.Second)
		limit := never()
		if o.Timeout > 0 {
			limit = start.Add(o.Timeout)
		}
		end, status := s.call(client, traces.Call{To: t.Entry, Protocol: t.EntryProtocol}, o.Headers, start, limit)
		if end.After(limit) {
			end, status = limit, 0
		}
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: s.request, Bare: o.Bare, Variant: o.Variant, Sent: o.Headers,
			Intended: start, Start: start, End: end, Status: max(status, 0),
			Connection: fmt.Sprintf("connection %d", i%connections),
		})
	}
	ev.Hops = s.hops
	for _, id := range s.order {
		trace := s.stored[id]
		slices.SortStableFunc(trace.Spans, func(a, b traces.Span) int { return a.Start.Compare(b.Start) })
		ev.Traces = append(ev.Traces, *trace)
	}
	s.dress(&ev)
	for key, n := range s.sent {
		ev.Proxies = append(ev.Proxies, traces.ProxyCount{Pod: key[0] + "-1", Service: key[0], Namespace: key[1], Sent: n})
	}
	slices.SortFunc(ev.Proxies, func(a, b traces.ProxyCount) int { return slices.Compare([]string{a.Pod}, []string{b.Pod}) })
	return ev
}

type simulation struct {
	topology traces.Topology
	mesh     traces.Mesh
	faults   []Fault
	random   *rand.Rand
	request  string
	hops     []traces.Hop
	stored   map[traces.TraceID]*traces.Trace
	order    []traces.TraceID
	sent     map[[2]string]int64
	// seen are the last two requests that an application saw, the newest first.
	seen map[string][2]seen
}

// wire is the time that a request spends between two proxies, one way.
const wire = 100 * time.Microsecond

// call sends one request of from, whose headers are those that its application sent,
// and gives when its answer is there, and the status. At limit it gives up.
func (s *simulation) call(from traces.Service, c traces.Call, headers map[string]string, at, limit time.Time) (time.Time, int) {
	to := s.service(c.To)
	if c.Protocol == traces.TCP {
		end, _ := s.serve(to, c, nil, at.Add(wire), 1, never())
		return end, statusOK
	}
	switch {
	case from.Bare && to.Form.Absent:
		return at, noAnswer
	case from.Bare:
		end, status := s.arrive(to, c, headers, at.Add(wire), 1, limit)
		return end.Add(wire), status
	}
	span, onward := s.begin(from, traces.Client, traces.Client, headers, at)
	span.Name = host(to) + ".svc.cluster.local:8080/*"
	route := s.route(c.To)
	delay := route.Delay
	for _, f := range s.faults {
		if f.Caller == from.Name && f.Callee == to.Name {
			delay += f.Delay
		}
	}
	var flags []string
	if delay > 0 {
		flags = append(flags, "DI")
		at = at.Add(delay)
	}
	if route.Abort != 0 {
		s.finish(span, c, route.Abort, append(flags, "FI"), at)
		return at, route.Abort
	}
	if to.Form.Absent {
		s.finish(span, c, statusUnavailable, append(flags, "UH"), at)
		return at, statusUnavailable
	}
	if route.Mirror != "" {
		copied := traces.Call{To: route.Mirror, Protocol: c.Protocol}
		s.arrive(s.service(route.Mirror), copied, refused(onward), at.Add(wire), 1, never())
	}
	deadline := limit
	if own := at.Add(route.Timeout); route.Timeout > 0 && own.Before(limit) {
		deadline = own
	}
	end, status, broken := at, 0, false
	way := wire
	if c.Shape.Relayed {
		way += to.Form.Behind
	}
	for try := 1; ; try++ {
		end, status = s.arrive(to, c, onward, end.Add(way), try, deadline)
		end = end.Add(way)
		if broken = status == noAnswer; broken {
			status = statusUnavailable
		}
		if end.After(deadline) || status < 500 || try > route.Retries || c.Protocol.RPC() {
			break
		}
	}
	if broken && !end.After(deadline) {
		flags = append(flags, "UC")
	}
	switch {
	case end.After(limit) && deadline.Equal(limit):
		s.finish(span, c, 0, append(flags, "DC"), limit)
		return end, status
	case end.After(deadline):
		end, status = deadline, statusTimeout
		flags = append(flags, "UT")
	case status >= 500 && route.Retries > 0:
		flags = append(flags, "URX")
	}
	s.finish(span, c, status, flags, end)
	return end, status
}

// never is a deadline that no request meets.
func never() time.Time { return epoch().AddDate(100, 0, 0) }

// arrive is a request before the sidecar of to, if it has one.
func (s *simulation) arrive(to traces.Service, c traces.Call, headers map[string]string, at time.Time, try int, deadline time.Time) (time.Time, int) {
	if to.Bare {
		return s.serve(to, c, headers, at, try, deadline)
	}
	side := traces.Server
	if to.Gateway {
		side = traces.Client
	}
	span, onward := s.begin(to, traces.Server, side, headers, at)
	span.Name = host(to) + ".svc.cluster.local:8080/*"
	end, status := s.serve(to, c, onward, at, try, deadline)
	if end.After(deadline) {
		s.finish(span, c, 0, []string{"DC"}, deadline)
		return end, status
	}
	if status == noAnswer {
		s.finish(span, c, statusUnavailable, []string{"UC"}, end)
		return end, statusUnavailable
	}
	s.finish(span, c, status, nil, end)
	return end, status
}

// serve is the application: it works, calls others step by step, and answers.
func (s *simulation) serve(me traces.Service, c traces.Call, received map[string]string, at time.Time, try int, deadline time.Time) (time.Time, int) {
	if me.Gateway {
		return s.call(me, me.Steps[0][0], received, at, deadline)
	}
	hop := traces.Hop{
		Request: s.request, Service: me.Name, Namespace: namespace(me), Bare: me.Bare,
		Protocol: cmp.Or(c.Protocol, traces.HTTP), Start: at, Received: received,
	}
	now := at.Add(me.Work.Delay + computing(me.Work.Digits) + s.jitter())
	status := me.Work.Status
	var tracer *tracer
	if c.Protocol != traces.TCP {
		tracer = s.tracer(me, received, at)
	}
	switch {
	case c.Protocol == traces.TCP:
	case try <= me.Work.Fails:
		status = statusUnavailable
	case at.Add(me.Work.Delay + computing(me.Work.Digits)).After(deadline):
	case me.Work.Fault == traces.Hang:
		now = deadline.Add(time.Nanosecond)
	case me.Work.Fault == traces.Reset || me.Work.Fault == traces.Crash:
		hop.End = now
		s.hops = append(s.hops, hop)
		return now, noAnswer
	default:
		done, failure := s.steps(me, tracer, &hop, now, deadline)
		if !me.Work.Early {
			now, status = done, cmp.Or(status, failure)
		}
	}
	tracer.finish(s, now)
	hop.End, hop.Status = now, cmp.Or(status, statusOK)
	s.hops = append(s.hops, hop)
	return now, hop.Status
}

// steps makes the calls of an application, and gives when the last one ended and the
// status of the first that failed.
func (s *simulation) steps(me traces.Service, tracer *tracer, hop *traces.Hop, now, deadline time.Time) (end time.Time, failure int) {
	steps := me.Steps
	if len(me.Versions) > 0 {
		version := s.version(me)
		hop.Version, steps = version.Name, version.Steps
	}
	for _, step := range steps {
		if now.After(deadline) {
			break
		}
		end := now
		for _, next := range step {
			headers := s.forwarded(me, hop.Received)
			span := tracer.call(s, next, headers, now)
			done, answer := s.call(me, next, headers, now, deadline)
			if answer == noAnswer {
				answer = statusBadGateway
			}
			if span != nil {
				s.keep(span, done)
			}
			hop.Sent = append(hop.Sent, traces.SentCall{
				To: next.To, Protocol: next.Protocol, Headers: headers, Start: now, End: done, Status: answer,
			})
			if failure == 0 && answer >= 500 && next.Protocol != traces.TCP {
				failure = answer
			}
			if done.After(end) {
				end = done
			}
		}
		now = end
	}
	return now, failure
}

// version is one of a service's versions, drawn by weight.
func (s *simulation) version(me traces.Service) traces.Version {
	n := s.random.IntN(100)
	for _, v := range me.Versions {
		if n -= v.Weight; n < 0 {
			return v
		}
	}
	panic("tracesim: the versions of " + me.Name + " do not sum to 100")
}

// jitter is what an application needs for itself: half a millisecond to one.
func (s *simulation) jitter() time.Duration {
	return 500*time.Microsecond + time.Duration(s.random.Int64N(int64(500*time.Microsecond)))
}

func (s *simulation) service(name string) traces.Service {
	for _, one := range s.topology.Services {
		if one.Name == name {
			return one
		}
	}
	panic("tracesim: topology " + s.topology.Name + " has no service " + name)
}

func (s *simulation) route(to string) traces.Route {
	for _, one := range s.topology.Routes {
		if one.To == to {
			return one
		}
	}
	return traces.Route{}
}

func namespace(s traces.Service) string { return cmp.Or(s.Namespace, traces.DefaultNamespace) }

func host(s traces.Service) string {
	name := s.Name
	if s.Bare {
		name += traces.BareSuffix
	}
	return name + "." + namespace(s)
}
