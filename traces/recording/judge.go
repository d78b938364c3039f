package recording

import (
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
	index := r.Evidence.ByRequest()
	j := Judgement{Rule: r.Rule, Outcomes: outcomes, Strays: index.Strays}
	for _, one := range index.Requests {
		nearest, found := traces.Nearest(one, outcomes)
		j.Requests = append(j.Requests, Judged{Outcome: nearest, Findings: found, Evidence: one})
	}
	return j, nil
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
