package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeOverhead judges that callers spend no more outside of the root span than any two
// that talk to each other through a sidecar on one machine, and most. What that takes the
// same request shows elsewhere: between the SERVER span of the entry service's proxy
// and the record of its application, which is as long a way on as busy a machine. If no
// more is spent, whatever the machine does, at most half of the requests spend more than
// that and most: the test is the sign test at the false-alarm rate alpha, which asks
// nothing of how times are distributed. Too many are one LatencyMissing at the service of
// the first one's root; so is evidence without such a pair, at ClientService.
func JudgeOverhead(ev Evidence, most time.Duration, alpha float64) (Statistic, []Finding) {
	f := Finding{
		Kind: LatencyMissing, Service: ClientService,
		Expected: fmt.Sprintf("no more outside of the root span than between the entry service's proxy and its application, and %s", most),
		Next:     "look at what the callers waited for outside of the root span",
	}
	n, over := 0, 0
	var trips []RoundTrip
	for _, r := range ev.ByRequest().Requests {
		trip, beside, ok := r.overheads()
		if !ok {
			continue
		}
		n, trips = n+1, append(trips, trip)
		if trip.Overhead() <= plus(beside, most) {
			continue
		}
		if over++; over == 1 {
			f.Service = trip.Service
		}
		if over <= maxExamples {
			f.Requests, f.Traces = append(f.Requests, trip.Request), append(f.Traces, trip.Trace.String())
		}
	}
	s := Statistic{
		Test: "requests that spend more outside of the root span than beside the entry service", N: n,
		P: stats.SignTest(over, n), Alpha: alpha, Against: "nine requests in ten otherwise",
	}
	for k := 0; k <= n && stats.SignTest(k, n) > alpha; k++ {
		s.Misses, _ = stats.BinomialTails(k, n, 1-tolerated)
	}
	if !s.rejected() {
		return s, nil
	}
	f.Count = over
	f.Observed = fmt.Sprintf("more is spent in %d of %s (p-value %.3g, false-alarm rate %.3g)", over, counted(n, "request"), s.P, s.Alpha)
	f.Why = SpreadOf(trips, shownAlpha).String()
	if n == 0 {
		f.Observed, f.Why, f.Next = "no request has a root span above a service that recorded it", "", "compare the whole tree first"
	}
	return s, []Finding{f}
}

// overheads are the round trip of a request, and what its entry service's proxy spends
// outside of the application. It is false where one of the two is not known.
func (r RequestEvidence) overheads() (trip RoundTrip, beside time.Duration, ok bool) {
	w := readWork(r.Traces)
	root := w.root()
	if root < 0 {
		return trip, 0, false
	}
	trip = r.roundTrip(w, root)
	for _, v := range w.under(root) {
		if !w.serves(v) {
			continue
		}
		for i := range r.Hops {
			if h := &r.Hops[i]; !h.Bare && plainName(h.Service) == w.nodes[v].service {
				return trip, w.times[v].length() - min(max(h.End.Sub(h.Start), 0), longest), true
			}
		}
	}
	return trip, 0, false
}
