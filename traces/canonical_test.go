package traces_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// canonical is evidence as one text that is the same for two evidences exactly if
// nothing that a forest states tells their stored spans apart: not ids, not times, not
// the order of siblings and traces; a trace that no application saw is marked. It is the judge of which mutants are
// equivalent, and shares no code with the comparison.
//
// A tree is written as its label, then its children's texts in sorted order. What
// cannot be reached from a root is written with a mark of what is wrong with it.
func canonical(ev traces.Evidence, states statements) string {
	texts := make([]string, 0, len(ev.Traces))
	for _, t := range ev.Traces {
		text := canonicalTrace(t, states, ev.Requests)
		if !strings.Contains(fmt.Sprint(ev.Hops), t.ID.String()) {
			text = "unseen " + text
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return strings.Join(texts, "\n")
}

func canonicalTrace(t traces.Trace, states statements, callers []traces.Exchange) string {
	below := map[traces.SpanID][]traces.Span{}
	stored := map[traces.SpanID]int{}
	for _, s := range t.Spans {
		stored[s.ID]++
		below[s.Parent] = append(below[s.Parent], s)
	}
	reached := 0
	var write func(s traces.Span, depth int) string
	write = func(s traces.Span, depth int) string {
		reached++
		text := states.label(s)
		if stored[s.ID] > 1 || s.ID == (traces.SpanID{}) || s.TraceID != t.ID || s.Duration < 0 {
			text += " defective"
		}
		if depth > len(t.Spans) {
			return text + " in a cycle"
		}
		var children []string
		for _, c := range below[s.ID] {
			if s.ID != (traces.SpanID{}) {
				children = append(children, write(c, depth+1))
			}
		}
		slices.Sort(children)
		return text + "(" + strings.Join(children, ",") + ")"
	}
	var texts []string
	for _, s := range t.Spans {
		switch {
		case s.Parent == traces.SpanID{}:
			texts = append(texts, write(s, 0))
		case stored[s.Parent] == 0 && slices.ContainsFunc(callers, func(x traces.Exchange) bool { return sentBy(x, s.TraceID, s.Parent) }):
			texts = append(texts, "called "+write(s, 0))
		case stored[s.Parent] == 0:
			texts = append(texts, "orphan "+write(s, 0))
		}
	}
	slices.Sort(texts)
	return fmt.Sprintf("[%s] %d of %d", strings.Join(texts, ";"), reached, len(t.Spans))
}

// sentBy says whether a caller sent a span of a trace as its context.
func sentBy(x traces.Exchange, trace traces.TraceID, span traces.SpanID) bool {
	all := fmt.Sprint(x.Sent)
	return strings.Contains(all, trace.String()) && strings.Contains(all, span.String())
}

// statements says which details a forest states of the spans of each label.
type statements map[string]*stated

type stated struct{ nodes, status, failed, flags int }

func statementsOf(f traces.Forest) statements {
	s := statements{}
	var walk func(nodes []traces.Node, owner string)
	walk = func(nodes []traces.Node, owner string) {
		for _, n := range nodes {
			if n.Service == "" {
				n.Service = owner
			}
			key := n.Service + " " + string(n.Kind) + " " + n.To
			if s[key] == nil {
				s[key] = &stated{}
			}
			s[key].nodes++
			if n.Status != 0 {
				s[key].status++
			}
			if n.Error != nil {
				s[key].failed++
			}
			if n.Flags != "" {
				s[key].flags++
			}
			walk(n.Children, n.Service)
		}
	}
	walk(f, traces.ClientService)
	return s
}

// even says whether every detail is stated of all spans of a label or of none.
func (s statements) even() bool {
	for _, found := range s {
		for _, n := range []int{found.status, found.failed, found.flags} {
			if n != 0 && n != found.nodes {
				return false
			}
		}
	}
	return true
}

// of is what the forest states of spans like s. Where it states a detail of some of
// them only, the tests must say themselves what they expect: it panics.
func (s statements) of(one traces.Span) stated {
	found := s[one.Service+" "+string(one.Kind)+" "+one.Callee()]
	if found == nil {
		return stated{}
	}
	for _, n := range []int{found.status, found.failed, found.flags} {
		if n != 0 && n != found.nodes {
			panic("the forest states a detail of some spans of " + one.Service + " and not of others")
		}
	}
	return *found
}

func (s statements) label(one traces.Span) string {
	text := one.Namespace + "/" + one.Service + "/" + string(one.Kind) + "/" + one.Callee()
	states := s.of(one)
	if states.status > 0 {
		text += fmt.Sprintf("/%d", one.Status)
	}
	if states.failed > 0 {
		text += fmt.Sprintf("/%t", one.Error)
	}
	if states.flags > 0 {
		text += "/" + one.Flags
	}
	return text
}
