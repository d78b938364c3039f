package traces_test

import (
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// chain is client > web > cart > stock, changed by edits of single services.
func chain(edits ...func(map[string]*traces.Service)) traces.Topology {
	return edited(traces.Topology{
		Name: "chain", Entry: "web",
		Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart"}}}},
			{Name: "cart", Steps: []traces.Step{{{To: "stock"}}}},
			{Name: "stock"},
		},
	}, edits...)
}

// diamond is client > web > (cart > stock, price > stock).
func diamond(edits ...func(map[string]*traces.Service)) traces.Topology {
	return edited(traces.Topology{
		Name: "diamond", Entry: "web",
		Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart"}, {To: "price"}}}},
			{Name: "cart", Steps: []traces.Step{{{To: "stock"}}}},
			{Name: "price", Steps: []traces.Step{{{To: "stock"}}}},
			{Name: "stock"},
		},
	}, edits...)
}

func edited(t traces.Topology, edits ...func(map[string]*traces.Service)) traces.Topology {
	byName := map[string]*traces.Service{}
	for i := range t.Services {
		byName[t.Services[i].Name] = &t.Services[i]
	}
	for _, edit := range edits {
		edit(byName)
	}
	return t
}

func bare(name string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Bare = true }
}

func drops(name string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Forward.Drop = true }
}

func cartForwardsOnly(headers ...string) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s["cart"].Forward.Only = headers }
}

func waits(name string, d time.Duration) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Work.Delay = d }
}

func answers(name string, status int) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Work.Status = status }
}

func calls(name string, steps ...traces.Step) func(map[string]*traces.Service) {
	return func(s map[string]*traces.Service) { s[name].Steps = steps }
}

// everything samples every request.
func everything(p traces.Provider) traces.Mesh {
	return traces.Mesh{Provider: p, Sampling: traces.Percent(100)}
}

// sent is the evidence of n requests through t, all sampled.
func sent(t traces.Topology, n int) traces.Evidence {
	return tracesim.Send(t, everything(traces.OpenTelemetry), tracesim.Options{Requests: n, Prefix: "r", Seed: 7})
}

func wholeChain() traces.Forest {
	return traces.Forest{traces.Calls("web", traces.Calls("cart", traces.Calls("stock")))}
}

func wholeDiamond() traces.Forest {
	return traces.Forest{
		traces.Calls("web",
			traces.Calls("cart", traces.Calls("stock")),
			traces.Calls("price", traces.Calls("stock"))),
	}
}

// named are the kinds and services of findings, as `split-trace cart`.
func named(findings []traces.Finding) []string {
	names := make([]string, 0, len(findings))
	for _, f := range findings {
		name := string(f.Kind)
		if f.Service != "" {
			name += " " + f.Service
		}
		names = append(names, name)
	}
	return names
}

// span is the span of a service and kind in a trace of the first request; n tells
// apart several. It panics where there is none: a mistake in the test.
func span(ev *traces.Evidence, service string, kind traces.Kind, n int) *traces.Span {
	for _, t := range ev.ByRequest().Requests[0].Traces {
		for i := range t.Spans {
			if s := &t.Spans[i]; s.Service == service && s.Kind == kind {
				if n == 0 {
					return s
				}
				n--
			}
		}
	}
	panic("no " + string(kind) + " span of " + service)
}

// remove takes the spans out for which gone is true, in every trace.
func remove(ev *traces.Evidence, gone func(traces.Span) bool) {
	for i := range ev.Traces {
		var kept []traces.Span
		for _, s := range ev.Traces[i].Spans {
			if !gone(s) {
				kept = append(kept, s)
			}
		}
		ev.Traces[i].Spans = kept
	}
}

// add puts a copy of a span, changed by edit, into its trace.
func add(ev *traces.Evidence, s traces.Span, edit func(*traces.Span)) {
	id := s.TraceID
	edit(&s)
	for i := range ev.Traces {
		if ev.Traces[i].ID == id {
			ev.Traces[i].Spans = append(ev.Traces[i].Spans, s)
			return
		}
	}
}
