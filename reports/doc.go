// Package reports is the result of a run: what was tested, what each check
// concluded, and the verdict that follows from it.
//
// Result is the model. Outcome computes the verdict and the exit code of a run from
// its checks; nothing else does. Encode and Decode are its JSON form, JUnit its form for
// a CI server, Summary its form for a person at a terminal. A Ledger holds the result of a run
// that is under way and saves it after each change, so that a run that was
// killed leaves what it had found.
//
//	result := reports.Result{Seed: 7, Started: now, Checks: checks, Finished: end}
//	outcome := result.Outcome()
//	err := reports.Encode(w, result)
//
// The package reads and writes only what it is handed. The folder of a run is
// reports/rundir, what a run says while it works is reports/progress.
package reports
