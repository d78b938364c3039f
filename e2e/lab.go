package e2e

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/throughline/throughline/fixtures/load"
	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/fixtures/proxies"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/complete"
	"github.com/throughline/throughline/traces/jaeger"
)

const (
	// quiet is for how long the proxies' counts must stand still: twice the flush
	// interval that the mesh is installed with, and a little.
	quiet = 250 * time.Millisecond
	// poll is how often they are read meanwhile, of every proxy through the API server.
	poll = 100 * time.Millisecond
	// clockMargin widens the window in which traces are looked for, where the nodes' clocks
	// may differ a little. What an earlier send left is told apart by its trace ids.
	clockMargin = time.Second
	// forgetPatience bounds the clean-up after a send.
	forgetPatience = 10 * time.Second
	// searchLimit is above what any check sends, and below what Jaeger keeps.
	searchLimit = 50000
)

// Lab sends traffic through the running mesh and gathers the evidence. It is not for
// use by two goroutines: the proxies' counts are those of the whole mesh.
type Lab struct {
	load     *load.Client
	proxies  *proxies.Proxies
	control  tracer
	routes   router
	held     holder
	backend  *jaeger.Client
	run      string
	patience time.Duration
	// versions are those of what was brought up, by component.
	versions map[string]string
	// margin is by how much the clocks of the cluster's nodes and ours may differ.
	margin time.Duration

	mesh *traces.Mesh
	// routed are the topologies whose routes are in force, nil until any were applied.
	routed []traces.Topology
	// ahead is what will be sent later.
	ahead []suites.Sample
	// manifests are those in force, nil until any were applied.
	manifests []manifests.Manifest
	// random draws the ids that requests bring with them.
	random *rand.Rand
	sends  int
	// began is when the lab could first send; deployed are the services that may own a span.
	began    time.Time
	deployed []string
	// seen is how many spans were read of each trace.
	seen map[traces.TraceID]int
	// unsettled is true after a send of which spans may still be on their way.
	unsettled bool
}

// Send configures the mesh as the traffic wants it, sends its requests, and waits
// until everything that the proxies sent is stored.
func (l *Lab) Send(ctx context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	all, err := l.SendTogether(ctx, []suites.Traffic{traffic})
	return all[0], err
}

// SendTogether is Send for several traffics at once, which want the same of the mesh and
// do not disturb each other (see batches). The evidence of each is what it would be had
// it been sent alone, but for the proxies' counts, which are those of all.
func (l *Lab) SendTogether(ctx context.Context, traffics []suites.Traffic) ([]traces.Evidence, error) {
	none := make([]traces.Evidence, len(traffics))
	parts := make([]part, len(traffics))
	for i := range traffics {
		parts[i].traffic = traffics[i].FreshIDs(l.random)
	}
	if err := l.arrange(ctx, traffics[0].Manifests, samples(parts)); err != nil {
		return none, err
	}
	took, err := l.trace(ctx, traffics[0])
	if err != nil {
		return none, err
	}
	if err = l.settle(ctx); err != nil {
		return none, err
	}
	l.sends++
	l.unsettled = true
	prefix := fmt.Sprintf("%s-%d-", l.run, l.sends)
	for i := range parts {
		parts[i].prefix = fmt.Sprintf("%s%d-", prefix, i)
	}
	evidence, err := l.send(ctx, parts, prefix)
	l.unsettled = err != nil || len(evidence.Incomplete) > 0
	evidence.Took = took
	if err == nil && len(traffics[0].Before) > 0 {
		err = l.started(ctx, &evidence)
	}
	all := split(evidence, parts)
	for i := range all {
		all[i].Incomplete = append(slices.Clone(all[i].Incomplete), unrecorded(all[i])...)
	}
	return all, err
}

// send sends the requests of all parts, whose ids begin with prefix, and gathers the
// evidence of all together.
func (l *Lab) send(ctx context.Context, parts []part, prefix string) (evidence traces.Evidence, err error) {
	evidence.Versions = l.versions
	before, err := l.proxies.Counts(ctx)
	if err != nil {
		return evidence, err
	}
	defer func() {
		for _, trace := range evidence.Traces {
			l.seen[trace.ID] = max(l.seen[trace.ID], len(trace.Spans))
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetPatience)
		defer cancel()
		err = errors.Join(err, l.load.Forget(last, prefix))
	}()
	began := time.Now()
	if evidence.Requests, err = l.drive(ctx, parts); err != nil {
		return evidence, err
	}
	if evidence.Hops, evidence.Incomplete, err = l.load.Hops(ctx, prefix); err != nil {
		return evidence, err
	}
	sent := &counted{Proxies: l.proxies, before: before}
	all := samples(parts)
	store := stored{jaeger.Window{
		Client: l.backend, Services: services(all), Limit: searchLimit,
		From: began.Add(-l.margin), To: time.Now().Add(clockMargin),
	}, tracers(all), l.seen, sent}
	result, err := complete.Await(ctx, store, sent, complete.SystemClock{}, complete.Want{
		Baseline: before, Quiet: quiet, Poll: poll, Patience: l.patience,
	})
	evidence.Traces, evidence.Proxies = result.Traces, result.Proxies
	evidence.Incomplete = append(evidence.Incomplete, result.Incomplete...)
	if errors.Is(err, jaeger.ErrTruncated) {
		evidence.Incomplete = append(evidence.Incomplete, err.Error())
		err = nil
	}
	if err == nil && mirrors(all) {
		// Nobody waits for the copy of a request: it is recorded once its spans are there.
		var unread []string
		evidence.Hops, unread, err = l.load.Hops(ctx, prefix)
		evidence.Incomplete = append(evidence.Incomplete, unread...)
	}
	return evidence, err
}

// atOnce is how many parts are sent at the same time: the machine must keep up.
const atOnce = 4

// drive sends the requests of all parts.
func (l *Lab) drive(ctx context.Context, parts []part) ([]traces.Exchange, error) {
	exchanges := make([][]traces.Exchange, len(parts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, p := range parts {
		group.Go(func() error {
			var err error
			exchanges[i], err = l.load.Drive(ctx, shot(p.traffic, p.prefix))
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(exchanges...), err
}

// unrecorded says of how many answered requests no application kept a record: nothing
// can be said of their headers.
func unrecorded(evidence traces.Evidence) []string {
	recorded := map[string]bool{}
	for i := range evidence.Hops {
		recorded[evidence.Hops[i].Request] = true
	}
	missing := 0
	for i := range evidence.Requests {
		if evidence.Requests[i].Status == http.StatusOK && !recorded[evidence.Requests[i].Request] {
			missing++
		}
	}
	if missing == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d requests were answered and recorded by no application", missing, len(evidence.Requests))}
}

// settle waits, after a send that was cut off, until its last spans have been sent, so
// that the next send does not count them.
func (l *Lab) settle(ctx context.Context) error {
	if !l.unsettled {
		return nil
	}
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	var last []traces.ProxyCount
	for {
		counts, err := l.proxies.Counts(ctx)
		if err != nil {
			return err
		}
		if slices.Equal(counts, last) {
			l.unsettled = false
			return nil
		}
		last = counts
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the spans of the send before: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// shot is the traffic as the driver wants it: samples in turn, each request with an id.
func shot(traffic suites.Traffic, prefix string) load.Shot {
	requests := load.Requests(prefix, traffic.Requests)
	for i := range requests {
		sample := &traffic.Samples[i%len(traffic.Samples)]
		requests[i].Variant = sample.Variant
		requests[i].Headers, requests[i].Lines = sample.Headers, sample.Lines
		requests[i].Topology = &sample.Topology
	}
	return load.Shot{
		Topology: traffic.Samples[0].Topology,
		Bare:     traffic.Bare, Requests: requests, Rate: traffic.Rate, Concurrency: traffic.Concurrency,
		Timeout: traffic.Timeout, Fresh: traffic.Fresh,
	}
}

// services are all that may own a span of the samples, the client among them. A
// trace may begin at any of them: where it splits is what the checks are about.
func services(samples []suites.Sample) []string {
	all := []string{traces.ClientService + "." + traces.DefaultNamespace}
	for _, sample := range samples {
		for _, s := range sample.Topology.Services {
			service := s.Name + "." + cmp.Or(s.Namespace, traces.DefaultNamespace)
			if s.NamedAlone() {
				service = s.Name
			}
			if !slices.Contains(all, service) {
				all = append(all, service)
			}
		}
	}
	return all
}

// tracers are the names that the applications' own spans of the samples go by.
func tracers(samples []suites.Sample) []string {
	var all []string
	for _, sample := range samples {
		for _, s := range sample.Topology.Services {
			if s.SDK == traces.ExportingSDK && !slices.Contains(all, s.Name) {
				all = append(all, s.Name)
			}
		}
	}
	return all
}

// stored is the window of one send, without the traces that earlier sends stored. It
// is read service by service, and no further than the proxies' counts ask for: each
// service would bring the same traces again. The applications' own spans, which no
// proxy counts, are always looked for.
type stored struct {
	jaeger.Window
	tracers []string
	seen    map[traces.TraceID]int
	sent    *counted
}

// Traces reads the window.
func (s stored) Traces(ctx context.Context) ([]traces.Trace, error) {
	byID := map[traces.TraceID]traces.Trace{}
	for i, service := range slices.Concat(s.tracers, s.Services) {
		window := s.Window
		window.Services = []string{service}
		found, err := window.Traces(ctx)
		if err != nil {
			return nil, err
		}
		spans := int64(0)
		for _, trace := range found {
			if s.seen[trace.ID] == 0 {
				byID[trace.ID] = trace
			}
		}
		for _, trace := range byID {
			spans += ofProxies(trace)
		}
		if i >= len(s.tracers) && spans > 0 && spans == s.sent.total {
			break
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) }), nil
}

// ofProxies counts the spans that a proxy made.
func ofProxies(trace traces.Trace) int64 {
	n := int64(0)
	for i := range trace.Spans {
		if trace.Spans[i].ProxyNamespace() != "" {
			n++
		}
	}
	return n
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
