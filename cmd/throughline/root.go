package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/reports"
)

type streams struct {
	out, err io.Writer
}

// exitError carries an exit code out of a verb.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return exitError{reports.ExitUsage, err}
}

func inconclusive(err error) error {
	if err == nil {
		return nil
	}
	return exitError{reports.ExitInconclusive, err}
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := rootCommand(s) //nolint:contextcheck // Cobra hands the context to the verbs.
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return reports.ExitPassed
	}
	var exit exitError
	if !errors.As(err, &exit) {
		exit = exitError{reports.ExitUsage, err}
	}
	if text := exit.Error(); text != "" {
		complain(s.err, text)
	}
	return exit.code
}

// complain prints what is wrong. The text may hold what comes from results and names of files.
func complain(w io.Writer, text string) {
	_ = printed(w, func(w io.Writer) error { // Nobody is left to tell an error to.
		_, err := fmt.Fprintf(w, "throughline: %s\n", reports.Safe(text))
		return err
	})
}

func rootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "throughline",
		Short: "Check distributed tracing in an Istio mesh, end to end",
		Long: `Throughline answers one question with evidence: with this Kubernetes, this Istio,
this Envoy and this Jaeger, do traces connect, are sampling rates respected, and
does latency show up where it arises?

It brings up a real cluster with a real mesh, sends requests through it, reads
back what Jaeger stored, and compares it with exactly what must be there.

Exit codes: 0 passed, 1 a check failed, 2 usage or configuration,
3 inconclusive evidence or infrastructure.`,
		Example: `  throughline run                  # everything, on a cluster of its own
  throughline run --check P01,sampling
  throughline list                 # what is checked`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		runCommand(s),
		listCommand(s),
		reportCommand(s),
		calibrateCommand(s),
		gateCommand(s),
		matrixCommand(s),
		recordCommand(s),
		imagesCommand(s),
		downCommand(s),
		versionCommand(s),
		forwardCommand(),
	)
	return root
}
