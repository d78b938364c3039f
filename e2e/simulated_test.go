package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/throughline/throughline/fixtures/faults"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/latency"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
	"github.com/throughline/throughline/traces/w3c"
	"github.com/throughline/throughline/traces/w3c/w3csim"
)

// simulated is a mesh in memory that keeps its promises.
type simulated struct {
	seed uint64
	// prefix begins the ids of the requests.
	prefix string
}

// Send gives the evidence that a faultless mesh would leave of the traffic.
func (s simulated) Send(_ context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	var all traces.Evidence
	if _, wire := w3c.Find(traffic.Samples[0].Variant); wire {
		return s.onTheWire(traffic), nil
	}
	traffic = traffic.FreshIDs(rand.New(rand.NewPCG(s.seed, 0))) //nolint:gosec // ids, no secrets
	for i, sample := range traffic.Samples {
		options := tracesim.Options{
			Requests: traffic.Requests / len(traffic.Samples), Prefix: fmt.Sprintf("%s%d-", s.prefix, i),
			Bare: traffic.Bare, Variant: sample.Variant, Timeout: traffic.Timeout, Seed: s.seed + uint64(i),
			Headers: maps.Clone(sample.Headers),
		}
		delete(options.Headers, faults.Header)
		if sample.Headers[faults.Header] == faults.DelayValue {
			for _, fault := range latency.Faults() {
				options.Faults = append(options.Faults, tracesim.Fault{Caller: "web", Callee: fault.Service.Name, Delay: fault.Delay})
			}
		}
		one := tracesim.Send(sample.Topology, traffic.Mesh, options)
		if i == 0 {
			all.Topology, all.Mesh = one.Topology, one.Mesh
		}
		all.Requests = append(all.Requests, one.Requests...)
		all.Hops = append(all.Hops, one.Hops...)
		all.Traces = append(all.Traces, one.Traces...)
	}
	all.Sweep = swept(traffic)
	return all, nil
}

// swept is what a run knows of itself that sends just this.
func swept(traffic suites.Traffic) *traces.Sweep {
	var sweep traces.Sweep
	for _, sample := range traffic.Samples {
		sweep.Services = append(sweep.Services, services([]suites.Sample{sample})...)
		sweep.Services = append(sweep.Services, tracers([]suites.Sample{sample})...)
	}
	return &sweep
}

// onTheWire is what a proxy leaves that follows W3C Trace Context. It has no version, so
// that no deviation is expected of it.
func (s simulated) onTheWire(traffic suites.Traffic) traces.Evidence {
	way := w3c.Egress()
	if traffic.Bare {
		way = w3c.Ingress()
	}
	samples := make([]w3csim.Sample, len(traffic.Samples))
	for i, sample := range traffic.Samples {
		c, _ := w3c.Find(sample.Variant)
		samples[i] = w3csim.Sample{Variant: sample.Variant, Lines: sample.Lines, Calls: c.Calls}
	}
	ev := w3csim.Send(way, samples, s.prefix)
	ev.Topology, ev.Mesh, ev.Sweep = traffic.Samples[0].Topology, traffic.Mesh, swept(traffic)
	return ev
}

// liveOnly says why no simulation can show the spec, if none can.
func (s spec) liveOnly() string {
	if s.control != nil && s.check.LiveOnly == "" {
		return s.control.LiveOnly
	}
	return s.check.LiveOnly
}

func TestAFaultlessMeshPassesEveryCheckAndEveryControlBites(t *testing.T) {
	for _, s := range specsOf(Catalogue(1e-6)) {
		t.Run(s.title(), func(t *testing.T) {
			if reason := s.liveOnly(); reason != "" {
				t.Skip(reason)
			}
			out := s.run(t.Context(), simulated{seed: 7})
			if out.Verdict != reports.Passed {
				t.Errorf("%s: %s", out.Verdict, out.Reason)
			}
		})
	}
}
