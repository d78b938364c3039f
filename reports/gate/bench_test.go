package gate_test

import (
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/gate"
)

// many are a thousand results of a thousand subjects, each with 160 checks and 240 controls, the
// catalogue of those checks, and a policy that asks for all of them.
func many(tb testing.TB) (gate.Policy, gate.Input) {
	tb.Helper()
	var checks []reports.Check
	var known []gate.Known
	for i := range 160 {
		name := fmt.Sprintf("P%02d/case %d", i%40, i)
		c := check(name, reports.Passed)
		c.Statistics = &reports.Statistics{N: 2700, Observed: 1351, Percent: 50, P: 0.98, Alpha: 2e-8}
		checks = append(checks, c)
		k := gate.Known{ID: c.ID, Name: name, Area: c.Area, Profile: reports.Core}
		for n := range 1 + i%2 {
			sabotage := fmt.Sprintf("drop the headers in the middle, way %d", n)
			k.Controls = append(k.Controls, sabotage)
			checks = append(checks, control(name, sabotage, reports.Passed))
		}
		known = append(known, k)
	}
	p := gate.Policy{Name: "bench", Subjects: []gate.Subject{{
		Name: "all", Match: map[string]string{"istio": "1"}, MaxAge: 14 * 24 * time.Hour,
		Require: gate.Requirement{Profiles: []reports.Profile{reports.Core}},
	}}}
	in := gate.Input{Known: known}
	for i := range 1000 {
		in.Results = append(in.Results, on(source(fmt.Sprint("run-", i), checks...), fmt.Sprintf("1.31.%d", i)))
	}
	return p, in
}

func BenchmarkDecideOverAThousandResults(b *testing.B) {
	p, in := many(b)
	b.ReportAllocs()
	for b.Loop() {
		d, err := gate.Decide(p, in, today())
		if err != nil || d.Outcome != gate.Released {
			b.Fatal(d.Outcome, err)
		}
	}
}

// BenchmarkReadAThousandResults reads what a thousand runs left, one after another; the verb reads as
// many at a time as there are processors.
func BenchmarkReadAThousandResults(b *testing.B) {
	_, in := many(b)
	var text bytes.Buffer
	if err := reports.Encode(&text, in.Results[0].Result); err != nil {
		b.Fatal(err)
	}
	folder := fstest.MapFS{"result.json": {Data: text.Bytes()}}
	b.SetBytes(int64(1000 * text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		for range 1000 {
			if _, err := gate.Read(folder, "result.json", "result.json", false); err != nil {
				b.Fatal(err)
			}
		}
	}
}
