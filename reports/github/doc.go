// Package github writes a result where GitHub Actions shows it: as the summary of a job, in
// Markdown, and as annotations of a workflow.
//
//	err := github.Summary(stepSummary, result, dir)
//	err = github.Annotations(stdout, result)
//
// A runner obeys what a step prints. So what comes from traces and headers is escaped, and a text
// that may hold any of it is printed between a Stop and its end.
package github
