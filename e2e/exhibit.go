package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/throughline/throughline/fixtures/plan"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
)

const (
	// exhibited is how many requests of a check are shown in its report.
	exhibited = 3
	// exhibitedSpans bounds the spans of all of them.
	exhibitedSpans = 10_000
)

// exhibit is what a report shows of a check: requests that findings name, or else one that
// left traces and one that left none.
func exhibit(check suites.Check, out suites.Outcome) reports.Exhibit {
	shown := reports.Exhibit{Sent: len(out.Evidence.Requests), Requests: []reports.ExhibitedRequest{}}
	requests := out.Evidence.ByRequest().Requests
	spans := 0
	for _, i := range telling(requests, out.Findings) {
		r := requests[i]
		own := 0
		for _, t := range r.Traces {
			own += len(t.Spans)
		}
		if spans += own; spans > exhibitedSpans && own < spans {
			break
		}
		shown.Requests = append(shown.Requests, reports.ExhibitedRequest{
			Expected: expected(check, r), Exchange: presentable(r.Exchange), Hops: presentableHops(r.Hops), Traces: r.Traces,
		})
	}
	shown.Latencies = latencies(out.Evidence.Requests)
	return shown
}

// telling are the indices of the requests that tell most.
func telling(requests []traces.RequestEvidence, findings []traces.Finding) []int {
	var chosen []int
	choose := func(is func(r traces.RequestEvidence) bool) {
		i := slices.IndexFunc(requests, is)
		if i >= 0 && len(chosen) < exhibited && !slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	for _, f := range findings {
		for _, id := range f.Requests {
			choose(func(r traces.RequestEvidence) bool { return r.Exchange.Request == id })
		}
	}
	if len(chosen) > 0 {
		return chosen
	}
	for _, variant := range variants(requests) {
		choose(func(r traces.RequestEvidence) bool { return r.Exchange.Variant == variant && len(r.Traces) > 0 })
	}
	choose(func(r traces.RequestEvidence) bool { return len(r.Traces) == 0 })
	return chosen
}

func variants(requests []traces.RequestEvidence) []string {
	var all []string
	for i := range requests {
		if v := requests[i].Exchange.Variant; !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// expected is the forest that a request had to leave, of several the nearest.
func expected(check suites.Check, r traces.RequestEvidence) traces.Forest {
	if i, _ := traces.Nearest(r, check.Outcomes); i >= 0 && check.Expected == nil {
		return check.Outcomes[i].Forest
	}
	return check.Expected
}

// presentable is an exchange with the headers that a report may show.
func presentable(e traces.Exchange) traces.Exchange {
	e.Sent, e.Headers = shownHeaders(e.Sent), shownHeaders(e.Headers)
	return e
}

func presentableHops(hops []traces.Hop) []traces.Hop {
	hops = slices.Clone(hops)
	for i := range hops {
		hops[i].Received = shownHeaders(hops[i].Received)
		hops[i].Sent = slices.Clone(hops[i].Sent)
		for j := range hops[i].Sent {
			hops[i].Sent[j].Headers = shownHeaders(hops[i].Sent[j].Headers)
		}
	}
	return hops
}

// shownHeaders are headers without the request's plan, which its topology says too, and
// without the values of those that are secret wherever they are not a test's.
func shownHeaders(headers map[string]string) map[string]string {
	shown := maps.Clone(headers)
	delete(shown, plan.Header)
	for _, name := range []string{"authorization", "proxy-authorization", "cookie", "set-cookie"} {
		if value, there := shown[name]; there {
			shown[name] = fmt.Sprintf("(%d characters, not shown)", len(value))
		}
	}
	return shown
}

// latencies are the percentiles of how long requests took, by variant.
func latencies(exchanges []traces.Exchange) []reports.Latency {
	took := map[string][]float64{}
	for i := range exchanges {
		e := &exchanges[i]
		if e.Status > 0 {
			took[e.Variant] = append(took[e.Variant], e.End.Sub(e.Intended).Seconds())
		}
	}
	var all []reports.Latency
	for _, variant := range slices.Sorted(maps.Keys(took)) {
		one := took[variant]
		slices.SortFunc(one, cmp.Compare)
		l := reports.Latency{Variant: variant, N: len(one)}
		for percent := range 101 {
			l.Percentiles = append(l.Percentiles, one[(len(one)-1)*percent/100])
		}
		all = append(all, l)
	}
	return all
}

// exhibitFile is the exhibit of a check as it is kept.
func exhibitFile(check suites.Check, out suites.Outcome) ([]byte, error) {
	var buf bytes.Buffer
	err := reports.EncodeExhibit(&buf, exhibit(check, out))
	return buf.Bytes(), err
}
