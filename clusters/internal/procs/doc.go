// Package procs identifies processes so surely that none is ended by mistake.
//
// A process is named by its [Identity]: its id together with the moment it
// started. The kernel reuses ids, so an id that was written to a file says
// nothing by itself; an Identity is compared again, through a pidfd, before any
// signal is sent. [Find] reads /proc and gives every process that a predicate
// accepts; [Kill] and [Terminate] end what they are given and wait until it is
// gone.
//
//	found, err := procs.Find(func(p procs.Process) bool { return p.Exe == "dockerd" && p.Names("/run/throughline/one") })
//	err = procs.Kill(ctx, found)
//
// It does not start processes and knows nothing of what they do.
package procs
