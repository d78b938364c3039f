package reports_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func rendered(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func started() time.Time { return time.Date(2026, 11, 23, 6, 11, 25, 0, time.UTC) }

// base is a finished run without checks.
func base() reports.Result {
	return reports.Result{
		Run: "20261123-061125-7",
		Subject: reports.Subject{
			Versions: map[string]string{"kubernetes": "1.36.3", "istio": "1.31", "envoy": "1.40.0", "jaeger": "2.13.0"},
			Images:   map[string]string{"pilot": "sha256:1111", "proxy": "sha256:2222"},
			Provider: "kind", Flavour: "upstream", Cluster: "throughline",
		},
		Environment:   reports.Environment{Go: "go1.26.8", OS: "linux", Arch: "amd64", CPUs: 2, MemoryMiB: 24000},
		Configuration: map[string]string{"provider": "kind", "alpha": "1e-06"},
		Seed:          7,
		Started:       started(),
		Finished:      started().Add(3*time.Minute + 12*time.Second),
		Phases: []reports.Phase{
			{Name: "create cluster", Seconds: 34.2},
			{Name: "install mesh", Seconds: 41, At: 34.2},
			{Name: "checks", Seconds: 75.25, At: 75.2},
		},
	}
}

func passedChain() reports.Check {
	return reports.Check{
		ID: "P01", Title: "keeps one trace along a chain that forwards its headers", Area: "propagation",
		Verdict: reports.Passed, Seconds: 1.204, Location: "suites/propagation/chain.go:21",
		Profile: reports.Core, ProfileReason: "one trace for one request is what tracing is for",
		Prose: &reports.Prose{
			Promise: "Sidecars create the spans, the application copies the headers.", Link: "https://istio.io/",
			Matters: "A trace in pieces tells nothing.", How: "20 requests go down a chain.", Failure: "The finding names the service.",
		},
		Evidence: []reports.File{reports.FileOf("evidence/P01/exhibit.json", []byte("{}"))},
	}
}

func splitTrace() traces.Finding {
	return traces.Finding{
		Kind: traces.SplitTrace, Service: "cart",
		Observed: "2 traces: 4b1e… has 5 of 7 spans, 9f2c… has 2",
		Expected: "1 trace: web > cart > stock",
		Why:      "cart's application sent no traceparent, so its sidecar began 9f2c…",
		Next:     "forward traceparent in cart; headers as seen on each hop: hops.txt",
		Count:    20, Requests: []string{"r-1", "r-2"}, Traces: []string{"4b1e", "9f2c"},
	}
}

func failedChain() reports.Check {
	c := passedChain()
	c.Verdict = reports.Failed
	c.Findings = []traces.Finding{splitTrace()}
	c.Reason = c.Findings[0].Text()
	c.Evidence = []reports.File{
		reports.FileOf("evidence/P01/hops.txt", []byte("hops")), reports.FileOf("evidence/P01/spans.json", []byte("spans")),
	}
	return c
}

func caughtControl() reports.Check {
	c := passedChain()
	c.Control, c.ControlName = true, "drop the headers in the middle"
	c.Seconds = 0.9
	c.Findings = []traces.Finding{splitTrace()}
	return c
}

func missedControl() reports.Check {
	c := caughtControl()
	c.Verdict = reports.Failed
	c.Findings = nil
	c.Reason = `the sabotage "drop the headers in the middle" must lead to split-trace at cart and to nothing else; the judge found nothing`
	return c
}

func rateCheck() reports.Check {
	return reports.Check{
		ID: "S04", Title: "samples half of the requests at 50 %", Area: "sampling", Verdict: reports.Passed, Seconds: 6.5,
		Statistics: &reports.Statistics{N: 2700, Observed: 1351, Percent: 50, P: 0.98, Lower: 44.7, Upper: 55.4, Alpha: 2e-8},
		Tests:      []traces.Statistic{{Test: "share of sampled requests", N: 2700, P: 0.98, Alpha: 2e-8, Misses: 9.8e-7, Against: "60 %"}},
		Measures:   []traces.Measure{{Name: "rate of requests", Value: 415, Unit: "requests/s"}},
	}
}

func inconclusiveCheck() reports.Check {
	return reports.Check{
		ID: "P01", Case: "zipkin", Title: "keeps one trace over zipkin", Area: "propagation",
		Verdict: reports.Inconclusive, Seconds: 30.1,
		Reason: "incomplete evidence: spans sent 812, stored 806 after 30s",
	}
}

func skippedCheck() reports.Check {
	return reports.Check{
		ID: "S03", Title: "samples 1 % where nothing is set", Area: "sampling", Verdict: reports.Skipped,
		Reason: "the mesh has a sampling setting of its own",
	}
}

func with(checks ...reports.Check) reports.Result {
	r := base()
	r.Checks = checks
	return r
}

// hostile is text that a terminal, an XML parser or a reader's eye could be misled by.
const hostile = "cart\x1b[2J\u202egnp.exe\x00</failure>&\"]]>\xff\u2028\r\U000e0041"

func hostileResult() reports.Result {
	r := with(reports.Check{
		ID: hostile, Case: hostile, Title: hostile, Area: hostile, Verdict: reports.Failed, Reason: hostile,
		Findings: []traces.Finding{{
			Kind: traces.FindingKind(hostile), Service: hostile, Observed: hostile, Expected: hostile, Why: hostile, Next: hostile,
			Requests: []string{hostile}, Traces: []string{hostile},
		}},
		Evidence: []reports.File{reports.FileOf(hostile+"/"+hostile, nil)}, Location: hostile + ":1",
	}, reports.Check{ID: "P02", Title: hostile, Area: "propagation", Verdict: reports.Inconclusive, Reason: hostile + "\n" + hostile},
		reports.Check{ID: "P03", Control: true, ControlName: hostile, Area: "propagation", Verdict: reports.Skipped, Reason: hostile})
	r.Run = hostile
	r.Problem = hostile
	r.Subject.Versions = map[string]string{hostile: hostile}
	r.Phases = []reports.Phase{{Name: hostile, Seconds: 1, Error: hostile}}
	return r
}

func results() map[string]reports.Result {
	broken := base()
	broken.Problem = "install istio 1.31: istiod not ready after 3m0s: ImagePullBackOff pilot:1.31\nlast event: Failed to pull image"
	broken.Phases[1].Error = "istiod not ready after 3m0s"
	killed := with(passedChain())
	killed.Finished = time.Time{}
	second := passedChain()
	second.Round = 2
	repeated := with(passedChain(), second)
	repeated.Notes = []string{`the version of istio ("dev") cannot be read; it is taken for the newest, with every feature`}
	return map[string]reports.Result{
		"passed":       with(rateCheck(), caughtControl(), passedChain()),
		"failed":       with(failedChain(), caughtControl(), rateCheck()),
		"missed":       with(passedChain(), missedControl()),
		"inconclusive": with(passedChain(), caughtControl(), inconclusiveCheck(), skippedCheck()),
		"repeated":     repeated,
		"broken":       broken,
		"killed":       killed,
		"empty":        base(),
		"hostile":      hostileResult(),
	}
}
