// Package cells runs the cells of a matrix on this machine.
//
// Each cell is a process of its own: this very program with its verb `run`, a cluster of the cell's
// own name, and a folder for its results. What the processes share is the cache.
//
//	out/matrix/envoy1.40.0_jaeger2.13.0_kind/
//	    run.log                  what the run said
//	    20261123-061125-7/       its run folder, as that of any run
//	    latest -> 20261123-061125-7
//
// A cell that fails stops no other. When the context ends, each process is interrupted, once, and
// waited for: it takes down what it made. No process is ever killed.
//
//	ended, err := cells.Run(ctx, plan.Cells, cells.Settings{Program: self, Out: "out/matrix", Jobs: 1, Progress: shown})
//	code := cells.ExitCode(ended)
package cells
