package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/github"
)

// onGitHub says whether a step of GitHub Actions runs this.
func onGitHub() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// printed writes a text that may hold what comes from traces and results. A runner of GitHub
// Actions, which obeys what a step prints, is told to obey nothing of it.
func printed(w io.Writer, write func(io.Writer) error) error {
	if !onGitHub() {
		return write(w)
	}
	return github.Stop(w, "throughline-"+rand.Text(), write)
}

// shownOnGitHub adds the result to the summary of the job, and writes its annotations to w.
func shownOnGitHub(w io.Writer, done e2e.Finished) error {
	return errors.Join(
		appendSummary(os.Getenv("GITHUB_STEP_SUMMARY"), done.Result, done.Dir),
		github.Annotations(w, done.Result),
	)
}

func appendSummary(name string, result reports.Result, dir string) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the summary of the job: %w", err)
	}
	return errors.Join(github.Summary(file, result, dir), file.Close())
}
