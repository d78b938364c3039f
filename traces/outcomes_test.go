package traces_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

const (
	callerTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callerSpan  = "00f067aa0ba902b7"
)

// anyMesh draws providers, rates and rules for the namespaces of anyTopology.
func anyMesh(t *rapid.T) traces.Mesh {
	provider := rapid.SampledFrom([]traces.Provider{traces.OpenTelemetry, traces.Zipkin, traces.ZipkinW3C})
	sampling := rapid.SampledFrom([]traces.Sampling{{}, traces.Percent(0), traces.Percent(50), traces.Percent(100), traces.Percent(100)})
	on := true
	rule := rapid.Custom(func(t *rapid.T) traces.Rule {
		r := traces.Rule{Side: rapid.SampledFrom([]traces.Kind{"", traces.Client, traces.Server}).Draw(t, "side")}
		switch rapid.IntRange(0, 3).Draw(t, "rule") {
		case 0:
			r.Provider = provider.Draw(t, "provider")
		case 1:
			r.Sampling = sampling.Draw(t, "sampling")
		case 2:
			r.DisableSpanReporting = &on
		default:
			r.DisableContextPropagation = &on
		}
		return r
	})
	m := traces.Mesh{
		Provider: rapid.SampledFrom([]traces.Provider{"", traces.OpenTelemetry, traces.OpenTelemetry, traces.Zipkin, traces.ZipkinW3C}).Draw(t, "provider"),
		Sampling: sampling.Draw(t, "sampling"),
		Rules:    rapid.SliceOfN(rule, 0, 1).Draw(t, "rules"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "telemetries") {
		m.Telemetries = append(m.Telemetries, traces.Telemetry{
			Namespace: rapid.SampledFrom([]string{"shop", "ward"}).Draw(t, "namespace"),
			Workload:  rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "workload"),
			Rules:     rapid.SliceOfN(rule, 1, 2).Draw(t, "rules"),
		})
	}
	return m
}

// anyRequest draws a caller with or without a context of its own.
func anyRequest(t *rapid.T) traces.Request {
	return traces.Request{
		Bare: rapid.Bool().Draw(t, "bare client"),
		Headers: rapid.SampledFrom([]map[string]string{
			nil,
			nil,
			{"traceparent": "00-" + callerTrace + "-" + callerSpan + "-01"},
			{"traceparent": "00-" + callerTrace + "-" + callerSpan + "-00"},
			{"traceparent": "nonsense"},
			{"x-b3-traceid": callerTrace, "x-b3-spanid": callerSpan, "x-b3-sampled": "1"},
			{"x-b3-traceid": callerTrace, "x-b3-spanid": callerSpan},
			{"x-b3-sampled": "0"},
			{"b3": callerTrace + "-" + callerSpan + "-1"},
			{"b3": "0"},
			{"x-request-id": "11111111-1111-9111-a111-111111111111"},
		}).Draw(t, "caller's headers"),
	}
}

// anyShape is anyTopology with what the mesh and applications of their own may add.
func anyShape(t *rapid.T) traces.Topology {
	topology := anyTopology(t)
	last := len(topology.Services) - 1
	for i := range topology.Services {
		s := &topology.Services[i]
		s.SDK = rapid.SampledFrom([]traces.SDK{"", "", "", traces.ExportingSDK, traces.SilentSDK}).Draw(t, "sdk")
		s.Work.Early = rapid.SampledFrom([]bool{false, false, true}).Draw(t, "early")
		s.Work.Fails = rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "fails")
		if rapid.IntRange(0, 5).Draw(t, "versions") == 0 {
			s.Versions = []traces.Version{{Name: "v1", Weight: 50, Steps: s.Steps}, {Name: "v2", Weight: 50}}
			s.Steps = nil
		}
		if i < last && rapid.IntRange(0, 7).Draw(t, "gateway") == 0 {
			*s = traces.Service{
				Name: s.Name, Gateway: true,
				Steps: []traces.Step{{{To: fmt.Sprintf("s%d", rapid.IntRange(i+1, last).Draw(t, "behind the gateway"))}}},
			}
		}
	}
	gateways := map[string]bool{}
	for _, s := range topology.Services {
		gateways[s.Name] = s.Gateway
	}
	for _, s := range topology.Services {
		steps := s.Steps
		for _, v := range s.Versions {
			steps = append(steps, v.Steps...)
		}
		for _, step := range steps {
			for i := range step {
				if gateways[step[i].To] {
					step[i].Protocol = traces.HTTP
				}
			}
		}
	}
	for i := 1; i <= last; i++ {
		r := traces.Route{To: fmt.Sprintf("s%d", i)}
		switch rapid.IntRange(0, 8).Draw(t, "route") {
		case 0:
			r.Retries = rapid.IntRange(1, 2).Draw(t, "retries")
		case 1:
			r.Abort = rapid.SampledFrom([]int{404, 503}).Draw(t, "abort")
		case 2:
			r.Delay = time.Second
		case 3:
			if i < last {
				r.Mirror = fmt.Sprintf("s%d", last)
			}
		case 4:
			if s := &topology.Services[i]; !s.Gateway {
				r.Timeout, s.Work.Delay = 100*time.Millisecond, 200*time.Millisecond
			}
		default:
			continue
		}
		topology.Routes = append(topology.Routes, r)
	}
	return topology
}

func TestWhatAMeshLeavesIsOneOfTheDerivedOutcomes(t *testing.T) {
	rapid.Check(t, leavesADerivedOutcome)
}

func leavesADerivedOutcome(t *rapid.T) {
	topology, mesh, request := anyShape(t), anyMesh(t), anyRequest(t)
	outcomes, err := traces.Outcomes(topology, mesh, request)
	if err != nil {
		if strings.Contains(err.Error(), "ways for one request") {
			t.Skip("too many outcomes")
		}
		t.Fatal(err)
	}
	total := 0.0
	for _, o := range outcomes {
		total += o.Probability
	}
	if total < 1-1e-9 || total > 1+1e-9 {
		t.Errorf("the outcomes have probability %g together", total)
	}
	ev := tracesim.Send(topology, mesh, tracesim.Options{
		Requests: 1, Prefix: "r", Bare: request.Bare, Headers: request.Headers, Seed: rapid.Uint64().Draw(t, "seed"),
	})
	got := observedTrees(ev.Traces)
	left := traces.RequestEvidence{Exchange: ev.Requests[0], Hops: ev.Hops, Traces: ev.Traces}
	derived, agreed := false, false
	for _, o := range outcomes {
		same := slices.Equal(got, expectedTrees(o.Forest))
		found := traces.Compare(o.Forest, left)
		if !same && len(found) == 0 {
			t.Errorf("mesh %s: no finding for an outcome with other trees:\n%s\nobserved\n%s", mesh, o.Forest, strings.Join(got, "\n"))
		}
		derived = derived || same && o.Status == ev.Requests[0].Status
		agreed = agreed || same && o.Status == ev.Requests[0].Status && len(found) == 0
	}
	switch {
	case agreed:
		return
	case derived:
		for _, o := range outcomes {
			if slices.Equal(got, expectedTrees(o.Forest)) {
				t.Errorf("expected\n%s\nhas findings:\n%s", o.Forest, texts(traces.Compare(o.Forest, left)))
			}
		}
		for _, one := range ev.Traces {
			t.Errorf("%s", one.Tree())
		}
		t.FailNow()
	}
	var texts []string
	for _, o := range outcomes {
		texts = append(texts, fmt.Sprintf("%g: status %d\n%s", o.Probability, o.Status, strings.Join(expectedTrees(o.Forest), "\n")))
	}
	t.Fatalf("mesh %s\nobserved, status %d:\n%s\n\nnone of the outcomes:\n%s", mesh, ev.Requests[0].Status, strings.Join(got, "\n"), strings.Join(texts, "\n"))
}

// expectedTrees and observedTrees put a forest and stored traces into one form, each
// tree a text without regard to the order of siblings; what has a parent that is not
// stored is a tree of its own.
func expectedTrees(f traces.Forest) []string {
	var trees []string
	var draw func(n traces.Node) string
	draw = func(n traces.Node) string {
		var below []string
		for _, c := range n.Children {
			if text := draw(c); c.Orphan {
				trees = append(trees, text)
			} else {
				below = append(below, text)
			}
		}
		slices.Sort(below)
		failed, flags := "?", strings.Trim(n.Flags, traces.NoFlags)
		if n.Error != nil {
			failed = fmt.Sprint(*n.Error)
		}
		return fmt.Sprintf("%t %s/%s %s %d %s %s(%s)", n.Orphan, n.Service, strings.Trim(n.Namespace, "-"), n.Kind, n.Status, failed, flags, strings.Join(below, " "))
	}
	for _, root := range f {
		trees = append(trees, draw(root))
	}
	slices.Sort(trees)
	return trees
}

func observedTrees(stored []traces.Trace) []string {
	var trees []string
	for _, trace := range stored {
		known := map[traces.SpanID]bool{}
		below := map[traces.SpanID][]traces.Span{}
		for _, s := range trace.Spans {
			known[s.ID] = true
			below[s.Parent] = append(below[s.Parent], s)
		}
		var draw func(s traces.Span) string
		draw = func(s traces.Span) string {
			var children []string
			for _, c := range below[s.ID] {
				children = append(children, draw(c))
			}
			slices.Sort(children)
			orphan := s.Parent != traces.SpanID{} && !known[s.Parent]
			status, failed := s.Status, fmt.Sprint(s.Error)
			if s.Namespace == "" || s.Flags == "DC" {
				status, failed = 0, "?"
			}
			return fmt.Sprintf("%t %s/%s %s %d %s %s(%s)", orphan, s.Service, s.Namespace, s.Kind, status, failed, s.Flags, strings.Join(children, " "))
		}
		for _, s := range trace.Spans {
			if !known[s.Parent] {
				trees = append(trees, draw(s))
			}
		}
	}
	slices.Sort(trees)
	return trees
}

// FuzzDerive derives for whatever topologies, meshes and requests the fuzzer can make
// out of its bytes.
func FuzzDerive(f *testing.F) {
	f.Add([]byte("chain"))
	f.Add(bytes.Repeat([]byte{0xff, 3, 1}, 200))
	f.Fuzz(rapid.MakeFuzz(leavesADerivedOutcome))
}
