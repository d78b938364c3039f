package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/e2e"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/progress"
)

func recordCommand(s streams) *cobra.Command {
	loader := config.NewLoader()
	var names []string
	var into string
	var list bool
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Record on a live mesh what each rule of the derivation rests on",
		Long: `Brings up what a run brings up, sends the traffic of each rule of the derivation,
and writes what the mesh left of it, a file for each rule. It says at once whether
that agrees with what is derived. The tests of the oracle read the same files.

A recording that differs is written too, since it is what the mesh did (exit 1).
Evidence that is not complete is never written (exit 3); record those rules again
with --rule. A rule that is recorded again takes the place of its file.`,
		Example: `  throughline record --list
  throughline record
  throughline record --rule mirror,gateway --keep`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loader.Load(sources())
			if err != nil {
				return usage(err)
			}
			listed, err := e2e.ListRules(names)
			switch {
			case err != nil:
				return usage(err)
			case list:
				return inconclusive(showRules(s, cfg, listed))
			case cfg.DryRun:
				return inconclusive(e2e.PlanRecord(cmd.Context(), s.out, cfg, names, into))
			}
			self, err := os.Executable()
			if err != nil {
				return inconclusive(err)
			}
			shown := progress.Start(cmd.Context(), s.err, progressOptions())
			done, err := e2e.Record(cmd.Context(), e2e.Settings{
				Config: cfg, Self: self, Version: version(), Progress: shown,
			}, names, into)
			shown.Close()
			if err != nil {
				return usage(err)
			}
			return showRecordings(s, cfg, done)
		},
	}
	loader.AddFlags(cmd.Flags())
	cmd.Flags().StringSliceVar(&names, "rule", nil, "record only these rules, separated by commas")
	cmd.Flags().StringVar(&into, "into", filepath.Join("traces", "testdata", "recorded"), "folder of the recordings")
	cmd.Flags().BoolVar(&list, "list", false, "list the rules and do nothing")
	return cmd
}

func showRules(s streams, cfg config.Config, listed []e2e.ListedRule) error {
	if cfg.Output == config.JSON {
		return encode(s, listed)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, r := range listed {
		fmt.Fprintf(w, "%s\t%s\n", r.Name, r.Statement)
	}
	return w.Flush()
}

// showRecordings prints what became of each rule; its exit code becomes the verb's.
func showRecordings(s streams, cfg config.Config, done e2e.Recordings) error {
	for _, line := range done.Kept {
		fmt.Fprintln(s.err, line)
	}
	if cfg.Output == config.JSON {
		if err := encode(s, done); err != nil {
			return inconclusive(err)
		}
	} else {
		for _, r := range done.Rules {
			fmt.Fprintf(s.out, "%-12s %s\n", r.Outcome, r.Rule)
		}
	}
	code := done.ExitCode()
	if code == reports.ExitPassed {
		return nil
	}
	return exitError{code, errors.New(done.Problem)}
}

func encode(s streams, value any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
