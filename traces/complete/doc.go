// Package complete knows when the evidence of a send is whole.
//
// Nothing tells a reader of a backend that the last span has arrived. The proxies
// do count what they send and drop, and those counts reconcile exactly with what
// is stored. So Await polls the counts, which is cheap; when they have not changed
// for longer than a proxy's flush interval it reads the traces, which is not; and
// the evidence is complete when every service has as many spans stored as its
// proxies sent.
//
// Where that does not come true in time, the Result says why. An absence ("this
// hop has no span") may be claimed of complete evidence only.
//
// The counts are those of all traffic of a proxy: what is not the send's own (a
// probe, another send) must be kept away or lie inside the window that the Store
// reads, and at the same proxies.
package complete
