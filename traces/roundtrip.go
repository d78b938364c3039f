package traces

import (
	"fmt"
	"math"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// RoundTrip is one request as its caller timed it, and as its trace's root did.
type RoundTrip struct {
	Request string
	// Service owns the root span (see CriticalPath), Trace is its trace.
	Service string
	Trace   TraceID
	// Caller is from when the caller sent to when it had the whole answer; Root is the
	// root span's duration.
	Caller, Root time.Duration
}

// Overhead is what the caller spent outside of the root span: in itself, and on its way to
// the first proxy. With right clocks it is not negative, whatever their offset: each
// duration is of one clock.
func (r RoundTrip) Overhead() time.Duration { return r.Caller - r.Root }

// RoundTrips lists the requests that have a root span, in the order of the evidence.
// Durations are cut to 73 years.
func RoundTrips(ev Evidence) []RoundTrip {
	var all []RoundTrip
	for _, r := range ev.ByRequest().Requests {
		w := readWork(r.Traces)
		root := w.root()
		if root < 0 {
			continue
		}
		all = append(all, r.roundTrip(w, root))
	}
	return all
}

func (r RequestEvidence) roundTrip(w *work, root int) RoundTrip {
	v := &w.nodes[root]
	caller := moment(r.Exchange.End) - moment(r.Exchange.Start)
	return RoundTrip{
		Request: r.Exchange.Request, Service: v.service, Trace: v.span.TraceID,
		Caller: min(max(caller, -longest), longest), Root: w.times[root].length(),
	}
}

// Spread is how a time is distributed over requests: quantiles of the sample.
type Spread struct {
	Requests                    int
	Least, Median, P95, Largest time.Duration
	// MedianLower to P95Upper bound the quantiles of what was sampled from, by order
	// statistics (see stats.QuantileInterval); without a bound it is the least or largest
	// duration there is.
	MedianLower, MedianUpper, P95Lower, P95Upper time.Duration
}

// SpreadOf is the spread of the overheads, with intervals at the level 1 - alpha; it is
// zero for no round trips.
func SpreadOf(trips []RoundTrip, alpha float64) Spread {
	if len(trips) == 0 {
		return Spread{}
	}
	overheads := make([]float64, len(trips))
	for i, r := range trips {
		overheads[i] = float64(r.Overhead())
	}
	q := func(q float64) time.Duration { return duration(stats.Quantile(overheads, q)) }
	s := Spread{Requests: len(trips), Least: q(0), Median: q(0.5), P95: q(0.95), Largest: q(1)}
	bounds := func(q float64) (lower, upper time.Duration) {
		lo, hi := stats.QuantileInterval(overheads, q, alpha)
		return duration(lo), duration(hi)
	}
	s.MedianLower, s.MedianUpper = bounds(0.5)
	s.P95Lower, s.P95Upper = bounds(0.95)
	return s
}

// String is one sentence.
func (s Spread) String() string {
	return fmt.Sprintf("over %s the caller's time exceeds the root's by %s at least, %s in the median%s, %s at 95 %%%s and %s at most",
		counted(s.Requests, "request"), round(s.Least), round(s.Median), between(s.MedianLower, s.MedianUpper),
		round(s.P95), between(s.P95Lower, s.P95Upper), round(s.Largest))
}

// between is an interval in words, or nothing where it has no end.
func between(lower, upper time.Duration) string {
	if lower == math.MinInt64 || upper == math.MaxInt64 {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", round(lower), round(upper))
}

// shownAlpha is that of the intervals which a text shows: they inform, and decide nothing.
const shownAlpha = 0.05

// JudgeRoundTrips judges that in every request the root span lasts as long as the
// caller waited, less at most most, which is what the caller itself and its way to the
// first proxy may take. A proxy ends a span when it lets go of the stream, which may be
// after the caller had its answer: the root may end late by late (see JudgeClocks).
// Requests without a root are not judged. The findings:
//
//   - the root lasts longer than the caller waited, by more than late and Resolution: ClockSkew
//     at the root's service: one of the two clocks runs at a wrong rate;
//   - it lasts less than the caller waited by more than most: LatencyMissing there: the
//     caller waited for something that is not in the trace, or its clock ran too slowly.
//
// Both texts have the distribution over all requests and the ratio of root to caller. A
// root whose times are multiplied by f is found if it lasts longer than
// (late+overhead)/(f-1) for f above 1, and than (most-overhead)/(1-f) for f below 1.
func JudgeRoundTrips(ev Evidence, most, late time.Duration) []Finding {
	trips := RoundTrips(ev)
	spread := SpreadOf(trips, shownAlpha).String()
	var ratios []float64
	for _, r := range trips {
		if r.Caller > 0 {
			ratios = append(ratios, float64(r.Root)/float64(r.Caller))
		}
	}
	why := spread
	if len(ratios) > 0 {
		why += fmt.Sprintf("; a root lasts %.2f times what its caller waited in the median", stats.Median(ratios))
	}
	var findings []Finding
	for _, r := range trips {
		f := Finding{
			Service:  r.Service,
			Observed: fmt.Sprintf("the root span of %s lasts %s, and its caller waited %s", quote(r.Service), r.Root, r.Caller),
			Expected: fmt.Sprintf("a root that lasts as long as the caller waited, less %s at most", most),
			Why:      why,
			Count:    1, Requests: []string{r.Request}, Traces: []string{r.Trace.String()},
		}
		switch over := r.Overhead(); {
		case over < -late-Resolution:
			f.Kind = ClockSkew
			f.Next = "compare the clock of the node that " + quote(r.Service) + " runs on with the caller's: its rate, not its time"
		case over > most:
			f.Kind = LatencyMissing
			f.Next = "look at what the caller waited for outside of the root span, and at the rates of the clocks"
		default:
			continue
		}
		findings = append(findings, f)
	}
	return Aggregate(findings)
}
