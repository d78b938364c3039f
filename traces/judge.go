package traces

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// JudgeForest holds every request of the evidence against expected, and adds a
// FailedRequest where a caller got another answer than the forest's (see
// Forest.Answer) and an UnexpectedTrace for stored traces that no request carried.
// A failure that a finding about the same request already explains is not repeated.
// Findings of one kind and service are one Finding, in the words of the request that
// was sent first. Traces that belong to a request without an Exchange in the evidence
// are not judged (see Evidence.Only).
func JudgeForest(ev Evidence, expected Forest) []Finding {
	index := ev.ByRequest()
	index.byStart()
	c := newComparer(expected)
	c.stored = sync.OnceValue(ev.spansOf)
	c.mixers = c.blameMixers(index.Requests)
	var all []Finding
	for _, r := range index.Requests {
		all = append(all, c.judge(r)...)
	}
	all = append(all, strays(index.Strays, c.path)...)
	return Aggregate(all)
}

// byStart puts the requests into the order in which they were sent: a finding of many
// is told in the words of the first one.
func (x *Index) byStart() {
	slices.SortStableFunc(x.Requests, func(a, b RequestEvidence) int {
		return cmp.Or(a.Exchange.Start.Compare(b.Exchange.Start), cmp.Compare(a.Exchange.Request, b.Exchange.Request))
	})
}

// spansOf counts the stored spans of each service.
func (e Evidence) spansOf() map[string]int64 {
	n := map[string]int64{}
	for _, t := range e.Traces {
		for i := range t.Spans {
			n[t.Spans[i].Service]++
		}
	}
	return n
}

// judge compares one request and looks at what its caller got.
func (c *comparer) judge(r RequestEvidence) []Finding {
	found := c.compare(r)
	if r.Exchange.Status == c.answer {
		return found
	}
	if slices.ContainsFunc(found, func(f Finding) bool { return f.Kind == WrongStatus || f.Kind == WrongOrigin }) {
		return found
	}
	if r.Exchange.Status == 0 {
		// A request that did not get through leaves nothing to compare.
		found = slices.DeleteFunc(found, func(f Finding) bool { return f.Kind == MissingTrace })
	}
	return append(found, c.failed(r))
}

func (c *comparer) failed(r RequestEvidence) Finding {
	observed := fmt.Sprintf("the caller got status %d", r.Exchange.Status)
	if r.Exchange.Status == 0 {
		observed = "the caller got no answer"
	}
	if r.Exchange.Err != "" {
		observed += ": " + Printable(r.Exchange.Err)
	}
	f := Finding{
		Kind: FailedRequest, Service: c.entry,
		Observed: observed, Expected: fmt.Sprintf("status %d", c.answer),
		Next:  "look at the spans' response flags and at the statuses that the hops saw",
		Count: 1, Requests: []string{r.Exchange.Request},
	}
	for _, h := range r.Hops {
		if h.Status >= 400 {
			f.Why = fmt.Sprintf("the application of %s answered %d", quote(plainName(h.Service)), h.Status)
		}
	}
	if f.Why != "" {
		return f
	}
	if flagged := firstFlagged(r.Traces); flagged != nil {
		c := flagCause(flagged.Flags)
		f.Why = describe(flagged.Service, flagged.Namespace, flagged.Kind, flagged.Callee()) + " has the flag " + c.why
		f.Next = c.next
		return f
	}
	f.Candidates = []string{"a proxy answered by itself", "the caller gave up"}
	if len(r.Hops) == 0 {
		f.Candidates = append(f.Candidates, "the request never arrived")
	}
	return f
}

// firstFlagged is the span that began first of those whose flags say something.
func firstFlagged(stored []Trace) *Span {
	var first *Span
	for _, t := range stored {
		for i := range t.Spans {
			s := &t.Spans[i]
			if flagCause(s.Flags).why == "" {
				continue
			}
			if first == nil || cmp.Or(s.Start.Compare(first.Start), s.order(first)) < 0 {
				first = s
			}
		}
	}
	return first
}

func strays(stray []Trace, path string) []Finding {
	found := make([]Finding, 0, len(stray))
	for _, t := range stray {
		f := Finding{
			Kind:       UnexpectedTrace,
			Observed:   "trace " + short(t.ID) + " with " + counted(len(t.Spans), "span") + " belongs to no request",
			Expected:   "for each request " + path + ", and nothing else",
			Candidates: []string{"other traffic in the mesh", "a hop that no application recorded"},
			Next:       "look at the URLs and the x-request-id of its spans: one of a request that was sent means a hop",
			Count:      1, Traces: []string{t.ID.String()},
		}
		if g := observe([]Trace{t}); len(g.roots) > 0 {
			f.Service = g.nodes[g.roots[0]].service
		} else if len(t.Spans) > 0 {
			f.Service = g.nodes[0].service
		}
		found = append(found, f)
	}
	return found
}

// maxExamples is how many requests and traces an aggregated finding names.
const maxExamples = 3

// Aggregate merges the findings of one kind and service. The first one's text is
// kept, with the first three requests and traces; Count is how many requests show
// it. The result is ordered by kind, in the order of the kinds, then by service.
func Aggregate(findings []Finding) []Finding {
	type key struct {
		kind    FindingKind
		service string
	}
	at := map[key]int{}
	var merged []Finding
	last := map[key]string{}
	for _, f := range findings {
		k := key{f.Kind, f.Service}
		request := strings.Join(f.Requests, "\n")
		i, ok := at[k]
		if !ok {
			at[k] = len(merged)
			last[k] = request
			f.Requests, f.Traces = slices.Clone(f.Requests), slices.Clone(f.Traces)
			merged = append(merged, f)
			continue
		}
		m := &merged[i]
		if request == "" || request != last[k] {
			m.Count += f.Count
		}
		last[k] = request
		m.Requests = extend(m.Requests, f.Requests)
		m.Traces = extend(m.Traces, f.Traces)
		if m.Why == "" && f.Why != "" {
			m.Why, m.Candidates, m.Next = f.Why, nil, f.Next
		}
	}
	slices.SortStableFunc(merged, orderFindings)
	return merged
}

func extend(list, more []string) []string {
	for _, s := range more {
		if len(list) < maxExamples && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func orderFindings(a, b Finding) int {
	if a.Kind != b.Kind {
		return cmp.Compare(rank(a.Kind), rank(b.Kind))
	}
	return cmp.Or(
		cmp.Compare(a.Service, b.Service),
		cmp.Compare(a.Observed, b.Observed),
		cmp.Compare(a.Expected, b.Expected),
	)
}

// rank orders the kinds as they are declared: what hides other things comes first.
func rank(kind FindingKind) int {
	return slices.Index([]FindingKind{
		FailedRequest, MalformedTrace, DuplicateSpan, MissingTrace, UnexpectedTrace, SplitTrace, JoinedTrace,
		MissingSpan, UnexpectedSpan, WrongParent, WrongStatus, WrongOrigin, WrongFlags,
		WrongName, WrongTag, MissingTag, UnexpectedTag, LeakedValue,
		WrongRate, BiasedSample, PatternedSample, WrongDecision, WrongContext, WrongHeader,
		LatencyMissing, LatencyMisplaced, WrongBottleneck, ClockSkew, WrongExplanation,
	}, kind)
}
