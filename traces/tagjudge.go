package traces

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// JudgeTags holds every stored span of every request against the sets that pick it. A
// span that no set picks is left alone, and so is whether the spans are there at all: that
// is JudgeForest's affair. Findings of one kind and service are one Finding, in the words
// of the first tag of the request that was sent first.
func JudgeTags(ev Evidence, sets ...TagSet) []Finding {
	index := ev.ByRequest()
	index.byStart()
	var flaws flawList
	for _, r := range index.Requests {
		for _, t := range r.Traces {
			for i := range t.Spans {
				flaws.span(see(r, t, i), t.ID, sets)
			}
		}
	}
	return flaws.findings()
}

// see is what is known of span i of a trace of the request.
func see(r RequestEvidence, t Trace, i int) Seen {
	s := Seen{Span: t.Spans[i], Request: r.Exchange}
	if above := slices.IndexFunc(t.Spans, func(o Span) bool { return o.ID == s.Parent }); above >= 0 {
		s.Above = t.Spans[above]
	}
	called := s.Service
	if s.Kind == Client {
		called = s.Callee()
	}
	if s.Kind == Server && strings.HasPrefix(s.Tags.Get("node_id"), "router~") {
		passed := slices.IndexFunc(t.Spans, func(o Span) bool { return o.Kind == Client && o.Parent == s.ID })
		if passed >= 0 {
			called = t.Spans[passed].Callee()
		}
	}
	for j := range r.Hops {
		if plainName(r.Hops[j].Service) != called {
			continue
		}
		if s.Hop != nil {
			s.Hop = nil
			break
		}
		s.Hop = &r.Hops[j]
	}
	return s
}

// flaw is one tag of one span that is not as it must be.
type flaw struct {
	Finding
	tag string
}

type flawList []flaw

func (l *flawList) span(s Seen, trace TraceID, sets []TagSet) {
	add := func(kind FindingKind, tag, observed, expected string) {
		*l = append(*l, flaw{Finding{
			Kind: kind, Service: s.Service, Count: 1, Requests: []string{s.Request.Request}, Traces: []string{trace.String()},
			Observed: describe(s.Service, s.Namespace, s.Kind, s.Callee()) + " " + observed, Expected: expected,
		}.because(tagCause(kind, tag)), tag})
	}
	for _, set := range sets {
		if !set.picks(&s.Span) {
			continue
		}
		if !set.Name.takes(s, s.Name) {
			add(WrongName, "", "has the operation name "+quoted(s.Name), set.Name.in(s))
		}
		for _, name := range slices.Sorted(maps.Keys(set.Tags)) {
			want := set.Tags[name]
			switch got, there := s.Tags.Lookup(name); {
			case !there:
				add(MissingTag, name, "has no tag "+name, name+" with "+want.in(s))
			case !want.takes(s, got):
				add(WrongTag, name, "has "+name+" with "+quoted(got), name+" with "+want.in(s))
			}
		}
		seen := map[string]bool{}
		for tag := range s.Tags.All() {
			_, named := set.Tags[tag.Key]
			switch {
			case seen[tag.Key]:
				add(UnexpectedTag, tag.Key, "has the tag "+Printable(tag.Key)+" more than once", "the tag once")
			case !named && !set.Open:
				add(UnexpectedTag, tag.Key, "has the tag "+Printable(tag.Key)+" with "+quoted(tag.Value), "no tag of that name")
			}
			seen[tag.Key] = true
		}
	}
}

// findings are the flaws by kind and service. The other tags that the first one stands
// for are named in its text.
func (l flawList) findings() []Finding {
	type key struct {
		kind    FindingKind
		service string
	}
	tags := map[key][]string{}
	all := make([]Finding, 0, len(l))
	for _, f := range l {
		k := key{f.Kind, f.Service}
		if f.tag != "" && !slices.Contains(tags[k], f.tag) {
			tags[k] = append(tags[k], f.tag)
		}
		all = append(all, f.Finding)
	}
	merged := Aggregate(all)
	for i := range merged {
		f := &merged[i]
		if also := tags[key{f.Kind, f.Service}]; len(also) > 1 {
			more := also[1:min(len(also), maxListed+1)]
			f.Observed += fmt.Sprintf("; so it is with %s: %s", counted(len(also)-1, "other tag"), Printable(strings.Join(more, ", ")))
		}
	}
	return merged
}

// tagCause is what may have led to a flaw of a tag.
func tagCause(kind FindingKind, tag string) cause {
	const (
		listener = "compare custom_tags in the tracing of the workload's listeners (istioctl proxy-config listener POD -o json) with the Telemetry resources"
		version  = "; where a new version writes it so, state that in the check"
	)
	switch {
	case kind == WrongName:
		return cause{
			candidates: []string{"the call took another route than the one that names it", "somebody sent x-envoy-decorator-operation", "this version names operations otherwise"},
			next:       "look at the decorator of the route (istioctl proxy-config route POD -o json) and at the headers in hops.txt",
		}
	case kind == MissingTag && strings.HasPrefix(tag, "istio."):
		return cause{
			candidates: []string{"enableIstioTags is false for this workload", "this version of Istio does not add it"},
			next:       listener + version,
		}
	case kind == MissingTag:
		return cause{
			candidates: []string{"customTags of a lower level took the place of those that name it", "neither the header nor the variable that it reads is there, and it has no default", "this version of the proxy, or its provider, does not write it"},
			next:       listener + version,
		}
	case kind == UnexpectedTag:
		return cause{
			candidates: []string{"a Telemetry resource or the tracing of a ProxyConfig adds it", "this version of the proxy, or its provider, writes it", "the backend adds it"},
			next:       listener + version,
		}
	default:
		return cause{
			candidates: []string{"the configuration of another level is in force", "the proxy saw another exchange than the application", "this version of the proxy writes it otherwise"},
			next:       "compare hops.txt with spans.json; " + listener + version,
		}
	}
}
