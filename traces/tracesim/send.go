package tracesim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// Options say what is sent. The zero value sends nothing.
type Options struct {
	// Requests is how many are sent; Prefix begins their ids.
	Requests int
	Prefix   string
	// Bare sends from the client without a sidecar.
	Bare bool
	// Variant is written into every Exchange.
	Variant string
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

// Send sends requests through t and gives the complete evidence. The topology
// must be valid (traces.Topology.Validate).
func Send(t traces.Topology, mesh traces.Mesh, o Options) traces.Evidence {
	s := &simulation{
		topology: t, mesh: mesh, faults: o.Faults,
		random: rand.New(rand.NewPCG(o.Seed, uint64(len(t.Name)))),
		stored: map[traces.TraceID]*traces.Trace{},
		sent:   map[[2]string]int64{},
	}
	ev := traces.Evidence{Topology: t, Mesh: mesh}
	client := traces.Service{Name: traces.ClientService, Bare: o.Bare}
	for i := range o.Requests {
		s.request = fmt.Sprintf("%s%d", o.Prefix, i)
		start := epoch().Add(time.Duration(i) * time.Second)
		end, status, _ := s.call(client, traces.Call{To: t.Entry, Protocol: t.EntryProtocol}, nil, start)
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: s.request, Bare: o.Bare, Variant: o.Variant,
			Intended: start, Start: start, End: end, Status: status,
		})
	}
	ev.Hops = s.hops
	for _, id := range s.order {
		trace := s.stored[id]
		slices.SortStableFunc(trace.Spans, func(a, b traces.Span) int { return a.Start.Compare(b.Start) })
		ev.Traces = append(ev.Traces, *trace)
	}
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
}

// wire is the time that a request spends between two proxies, one way.
const wire = 100 * time.Microsecond

// call sends one request of from and gives when its answer is there, the status,
// and the headers as from's application sent them.
func (s *simulation) call(from traces.Service, c traces.Call, headers map[string]string, at time.Time) (time.Time, int, map[string]string) {
	to := s.service(c.To)
	if c.Protocol == traces.TCP {
		return s.serve(to, c, nil, at.Add(wire))
	}
	if from.Bare {
		end, status, _ := s.arrive(to, c, headers, at.Add(wire))
		return end.Add(wire), status, headers
	}
	span, onward := s.begin(from, traces.Client, headers, at)
	for _, f := range s.faults {
		if f.Caller == from.Name && f.Callee == to.Name {
			span.Flags = "DI"
			at = at.Add(f.Delay)
		}
	}
	end, status, _ := s.arrive(to, c, onward, at.Add(wire))
	span.Name = host(to) + ".svc.cluster.local:8080/*"
	s.finish(span, c, status, end.Add(wire))
	return end.Add(wire), status, headers
}

// arrive is a request before the sidecar of to, if it has one.
func (s *simulation) arrive(to traces.Service, c traces.Call, headers map[string]string, at time.Time) (time.Time, int, map[string]string) {
	if to.Bare {
		return s.serve(to, c, headers, at)
	}
	span, onward := s.begin(to, traces.Server, headers, at)
	span.Name = host(to) + ".svc.cluster.local:8080/*"
	end, status, received := s.serve(to, c, onward, at)
	s.finish(span, c, status, end)
	return end, status, received
}

// serve is the application: it works, calls others step by step, and answers.
func (s *simulation) serve(me traces.Service, c traces.Call, received map[string]string, at time.Time) (time.Time, int, map[string]string) {
	hop := traces.Hop{
		Request: s.request, Service: me.Name, Namespace: namespace(me), Bare: me.Bare,
		Protocol: c.Protocol, Start: at, Received: received,
	}
	if hop.Protocol == "" {
		hop.Protocol = traces.HTTP
	}
	status := me.Work.Status
	now := at.Add(me.Work.Delay + s.jitter())
	if c.Protocol != traces.TCP {
		for _, step := range me.Steps {
			end := now
			for _, next := range step {
				headers := forwarded(me.Forward, received)
				done, answer, sent := s.call(me, next, headers, now)
				hop.Sent = append(hop.Sent, traces.SentCall{
					To: next.To, Protocol: next.Protocol, Headers: sent, Start: now, End: done, Status: answer,
				})
				if status == 0 && answer >= 500 && next.Protocol != traces.TCP {
					status = answer
				}
				if done.After(end) {
					end = done
				}
			}
			now = end
		}
	}
	if status == 0 {
		status = 200
	}
	hop.End, hop.Status = now, status
	s.hops = append(s.hops, hop)
	return now, status, received
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

func namespace(s traces.Service) string {
	if s.Namespace == "" {
		return traces.DefaultNamespace
	}
	return s.Namespace
}

func host(s traces.Service) string {
	name := s.Name
	if s.Bare {
		name += traces.BareSuffix
	}
	return name + "." + namespace(s)
}
