package e2e

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/throughline/throughline/fixtures/load"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/fixtures/tracing"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/complete"
	"github.com/throughline/throughline/traces/jaeger"
)

const (
	// quiet is for how long the proxies' counts must stand still: twice the flush
	// interval that the mesh is installed with, and a little.
	quiet = 250 * time.Millisecond
	// clockMargin widens the window in which traces are looked for, for nodes whose
	// clocks differ a little. What an earlier send left is told apart by its trace ids.
	clockMargin = time.Second
	// searchLimit is above what any check sends, and below what Jaeger keeps.
	searchLimit = 50000
)

// Lab sends traffic through the running mesh and gathers the evidence. It is not for
// use by two goroutines: the proxies' counts are those of the whole mesh.
type Lab struct {
	load     *load.Client
	proxies  *proxies.Proxies
	control  *tracing.Control
	backend  *jaeger.Client
	run      string
	patience time.Duration

	mesh  *traces.Mesh
	sends int
	seen  map[traces.TraceID]bool
}

// Send configures the mesh as the traffic wants it, sends its requests, and waits
// until everything that the proxies sent is stored.
func (l *Lab) Send(ctx context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	if err := l.configure(ctx, traffic.Mesh); err != nil {
		return traces.Evidence{}, err
	}
	l.sends++
	prefix := fmt.Sprintf("%s-%d-", l.run, l.sends)
	before, err := l.proxies.Counts(ctx)
	if err != nil {
		return traces.Evidence{}, err
	}
	evidence := traces.Evidence{Topology: traffic.Samples[0].Topology, Mesh: traffic.Mesh}
	began := time.Now()
	evidence.Requests, err = l.load.Drive(ctx, shot(traffic, prefix))
	if err != nil {
		return evidence, err
	}
	hops, forgotten, err := l.load.Hops(ctx, prefix)
	if err != nil {
		return evidence, err
	}
	evidence.Hops, evidence.Incomplete = hops, forgotten
	sent := &counted{Proxies: l.proxies, before: before}
	store := stored{jaeger.Window{
		Client: l.backend, Services: services(traffic), Limit: searchLimit,
		From: began.Add(-clockMargin), To: time.Now().Add(clockMargin),
	}, l.seen, sent}
	result, err := complete.Await(ctx, store, sent, complete.SystemClock{}, complete.Want{
		Baseline: before, Quiet: quiet, Patience: l.patience,
	})
	evidence.Traces, evidence.Proxies = result.Traces, result.Proxies
	evidence.Incomplete = append(evidence.Incomplete, result.Incomplete...)
	if errors.Is(err, jaeger.ErrTruncated) {
		evidence.Incomplete = append(evidence.Incomplete, err.Error())
		err = nil
	}
	for _, trace := range evidence.Traces {
		l.seen[trace.ID] = true
	}
	return evidence, errors.Join(err, l.load.Forget(ctx, prefix))
}

func (l *Lab) configure(ctx context.Context, mesh traces.Mesh) error {
	if l.mesh != nil && reflect.DeepEqual(*l.mesh, mesh) {
		return nil
	}
	l.mesh = nil
	if _, err := l.control.Apply(ctx, mesh); err != nil {
		return err
	}
	l.mesh = &mesh
	return nil
}

// shot is the traffic as the driver wants it: samples in turn, each request with an id.
func shot(traffic suites.Traffic, prefix string) load.Shot {
	requests := load.Requests(prefix, traffic.Requests)
	for i := range requests {
		sample := &traffic.Samples[i%len(traffic.Samples)]
		requests[i].Variant = sample.Variant
		requests[i].Headers = sample.Headers
		requests[i].Topology = &sample.Topology
	}
	return load.Shot{
		Topology: traffic.Samples[0].Topology,
		Bare:     traffic.Bare, Requests: requests, Rate: traffic.Rate, Concurrency: traffic.Concurrency,
	}
}

// services are all that may own a span of the traffic, the client among them. A
// trace may begin at any of them: where it splits is what the checks are about.
func services(traffic suites.Traffic) []string {
	all := []string{traces.ClientService + "." + traces.DefaultNamespace}
	for _, sample := range traffic.Samples {
		for _, s := range sample.Topology.Services {
			service := s.Name + "." + cmp.Or(s.Namespace, traces.DefaultNamespace)
			if !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
	}
	return all
}

// stored is the window of one send, without the traces that earlier sends stored. It
// is read service by service, and no further than the proxies' counts ask for: each
// service would bring the same traces again.
type stored struct {
	jaeger.Window
	seen map[traces.TraceID]bool
	sent *counted
}

// Traces reads the window.
func (s stored) Traces(ctx context.Context) ([]traces.Trace, error) {
	byID := map[traces.TraceID]traces.Trace{}
	for _, service := range s.Services {
		window := s.Window
		window.Services = []string{service}
		found, err := window.Traces(ctx)
		if err != nil {
			return nil, err
		}
		spans := int64(0)
		for _, trace := range found {
			if !s.seen[trace.ID] {
				byID[trace.ID] = trace
			}
		}
		for _, trace := range byID {
			spans += int64(len(trace.Spans))
		}
		if spans == s.sent.total {
			break
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) }), nil
}

// counted reads the proxies' counts and remembers how many spans they sent since before.
type counted struct {
	*proxies.Proxies
	before []traces.ProxyCount
	total  int64
}

// Counts reads the counts.
func (c *counted) Counts(ctx context.Context) ([]traces.ProxyCount, error) {
	counts, err := c.Proxies.Counts(ctx)
	c.total = sum(counts) - sum(c.before)
	return counts, err
}

func sum(counts []traces.ProxyCount) int64 {
	total := int64(0)
	for _, c := range counts {
		total += c.Sent
	}
	return total
}
