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
)

// simulated is a mesh in memory that keeps its promises.
type simulated struct{ seed uint64 }

// Send gives the evidence that a faultless mesh would leave of the traffic.
func (s simulated) Send(_ context.Context, traffic suites.Traffic) (traces.Evidence, error) {
	var all traces.Evidence
	traffic = traffic.FreshIDs(rand.New(rand.NewPCG(s.seed, 0))) //nolint:gosec // ids, no secrets
	for i, sample := range traffic.Samples {
		options := tracesim.Options{
			Requests: traffic.Requests / len(traffic.Samples), Prefix: fmt.Sprintf("%d-", i),
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
	all.Sweep = &traces.Sweep{}
	for _, sample := range traffic.Samples {
		all.Sweep.Services = append(all.Sweep.Services, services([]suites.Sample{sample})...)
		all.Sweep.Services = append(all.Sweep.Services, tracers([]suites.Sample{sample})...)
	}
	return all, nil
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
