package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/calibration"
)

func calibrateCommand(s streams) *cobra.Command {
	var output string
	var alpha float64
	cmd := &cobra.Command{
		Use:   "calibrate RESULT...",
		Short: "Pool the p-values of several runs and test whether they are what they must be",
		Long: `Reads the results of several runs (each a result.json, a run folder, or a folder with
run folders somewhere below it) and pools the p-values of all statistical tests of
their checks, not of the controls. Where the mesh samples as it should they are
uniform, or larger. Ten clean runs alone say little about a false-alarm rate of one in
a million: their p-values say whether the tests deserve it.

Exit codes: 0 they look as they must, 1 they do not, 3 there is nothing to pool.`,
		Example: `  throughline calibrate out
  throughline calibrate out/*/result.json -o json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains([]string{"text", "json", "markdown"}, output) {
				return usage(fmt.Errorf("--output %q: expected text, json or markdown", output))
			}
			results, err := readResults(args)
			if err != nil {
				return usage(err)
			}
			pooled, err := calibration.Of(results, alpha)
			if err != nil {
				return usage(err)
			}
			switch output {
			case "json":
				err = encode(s, pooled)
			case "markdown":
				err = calibration.Markdown(s.out, pooled)
			default:
				err = calibration.Text(s.out, pooled)
			}
			if err != nil {
				return inconclusive(err)
			}
			if code := pooled.ExitCode(); code != reports.ExitPassed {
				return exitError{code, errors.New("")}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, json or markdown (with a table of the runs)")
	cmd.Flags().Float64Var(&alpha, "alpha", 1e-3, "false-alarm rate of the whole calibration")
	return cmd
}

// readResults reads all results that paths name, or says what is wrong with any.
func readResults(paths []string) ([]reports.Result, error) {
	files, missing := filesOfResults(paths)
	var results []reports.Result
	errs := []error{missing}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		result, err := reports.Decode(file, name)
		if err = errors.Join(err, file.Close()); err != nil {
			errs = append(errs, err)
			continue
		}
		results = append(results, result)
	}
	return results, errors.Join(errs...)
}
