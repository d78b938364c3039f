package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	store := unseen{jaeger.Window{
		Client: l.backend, Services: services(traffic), Limit: searchLimit,
		From: began.Add(-clockMargin), To: time.Now().Add(clockMargin),
	}, l.seen}
	result, err := complete.Await(ctx, store, l.proxies, complete.SystemClock{}, complete.Want{
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

// unseen is a window without the traces that earlier sends stored.
type unseen struct {
	jaeger.Window
	seen map[traces.TraceID]bool
}

// Traces reads the window.
func (u unseen) Traces(ctx context.Context) ([]traces.Trace, error) {
	all, err := u.Window.Traces(ctx)
	return slices.DeleteFunc(all, func(t traces.Trace) bool { return u.seen[t.ID] }), err
}
