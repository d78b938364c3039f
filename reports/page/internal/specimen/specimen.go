// Package specimen makes up runs, for the tests and benchmarks of the page. A mesh in
// memory (traces/tracesim) leaves the traces, and the oracle itself finds what is wrong
// with them, so that what a page shows of them is what it would show of a live run.
package specimen

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing/fstest"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// builder fills a run folder.
type builder struct {
	result reports.Result
	folder fstest.MapFS
}

func begin(name string, started time.Time) *builder {
	return &builder{folder: fstest.MapFS{}, result: reports.Result{
		Run: name,
		Subject: reports.Subject{
			Versions: map[string]string{"kubernetes": "1.36.3", "istio": "1.31.0", "envoy": "1.40.0", "jaeger": "2.13.0"},
			Images: map[string]string{
				"pilot": "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
				"proxy": "sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
			},
			Provider: "kind", Flavour: "upstream", Cluster: "throughline",
		},
		Environment:   reports.Environment{Throughline: "devel", Go: "go1.26.8", OS: "linux", Arch: "amd64", Kernel: "6.1.0", CPUs: 2, MemoryMiB: 24000},
		Configuration: map[string]string{"provider": "kind", "alpha": "1e-06", "checks": ""},
		Seed:          7, Started: started, Finished: started.Add(3*time.Minute + 12*time.Second),
		Phases: []reports.Phase{
			{Name: "start engine", Seconds: 4.1},
			{Name: "create cluster", Seconds: 34.2, At: 4.1},
			{Name: "install Istio", Seconds: 21, At: 38.3},
			{Name: "deploy Jaeger", Seconds: 17.4, At: 38.3},
			{Name: "run checks", Seconds: 132.1, At: 59.3},
		},
	}}
}

// add adds a check with its exhibit, if it has one, below evidence/folder.
func (b *builder) add(c reports.Check, folder string, shown *reports.Exhibit) {
	if shown != nil {
		var buf bytes.Buffer
		if err := reports.EncodeExhibit(&buf, *shown); err != nil {
			panic(err)
		}
		path := "evidence/" + folder + "/exhibit.json"
		b.folder[path] = &fstest.MapFile{Data: buf.Bytes(), Mode: 0o644}
		c.Evidence = append(c.Evidence, reports.FileOf(path, buf.Bytes()))
	}
	b.result.Checks = append(b.result.Checks, c)
}

func (b *builder) run() page.Run { return page.Run{Result: b.result, Folder: b.folder} }

// service is one with a sidecar, which calls others one after another.
func service(name string, calls ...string) traces.Service {
	s := traces.Service{Name: name}
	for _, to := range calls {
		s.Steps = append(s.Steps, traces.Step{{To: to}})
	}
	return s
}

func shop(change ...func(s *traces.Service)) traces.Topology {
	t := traces.Topology{Name: "shop", Entry: "web", Services: []traces.Service{
		service("web", "cart", "catalog"), service("cart", "stock", "price"), service("catalog", "stock"),
		service("stock"), service("price"),
	}}
	for i := range t.Services {
		for _, c := range change {
			c(&t.Services[i])
		}
	}
	return t
}

func mesh(percent float64) traces.Mesh {
	return traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(percent)}
}

func forest(t traces.Topology) traces.Forest {
	f, err := traces.Derive(t, mesh(100), traces.Request{})
	if err != nil {
		panic(err)
	}
	return f
}

// exhibit shows the first requests of the evidence.
func exhibit(ev traces.Evidence, expected traces.Forest, shown int) *reports.Exhibit {
	e := &reports.Exhibit{Sent: len(ev.Requests)}
	for _, r := range ev.ByRequest().Requests[:shown] {
		e.Requests = append(e.Requests, reports.ExhibitedRequest{Expected: expected, Exchange: r.Exchange, Hops: r.Hops, Traces: r.Traces})
	}
	return e
}

// distribution is how long n made-up requests took that need about middle.
func distribution(variant string, n int, middle time.Duration, random *rand.Rand) reports.Latency {
	took := make([]float64, n)
	for i := range took {
		took[i] = middle.Seconds() * (0.8 + 0.2*random.Float64() + 0.3*random.ExpFloat64())
	}
	slices.Sort(took)
	l := reports.Latency{Variant: variant, N: n}
	for percent := range 101 {
		l.Percentiles = append(l.Percentiles, took[(n-1)*percent/100])
	}
	return l
}

// Large is a run of many checks, of which one in fifty failed, with spans in all.
func Large(checks, spans int) page.Run {
	b := begin("20261123-061125-9", time.Date(2026, 11, 23, 6, 11, 25, 0, time.UTC))
	each := max(spans/checks, 1)
	healthy, broken := wide(each, false), wide(each, true)
	expected := forest(healthy)
	areas := []string{"propagation", "sampling", "latency", "errors", "attributes"}
	for i := range checks {
		c := reports.Check{
			ID: fmt.Sprintf("Z%04d", i), Title: fmt.Sprintf("keeps one trace of about %d spans, for the time that is number %d", each, i),
			Area: areas[i%len(areas)], Profile: reports.Profiles()[i%3], ProfileReason: "it is made up",
			Verdict: reports.Passed, Seconds: float64(i%40) / 10, Prose: prose(),
		}
		t := healthy
		if i%50 == 7 {
			t = broken
		}
		ev := tracesim.Send(t, mesh(100), tracesim.Options{Requests: 1, Prefix: fmt.Sprintf("z-%d-", i), Seed: uint64(i)})
		if c.Findings = traces.JudgeForest(ev, expected); len(c.Findings) > 0 {
			c.Verdict, c.Reason = reports.Failed, c.Findings[0].Text()
		}
		b.add(c, c.ID, exhibit(ev, expected, 1))
	}
	return b.run()
}

// Deep is a run of one check, with one trace of about so many spans, in which a service
// forwards no headers where broken.
func Deep(spans int, broken bool) page.Run {
	b := begin("20261123-061125-10", time.Date(2026, 11, 23, 6, 11, 25, 0, time.UTC))
	t := wide(spans, broken)
	expected := forest(wide(spans, false))
	ev := tracesim.Send(t, mesh(100), tracesim.Options{Requests: 1, Prefix: "deep-", Seed: 5})
	c := reports.Check{
		ID: "P25", Title: "keeps one trace of very many spans", Area: "propagation", Profile: reports.Extended,
		Verdict: reports.Passed, Seconds: 12.3, Prose: prose(),
	}
	if c.Findings = traces.JudgeForest(ev, expected); len(c.Findings) > 0 {
		c.Verdict, c.Reason = reports.Failed, c.Findings[0].Text()
	}
	b.add(c, c.ID, exhibit(ev, expected, 1))
	return b.run()
}

// wide is a topology of which one request leaves about so many spans.
func wide(spans int, broken bool) traces.Topology {
	// A call of cart makes 2 spans, and each of its ten calls of stock as many.
	calls := max((spans-2)/22, 1)
	web, cart := traces.Service{Name: "web"}, traces.Service{Name: "cart", Forward: traces.Forwarding{Drop: broken}}
	for range calls {
		web.Steps = append(web.Steps, traces.Step{{To: "cart"}})
	}
	for range min(10, max((spans-4)/2, 1)) {
		cart.Steps = append(cart.Steps, traces.Step{{To: "stock"}})
	}
	return traces.Topology{Name: "wide", Entry: "web", Services: []traces.Service{web, cart, {Name: "stock"}}}
}

func prose() *reports.Prose {
	return &reports.Prose{
		Promise: "An application that forwards the trace headers of the requests that it serves keeps them in one trace: each proxy's span hangs below that of its caller.",
		Link:    "https://istio.io/latest/docs/tasks/observability/distributed-tracing/overview/",
		Matters: "A trace that splits shows neither which request caused a call nor where the time of the whole went.",
		How:     "Requests go from the client through a chain of services, all with sidecars, whose applications forward all trace headers. Each must leave exactly one trace with exactly the expected spans.",
		Failure: "Somewhere the context got lost. The finding names the service, and the headers on each hop show whether its application or its proxy lost it.",
	}
}
