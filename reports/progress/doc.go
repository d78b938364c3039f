// Package progress says what a run is doing and for how long, and keeps the phases
// for its result.
//
// On a terminal each step that is under way has one live line; when the step ends, the line
// stays, with its duration. Elsewhere a step has one plain line when it begins, one when it
// ends, and one every 30 seconds that says what is awaited.
//
//	p := progress.Start(ctx, os.Stderr, progress.Options{Terminal: isTerminal})
//	defer p.Close()
//	done := p.Step("create cluster")
//	p.Note("node Ready 0/1")
//	done(err)
//
// Steps may overlap. The package draws; it neither decides nor waits for anything.
package progress
