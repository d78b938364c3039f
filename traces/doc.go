// Package traces is the oracle: it says which traces must exist and explains
// every way in which the stored ones differ.
//
// Three types carry it. A Forest is what must exist for one request; it is
// written by hand with Calls, Serves, CallsThrough and CallFrom, or derived from a
// Topology by Derive. Evidence is what one send gathered. A Finding is one
// difference between the two, with its cause where the evidence shows it.
//
//	want := traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock")))}
//	findings := traces.JudgeForest(evidence, want)
//
// Where a request may leave one of several forests, Outcomes derives them all, and
// JudgeOutcomes and JudgeShares hold the evidence against them.
//
// Trees are compared whole and both ways, without regard to the order of
// siblings or of the input. One cause gives one finding: a service that drops its
// headers is one SplitTrace, not a heap of missing and unexpected spans.
//
// The package is pure: no input or output, no clock, no Kubernetes. Reading a
// backend is traces/jaeger, knowing when it has everything is traces/complete,
// the statistics are traces/stats, and the Gomega matchers are traces/tracematch.
package traces
