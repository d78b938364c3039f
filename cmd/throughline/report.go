package main

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/reports/rundir"
)

func reportCommand(s streams) *cobra.Command {
	var baseline, jaeger, output string
	cmd := &cobra.Command{
		Use:   "report [RUN-DIR | result.json]",
		Short: "Make the HTML report of a run, also in comparison with a former one",
		Long: `Makes one HTML file of a run: the verdict, what failed and why in one line each, and
for every check its prose, the expected and the observed tree beside each other, the
waterfall of its traces, the headers on each hop and its statistics. The file needs no
network and nothing beside it, so that it can be mailed.

Every run writes its own, report.html, in its folder. This verb makes it anew: after a run
that was killed, with links to a Jaeger that has the traces, or with what is otherwise than
in a former run. Without an argument it takes the last run, out/latest.

An exhibit that is missing, or is not what the run wrote, is told in the page. The exit
code is 0 whatever the verdict of the run, and 2 where there is no result to show, or the
page cannot be written.`,
		Example: `  throughline report
  throughline report out/20261123-061125-7 --baseline out/20261116-060212-3
  throughline report --jaeger http://127.0.0.1:16686
  throughline report result.json -o /tmp/report.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{filepath.Join(config.Default().OutDir, rundir.LatestLink)}
			}
			kept, err := rundir.Open(args[0])
			if err != nil {
				return usage(err)
			}
			defer kept.Close() //nolint:errcheck // It was only read.
			report := page.Report{Run: page.Run{Result: kept.Result, Folder: kept.Folder}, Jaeger: jaeger}
			if baseline != "" {
				former, err := rundir.Open(baseline)
				if err != nil {
					return usage(fmt.Errorf("--baseline: %w", err))
				}
				defer former.Close() //nolint:errcheck // It was only read.
				report.Former = &page.Run{Result: former.Result, Folder: former.Folder}
			}
			var html bytes.Buffer
			if err := page.Write(&html, report); err != nil {
				return usage(fmt.Errorf("--jaeger: %w", err))
			}
			if output == "" {
				output = filepath.Join(kept.Path, rundir.ReportFile)
			}
			if output == "-" {
				_, err := s.out.Write(html.Bytes())
				return inconclusive(err)
			}
			if err := rundir.WriteFile(output, html.Bytes()); err != nil {
				return usage(fmt.Errorf("write the page (choose another file with --output): %w", err))
			}
			fmt.Fprintf(s.out, "%s: %d KiB; open it in a browser\n", output, (html.Len()+1023)/1024)
			return nil
		},
	}
	cmd.Flags().StringVar(&baseline, "baseline", "", "folder or result.json of a former run to compare with")
	cmd.Flags().StringVar(&jaeger, "jaeger", "", "address of Jaeger's pages, as http://127.0.0.1:16686, for links to traces")
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write, - for the standard output (default: report.html in the run folder)")
	return cmd
}
