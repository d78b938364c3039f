package cells

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/throughline/throughline/reports"
)

// Text writes how the cells ended for a person: a line for each, why, and what to do next.
func Text(w io.Writer, all []Ended) error {
	var b, rows strings.Builder
	rows.WriteString("VERDICT\tTOOK\tCELL\tRESULT\n")
	for _, e := range all {
		took := reports.Elapsed(time.Duration(e.Seconds * float64(time.Second)))
		if e.Former {
			took += " (former)"
		}
		place := e.Run
		if place == "" {
			place = e.Log
		}
		if place == "" {
			place = "-"
		}
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\n", e.Verdict, took, e.Cell, reports.SafeLine(place))
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, err := io.WriteString(table, rows.String())
	if err = errors.Join(err, table.Flush()); err != nil {
		return fmt.Errorf("write cells: %w", err)
	}
	for _, e := range all {
		if e.Reason != "" {
			fmt.Fprintf(&b, "\n%s %s\n  %s\n", strings.ToUpper(string(e.Verdict)), e.Cell, strings.ReplaceAll(reports.Safe(e.Reason), "\n", "\n  "))
		}
	}
	b.WriteString("\n" + next(all) + "\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write cells: %w", err)
	}
	return nil
}

func next(all []Ended) string {
	switch ExitCode(all) {
	case reports.ExitPassed:
		return "next: throughline matrix report"
	case reports.ExitFailed:
		return "next: look at the results of the cells that failed; throughline matrix report shows them side by side"
	default:
		return "next: look at the logs of the cells without a verdict; then throughline matrix run --continue"
	}
}
