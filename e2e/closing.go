package e2e

import (
	"bytes"
	"errors"
	"io"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/conformance"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/reports/rundir"
)

// close writes what is made of a whole result, and ends the use of the run folder.
func (r *run) close(result reports.Result) error {
	return errors.Join(
		r.write(rundir.ConformanceFile, func(w io.Writer) error { return conformance.Write(w, conformance.Of(result)) }),
		r.write(rundir.ReportFile, func(w io.Writer) error { return page.Write(w, r.report(result)) }),
		r.dir.Close(),
	)
}

// report is what the page of the run shows. It links to Jaeger where that stays.
func (r *run) report(result reports.Result) page.Report {
	report := page.Report{Run: page.Run{Result: result, Folder: r.dir.Folder()}}
	if r.keeps() {
		report.Jaeger = r.jaeger
	}
	return report
}

// write writes a file of the run folder.
func (r *run) write(name string, write func(io.Writer) error) error {
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		return err
	}
	return r.dir.Write(name, buf.Bytes())
}
