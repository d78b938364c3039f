package page

import (
	"fmt"
	"slices"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// request is one request with what it had to leave and what it left. Numbers are those of
// detail.Words.
type request struct {
	ID      safe `json:"id"`
	Variant safe `json:"variant,omitempty"`
	Asked   safe `json:"asked,omitempty"`
	Status  safe `json:"status"`
	Took    safe `json:"took"`
	Bare    bool `json:"bare,omitempty"`
	// Note says what a reader must know of the two trees.
	Note safe `json:"note,omitempty"`
	// Alone says that one of the two trees is nothing to compare the other with.
	Alone  bool     `json:"alone,omitempty"`
	Lines  [][5]int `json:"lines,omitempty"`
	Traces []trace  `json:"traces,omitempty"`
	// Span and Bars are the waterfall: how long all of it takes, in nanoseconds, and the spans.
	Span   int64   `json:"span,omitempty"`
	Bars   *bars   `json:"bars,omitempty"`
	Places []place `json:"places,omitempty"`
	// Client are the headers that the caller sent and got, Hops those at each application.
	Client *hop  `json:"client,omitempty"`
	Hops   []hop `json:"hops,omitempty"`
	// MoreHops is how many hops are not shown.
	MoreHops int `json:"moreHops,omitempty"`
}

type trace struct {
	ID    safe `json:"id"`
	Spans int  `json:"spans"`
}

// The numbers by which lines name their marks.
func marks() []traces.Mark {
	return []traces.Mark{traces.SameLine, traces.MissingLine, traces.ExtraLine, traces.DifferentLine, traces.MovedLine, traces.AlongLine}
}

func requestOf(shown reports.ExhibitedRequest, c reports.Check, tagged bool, all *words) request {
	x := shown.Exchange
	r := request{
		ID: line(x.Request), Variant: line(x.Variant), Bare: x.Bare,
		Status: line(status(x.Status, x.Err)), Took: line(duration(x.End.Sub(x.Intended))),
	}
	if x.Method != "" || x.Path != "" {
		r.Asked = line(fmt.Sprintf("%s %s%s", x.Method, x.Host, x.Path))
	}
	shown.Traces = byTime(shown.Traces)
	for _, t := range shown.Traces {
		r.Traces = append(r.Traces, trace{line(t.ID.String()), len(t.Spans)})
	}
	drawn := traces.Beside(shown.Expected, shown.Traces)
	r.Note, r.Alone = note(shown, c, drawn)
	for _, l := range drawn {
		r.Lines = append(r.Lines, [5]int{
			slices.Index(marks(), l.Mark), l.ExpectedDepth, optional(all, l.Expected), l.ObservedDepth, optional(all, l.Observed),
		})
	}
	r.Span, r.Bars = waterfall(shown.Traces, tagged, all)
	r.Places = placesOf(shown.Traces)
	r.Client = clientOf(x, all)
	r.Hops, r.MoreHops = hopsOf(shown.Hops, all)
	return r
}

// byTime is the traces in the order in which they began.
func byTime(stored []traces.Trace) []traces.Trace {
	first := func(t traces.Trace) time.Time {
		var at time.Time
		for i := range t.Spans {
			if start := t.Spans[i].Start; at.IsZero() || start.Before(at) {
				at = start
			}
		}
		return at
	}
	stored = slices.Clone(stored)
	slices.SortStableFunc(stored, func(a, b traces.Trace) int { return first(a).Compare(first(b)) })
	return stored
}

// optional is the number of a text, -1 for none.
func optional(all *words, s string) int {
	if s == "" {
		return -1
	}
	return all.number(s)
}

// note says what a reader must know of the two trees, and whether one of them is nothing to
// compare the other with.
func note(shown reports.ExhibitedRequest, c reports.Check, drawn []traces.Line) (said safe, alone bool) {
	named := slices.ContainsFunc(c.Findings, func(f traces.Finding) bool {
		return slices.Contains(f.Requests, shown.Exchange.Request)
	})
	stored := spansOf(shown.Traces)
	differs := slices.ContainsFunc(drawn, func(l traces.Line) bool { return l.Mark != traces.SameLine })
	switch {
	case len(shown.Expected) == 0 && stored == 0:
		return "No tree is expected, and nothing was stored.", true
	case len(shown.Expected) == 0 && !named:
		return "The check states no tree for this request: what was stored stands alone.", true
	case stored == 0 && !named:
		return "Nothing was stored of this request, and no finding is about it: it was not sampled. This is what a sampled one leaves.", true
	case differs && !named && c.Verdict == reports.Passed:
		return "The check passed: its judge does not ask for what differs here.", false
	}
	return "", false
}

// duration is d as people read it at the scale of a request: `950 ns`, `12.3 µs`, `4.56 ms`, `1.23 s`.
func duration(d time.Duration) string {
	switch abs := d.Abs(); {
	case abs < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case abs < time.Millisecond:
		return fmt.Sprintf("%.4g µs", float64(d)/float64(time.Microsecond))
	case abs < time.Second:
		return fmt.Sprintf("%.4g ms", float64(d)/float64(time.Millisecond))
	case abs < time.Minute:
		return fmt.Sprintf("%.4g s", d.Seconds())
	}
	return reports.Elapsed(d)
}
