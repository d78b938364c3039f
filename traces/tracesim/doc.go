// Package tracesim is a mesh in memory that keeps its promises: it sends requests
// through a Topology, passes headers from hop to hop as sidecars and applications
// do, and gives the Evidence that a real mesh would leave.
//
//	ev := tracesim.Send(topology, mesh, tracesim.Options{Requests: 20, Seed: 1})
//
// It exists to test judges without a cluster. It follows the headers one hop at a
// time, as text, and knows nothing of traces.Derive, so that the two check each other.
// The same options give the same evidence. It does nothing that a real mesh gets wrong.
package tracesim
