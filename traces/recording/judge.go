package recording

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// Judgement is how a recording compares with the outcomes that the oracle derives.
type Judgement struct {
	Rule string
	// Outcomes are all forests that a request may leave (see traces.Outcomes).
	Outcomes []traces.Outcome
	// Requests holds one element for each request, in their order.
	Requests []Judged
	// Strays are the traces that belong to no request, in order of id.
	Strays []traces.Trace
}

// Judged is one request against the outcomes.
type Judged struct {
	// Outcome is the index of the outcome that it equals, or of the nearest.
	Outcome int
	// Findings are the differences from that outcome; none means that it is equal.
	Findings []traces.Finding
	// Evidence is that of this request alone.
	Evidence traces.RequestEvidence
}

// Judge holds each request of the recording against every outcome that is derived from
// its topology, mesh and request. It fails where nothing can be derived.
func (r Recording) Judge() (Judgement, error) {
	outcomes, err := traces.Outcomes(r.Evidence.Topology, r.Evidence.Mesh, r.Request)
	if err != nil {
		return Judgement{}, fmt.Errorf("judge recording %s: %w", r.Rule, err)
	}
	requests, strays := byRequest(r.Evidence)
	j := Judgement{Rule: r.Rule, Outcomes: outcomes, Strays: strays}
	for _, one := range requests {
		j.Requests = append(j.Requests, nearest(one, outcomes))
	}
	return j, nil
}

// nearest is the outcome with the fewest differences, the first of several.
func nearest(ev traces.RequestEvidence, outcomes []traces.Outcome) Judged {
	best := Judged{Evidence: ev}
	for i, o := range outcomes {
		found := traces.Compare(o.Forest, ev)
		if ev.Exchange.Status != o.Status {
			found = append(found, traces.Finding{
				Kind: traces.FailedRequest, Service: o.Forest.Entry(),
				Observed: fmt.Sprintf("the caller got status %d %s", ev.Exchange.Status, traces.Printable(ev.Exchange.Err)),
				Expected: fmt.Sprintf("status %d", o.Status),
				Next:     "look at the statuses that the hops saw, and at the spans' response flags",
				Count:    1, Requests: []string{ev.Exchange.Request},
			})
		}
		if i == 0 || len(found) < len(best.Findings) {
			best.Outcome, best.Findings = i, found
		}
	}
	return best
}

// byRequest shares the traces among the requests. A trace whose id no hop carried
// belongs to the request whose x-request-id its spans have: a proxy that does not
// propagate its context still sends that.
func byRequest(ev traces.Evidence) ([]traces.RequestEvidence, []traces.Trace) {
	index := ev.ByRequest()
	owners := map[string]int{}
	for i, r := range index.Requests {
		for _, h := range r.Hops {
			owners[stable(h.Received["x-request-id"])] = i
			for _, sent := range h.Sent {
				owners[stable(sent.Headers["x-request-id"])] = i
			}
		}
	}
	delete(owners, "")
	var strays []traces.Trace
	for _, t := range index.Strays {
		owner := -1
		for _, s := range t.Spans {
			if i, ok := owners[stable(s.Tags.Get("guid:x-request-id"))]; ok && owner < 0 {
				owner = i
			}
		}
		if owner < 0 {
			strays = append(strays, t)
			continue
		}
		r := &index.Requests[owner]
		r.Traces = append(r.Traces, t)
		slices.SortStableFunc(r.Traces, func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	}
	return index.Requests, strays
}

// reasonAt is where Envoy writes into x-request-id why a request is traced
// (extensions/request_id/uuid).
const reasonAt = 14

// stable is an x-request-id without the digit that proxies change on the way.
func stable(id string) string {
	if len(id) <= reasonAt {
		return id
	}
	return id[:reasonAt] + id[reasonAt+1:]
}

// Agrees says whether every request equals an outcome, and no trace is left over.
func (j Judgement) Agrees() bool {
	return len(j.Strays) == 0 && !slices.ContainsFunc(j.Requests, func(r Judged) bool { return len(r.Findings) > 0 })
}

// String says which requests equal no outcome and how they differ from the nearest,
// with the trees of both sides; where all agree it is one line.
func (j Judgement) String() string {
	if j.Agrees() {
		return fmt.Sprintf("%s: %d requests agree with %d outcomes\n", j.Rule, len(j.Requests), len(j.Outcomes))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s differs\n", j.Rule)
	for i, o := range j.Outcomes {
		fmt.Fprintf(&b, "\noutcome %d: probability %.4g, status %d\n%s", i, o.Probability, o.Status, drawn(o.Forest))
	}
	for _, r := range j.Requests {
		if len(r.Findings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s is nearest to outcome %d; the caller got status %d, and there is\n",
			traces.Printable(r.Evidence.Exchange.Request), r.Outcome, r.Evidence.Exchange.Status)
		for _, t := range r.Evidence.Traces {
			b.WriteString(t.Tree())
		}
		for _, f := range r.Findings {
			b.WriteString("\n" + f.Text() + "\n")
		}
	}
	for _, t := range j.Strays {
		b.WriteString("\nof no request: " + t.Tree())
	}
	return b.String()
}

func drawn(f traces.Forest) string {
	if len(f) == 0 {
		return "no trace\n"
	}
	return f.String()
}
