package page_test

import (
	"bytes"
	"testing"

	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/reports/page/internal/specimen"
)

// BenchmarkWrite writes the page of 1,000 checks with 100,000 spans in all, of which it reads
// the exhibits from a folder in memory.
func BenchmarkWrite(b *testing.B) {
	run := specimen.Large(1000, 100_000)
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := page.Write(&buf, page.Report{Run: run}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(buf.Len())/(1<<20), "MiB")
}
