package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/rundir"
)

// rerunFailed chooses the checks that did not pass in the last run, and says so on w.
func rerunFailed(w io.Writer, cfg *config.Config, selectors []string) error {
	if len(cfg.Checks) > 0 {
		return fmt.Errorf("--rerun-failed: it chooses the checks by itself, and so does check (%s); leave one of them out", strings.Join(cfg.Checks, ","))
	}
	last, err := rundir.Open(filepath.Join(cfg.OutDir, rundir.LatestLink))
	if err != nil {
		return fmt.Errorf("--rerun-failed: %w", err)
	}
	defer last.Close() //nolint:errcheck // It was only read.
	name := reports.SafeLine(last.Result.Run)
	if err = sameSubject(rundir.WithoutHome(cfg.Values()), last.Result.Configuration); err != nil {
		return fmt.Errorf("--rerun-failed: run %s had %w", name, err)
	}
	checks := last.Result.Unpassed()
	if len(checks) == 0 {
		why := "nothing failed in run " + name
		if !last.Result.Whole() {
			why = "run " + name + " came to no end, and nothing had failed in it"
		}
		return fmt.Errorf("--rerun-failed: %s; leave it out to run everything", why)
	}
	for _, check := range checks {
		if !slices.Contains(selectors, check) {
			return fmt.Errorf("--rerun-failed: run %s has a check %s, which there is no more; choose with --check", name, reports.SafeLine(check))
		}
	}
	cfg.Checks = checks
	_, err = fmt.Fprintf(w, "again, from run %s: %s\n", name, strings.Join(checks, ", "))
	return err
}

// sameSubject says what of the settings that choose the subject is otherwise than in a former run.
func sameSubject(now, then map[string]string) error {
	for _, setting := range []string{"provider", "context", "versions", "envoy", "proxyFlavour"} {
		was, known := then[setting]
		if known && was != now[setting] {
			return fmt.Errorf("another subject: %s was %s, and is %s; give it as it was", setting, orNone(was), orNone(now[setting]))
		}
	}
	return nil
}

func orNone(value string) string {
	if value == "" {
		return "not set"
	}
	return fmt.Sprintf("%q", value)
}
