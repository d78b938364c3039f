package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/jaeger"
)

const (
	// sliceSpans is how many spans are read from the backend at a time, about.
	sliceSpans = 50_000
	// mostSpans bounds what is held in memory for a sweep, at about 250 bytes a span.
	mostSpans = 4_000_000
)

// archive is what a sweep reads the backend through.
type archive interface {
	// Services are the names under which spans are stored.
	Services(ctx context.Context) ([]string, error)
	// Find is every whole trace with a span of the service that began in the window.
	Find(ctx context.Context, service string, from, to time.Time) ([]traces.Trace, error)
}

// history is what a lab remembers of the whole run.
type history struct {
	archive archive
	// agent begins the user-agent of all requests of the run.
	agent string
	// began is when the first spans of the run may have started.
	began time.Time
	// seen is how many spans were read of each trace.
	seen map[traces.TraceID]int
	// deployed are the services that may own a span.
	deployed []string
}

// everything reads back all that was stored of the run, with what it takes to judge it.
func (h history) everything(ctx context.Context, until time.Time) (traces.Evidence, error) {
	read := sweeping{found: map[traces.TraceID]traces.Trace{}, ours: map[traces.TraceID]bool{}, agent: h.agent, names: map[string]string{}}
	stored, err := h.archive.Services(ctx)
	if err != nil {
		return traces.Evidence{}, fmt.Errorf("read everything that was stored: %w", err)
	}
	spans := 0
	for _, n := range h.seen {
		spans += n
	}
	slices.Sort(stored)
	slice := until.Sub(h.began)/time.Duration(1+spans/sliceSpans) + time.Nanosecond
	for from := h.began; from.Before(until); from = from.Add(slice) {
		for _, service := range stored {
			found, err := h.archive.Find(ctx, service, from, from.Add(slice))
			if err != nil {
				return traces.Evidence{}, fmt.Errorf("read everything that was stored: %w", err)
			}
			if err = read.add(found); err != nil {
				return traces.Evidence{}, err
			}
		}
	}
	ev := traces.Evidence{Sweep: &traces.Sweep{Services: h.deployed}}
	ev.Traces = slices.SortedFunc(maps.Values(read.found), func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	for _, t := range ev.Traces {
		if h.seen[t.ID] == 0 && !read.ours[t.ID] {
			ev.Sweep.Foreign = append(ev.Sweep.Foreign, t.ID)
		}
	}
	ev.Incomplete = h.evicted(read.found)
	return ev, nil
}

// evicted says of how many traces the backend has less than was read of it before.
func (h history) evicted(found map[traces.TraceID]traces.Trace) []string {
	poorer, lost := 0, 0
	for id, spans := range h.seen {
		if missing := spans - len(found[id].Spans); missing > 0 {
			poorer++
			lost += missing
		}
	}
	if poorer == 0 {
		return nil
	}
	return []string{fmt.Sprintf("of %d traces that were read during the run %d have lost %d spans since: the backend evicts; give it a larger max_traces",
		len(h.seen), poorer, lost)}
}

// sweeping gathers traces without what takes memory.
type sweeping struct {
	found map[traces.TraceID]traces.Trace
	// ours are the traces with a span of a request of the run.
	ours  map[traces.TraceID]bool
	agent string
	names map[string]string
	spans int
}

func (s *sweeping) add(found []traces.Trace) error {
	for _, t := range found {
		before := len(s.found[t.ID].Spans)
		if len(t.Spans) <= before {
			continue
		}
		light := traces.Trace{ID: t.ID, Spans: make([]traces.Span, len(t.Spans))}
		for i := range t.Spans {
			span := &t.Spans[i]
			if strings.HasPrefix(span.Tags.Get("user_agent"), s.agent) {
				s.ours[t.ID] = true
			}
			light.Spans[i] = traces.Span{
				TraceID: span.TraceID, ID: span.ID, Parent: span.Parent, Kind: span.Kind,
				Service: s.name(span.Service), Namespace: s.name(span.Namespace),
				Start: span.Start, Duration: span.Duration, Status: span.Status, Error: span.Error,
			}
		}
		s.found[t.ID] = light
		if s.spans += len(t.Spans) - before; s.spans > mostSpans {
			return fmt.Errorf("read everything that was stored: more than %d spans; check fewer at a time", mostSpans)
		}
	}
	return nil
}

// name is one copy of a name, so that the text around it can go.
func (s *sweeping) name(name string) string {
	if known, ok := s.names[name]; ok {
		return known
	}
	name = strings.Clone(name)
	s.names[name] = name
	return name
}

// backend is Jaeger as an archive.
type backend struct{ client *jaeger.Client }

// Services are the names under which spans are stored.
func (b backend) Services(ctx context.Context) ([]string, error) { return b.client.Services(ctx) }

// Find is every whole trace with a span of the service that began in the window.
func (b backend) Find(ctx context.Context, service string, from, to time.Time) ([]traces.Trace, error) {
	return jaeger.Window{Client: b.client, Services: []string{service}, From: from, To: to, Limit: searchLimit}.Traces(ctx)
}

// sweeper sends a spec's own traffic, and gives everything that was stored as evidence.
type sweeper struct{ lab *Lab }

// Ahead tells the lab what will be sent later.
func (s sweeper) Ahead(samples []suites.Sample) { s.lab.Ahead(samples) }

// SendTogether sends each traffic and reads everything after the last one.
func (s sweeper) SendTogether(ctx context.Context, traffics []suites.Traffic) ([]traces.Evidence, error) {
	all := make([]traces.Evidence, len(traffics))
	for i, traffic := range traffics {
		own, err := s.lab.Send(ctx, traffic)
		if err != nil {
			return all, err
		}
		whole, err := s.lab.history().everything(ctx, time.Now().Add(clockMargin))
		if err != nil {
			return all, err
		}
		whole.Topology, whole.Mesh, whole.Requests, whole.Proxies = own.Topology, own.Mesh, own.Requests, own.Proxies
		whole.Incomplete = append(own.Incomplete, whole.Incomplete...)
		all[i] = whole
	}
	return all, nil
}

// history is what the lab remembers.
func (l *Lab) history() history {
	return history{
		archive: backend{l.backend}, agent: traces.AgentPrefix + l.run + "-",
		began: l.began.Add(-l.margin), seen: l.seen, deployed: l.deployed,
	}
}

// sweep runs the specs that are judged by everything that the run stored.
func sweep(ctx context.Context, lab *Lab, specs []spec, patience time.Duration, record func(spec, suites.Outcome, time.Duration)) {
	for _, one := range sendings(specs) {
		source := &shared{lab: sweeper{lab}, batch: batch{one}}
		for _, s := range one.specs {
			within, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not judged within %s (timeouts.check)", patience))
			began, turn := time.Now(), source.of(one)
			out := s.run(within, turn)
			cancel()
			record(s, out, time.Since(began)-turn.waited+turn.share)
		}
	}
}
