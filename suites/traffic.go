package suites

import (
	"slices"
	"time"

	"github.com/throughline/throughline/fixtures/manifests"
	"github.com/throughline/throughline/traces"
)

// Traffic is what one send puts through the mesh.
type Traffic struct {
	// Mesh is the tracing configuration that must be in force on every proxy.
	Mesh traces.Mesh
	// Before are tracing configurations that are in force one after the other before Mesh
	// is, for a check of the change itself.
	Before []traces.Mesh
	// Manifests are resources that hold while the requests are sent, besides Mesh and the
	// routes of the topologies.
	Manifests []manifests.Manifest
	// Samples are sent in turn: request 0 is of the first, request 1 of the second, and so on round.
	Samples []Sample
	// Bare sends from the client without a sidecar.
	Bare bool
	// Requests is how many requests are sent in all.
	Requests int
	// Rate is how many requests a second are begun, whatever became of those before;
	// 0 sends as fast as Concurrency allows.
	Rate float64
	// Concurrency is how many requests may be under way at once.
	Concurrency int
	// Timeout is how long the client waits for one answer; 0 means the driver's default.
	Timeout time.Duration
	// Fresh opens a new connection for each request.
	Fresh bool
	// Alone is true where nothing else may be sent at the same time.
	Alone bool
}

// Sample is one kind of request.
type Sample struct {
	// Variant names the sample in Exchange.Variant; it may be empty where there is only one.
	Variant string
	// Topology is the way of the request.
	Topology traces.Topology
	// Headers are added to the request.
	Headers map[string]string
	// Lines are header lines that are sent byte for byte, each request on a connection of
	// its own, with the marks of w3c.Fill.
	Lines []string
}

// A structural check sends few requests: each of them must show the whole tree.
const (
	fewRequests    = 20
	fewConcurrency = 4
)

// Few sends enough requests through t to see every tree more than once.
func Few(mesh traces.Mesh, t traces.Topology) Traffic {
	return Traffic{
		Mesh:        mesh,
		Samples:     []Sample{{Topology: t}},
		Requests:    fewRequests,
		Concurrency: fewConcurrency,
	}
}

// FromBareClient is the same traffic, sent by the client without a sidecar.
func (t Traffic) FromBareClient() Traffic {
	t.Bare = true
	return t
}

// Many sends n requests through t as fast as a fixed number of connections allows,
// for a rate that only many requests can show.
func Many(mesh traces.Mesh, t traces.Topology, n int) Traffic {
	return Traffic{
		Mesh:        mesh,
		Samples:     []Sample{{Topology: t}},
		Requests:    n,
		Concurrency: manyConcurrency,
	}
}

const manyConcurrency = 16

// Everything traces every request with provider.
func Everything(provider traces.Provider) traces.Mesh {
	return AtPercent(provider, 100)
}

// AtPercent traces a random share of the requests with provider.
func AtPercent(provider traces.Provider, percent float64) traces.Mesh {
	return traces.Mesh{Provider: provider, Sampling: traces.Percent(percent)}
}

// Through makes every sample of the traffic go through t.
func Through(t traces.Topology) func(*Traffic) {
	return eachSample(func(s *Sample) { s.Topology = t })
}

// Sending makes every request of the traffic carry these headers and no others.
func Sending(headers map[string]string) func(*Traffic) {
	return eachSample(func(s *Sample) { s.Headers = headers })
}

// eachSample changes a copy of every sample.
func eachSample(change func(*Sample)) func(*Traffic) {
	return func(traffic *Traffic) {
		traffic.Samples = slices.Clone(traffic.Samples)
		for i := range traffic.Samples {
			change(&traffic.Samples[i])
		}
	}
}

// SamplingAt sets the mesh-wide percentage of the traffic.
func SamplingAt(percent float64) func(*Traffic) {
	return func(traffic *Traffic) { traffic.Mesh.Sampling = traces.Percent(percent) }
}
