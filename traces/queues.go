package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeQueue judges where requests that come faster than callee serves them wait: in the
// pool of the caller's proxy, between the start of the CLIENT span and that of the
// SERVER span, or, where inside is true, in callee's application, within its SERVER
// span. Each takes turn to serve. A request waits at a place if it spends half a turn
// more there than it must; of those that wait one in ten may do so elsewhere too, by an
// exact binomial test at the false-alarm rate alpha. The findings, at most one:
//
//   - more wait elsewhere: LatencyMisplaced at caller where that is the pool, at callee
//     where it is the application;
//   - fewer than a quarter of the requests wait at all: LatencyMissing at caller or
//     callee, where they must.
func JudgeQueue(ev Evidence, call Edge, inside bool, turn time.Duration, alpha float64) (Statistic, []Finding) {
	var odd exceptions
	var pool, application []float64
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		for _, v := range w.callsOf(call.Caller, call.Callee) {
			tries := w.tries(v)
			if len(tries) == 0 {
				continue
			}
			before := w.times[tries[0]].from - w.times[v].from
			served := w.times[tries[0]].length() - turn
			pool, application = append(pool, float64(before)), append(application, float64(served))
			inPool, inApplication := before >= turn/2, served >= turn/2
			if inPool || inApplication {
				odd.add(inside && inPool || !inside && inApplication)
			}
		}
	}
	s := odd.test("requests that wait elsewhere than in the queue", alpha)
	idle := 4*odd.n < len(pool) || len(pool) == 0
	if !idle && !s.rejected() {
		return s, nil
	}
	inPool, inApplication := duration(stats.Median(pool)), duration(stats.Median(application))
	f := Finding{
		Kind: LatencyMissing, Service: call.Caller, Count: odd.odd,
		Observed: fmt.Sprintf("%s wait, %d of them elsewhere; the median wait before the SERVER span is %s, that inside it %s (p-value %.3g, false-alarm rate %.3g)",
			counted(odd.n, "request"), odd.odd, round(inPool), round(inApplication), s.P, s.Alpha),
		Expected: "requests that wait in the pool of " + quote(call.Caller) + "'s proxy, before the SERVER span of " + quote(call.Callee) + " begins",
		Next:     "look at the connection pool in the DestinationRule, and whether requests come faster than one a " + turn.String(),
	}
	other := call.Callee
	if inside {
		f.Service = call.Callee
		f.Expected = "requests that wait in the application of " + quote(call.Callee) + ", within its SERVER span"
		f.Next = "look at the application's workers, and whether requests come faster than one a " + turn.String()
		other = call.Caller
	}
	if !idle {
		f.Kind, f.Service = LatencyMisplaced, other
		f.Next = "look for a queue there: a connection pool before the SERVER span, an application within it"
	}
	return s, []Finding{f}
}
