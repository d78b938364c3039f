package page_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/traces"
)

// detail is what a page's data say of a check, as far as the tests look at it.
type detail struct {
	Trouble  string    `json:"trouble"`
	Reason   string    `json:"reason"`
	Requests []request `json:"requests"`
	Words    []string  `json:"words"`
	Former   *struct {
		Verdict string `json:"verdict"`
	} `json:"former"`
}

type request struct {
	Note   string   `json:"note"`
	Alone  bool     `json:"alone"`
	Lines  [][5]int `json:"lines"`
	Took   string   `json:"took"`
	Status string   `json:"status"`
	Span   int64    `json:"span"`
	Bars   struct {
		Trace, Depth, Label []int
		At, Took, Self      []int64
		Own, Critical       [][]int64
		Says                []int
		IDs                 []string
		Tags                [][]int
	} `json:"bars"`
	Places []struct {
		Name          string
		Own, Critical int64
	} `json:"places"`
	Hops []struct {
		Service string
		Calls   []struct {
			To    string
			Times int
		}
		MoreCalls int
		Headers   [][]int
		Tracing   int
	} `json:"hops"`
	MoreHops int `json:"moreHops"`
}

// kept is a run of one check with an exhibit.
func kept(t *testing.T, c reports.Check, shown reports.Exhibit) page.Run {
	t.Helper()
	var buf bytes.Buffer
	if err := reports.EncodeExhibit(&buf, shown); err != nil {
		t.Fatal(err)
	}
	path := "evidence/P01/exhibit.json"
	if c.ID == "" {
		c.ID = "P01"
	}
	c.Evidence = []reports.File{reports.FileOf(path, buf.Bytes())}
	return page.Run{
		Result: reports.Result{Run: "now", Finished: dawn(), Checks: []reports.Check{c}},
		Folder: fstest.MapFS{path: &fstest.MapFile{Data: buf.Bytes()}},
	}
}

// shown is the only check of a run as its page shows it.
func shown(t *testing.T, run page.Run) detail {
	t.Helper()
	var d detail
	write(t, page.Report{Run: run}).read("detail-0", &d)
	return d
}

func dawn() time.Time { return time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC) }

// span is one of the service, from and to milliseconds after dawn.
func span(id, parent byte, service string, kind traces.Kind, from, to float64) traces.Span {
	at := func(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
	return traces.Span{
		TraceID: traces.TraceID{15: 7}, ID: traces.SpanID{7: id}, Parent: traces.SpanID{7: parent}, Service: service, Namespace: "shop",
		Kind: kind, Start: dawn().Add(at(from)), Duration: at(to) - at(from),
	}
}

func stored(spans ...traces.Span) []traces.Trace {
	return []traces.Trace{{ID: traces.TraceID{15: 7}, Spans: spans}}
}

// asked is an exhibit of one request.
func asked(expected traces.Forest, left []traces.Trace) reports.Exhibit {
	return reports.Exhibit{Sent: 1, Requests: []reports.ExhibitedRequest{{
		Expected: expected, Traces: left,
		Exchange: traces.Exchange{Request: "r-1", Status: 200, Intended: dawn(), Start: dawn(), End: dawn().Add(1500 * time.Microsecond)},
	}}}
}

func passed() reports.Check { return reports.Check{Verdict: reports.Passed} }

func failed(f traces.Finding) reports.Check {
	return reports.Check{Verdict: reports.Failed, Findings: []traces.Finding{f}, Reason: f.Text()}
}

func TestAnExhibitThatCannotBeShownIsToldInThePage(t *testing.T) {
	good := kept(t, passed(), asked(nil, nil))
	change := func(change func(f *reports.File, folder fstest.MapFS)) page.Run {
		run := kept(t, passed(), asked(nil, nil))
		change(&run.Result.Checks[0].Evidence[0], run.Folder.(fstest.MapFS))
		return run
	}
	const path = "evidence/P01/exhibit.json"
	for name, c := range map[string]struct {
		run  page.Run
		want string
	}{
		"it is good":             {good, ""},
		"there is none":          {page.Run{Result: reports.Result{Checks: []reports.Check{passed()}}}, ""},
		"it is missing":          {change(func(_ *reports.File, folder fstest.MapFS) { delete(folder, path) }), "the exhibit is missing"},
		"there is no run folder": {page.Run{Result: good.Result}, "the run folder is not here"},
		"it was altered": {change(func(_ *reports.File, folder fstest.MapFS) {
			folder[path] = &fstest.MapFile{Data: []byte(`{"sent": 2, "requests": []}`)}
		}), "it is not what the run wrote"},
		"it is cut short": {change(func(f *reports.File, folder fstest.MapFS) {
			folder[path] = &fstest.MapFile{Data: []byte(`{"sent": 2,`)}
			*f = reports.FileOf(path, folder[path].Data)
		}), "evidence/P01/exhibit.json:1: cut short"},
		"it has an unknown field": {change(func(f *reports.File, folder fstest.MapFS) {
			folder[path] = &fstest.MapFile{Data: []byte(`{"sent": 2, "more": 1}`)}
			*f = reports.FileOf(path, folder[path].Data)
		}), "more: the field is not known"},
		"its path leaves the folder": {change(func(f *reports.File, _ fstest.MapFS) { f.Path = "../exhibit.json" }), "the path leaves the run folder"},
		"its path is a folder":       {change(func(f *reports.File, _ fstest.MapFS) { f.Path = "evidence/exhibit.json/exhibit.json" }), "the exhibit is missing"},
		"it is too much for a page":  {change(func(f *reports.File, _ fstest.MapFS) { f.Bytes = 1 << 40 }), "left out to keep the page small"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shown(t, c.run).Trouble; c.want == "" && got != "" || !strings.Contains(fmt.Sprintf("%q", got), c.want) {
				t.Errorf("the page says %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheTwoTreesAreComparedWhereThereIsSomethingToCompare(t *testing.T) {
	web := traces.Forest{traces.Serves("web")}
	whole := stored(span(1, 0, "web", traces.Server, 0, 1))
	other := stored(span(1, 0, "cart", traces.Server, 0, 1))
	about := traces.Finding{Kind: traces.MissingTrace, Observed: "no trace", Expected: "1 trace", Requests: []string{"r-1"}}
	for name, c := range map[string]struct {
		check    reports.Check
		expected traces.Forest
		left     []traces.Trace
		note     string
		alone    bool
	}{
		"equal ones":                          {passed(), web, whole, "", false},
		"different ones":                      {failed(about), web, other, "", false},
		"what a judge accepts":                {passed(), web, other, "its judge does not ask for what differs here", false},
		"a request that was not sampled":      {passed(), web, nil, "it was not sampled", true},
		"a request of which all is missing":   {failed(about), web, nil, "", false},
		"a request without an expected tree":  {passed(), nil, whole, "states no tree", true},
		"a trace where none may be":           {failed(about), nil, whole, "", false},
		"nothing expected and nothing stored": {passed(), nil, nil, "nothing was stored", true},
	} {
		t.Run(name, func(t *testing.T) {
			r := shown(t, kept(t, c.check, asked(c.expected, c.left))).Requests[0]
			if c.note == "" && r.Note != "" || !strings.Contains(r.Note, c.note) || r.Alone != c.alone {
				t.Errorf("it says %q, alone: %t; want %q, %t", r.Note, r.Alone, c.note, c.alone)
			}
		})
	}
}

func TestTheLinesOfTheTreesAreThoseOfTheOracle(t *testing.T) {
	left := stored(span(1, 0, "client", traces.Client, 0, 3), span(2, 1, "web", traces.Server, 1, 2), span(3, 2, "tax", traces.Server, 1, 2))
	d := shown(t, kept(t, passed(), asked(traces.Forest{traces.Calls("web", traces.Calls("cart"))}, left)))
	var got []string
	word := func(i int) string {
		if i < 0 {
			return ""
		}
		return d.Words[i]
	}
	for _, l := range d.Requests[0].Lines {
		got = append(got, fmt.Sprintf("%d %d %s | %d %s", l[0], l[1], word(l[2]), l[3], word(l[4])))
	}
	want := []string{
		"0 0 trace 1 of 1 | 0 trace 00000000000000000000000000000007: 3 spans",
		"0 1 client CLIENT > web | 1 client CLIENT",
		"0 2 web SERVER | 2 web SERVER",
		"1 3 web CLIENT > cart | 0 ",
		"1 4 cart SERVER | 0 ",
		"2 0  | 3 tax SERVER",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestASpanIsItselfWhereNoSpanBelowItIsOpen(t *testing.T) {
	// Two calls at once, one that outlives its parent, one of no time, and one before all.
	left := stored(
		span(1, 0, "web", traces.Server, 0, 10),
		span(2, 1, "a", traces.Client, 1, 4), span(3, 1, "b", traces.Client, 2, 6),
		span(4, 1, "c", traces.Client, 8, 12), span(5, 1, "d", traces.Client, 7, 7), span(6, 1, "e", traces.Client, -3, -2),
	)
	r := shown(t, kept(t, passed(), asked(nil, left))).Requests[0]
	ms := int64(time.Millisecond)
	if got, want := r.Bars.Own[0], []int64{0, ms, 6 * ms, 8 * ms}; !slices.Equal(got, want) {
		t.Errorf("web is itself at %v, want %v", got, want)
	}
	if got, want := r.Bars.Self[0], 3*ms; got != want {
		t.Errorf("web is itself for %d ns, want %d", got, want)
	}
	// What calls nothing is itself all the time, which is not said at length.
	if r.Bars.Own[2] != nil || r.Bars.Self[2] != 3*ms {
		t.Errorf("a is itself for %d ns, at %v", r.Bars.Self[2], r.Bars.Own[2])
	}
	if r.Bars.At[0] != 3*ms || r.Span != 15*ms {
		t.Errorf("web begins at %d of %d ns, want 3 of 15 ms", r.Bars.At[0], r.Span)
	}
}

func TestTheCriticalPathIsThatOfTheOracle(t *testing.T) {
	left := stored(
		span(1, 0, "client", traces.Client, 0, 10), span(2, 1, "web", traces.Server, 1, 9),
		span(3, 2, "web", traces.Client, 2, 8), span(4, 3, "cart", traces.Server, 3, 7),
	)
	r := shown(t, kept(t, passed(), asked(nil, left))).Requests[0]
	ms := int64(time.Millisecond)
	// Each is on the path as long as it is itself, which an empty list says.
	for i, critical := range r.Bars.Critical {
		if critical == nil || len(critical) != 0 {
			t.Errorf("span %d is on the path at %v, want wherever it is itself", i, critical)
		}
	}
	if first := r.Places[0]; first.Name != "cart" || first.Own != 4*ms || first.Critical != 4*ms {
		t.Errorf("most of the time went to %+v, want 4 ms of cart", first)
	}
	if !slices.ContainsFunc(r.Places, func(p struct {
		Name          string
		Own, Critical int64
	},
	) bool {
		return p.Name == "web > cart" && p.Own == 2*ms
	}) {
		t.Errorf("the way to cart is not among %+v", r.Places)
	}
}

func TestEverySpanIsDrawnWhateverIsWrongWithItsTrace(t *testing.T) {
	loop, other := span(4, 5, "odd", traces.Server, 4, 5), span(5, 4, "odd", traces.Server, 4, 5)
	itself := span(6, 6, "self", traces.Server, 5, 6)
	late := span(7, 1, "late", traces.Server, 3, 2)
	left := stored(
		span(1, 0, "web", traces.Server, 0, 9), span(1, 0, "web", traces.Server, 0, 9), span(2, 9, "lost", traces.Server, 1, 2), loop, other, itself, late,
	)
	d := shown(t, kept(t, passed(), asked(nil, left)))
	bars := d.Requests[0].Bars
	if len(bars.At) != 7 {
		t.Fatalf("%d of 7 spans are drawn", len(bars.At))
	}
	said := map[string]int{}
	for _, n := range bars.Says {
		if n >= 0 {
			said[d.Words[n]]++
		}
	}
	if said["its parent is not stored"] != 1 || said["in a cycle of parents"] != 2 {
		t.Errorf("it is said of the spans: %v", said)
	}
}

func TestTracesStandInTheOrderInWhichTheyBegan(t *testing.T) {
	late, early := stored(span(1, 0, "late", traces.Server, 5, 6))[0], stored(span(2, 0, "early", traces.Server, 0, 1))[0]
	d := shown(t, kept(t, passed(), asked(nil, []traces.Trace{late, early})))
	if first := d.Words[d.Requests[0].Bars.Label[0]]; first != "early SERVER" {
		t.Errorf("the first span is %s", first)
	}
}

func TestTagsAreShownWithTheirSpans(t *testing.T) {
	s := span(1, 0, "web", traces.Server, 0, 1)
	s.Tags = traces.TagsOf(traces.Tag{Key: "component", Value: "proxy"})
	d := shown(t, kept(t, passed(), asked(nil, stored(s))))
	bars := d.Requests[0].Bars
	if len(bars.Tags) != 1 || d.Words[bars.Tags[0][0]] != "component" || d.Words[bars.Tags[0][1]] != "proxy" || bars.IDs[0] != "0000000000000001" {
		t.Errorf("the span has the id %v and the tags %v of %q", bars.IDs, bars.Tags, d.Words)
	}
}

func TestAlikeCallsOfAHopAreOneColumn(t *testing.T) {
	shownRun := asked(nil, nil)
	hop := traces.Hop{Request: "r-1", Service: "web", Status: 200, Received: map[string]string{"host": "web", "traceparent": "00-1"}}
	for i := range 40 {
		call := traces.SentCall{To: "cart", Status: 200, Headers: map[string]string{"traceparent": "00-1"}}
		if i >= 20 {
			call.Headers = map[string]string{"traceparent": fmt.Sprint(i)}
		}
		hop.Sent = append(hop.Sent, call)
	}
	shownRun.Requests[0].Hops = []traces.Hop{hop}
	d := shown(t, kept(t, passed(), shownRun))
	got := d.Requests[0].Hops[0]
	if len(got.Calls) != 8 || got.Calls[0].Times != 20 || got.Calls[1].Times != 1 || got.MoreCalls != 13 {
		t.Errorf("the calls are %+v and %d more", got.Calls, got.MoreCalls)
	}
	// The headers that tracing goes by stand first; what a call lacks is -1.
	if got.Tracing != 1 || d.Words[got.Headers[0][0]] != "traceparent" || d.Words[got.Headers[1][0]] != "host" || got.Headers[1][2] != -1 {
		t.Errorf("the headers are %v of %q, %d of tracing", got.Headers, d.Words, got.Tracing)
	}
}

func TestOfVeryManyHopsTheFirstAreShown(t *testing.T) {
	e := asked(nil, nil)
	for i := range 100 {
		e.Requests[0].Hops = append(e.Requests[0].Hops, traces.Hop{Service: "web", Start: dawn().Add(time.Duration(i))})
	}
	r := shown(t, kept(t, passed(), e)).Requests[0]
	if len(r.Hops)+r.MoreHops != 100 || len(r.Hops) != 24 {
		t.Errorf("%d hops are shown, and %d not", len(r.Hops), r.MoreHops)
	}
}

func TestWhatFindingsSayIsNotSaidAgainAsTheReason(t *testing.T) {
	f := traces.Finding{Kind: traces.SplitTrace, Service: "cart", Observed: "2 traces", Expected: "1 trace"}
	c := failed(f)
	c.Reason = "first this\n" + f.Text()
	if got := shown(t, kept(t, c, asked(nil, nil))).Reason; got != "first this" {
		t.Errorf("the reason is %q", got)
	}
}

func TestTimesAreToldAtTheScaleOfARequest(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0: "0 ns", 950: "950 ns", 12_345: "12.35 µs", 4_560_000: "4.56 ms", 1_234_567_890: "1.235 s", 90 * time.Second: "1m30s", -time.Millisecond: "-1 ms",
	} {
		e := asked(nil, nil)
		e.Requests[0].Exchange.End = dawn().Add(took)
		if got := shown(t, kept(t, passed(), e)).Requests[0].Took; got != want {
			t.Errorf("%d ns are %q, want %q", took, got, want)
		}
	}
}
