// Package e2e is the one entry to a run: it brings up the cluster and the mesh,
// runs the catalogue's checks as Ginkgo specs in one process, takes everything
// down again, and keeps the result.
//
// Run is all that a caller needs. Bring-up comes before Ginkgo, so that its failure
// is told apart from a check's and still leaves a result.
package e2e
