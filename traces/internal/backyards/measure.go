package backyards

import (
	"syscall"
	"testing"
	"time"
)

// PerSpan measures run over and over, and reports the time of one of its spans. On a
// machine with other work the time that the processor spent is the steadier figure;
// it counts the garbage collector.
func PerSpan(b *testing.B, spans int, run func()) {
	b.Helper()
	b.ReportAllocs()
	var spent time.Duration
	for b.Loop() {
		begin := Processor(b)
		run()
		spent += Processor(b) - begin
	}
	total := float64(spans) * float64(b.N)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/total, "ns/span")
	b.ReportMetric(float64(spent.Nanoseconds())/total, "cpu-ns/span")
	b.ReportMetric(total/spent.Seconds(), "spans/cpu-s")
}

// Processor is how long this process has been running on processors.
func Processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
