// Package preflight says, before any work begins, whether this machine can do it.
//
// [Check] looks at what the run needs (root, programs, what the kernel can do,
// disk and memory) and gives a [Report]: one [Finding] each, with what was
// found, and for what is missing exactly how to get it. It changes nothing.
// [InstallDeps] gets the missing Debian packages, when asked to.
//
//	report, err := preflight.Check(ctx, preflight.Options{Engine: true, Build: true, CacheDir: dir})
//	if report.Missing() { ... }
//
// How long a run takes and how much disk it needs was measured on two cores; it
// is said, not promised.
package preflight
