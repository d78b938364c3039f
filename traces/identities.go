package traces

import (
	"cmp"
	"fmt"
	"slices"
)

// JudgeIdentities looks at the ids of everything that a run stored, across traces and
// requests, and expects no forest. The findings, each named after the span's owner:
//
//   - DuplicateSpan: a span id was stored more than once, in one trace or in two.
//   - MalformedTrace: a span has the span id or the trace id zero, lies in the answer for
//     another trace's id, or has its parent in another trace.
//
// A span id that two different spans have is a defect and no accident: ids are drawn
// from 2⁶⁴ values, so that n spans meet by chance with a probability of about
// n²/2⁶⁵ (the birthday problem): 3·10⁻⁸ for a million spans, 3·10⁻⁶ for ten million.
//
// The cost is linear in the number of spans. The order of the input has no effect.
func JudgeIdentities(stored []Trace) []Finding {
	n := 0
	for i := range stored {
		n += len(stored[i].Spans)
	}
	j := identities{first: make(map[SpanID]given, n)}
	for i := range stored {
		for k := range stored[i].Spans {
			g := given{&stored[i].Spans[k], stored[i].ID}
			if before, ok := j.first[g.span.ID]; !ok || g.before(before) {
				j.first[g.span.ID] = g
			}
		}
	}
	for i := range stored {
		j.own = nil
		for k := range stored[i].Spans {
			j.judge(&stored[i], &stored[i].Spans[k])
		}
	}
	slices.SortStableFunc(j.found, func(a, b Finding) int {
		return cmp.Or(orderFindings(a, b), slices.Compare(a.Traces, b.Traces))
	})
	return Aggregate(j.found)
}

// identities is one judgement of ids.
type identities struct {
	// first is the first span of each id, in the order of before.
	first map[SpanID]given
	// own are the ids in the trace that is looked at, once they are asked for.
	own   map[SpanID]bool
	found []Finding
}

// given is a span with the id of the trace that it was given in, which is its own or
// should be.
type given struct {
	span *Span
	in   TraceID
}

// before orders spans that have one id.
func (g given) before(o given) bool {
	return cmp.Or(slices.Compare(g.span.TraceID[:], o.span.TraceID[:]), g.span.order(o.span), slices.Compare(g.in[:], o.in[:])) < 0
}

func (j *identities) judge(t *Trace, s *Span) {
	id, first, parent := t.ID, j.first[s.ID].span, j.first[s.Parent].span
	elsewhere := s.Parent != (SpanID{}) && parent != nil && parent.TraceID != id && !j.holds(t, s.Parent)
	switch {
	case s.ID == SpanID{}:
		j.malformed(id, s, "has the id zero")
	case first != s && first.TraceID == s.TraceID:
		j.duplicate(id, s, first, "is stored twice")
	case first != s:
		j.duplicate(id, s, first, "is also in trace "+short(first.TraceID))
	}
	switch {
	case s.TraceID == TraceID{}:
		j.malformed(id, s, "has the trace id zero")
	case s.TraceID != id:
		j.malformed(id, s, "was given for trace "+short(id)+", which is not its own")
	case elsewhere:
		j.malformed(id, s, "hangs below span "+s.Parent.String()+", which is in trace "+short(parent.TraceID))
	}
}

func (j *identities) holds(t *Trace, id SpanID) bool {
	if j.own == nil {
		j.own = make(map[SpanID]bool, len(t.Spans))
		for i := range t.Spans {
			j.own[t.Spans[i].ID] = true
		}
	}
	return j.own[id]
}

func (j *identities) malformed(id TraceID, s *Span, text string) {
	j.add(id, s, text, Finding{
		Kind: MalformedTrace, Expected: "each span in the trace of its own id, below a span of that trace",
		Candidates: []string{"the proxy sent the span so", "the backend mixed up traces"},
		Next:       "look at the same traces with another client of the backend, and at the headers of the hops",
	})
}

func (j *identities) duplicate(id TraceID, s, first *Span, text string) {
	f := Finding{
		Kind: DuplicateSpan, Expected: "each span id once in the whole run",
		Candidates: []string{"an exporter sent a batch twice", "the backend stored or gave it twice"},
		Next:       "look at the raw spans: a proxy that sent one twice counts it twice in tracing.*.spans_sent",
	}
	if !s.sameAs(first) {
		text += " as " + describe(first.Service, first.Namespace, first.Kind, first.Callee())
		f.Candidates = []string{"a proxy shares span ids between CLIENT and SERVER", "a proxy draws ids that are not random"}
		f.Next = "look at shared_span_context of the zipkin provider; ids do not meet by chance"
	}
	j.add(id, s, text, f)
}

// sameAs says that two stored spans of one id are one span.
func (s *Span) sameAs(o *Span) bool {
	return s.Service == o.Service && s.Namespace == o.Namespace && s.Kind == o.Kind && s.Parent == o.Parent && s.Start.Equal(o.Start)
}

func (j *identities) add(id TraceID, s *Span, text string, f Finding) {
	f.Service = s.Service
	f.Observed = fmt.Sprintf("%s: span %s of trace %s %s",
		describe(s.Service, s.Namespace, s.Kind, s.Callee()), s.ID, short(s.TraceID), text)
	f.Count, f.Traces = 1, []string{id.String()}
	j.found = append(j.found, f)
}
