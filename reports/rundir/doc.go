// Package rundir keeps the folder of one run: its result, its JUnit file and the
// evidence behind each verdict.
//
//	out/20261123-061125-7/
//	    result.json
//	    junit.xml
//	    conformance.yaml
//	    report.html
//	    evidence/P01/exhibit.json
//	    evidence/P03/spans.json
//	    evidence/P01.control.drop-the-headers-in-the-middle/spans.json
//	out/latest -> 20261123-061125-7
//
// A file is written whole under another name and then renamed, so that a reader
// never meets half of one, whenever the run is ended. Nothing is ever written outside the
// folder: the names of checks and files may come from anywhere.
//
//	run, err := rundir.Create("out", rundir.Name(started, seed))
//	defer run.Close()
//	ledger, err := reports.NewLedger(result, run.Save)
package rundir
