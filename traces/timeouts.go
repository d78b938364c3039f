package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeTimeout judges that the calls of caller to callee last for timeout: the CLIENT
// span no shorter, less the lag of the proxy's timer (5 ms), and no longer by more than a
// quarter, but for one request in ten by an exact binomial test at the false-alarm rate
// alpha. What the spans say of the time-out besides is a matter of JudgeForest. The
// findings, at most one:
//
//   - a call is shorter: LatencyMissing at caller;
//   - too many are longer: LatencyMisplaced at caller;
//   - there is no such call: MissingSpan at caller.
func JudgeTimeout(ev Evidence, caller, callee string, timeout time.Duration, alpha float64) (Statistic, []Finding) {
	var long exceptions
	var lasted []float64
	var findings []Finding
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		for _, call := range w.callsOf(caller, callee) {
			d := w.times[call].length()
			lasted = append(lasted, float64(d))
			long.add(d > timeout+timeout/4)
			if d >= timeout-timerLag {
				continue
			}
			findings = append(findings, r.show(Finding{
				Kind: LatencyMissing, Service: caller,
				Observed: fmt.Sprintf("%s lasts %s", w.nodes[call].describe(), round(d)),
				Expected: fmt.Sprintf("at least the time-out of %s", timeout),
				Next:     "look at the route's timeout in the caller's proxy, and at the callee: it may have ended the call itself",
			}))
		}
	}
	s := long.test("calls that last longer than their time-out", alpha)
	if len(findings) > 0 || !s.rejected() {
		return s, Aggregate(findings)
	}
	f := Finding{
		Kind: LatencyMisplaced, Service: caller, Count: long.odd,
		Observed: fmt.Sprintf("the CLIENT span of %s lasts a quarter longer than the time-out %s; the median is %s",
			quote(caller), long.text(s), round(duration(stats.Median(lasted)))),
		Expected: fmt.Sprintf("as long as the time-out of %s", timeout),
		Next:     "look at the route's timeout in the caller's proxy: another one may be in force",
	}
	if long.n == 0 {
		f.Kind = MissingSpan
		f.Observed = fmt.Sprintf("no CLIENT span of %s to %s", quote(caller), quote(callee))
		f.Next = "compare the whole tree first"
	}
	return s, []Finding{f}
}
