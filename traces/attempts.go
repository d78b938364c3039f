package traces

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// backOff is for how long Envoy waits before it tries again at most, by the number of the
// retry: (2^n - 1) times 25 ms, of which it draws a part (Envoy, router filter,
// x-envoy-max-retries).
func backOff(retry int) time.Duration { return (1<<retry - 1) * 25 * time.Millisecond }

// JudgeAttempts judges the times of the calls of caller to callee that took several
// attempts: the SERVER spans below the one CLIENT span lie within it, one after the
// other, so that their durations and the time between them add up to its own; and what
// is between them is not more than the proxy waits before it tries again and most, which
// the ways there and back may take. A SERVER span may be recorded to end late by late
// (see JudgeClocks). Calls of another number of attempts than attempts are not judged:
// JudgeForest finds them. The findings:
//
//   - an attempt begins before the one before it has ended, or lies outside of the CLIENT
//     span: ClockSkew at callee;
//   - the CLIENT span lasts longer than what it is made up of may, in more requests than
//     one in ten by an exact binomial test at the false-alarm rate alpha: LatencyMisplaced
//     at caller. So is evidence without such a call: LatencyMissing at caller.
func JudgeAttempts(ev Evidence, caller, callee string, attempts int, most, late time.Duration, alpha float64) (Statistic, []Finding) {
	allowed := time.Duration(attempts) * most
	for retry := 1; retry < attempts; retry++ {
		allowed += backOff(retry)
	}
	var findings []Finding
	var long exceptions
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		for _, call := range w.callsOf(caller, callee) {
			tries := w.tries(call)
			if len(tries) != attempts {
				continue
			}
			if text := w.outOfTurn(call, tries, late); text != "" {
				findings = append(findings, r.show(Finding{
					Kind: ClockSkew, Service: callee,
					Observed: text,
					Expected: fmt.Sprintf("%d SERVER spans of %s one after the other, within the CLIENT span of %s", attempts, quote(callee), quote(caller)),
					Next:     "compare the clocks of the nodes that the two run on",
				}))
				continue
			}
			long.add(w.transit(call).Gap() > allowed)
		}
	}
	s := long.test("calls that last longer than their attempts and the waits between them", alpha)
	if len(findings) > 0 || !s.rejected() {
		return s, Aggregate(findings)
	}
	f := Finding{
		Kind: LatencyMisplaced, Service: caller, Count: long.odd,
		Observed: fmt.Sprintf("the CLIENT span of %s lasts longer than the attempts below it by more than %s %s", quote(caller), allowed, long.text(s)),
		Expected: fmt.Sprintf("a CLIENT span that lasts as long as its %d attempts and the waits between them", attempts),
		Next:     "look at the network and the proxies' queues between " + quote(caller) + " and " + quote(callee) + ", and at the back-off of the route's retries",
	}
	if long.n == 0 {
		f.Kind = LatencyMissing
		f.Observed = fmt.Sprintf("no call of %s to %s took %d attempts", quote(caller), quote(callee), attempts)
		f.Next = "compare the whole tree first"
	}
	return s, []Finding{f}
}

// callsOf are the calls of caller to callee, in order of their start.
func (w *work) callsOf(caller, callee string) []int {
	var calls []int
	for _, v := range w.order {
		if w.call[v] && w.nodes[v].service == caller && w.callee(v) == callee && w.nodes[v].span.Duration >= 0 {
			calls = append(calls, v)
		}
	}
	slices.SortStableFunc(calls, func(a, b int) int { return cmp.Compare(w.times[a].from, w.times[b].from) })
	return calls
}

// tries are the SERVER spans directly below a call, in order of their start.
func (w *work) tries(call int) []int {
	tries := slices.DeleteFunc(slices.Clone(w.under(call)), func(v int) bool { return !w.serves(v) || w.nodes[v].span.Duration < 0 })
	slices.SortStableFunc(tries, func(a, b int) int {
		return cmp.Or(cmp.Compare(w.times[a].from, w.times[b].from), cmp.Compare(w.times[a].to, w.times[b].to))
	})
	return tries
}

// outOfTurn says which of the tries is not where it must be, or nothing.
func (w *work) outOfTurn(call int, tries []int, late time.Duration) string {
	free := w.times[call].from
	for i, v := range tries {
		if early := free - w.times[v].from; early > Resolution {
			if i == 0 {
				return fmt.Sprintf("attempt 1 begins %s before %s", round(early), w.nodes[call].describe())
			}
			return fmt.Sprintf("attempt %d begins %s before attempt %d has ended", i+1, round(early+late), i)
		}
		free = w.times[v].to - late
	}
	if over := free - w.times[call].to; over > Resolution {
		return fmt.Sprintf("attempt %d ends %s after %s", len(tries), round(over+late), w.nodes[call].describe())
	}
	return ""
}
