// Package rules names every rule that the oracle derives forests by.
//
// A Rule is one sentence on what holds, the source that says so, and the traffic that
// shows it on a live mesh. What a mesh did with that traffic is recorded in
// traces/testdata/recorded, a file for each rule, by `throughline record`; a test of
// traces holds each file against the derivation. docs/derivation.md lists them all.
//
// Rules are no checks: they pin what the derivation takes for granted, for one version
// of Kubernetes, Istio, Envoy and Jaeger. Where a later version does otherwise, the
// recording changes, and the derivation must follow.
package rules
