package page

import (
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/traces"
)

// detail is what the scripts show of one check, or of one control of it.
type detail struct {
	Name          safe        `json:"name"`
	Verdict       safe        `json:"verdict"`
	Took          safe        `json:"took"`
	Reason        safe        `json:"reason,omitempty"`
	Profile       safe        `json:"profile,omitempty"`
	ProfileReason safe        `json:"profileReason,omitempty"`
	Location      safe        `json:"location,omitempty"`
	Prose         []paragraph `json:"prose,omitempty"`
	Link          safe        `json:"link,omitempty"`
	Findings      []finding   `json:"findings,omitempty"`
	Rate          *rate       `json:"rate,omitempty"`
	Tests         []test      `json:"tests,omitempty"`
	Measures      []measure   `json:"measures,omitempty"`
	Cases         []oneCase   `json:"cases,omitempty"`
	// Sent is how many requests there were, Requests are those that are shown.
	Sent      int       `json:"sent,omitempty"`
	Requests  []request `json:"requests,omitempty"`
	Latencies []latency `json:"latencies,omitempty"`
	// Trouble says why there is no exhibit where there should be one.
	Trouble  safe   `json:"trouble,omitempty"`
	Evidence []file `json:"evidence,omitempty"`
	// Former is how it ended in the former run.
	Former   *past    `json:"former,omitempty"`
	Controls []detail `json:"controls,omitempty"`
	// Words are the texts that requests name by their number.
	Words []safe `json:"words,omitempty"`

	latencies []reports.Latency
}

type paragraph struct {
	Title safe `json:"title"`
	Text  safe `json:"text"`
}

// finding is a finding in its fixed parts.
type finding struct {
	Kind       safe   `json:"kind"`
	Service    safe   `json:"service,omitempty"`
	Observed   safe   `json:"observed"`
	Expected   safe   `json:"expected"`
	Why        safe   `json:"why,omitempty"`
	Candidates []safe `json:"candidates,omitempty"`
	Next       safe   `json:"next,omitempty"`
	Count      int    `json:"count,omitempty"`
	Requests   []safe `json:"requests,omitempty"`
	Traces     []safe `json:"traces,omitempty"`
}

// rate is the test of a rate; shares are in percent.
type rate struct {
	N        int     `json:"n"`
	Observed int     `json:"observed"`
	Percent  float64 `json:"percent"`
	Share    float64 `json:"share"`
	Lower    float64 `json:"lower"`
	Upper    float64 `json:"upper"`
	P        safe    `json:"p"`
	Alpha    safe    `json:"alpha"`
	Power    safe    `json:"power,omitempty"`
	Against  safe    `json:"against,omitempty"`
}

type test struct {
	Name    safe `json:"name"`
	N       int  `json:"n"`
	P       safe `json:"p"`
	Alpha   safe `json:"alpha"`
	Misses  safe `json:"misses,omitempty"`
	Against safe `json:"against,omitempty"`
}

type measure struct {
	Name  safe `json:"name"`
	Value safe `json:"value"`
	Unit  safe `json:"unit"`
}

type oneCase struct {
	ID        safe   `json:"id"`
	Verdict   safe   `json:"verdict"`
	Observed  safe   `json:"observed"`
	Expected  safe   `json:"expected"`
	Sent      []safe `json:"sent,omitempty"`
	Received  []safe `json:"received,omitempty"`
	Deviation safe   `json:"deviation,omitempty"`
}

// latency is the distribution of one variant, in seconds.
type latency struct {
	Variant     safe      `json:"variant"`
	N           int       `json:"n"`
	Percentiles []float64 `json:"percentiles"`
}

type file struct {
	Path   safe  `json:"path"`
	Bytes  int64 `json:"bytes"`
	SHA256 safe  `json:"sha256"`
	// Below says that the path is one below the run folder.
	Below bool `json:"below,omitempty"`
}

// What failed comes first, where there is more than a page should hold.
const (
	// maxExhibits bounds the bytes of the exhibits that one page shows.
	maxExhibits = 512 << 20
	// maxTagged bounds those of which it shows each span's tags too.
	maxTagged = 8 << 20
)

// detailsOf are the details of each group. Exhibits are read and drawn side by side, on all
// processors.
func detailsOf(folder fs.FS, groups []group, former *former) []detail {
	details := make([]detail, len(groups))
	var jobs []job
	for i, g := range groups {
		details[i].Controls = make([]detail, len(g.controls))
		jobs = append(jobs, job{check: g.check, into: &details[i]})
		for j, c := range g.controls {
			jobs = append(jobs, job{check: c, into: &details[i].Controls[j]})
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return urgency(a.check.Verdict) - urgency(b.check.Verdict) })
	spent := int64(0)
	for i := range jobs {
		if kept, found := jobs[i].check.Exhibit(); found {
			spent += max(kept.Bytes, 0)
			jobs[i].over, jobs[i].tagged = spent > maxExhibits, spent <= maxTagged
		}
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				jobs[i].do(folder, former)
			}
		})
	}
	workers.Wait()
	return details
}

func urgency(v reports.Verdict) int {
	return slices.Index([]reports.Verdict{reports.Failed, reports.Inconclusive, reports.Passed, reports.Skipped}, v)
}

// job is one detail to make.
type job struct {
	check reports.Check
	// over says that its exhibit is too much for the page, tagged that its spans' tags are not.
	over, tagged bool
	into         *detail
}

func (j job) do(folder fs.FS, former *former) {
	d := detailOf(j.check)
	d.Controls = j.into.Controls
	switch shown, err := exhibitOf(folder, j.check); {
	case j.over:
		d.Trouble = "its exhibit is left out to keep the page small: see it in the evidence"
	case err != nil:
		d.Trouble = line(err.Error())
	case shown != nil:
		d.exhibit(*shown, j.check, j.tagged)
	}
	d.Former = former.of(j.check)
	*j.into = d
}

func detailOf(c reports.Check) detail {
	d := detail{
		Name: line(c.Name()), Verdict: line(c.Verdict), Took: elapsed(c.Seconds), Reason: reason(c),
		Profile: line(c.Profile), ProfileReason: line(c.ProfileReason), Location: line(c.Location),
		Rate: rateOf(c.Statistics),
	}
	if c.Control {
		d.Name = line(c.ControlName)
	}
	if p := c.Prose; p != nil {
		d.Link = line(p.Link)
		for _, part := range []paragraph{
			{"What is promised", text(p.Promise)},
			{"Why it matters", text(p.Matters)},
			{"How it is checked", text(p.How)},
			{"What a failure means", text(p.Failure)},
		} {
			if part.Text != "" {
				d.Prose = append(d.Prose, part)
			}
		}
	}
	for _, f := range c.Findings {
		d.Findings = append(d.Findings, finding{
			Kind: line(f.Kind), Service: line(f.Service), Observed: text(f.Observed), Expected: text(f.Expected),
			Why: text(f.Why), Candidates: lines(f.Candidates), Next: text(f.Next), Count: f.Count,
			Requests: lines(f.Requests), Traces: lines(f.Traces),
		})
	}
	for _, t := range c.Tests {
		d.Tests = append(d.Tests, test{
			Name: line(t.Test), N: t.N, P: number(t.P), Alpha: number(t.Alpha), Misses: unless(t.Misses == 0, number(t.Misses)), Against: line(t.Against),
		})
	}
	for _, m := range c.Measures {
		d.Measures = append(d.Measures, measure{line(m.Name), number(m.Value), line(m.Unit)})
	}
	for _, one := range c.Cases {
		d.Cases = append(d.Cases, oneCase{
			ID: line(one.ID), Verdict: line(one.Verdict), Observed: text(one.Observed), Expected: text(one.Expected),
			Sent: lines(one.Sent), Received: lines(one.Received), Deviation: line(one.Deviation),
		})
	}
	for _, f := range c.Evidence {
		d.Evidence = append(d.Evidence, file{line(f.Path), f.Bytes, line(f.SHA256), fs.ValidPath(f.Path) && path.Dir(f.Path) != "."})
	}
	return d
}

// reason is why the check ended as it did, without what its findings say.
func reason(c reports.Check) safe {
	left := c.Reason
	for _, f := range c.Findings {
		left = strings.ReplaceAll(left, f.Text(), "")
	}
	return text(strings.TrimSpace(left))
}

func rateOf(s *reports.Statistics) *rate {
	if s == nil {
		return nil
	}
	r := &rate{
		N: s.N, Observed: s.Observed, Percent: s.Percent, Lower: s.Lower, Upper: s.Upper,
		P: number(s.P), Alpha: number(s.Alpha), Against: line(s.Against),
	}
	if s.N > 0 {
		r.Share = 100 * float64(s.Observed) / float64(s.N)
	}
	r.Power = unless(s.Power == 0, number(s.Power))
	return r
}

// number is v with as many digits as a reader wants.
func number(v float64) safe { return line(strconv.FormatFloat(v, 'g', 4, 64)) }

func unless(not bool, s safe) safe {
	if not {
		return ""
	}
	return s
}

// exhibit adds what the exhibit shows.
func (d *detail) exhibit(e reports.Exhibit, c reports.Check, tagged bool) {
	d.Sent = e.Sent
	d.latencies, d.Latencies = e.Latencies, latenciesOf(e.Latencies)
	var all words
	for _, r := range e.Requests {
		d.Requests = append(d.Requests, requestOf(r, c, tagged, &all))
	}
	d.Words = all.list
}

func latenciesOf(list []reports.Latency) []latency {
	var all []latency
	for _, l := range list {
		all = append(all, latency{Variant: line(l.Variant), N: l.N, Percentiles: l.Percentiles})
	}
	return all
}

func spansOf(stored []traces.Trace) int {
	n := 0
	for i := range stored {
		n += len(stored[i].Spans)
	}
	return n
}

func status(code int, failed string) string {
	switch {
	case code != 0:
		return fmt.Sprint(code)
	case failed != "":
		return "no answer: " + failed
	}
	return "no answer"
}
