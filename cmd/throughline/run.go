package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/progress"
)

func runCommand(s streams) *cobra.Command {
	loader := config.NewLoader()
	var again bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Bring up cluster and mesh, run the checks, take everything down",
		Long: `Brings up a cluster with Istio and Jaeger, runs the checks with their negative
controls, and takes everything down again. What was found is in out/latest:
report.html to read, result.json, junit.xml and conformance.yaml for machines, and
below evidence what it rests on.

A private container engine in a network namespace of its own is used where no
engine answers, and images are built from source. The first run then takes as long
as it takes to compile Kubernetes, Istio and Jaeger; what was built is kept.

Every flag but --rerun-failed is also a field of throughline.yaml.`,
		Example: `  throughline run
  throughline run --check P01
  throughline run --rerun-failed      # what did not pass in the last run
  throughline run --keep              # leave the cluster for the next run
  throughline run --dry-run           # say what would happen`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from := sources()
			cfg, err := loader.Load(from)
			if err != nil {
				return usage(err)
			}
			if again {
				if err = rerunFailed(s.err, &cfg, from.Checks); err != nil {
					return usage(err)
				}
			}
			if cfg.DryRun {
				return inconclusive(e2e.Plan(cmd.Context(), s.out, cfg))
			}
			self, err := os.Executable()
			if err != nil {
				return inconclusive(err)
			}
			shown := progress.Start(cmd.Context(), s.err, progressOptions())
			done, err := e2e.Run(cmd.Context(), e2e.Settings{
				Config: cfg, Self: self, Version: version(), Progress: shown,
			})
			shown.Close()
			if err != nil && done.Result.Run == "" {
				return inconclusive(err)
			}
			if err != nil {
				complain(s.err, fmt.Sprintf("the result could not be kept: %v", err))
			}
			return show(s, cfg, done)
		},
	}
	loader.AddFlags(cmd.Flags())
	cmd.Flags().BoolVar(&again, "rerun-failed", false, "run the checks that failed or were inconclusive in the last run, with their controls")
	return cmd
}

// sources are what a configuration is read from, besides the flags.
func sources() config.Sources {
	return config.Sources{
		ReadFile: os.ReadFile, Getenv: os.Getenv, Checks: e2e.Selectors(e2e.Catalogue(config.Default().Alpha)),
	}
}

// show prints the result; its exit code becomes the verb's.
func show(s streams, cfg config.Config, done e2e.Finished) error {
	for _, line := range done.Kept {
		fmt.Fprintln(s.err, line)
	}
	var err error
	told := s.out
	if cfg.Output == config.JSON {
		told = s.err
		err = reports.Encode(s.out, done.Result)
	} else {
		err = printed(s.out, func(w io.Writer) error { return reports.Summary(w, done.Result, done.Dir) })
	}
	if err != nil {
		return inconclusive(fmt.Errorf("print the result, which is in %s: %w", done.Dir, err))
	}
	if onGitHub() {
		if err := shownOnGitHub(told, done); err != nil {
			complain(s.err, fmt.Sprintf("GitHub does not show all of the result: %v", err))
		}
	}
	if code := done.Result.Outcome().ExitCode; code != reports.ExitPassed {
		return exitError{code, errors.New("")}
	}
	return nil
}

func progressOptions() progress.Options {
	terminal := term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb"
	return progress.Options{
		Terminal: terminal,
		Colour:   terminal && os.Getenv("NO_COLOR") == "",
		Width: func() int {
			width, _, err := term.GetSize(int(os.Stderr.Fd()))
			if err != nil {
				return 0
			}
			return width
		},
	}
}
