package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeTimeout judges that the calls of caller to callee last for timeout: the CLIENT
// span no shorter, less the lag of the proxy's timer (5 ms), and no longer by more than a
// quarter, but for one request in ten by an exact binomial test at the false-alarm rate
// alpha: a proxy that is held up counts from before the span began (see timerLag), and
// comes late to its end. What the spans say of the time-out besides is a matter of
// JudgeForest. The findings, at most one:
//
//   - too many are not so, most of them shorter: LatencyMissing at caller;
//   - most of them longer: LatencyMisplaced at caller;
//   - there is no such call: MissingSpan at caller.
func JudgeTimeout(ev Evidence, caller, callee string, timeout time.Duration, alpha float64) (Statistic, []Finding) {
	var odd exceptions
	var lasted []float64
	short := 0
	f := Finding{Service: caller}
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		for _, call := range w.callsOf(caller, callee) {
			d := w.times[call].length()
			lasted = append(lasted, float64(d))
			if d < timeout-timerLag {
				short++
			}
			wrong := d < timeout-timerLag || d > timeout+timeout/4
			odd.add(wrong)
			if wrong && len(f.Requests) < maxExamples {
				shown := r.show(Finding{})
				f.Requests, f.Traces = append(f.Requests, shown.Requests...), extend(f.Traces, shown.Traces)
			}
		}
	}
	s := odd.test("calls that do not last as long as their time-out", alpha)
	if !s.rejected() {
		return s, nil
	}
	f.Count = odd.odd
	f.Observed = fmt.Sprintf("the CLIENT span of %s does not last as long as the time-out %s; the median is %s",
		quote(caller), odd.text(s), round(duration(stats.Median(lasted))))
	f.Expected = fmt.Sprintf("%s, less %s and a quarter more at most", timeout, timerLag)
	f.Next = "look at the route's timeout in the caller's proxy: another one may be in force"
	switch {
	case odd.n == 0:
		f.Kind = MissingSpan
		f.Observed = fmt.Sprintf("no CLIENT span of %s to %s", quote(caller), quote(callee))
		f.Next = "compare the whole tree first"
	case 2*short > odd.odd:
		f.Kind = LatencyMissing
		f.Next += ", or the callee may have ended the call itself"
	default:
		f.Kind = LatencyMisplaced
	}
	return s, []Finding{f}
}
