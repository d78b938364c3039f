package traces

import (
	"fmt"
	"strings"
	"time"
)

// delayInjected is Envoy's response flag for a delay that its fault filter made.
const delayInjected = "DI"

// timerLag is by how much a fault's delay may end early. Envoy counts timers from the
// time that its event loop read at the beginning of its round (libevent's cached time),
// which is before the span began by as long as the round had been running: a few
// requests' worth of work, under a millisecond each. Measured: 199.87 ms for 200 ms, once
// in 20 requests, four at a time. A missing delay falls short by nearly all of it.
const timerLag = 5 * time.Millisecond

// JudgeInjectedDelay judges a delay fault on the calls of caller to callee: in
// every request the caller's CLIENT span lasts at least delay, less the lag of the
// proxy's timer (5 ms), and carries the flag DI, and the callee's SERVER span is
// shorter than delay. A flagged span may be shorter in one request in ten, by an exact
// binomial test at the false-alarm rate alpha: a proxy that is held up counts from
// before the span began (see timerLag). CLIENT spans of an application's own SDK, above
// the proxy's, do not count (see TimesOf). The findings, one a request at most:
//
//   - no such CLIENT span: MissingSpan at caller;
//   - the SERVER span lasts that long: LatencyMisplaced at callee;
//   - the CLIENT span is shorter, without the flag or in too many requests: LatencyMissing
//     at caller;
//   - it is long enough without the flag: WrongFlags at caller.
func JudgeInjectedDelay(ev Evidence, caller, callee string, delay time.Duration, alpha float64) (Statistic, []Finding) {
	var findings, short []Finding
	var odd exceptions
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		found := false
		for _, v := range w.order {
			if !w.call[v] || w.nodes[v].service != caller || (w.nodes[v].to != callee && w.callee(v) != callee) {
				continue
			}
			found = true
			f, ok := w.injected(v, callee, delay)
			if ok {
				odd.add(false)
				continue
			}
			if f.Kind == LatencyMissing && w.flagged(v) {
				odd.add(true)
				short = append(short, r.show(f))
			} else {
				findings = append(findings, r.show(f))
			}
			break
		}
		if !found {
			findings = append(findings, r.show(Finding{
				Kind: MissingSpan, Service: caller,
				Observed: "no CLIENT span of " + quote(caller) + " to " + quote(callee),
				Expected: "one that lasts at least " + delay.String(),
				Next:     "compare the whole tree first",
			}))
		}
	}
	s := odd.test("delayed calls that are shorter than the delay", alpha)
	if s.N > 0 && s.rejected() {
		findings = append(findings, short...)
	}
	return s, Aggregate(findings)
}

// flagged says whether the proxy injected a delay into a call.
func (w *work) flagged(call int) bool {
	for flag := range strings.SplitSeq(w.nodes[call].span.Flags, ",") {
		if strings.TrimSpace(flag) == delayInjected {
			return true
		}
	}
	return false
}

func (w *work) injected(call int, callee string, delay time.Duration) (Finding, bool) {
	v := &w.nodes[call]
	flagged := w.flagged(call)
	f := Finding{
		Observed: fmt.Sprintf("%s lasts %s with flags: %s", v.describe(), round(v.span.Duration), flagsText(v.span.Flags)),
		Expected: fmt.Sprintf("at least %s with the flag %s, and a SERVER span of %s shorter than that",
			delay, delayInjected, quote(callee)),
	}
	for _, c := range w.under(call) {
		child := &w.nodes[c]
		if child.service == callee && child.kind == Server && child.span.Duration >= delay {
			f.Kind, f.Service = LatencyMisplaced, callee
			f.Observed += fmt.Sprintf("; %s lasts %s", child.describe(), round(child.span.Duration))
			f.Next = "look at what " + quote(callee) + " waited for: the time is inside it"
			return f, false
		}
	}
	switch {
	case v.span.Duration < delay-timerLag:
		f.Kind, f.Service = LatencyMissing, v.service
		f.Next = "look whether the VirtualService's match fits the request, and whether " + quote(v.service) + "'s proxy has the route"
		if !flagged {
			f.Why = "the proxy injected no delay: the flag is not there either"
		}
		return f, false
	case !flagged:
		f.Kind, f.Service = WrongFlags, v.service
		f.Next = "look for something else that waited: a retry, a full connection pool, the network"
		return f, false
	default:
		return f, true
	}
}

// show adds the request and its traces to a finding about it.
func (r RequestEvidence) show(f Finding) Finding {
	f.Count = 1
	f.Requests = []string{r.Exchange.Request}
	for _, t := range r.Traces {
		f.Traces = extend(f.Traces, []string{t.ID.String()})
	}
	return f
}
