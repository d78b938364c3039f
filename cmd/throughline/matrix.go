package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/throughline/throughline/e2e/cells"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/github"
	"github.com/throughline/throughline/reports/grid"
	"github.com/throughline/throughline/reports/matrix"
	"github.com/throughline/throughline/reports/progress"
	"github.com/throughline/throughline/reports/rundir"
)

func matrixCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "matrix",
		Short: "Plan, run and show combinations of versions",
		Long: `A matrix file lists versions of Kubernetes, Istio, Envoy and Jaeger, cluster providers
and proxy flavours, and which of their combinations are tested. Each combination is a
cell. See docs/matrix.md.`,
		Example: `  throughline matrix plan
  throughline matrix run --continue
  throughline matrix report -o matrix.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(matrixPlanCommand(s), matrixRunCommand(s), matrixReportCommand(s))
	return cmd
}

func matrixPlanCommand(s streams) *cobra.Command {
	var file, folder, output string
	var shards int
	forms := map[string]func(io.Writer, matrix.Plan) error{
		"table": matrix.Table, "json": matrix.JSON, "github": matrix.GitHub, "gitlab": matrix.GitLab,
	}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "List the cells of a matrix with what they cover and what they cost",
		Long: `Lists the cells of a matrix, how many of the pairs of values that may meet they cover,
and what each costs: the middle one of former results of the same subject and the same
checks, else of the same checks, else what the matrix says.

With github it prints the value of strategy.matrix of a workflow in one line, with
gitlab a child pipeline. Both have a job for each cell or, with --shards, for each
shard: the longest cells first, each to the shard that has least.`,
		Example: `  throughline matrix plan
  throughline matrix plan --shards 2
  echo "matrix=$(throughline matrix plan -o github)" >> "$GITHUB_OUTPUT"
  throughline matrix plan -o gitlab > cells.yml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, known := forms[output]
			if !known {
				return usage(fmt.Errorf("--output %q: expected table, github, gitlab or json", output))
			}
			if shards < 0 {
				return usage(fmt.Errorf("--shards %d: expected a number of runners, or 0 for a job for each cell", shards))
			}
			former, unread, err := readFolder(folder, cmd.Flags().Changed("results"))
			if err != nil {
				return usage(err)
			}
			for _, err := range unread {
				complain(s.err, "not used for the cost: "+err.Error())
			}
			plan, err := readPlan(file, former, shards)
			if err == nil {
				err = possible(plan)
			}
			if err != nil {
				return usage(err)
			}
			return usage(form(s.out, plan))
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", matrix.FileName, "matrix file")
	cmd.Flags().StringVar(&folder, "results", "out", "folder of former results, from which the cost of a cell is known")
	cmd.Flags().IntVar(&shards, "shards", 0, "share the cells between this many runners")
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, github, gitlab or json")
	return cmd
}

func matrixRunCommand(s streams) *cobra.Command {
	var file, output string
	var names []string
	var dryRun bool
	settings := cells.Settings{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the cells of a matrix on this machine",
		Long: `Runs each cell as a process of its own, with a cluster of its own, and keeps its results
in a folder of its own. The cache is shared. A cell that fails stops no other. Ctrl-C
interrupts the cells that are under way and waits until they have cleaned up.

Each cell that runs at a time needs about 6 GiB of memory.

Exit codes are those of the worst cell: 0 all passed, 1 a check failed, 2 settings of a
cell are wrong and nothing was begun, 3 a cell has no verdict.`,
		Example: `  throughline matrix run
  throughline matrix run --continue               # only what has no verdict yet
  throughline matrix run --cells '*envoy1.39.3*'
  throughline matrix run --jobs 2
  throughline matrix run --dry-run                # print the command of each cell`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return usage(fmt.Errorf("--output %q: expected text or json", output))
			}
			if settings.Jobs < 1 {
				return usage(fmt.Errorf("--jobs %d: expected one cell at a time at least", settings.Jobs))
			}
			plan, err := readPlan(file, nil, 0)
			if err == nil && dryRun { // A run asks each cell itself.
				err = possible(plan)
			}
			if err != nil {
				return usage(err)
			}
			chosen, err := plan.Select(names)
			if err != nil {
				return usage(fmt.Errorf("--cells: %w", err))
			}
			if settings.Program, err = os.Executable(); err != nil {
				return inconclusive(err)
			}
			if dryRun {
				for _, c := range chosen {
					fmt.Fprintln(s.out, shellescape.QuoteCommand(settings.Command(c)))
				}
				return nil
			}
			shown := progress.Start(cmd.Context(), s.err, progressOptions())
			settings.Progress = shown
			ended, err := cells.Run(cmd.Context(), chosen, settings)
			shown.Close()
			var refused cells.Refused
			if errors.As(err, &refused) {
				return usage(err)
			}
			if err != nil {
				return inconclusive(err)
			}
			return showCells(s, output, ended)
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", matrix.FileName, "matrix file")
	cmd.Flags().StringSliceVar(&names, "cells", nil, "run only these cells: names or patterns, separated by commas")
	cmd.Flags().IntVar(&settings.Jobs, "jobs", 1, "how many cells run at a time")
	cmd.Flags().BoolVar(&settings.Continue, "continue", false, "leave out cells that have a conclusive result")
	cmd.Flags().StringVar(&settings.Out, "out", filepath.Join("out", "matrix"), "folder for results; each cell has a folder in it")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print the command of each cell and do nothing")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func showCells(s streams, output string, ended []cells.Ended) error {
	var err error
	told := s.out
	if output == "json" {
		told = s.err
		err = encode(s, ended)
	} else {
		err = printed(s.out, func(w io.Writer) error { return cells.Text(w, ended) })
	}
	if err != nil {
		return inconclusive(err)
	}
	if onGitHub() {
		if err := annotated(told, ended); err != nil {
			complain(s.err, fmt.Sprintf("GitHub does not show all of the results: %v", err))
		}
	}
	if code := cells.ExitCode(ended); code != reports.ExitPassed {
		return exitError{code, errors.New("")}
	}
	return nil
}

// annotated writes the annotations of each cell that was run: what its run prints goes to its log, where no
// runner of GitHub sees it. To the summary of the job the run adds its result itself.
func annotated(w io.Writer, ended []cells.Ended) error {
	var errs []error
	for _, e := range ended {
		if e.Former || e.Run == "" {
			continue
		}
		kept, err := rundir.Open(e.Run)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, github.Annotations(w, kept.Result), kept.Close())
	}
	return errors.Join(errs...)
}

func matrixReportCommand(s streams) *cobra.Command {
	var file, folder, output string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Show results cell by cell",
		Long: `Shows all results below a folder side by side: each combination with its latest verdict
and its history, the checks that are not passed everywhere, how often a check ends
differently on the same subject, and from which version on a check fails.

The HTML page is one file that needs nothing else. It decides nothing: see
throughline gate for that. With -f, planned cells without a result are shown too.

Exit codes: 0 it is written, 2 a result cannot be read (the report says which), 3 there
is no result.`,
		Example: `  throughline matrix report -o matrix.html
  throughline matrix report -f matrix.yaml -o matrix.html
  throughline matrix report --results docs/results -o markdown`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			form, into, err := reportForm(output)
			if err != nil {
				return usage(err)
			}
			var planned []matrix.Planned
			if file != "" {
				plan, planErr := readPlan(file, nil, 0)
				if planErr != nil {
					return usage(planErr)
				}
				planned = plan.Cells
			}
			results, unread, err := readFolder(folder, cmd.Flags().Changed("results"))
			if err != nil {
				return usage(err)
			}
			var text bytes.Buffer
			if err = form(&text, grid.Of(results, unread, planned)); err != nil {
				return inconclusive(err)
			}
			if into == "" {
				_, err = text.WriteTo(s.out)
			} else {
				err = rundir.WriteFile(into, text.Bytes())
			}
			switch {
			case err != nil:
				return inconclusive(err)
			case len(unread) > 0:
				return usage(errors.Join(unread...))
			case len(results) == 0:
				return inconclusive(fmt.Errorf("there is no result below %s; make some: throughline matrix run", folder))
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "matrix file whose cells are shown even where they have no result")
	cmd.Flags().StringVar(&folder, "results", "out", "folder of results")
	cmd.Flags().StringVarP(&output, "output", "o", "html", "html, markdown or json, or a file whose ending (.html, .md, .json) says which")
	return cmd
}

// reportForm is the form that --output names, and the file to write, if any.
func reportForm(output string) (form func(io.Writer, grid.Grid) error, into string, err error) {
	forms := map[string]func(io.Writer, grid.Grid) error{
		"html": grid.HTML, "markdown": grid.Markdown, "json": grid.JSON,
		".html": grid.HTML, ".md": grid.Markdown, ".json": grid.JSON,
	}
	if form = forms[output]; form != nil && !strings.HasPrefix(output, ".") {
		return form, "", nil
	}
	if form = forms[filepath.Ext(output)]; form != nil {
		return form, output, nil
	}
	return nil, "", fmt.Errorf("--output %q: expected html, markdown, json, or a file that ends in .html, .md or .json", output)
}

// readPlan reads a matrix file and plans its cells.
func readPlan(file string, former []matrix.Stored, shards int) (matrix.Plan, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return matrix.Plan{}, fmt.Errorf("read the matrix: %w; name it with --file", err)
	}
	var flags []string
	known := pflag.NewFlagSet("run", pflag.ContinueOnError)
	config.NewLoader().AddFlags(known)
	known.VisitAll(func(f *pflag.Flag) { flags = append(flags, f.Name) })
	m, err := matrix.Decode(content, file, flags)
	if err != nil {
		return matrix.Plan{}, err
	}
	return matrix.NewPlan(m, former, shards), nil
}

// possible says which cells `throughline run` would refuse, and why, each reason once.
func possible(plan matrix.Plan) error {
	from := sources()
	said := map[string]bool{}
	var errs []error
	for _, cell := range plan.Cells {
		loader, flags := config.NewLoader(), pflag.NewFlagSet("run", pflag.ContinueOnError)
		loader.AddFlags(flags)
		err := flags.Parse(cell.Args)
		if err == nil {
			_, err = loader.Load(from)
		}
		if err == nil {
			continue
		}
		for reason := range strings.SplitSeq(err.Error(), "\n") {
			if !said[reason] {
				said[reason] = true
				errs = append(errs, fmt.Errorf("%s: %s", cell.Name, reason))
			}
		}
	}
	return errors.Join(errs...)
}

// readFolder reads all results below a folder. One that nobody named need not be there.
func readFolder(folder string, named bool) (results []matrix.Stored, unread []error, err error) {
	results, unread, err = matrix.Results(os.DirFS(folder), folder)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil, nil
	}
	return results, unread, err
}
