// Package suites says what a check is: the traffic that it sends, the judge that
// reads the evidence, and the sabotages that must make it fail.
//
// A Check is a value. Its Traffic is data (a Mesh, a topology, how many requests),
// Lab.Send turns it into evidence, and its Judge is a pure function from evidence
// to findings. The check expects no finding. Each Control runs the same judge over
// evidence that was sabotaged, live or afterwards, and expects exactly one.
//
// The checks themselves live in one folder an area; e2e declares them to Ginkgo.
package suites
