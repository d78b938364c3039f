package traces

import "fmt"

// Sweep is what a run knows of itself, for a judgement of everything that was stored
// while it lasted.
type Sweep struct {
	// Services are those that may own a span, as `cart.shop`, or `cart` for the spans of an
	// application itself.
	Services []string
	// Foreign are the stored traces that no request of the run caused.
	Foreign []TraceID
}

// JudgeSweep judges everything that a run stored. Besides the findings of
// JudgeIdentities there are, each at the service that owns the span:
//
//   - UnexpectedSpan: the span is of a service that is not deployed.
//   - UnexpectedTrace: no request of the run caused the trace.
//
// Without ev.Sweep there is nothing to hold the evidence against, which is a
// MalformedTrace of no service: such evidence must not pass.
func JudgeSweep(ev Evidence) []Finding {
	found := JudgeIdentities(ev.Traces)
	if ev.Sweep == nil {
		return append(found, Finding{
			Kind: MalformedTrace, Observed: "evidence that does not say what was deployed and sent",
			Expected: "the evidence of a whole run", Next: "this is a defect of the harness: hand the sweep of the run to the judge",
		})
	}
	known := map[string]bool{}
	for _, name := range ev.Sweep.Services {
		known[name] = true
	}
	uncaused := map[TraceID]bool{}
	for _, id := range ev.Sweep.Foreign {
		uncaused[id] = true
	}
	var strangers []Finding
	for i := range ev.Traces {
		t := &ev.Traces[i]
		for k := range t.Spans {
			s := &t.Spans[k]
			if !known[serviceName(s)] {
				strangers = append(strangers, Finding{
					Kind: UnexpectedSpan, Service: s.Service,
					Observed:   fmt.Sprintf("span %s of %s in trace %s", s.ID, quote(serviceName(s)), short(t.ID)),
					Expected:   "spans of the deployed services only",
					Candidates: []string{"somebody else sends spans to this backend", "a proxy names its service otherwise"},
					Next:       "look at node_id and net.host.ip of the span: they name the pod that sent it",
					Count:      1, Traces: []string{t.ID.String()},
				})
			}
		}
		if uncaused[t.ID] {
			strangers = append(strangers, foreign(t))
		}
	}
	return append(found, Aggregate(strangers)...)
}

func foreign(t *Trace) Finding {
	f := Finding{
		Kind: UnexpectedTrace, Expected: "traces of the run's own requests only",
		Candidates: []string{"somebody else sends requests through this mesh", "spans came after the evidence of their send was complete"},
		Next:       "look at user_agent and peer.address of its first span: they say who asked",
		Count:      1, Traces: []string{t.ID.String()},
	}
	f.Observed = fmt.Sprintf("trace %s, which no request of the run caused", short(t.ID))
	if len(t.Spans) > 0 {
		f.Service = t.Spans[0].Service
		f.Observed += ", begins at " + quote(serviceName(&t.Spans[0]))
	}
	return f
}

// serviceName is a span's service.name.
func serviceName(s *Span) string {
	if s.Namespace == "" {
		return s.Service
	}
	return s.Service + "." + s.Namespace
}
