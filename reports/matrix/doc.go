// Package matrix says which combinations of versions are tested, what each of them
// costs, and who runs it.
//
// A Matrix is read from matrix.yaml: axes with their values, what is left out, what must
// be there, and how far the rest is reduced. A Plan is what follows from it: the cells, the
// coverage that they reach, the cost of each as former results have it, and the shards
// that share them.
//
//	m, err := matrix.Decode(content, "matrix.yaml", flags)
//	plan := matrix.NewPlan(m, former, 2)
//	err = matrix.Table(w, plan)
//
// A Cell is one combination. It is data: Planned.Args is the command line of `throughline
// run` that tests it. The package starts nothing; e2e/cells does. What came out, cell by
// cell, is shown by reports/grid.
package matrix
