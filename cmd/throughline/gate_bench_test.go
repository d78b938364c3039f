package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
	"github.com/throughline/throughline/traces"
)

// BenchmarkGateOverAThousandResults decides on a thousand results of a thousand subjects. `whole` are
// as a run of every check leaves them (docs/results); `verdicts` lack the prose of the checks, what
// their findings say at length, and the cases of P14: a gate does not look at that.
func BenchmarkGateOverAThousandResults(b *testing.B) {
	for name, of := range map[string]func(reports.Check) reports.Check{"whole": whole, "verdicts": verdict} {
		b.Run(name, func(b *testing.B) {
			result := keptResult(b)
			for i, c := range result.Checks {
				result.Checks[i] = of(c)
			}
			folder := b.TempDir()
			policy := writeFile(b, folder, "gate.yaml", []byte(`version: 1
name: release
require: {profiles: [core, extended, providers]}
subjects: [{name: all, match: {istio: "1.31"}}]
`))
			var bytesOfAll int64
			for i := range 1000 {
				result.Run = fmt.Sprintf("run-%d", i)
				result.Subject.Versions["istio"] = fmt.Sprintf("1.31.%d", i)
				var text bytes.Buffer
				if err := reports.Encode(&text, result); err != nil {
					b.Fatal(err)
				}
				bytesOfAll += int64(text.Len())
				writeFile(b, filepath.Join(folder, result.Run), "result.json", text.Bytes())
			}
			b.SetBytes(bytesOfAll)
			b.ReportAllocs()
			for b.Loop() {
				d, err := decide(b.Context(), policy, "2026-11-29", []string{folder}, nil)
				if err != nil || d.Outcome != gate.Released || len(d.Results) != 1000 {
					b.Fatal(d.Outcome, len(d.Results), err)
				}
			}
		})
	}
}

// keptResult is the last of docs/results, in which everything passed.
func keptResult(b *testing.B) reports.Result {
	b.Helper()
	files, err := resultFiles(filepath.Join("..", "..", "docs", "results"))
	if err != nil {
		b.Fatal(err)
	}
	file := files[len(files)-1]
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	result, err := reports.DecodeText(text, file)
	if err != nil {
		b.Fatal(err)
	}
	return result
}

func whole(c reports.Check) reports.Check { return c }

func verdict(c reports.Check) reports.Check {
	var first []traces.Finding
	if len(c.Findings) > 0 {
		first = []traces.Finding{{Kind: c.Findings[0].Kind, Service: c.Findings[0].Service, Observed: "2 traces"}}
	}
	return reports.Check{
		ID: c.ID, Case: c.Case, Title: c.Title, Area: c.Area, Profile: c.Profile, Control: c.Control, ControlName: c.ControlName,
		Verdict: c.Verdict, Seconds: c.Seconds, Statistics: c.Statistics, Findings: first,
	}
}

func writeFile(b *testing.B, dir, name string, text []byte) string {
	b.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		b.Fatal(err)
	}
	return file
}
