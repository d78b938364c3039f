package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// JudgeQueue judges where requests that come faster than callee serves them wait: in the
// pool of the caller's proxy, between the start of the CLIENT span and that of the
// SERVER span, or, where inside is true, in callee's application, within its SERVER
// span. Each takes turn to serve. A request waits at a place if it spends at least turn
// more there than without others; one in ten may wait nowhere or elsewhere, by an exact
// binomial test at the false-alarm rate alpha: the first ones find no queue. The findings,
// at most one:
//
//   - most wait at the other place: LatencyMisplaced at caller where that is the
//     pool, at callee where it is the application;
//   - else, or without such a call: LatencyMissing at caller or callee, where they must wait.
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
			odd.add((before >= turn) == inside || (served >= turn) != inside)
		}
	}
	s := odd.test("requests that wait elsewhere than in the queue", alpha)
	if !s.rejected() {
		return s, nil
	}
	inPool, inApplication := duration(stats.Median(pool)), duration(stats.Median(application))
	f := Finding{
		Kind: LatencyMissing, Service: call.Caller, Count: odd.odd,
		Observed: fmt.Sprintf("the median wait before the SERVER span is %s, that inside it %s; not as they must %s",
			round(inPool), round(inApplication), odd.text(s)),
		Expected: "requests that wait in the pool of " + quote(call.Caller) + "'s proxy, before the SERVER span of " + quote(call.Callee) + " begins",
		Next:     "look at the connection pool in the DestinationRule, and whether requests come faster than one a " + turn.String(),
	}
	elsewhere, other := inApplication >= turn, call.Callee
	if inside {
		f.Service = call.Callee
		f.Expected = "requests that wait in the application of " + quote(call.Callee) + ", within its SERVER span"
		f.Next = "look at the application's workers, and whether requests come faster than one a " + turn.String()
		elsewhere, other = inPool >= turn, call.Caller
	}
	if elsewhere {
		f.Kind, f.Service = LatencyMisplaced, other
		f.Next = "look for a queue there: a connection pool before the SERVER span, an application within it"
	}
	return s, []Finding{f}
}
