// Package w3csim is a proxy in memory that follows W3C Trace Context to the letter, the
// strict level of its public test suite included, and gives the evidence that it would
// leave:
//
//	ev := w3csim.Send(w3c.Ingress(), w3csim.Samples(w3c.Ingress().Cases()), "r-")
//
// It exists to test judges without a mesh. It reads the header lines as bytes and knows
// nothing of what the cases want, so that the two check each other. Every request that
// carries no context is sampled.
package w3csim
