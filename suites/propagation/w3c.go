package propagation

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/throughline/throughline/suites"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/w3c"
)

// onTheWire is P14: header lines, byte for byte, before one listener of a sidecar.
func onTheWire(way w3c.Way, provider traces.Provider) Check {
	const concurrency = 4
	cases := way.Cases()
	check := Check{
		ID: "P14", Case: way.Name, Area: Propagation, Location: Here(),
		Profile: Extended("the finer points of W3C Trace Context matter where tracers of others meet the mesh").Under(provider),
		Title: "restarts or continues what W3C Trace Context says, on the way " + map[traces.Kind]string{
			traces.Server: "into a sidecar", traces.Client: "out through a sidecar",
		}[way.Kind],
		Prose: Prose{
			Promise: "W3C Trace Context says for every form of traceparent and tracestate, malformed ones too, whether a trace is continued or restarted and what is sent on.",
			Link:    "https://www.w3.org/TR/trace-context/",
			Matters: "Callers outside the mesh send what they like: other vendors' agents, load balancers, browsers, attackers. A header that is refused where it is valid breaks traces; one that is neither continued nor replaced keeps the request out of every trace, as users of other tracers have met (open-telemetry/opentelemetry-dotnet #5141), and edge proxies are asked to let no stranger's header in (envoyproxy/envoy #40012).",
			How:     "A raw socket sends the header lines of every case of the public test suite and some more, byte for byte, before one listener of a sidecar. The application behind it records what arrived, the backend what was stored. Each case is judged by itself, by the trace, the flags, the state, and the proxy's span with its parent, and has a verdict of its own under `cases` in result.json. Where a version of the proxy is known to deviate, exactly that is expected, and its absence is a finding too.",
			Failure: "The finding names the case, the clause, what was sent and what arrived. A deviation that is gone belongs out of the list; a new one is a change of the proxy that its users will notice.",
		},
		CasesPage: "../w3c.md",
		Traffic: Traffic{
			Mesh: Everything(provider), Samples: samples(way, cases), Requests: len(cases), Concurrency: concurrency,
			Bare: way.Kind == traces.Server,
		},
		Judge: wire(way, provider),
		Controls: []Control{
			{
				Name:     "send a valid traceparent in place of a malformed one",
				Sabotage: inPlace("version-of-one-digit", "traceparent: 00-{trace}-{parent}-01"),
				Finds:    []Finds{{Kind: traces.WrongContext, Service: way.Service}},
			},
			{
				Name:   "continue a trace that is to be restarted",
				Mutate: arriving("traceparent-name-with-hyphen", "traceparent", "00-{trace}-{parent}-01"),
				Finds:  []Finds{{Kind: traces.WrongContext, Service: way.Service}},
			},
			{
				Name:   "lose a member of tracestate",
				Mutate: arriving("both", "tracestate", "bar=2"),
				Finds:  []Finds{{Kind: traces.WrongContext, Service: way.Service}},
			},
		},
	}
	if name := caseOf(provider); name != "" {
		check.Case += "-" + name
	}
	if provider == traces.ZipkinW3C {
		check.Needs = []Feature{ZipkinWithW3C}
	}
	if way.Kind == traces.Server { // What deviates does so both ways, and is listed once.
		check.Deviations = deviations(provider)
	}
	return check
}

// samples are one request of each case.
func samples(way w3c.Way, cases []w3c.Case) []Sample {
	all := make([]Sample, len(cases))
	for i, c := range cases {
		all[i] = Sample{Variant: c.ID, Lines: c.Lines, Topology: topologyOf(way, c)}
	}
	return all
}

// topologyOf is the way of a case. Whoever reads what the proxy sent on has no proxy
// itself, but for the one that the request enters.
func topologyOf(way w3c.Way, c w3c.Case) traces.Topology {
	if way.Kind == traces.Client {
		return traces.Topology{Name: "single-bare", Entry: way.Callee, Services: []traces.Service{{Name: way.Callee, Bare: true}}}
	}
	if c.Calls == 0 {
		return topology.Single()
	}
	steps := make([]traces.Step, c.Calls)
	for i := range steps {
		steps[i] = traces.Step{{To: way.Last}}
	}
	return traces.Topology{
		Name: "several-calls", Entry: way.Callee,
		Services: []traces.Service{{Name: way.Callee, Steps: steps}, {Name: way.Last, Bare: true}},
	}
}

// wire judges every case by itself.
func wire(way w3c.Way, provider traces.Provider) Judge {
	return func(ev traces.Evidence) Judgement {
		var all Judgement
		for _, r := range w3c.Judge(ev, way, provider) {
			line := lineOf(r)
			all.Cases = append(all.Cases, line)
			if r.Verdict == w3c.Wrong {
				all.Findings = append(all.Findings, finding(way, r, line))
			}
		}
		return all
	}
}

func lineOf(r w3c.Result) reports.Case {
	line := reports.Case{ID: r.Case.ID, Verdict: string(r.Verdict), Observed: r.Observed.String(), Expected: r.Expected.String()}
	for _, sent := range r.Case.For(r.Request) {
		line.Sent = append(line.Sent, string(sent))
	}
	for i, parent := range r.Observed.Parents {
		line.Received = append(line.Received, "traceparent: "+parent, "tracestate: "+r.Observed.States[i])
	}
	if r.Deviation != nil {
		line.Deviation = r.Deviation.ID
	}
	return line
}

func finding(way w3c.Way, r w3c.Result, line reports.Case) traces.Finding {
	f := traces.Finding{
		Kind: traces.WrongContext, Service: way.Service, Count: 1, Requests: []string{r.Request},
		Observed: fmt.Sprintf("case %s (%s): %s", r.Case.ID, quoted(line.Sent), line.Observed),
		Expected: fmt.Sprintf("%s (%s)", line.Expected, r.Case.Clause),
		Next:     "what arrived: " + quoted(line.Received) + "; compare with the proxy's release notes, and add a deviation with its source if it is meant",
	}
	if r.Deviation != nil {
		f.Expected = fmt.Sprintf("%s, the known deviation %s (%s)", line.Expected, r.Deviation.ID, r.Deviation.Source)
		f.Next = "what arrived: " + quoted(line.Received) + "; if the proxy follows the specification now, end the deviation at the version before"
	}
	return f
}

func quoted(lines []string) string {
	if len(lines) == 0 {
		return "no header"
	}
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = "`" + traces.Printable(line) + "`"
	}
	return strings.Join(all, ", ")
}

func deviations(provider traces.Provider) []Deviation {
	var all []Deviation
	for _, d := range w3c.Deviations() {
		if d.Tracer == provider {
			all = append(all, Deviation{
				Of: fmt.Sprintf("Envoy (%s)", d.Tracer), Versions: strings.Join(d.Versions, ", "),
				Documented: d.Documented, Measured: d.Measured, Source: d.Source,
			})
		}
	}
	return all
}

// inPlace is a sabotage of the traffic: the case sends other lines.
func inPlace(id string, lines ...string) func(*Traffic) {
	return func(t *Traffic) {
		t.Samples = slices.Clone(t.Samples)
		for i := range t.Samples {
			if t.Samples[i].Variant == id {
				t.Samples[i].Lines = lines
			}
		}
	}
}

// arriving is a sabotage of the evidence: the application of the case received header with
// value, in which the marks of w3c.Fill stand for ids.
func arriving(id, header, value string) func(*traces.Evidence) {
	return func(ev *traces.Evidence) {
		for _, e := range ev.Requests {
			if e.Variant == id {
				ReceivingOf(e.Request, header, string(w3c.Fill(value, e.Request)))(ev)
			}
		}
	}
}
