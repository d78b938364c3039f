package reports_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/throughline/throughline/reports"
)

// large is a result with a thousand checks, each with prose, a finding and statistics.
func large() reports.Result {
	r := base()
	for i := range 1000 {
		c := failedChain()
		c.ID, c.Case = fmt.Sprintf("P%02d", i%100), fmt.Sprint(i)
		c.Prose = &reports.Prose{Promise: text(200), Link: "https://example.com/", Matters: text(300), How: text(400), Failure: text(200)}
		c.Statistics = &reports.Statistics{N: 2700, Observed: 1351, Percent: 50, P: 0.98, Lower: 44.7, Upper: 55.4, Alpha: 2e-8}
		r.Checks = append(r.Checks, c)
	}
	return r
}

// text is n bytes of words.
func text(n int) string {
	var all []byte
	for len(all) < n {
		all = append(all, "some words "...)
	}
	return string(all[:n])
}

func BenchmarkForms(b *testing.B) {
	r := large()
	junit := func(w io.Writer, r reports.Result) error { return reports.JUnit(w, r, "out/latest") }
	for name, write := range map[string]func(io.Writer, reports.Result) error{"json": reports.Encode, "junit": junit} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := write(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	var text bytes.Buffer
	if err := reports.Encode(&text, large()); err != nil {
		b.Fatal(err)
	}
	for name, read := range map[string]func([]byte, string) (reports.Result, error){"whole": reports.DecodeText, "brief": reports.DecodeBrief} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(text.Bytes(), "result.json"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
