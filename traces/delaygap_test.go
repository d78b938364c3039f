package traces_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/stats"
)

// passage moves the times of delayed requests as a relay does that holds the request
// to callee back by before, and the answer by after.
func passage(ev *traces.Evidence, callee string, before, after time.Duration) {
	inner := map[string]bool{"stock": true, callee: true}
	if callee == "web" {
		inner["cart"] = true
	}
	stretch(ev, func(s *traces.Span) {
		if s.Service == callee && s.Kind == traces.Server || inner[s.Service] && s.Service != callee ||
			s.Service == callee && s.Kind == traces.Client {
			s.Start = s.Start.Add(before)
			return
		}
		s.Duration += before + after
	})
}

func TestADelayOnTheWayIsFoundOnThatWay(t *testing.T) {
	for _, c := range []struct {
		name    string
		way     traces.Way
		delayed traces.Topology
		mutate  func(*traces.Evidence)
		want    []string
	}{
		{
			name: "on both ways", delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", added/2, added/2) },
		},
		{
			name: "before", way: traces.Before, delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", added, 0) },
		},
		{
			name: "after", way: traces.After, delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", 0, added) },
		},
		{
			name: "after, not before", way: traces.Before, delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", 0, added) },
			want:   []string{"latency-misplaced web"},
		},
		{
			name: "before, not after", way: traces.After, delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", added, 0) },
			want:   []string{"latency-misplaced web"},
		},
		{
			name: "on another edge", delayed: chain(),
			mutate: func(ev *traces.Evidence) { passage(ev, "stock", added, 0) },
			want:   []string{"latency-misplaced cart"},
		},
		{name: "inside the callee", way: traces.Before, delayed: chain(waits("cart", added)), want: []string{"latency-misplaced cart"}},
		{name: "nowhere on the way", delayed: chain(), want: []string{"latency-missing web"}},
		{
			name: "on the way and inside the callee", delayed: chain(waits("cart", added)),
			mutate: func(ev *traces.Evidence) { passage(ev, "cart", added, 0) },
			want:   []string{"latency-misplaced cart"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := inTurn(60, c.delayed)
			if c.mutate != nil {
				c.mutate(&ev)
			}
			got := traces.JudgeAddedGap(ev, "web", "cart", c.way, added, testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/gaps/"+strings.NewReplacer(" ", "-", ",", "").Replace(c.name)+".txt", texts(got))
		})
	}
}

func TestADelayThatIsAlsoSpentOnTheWayIsFound(t *testing.T) {
	ev := inTurn(60, chain(waits("cart", added)))
	passage(&ev, "stock", added, 0)
	got := traces.JudgeAddedDelay(ev, "cart", added, testAlpha)
	if names := named(got); !slices.Equal(names, []string{"latency-misplaced cart"}) {
		t.Errorf("findings %v, want the edge to stock at its caller\n%s", names, texts(got))
	}
	golden(t, "testdata/delays/there-and-on-the-way-on.txt", texts(got))
}

func TestTheCriticalPathGainsADelayOnItOnly(t *testing.T) {
	// Both branches take stock; price is the slow one, and cart's delay is hidden by it.
	slow := waits("price", 4*added)
	shift := func(edits ...func(map[string]*traces.Service)) map[string]time.Duration {
		ev := inTurnOf(30, diamond(slow), diamond(append(edits, slow)...))
		got := map[string]time.Duration{}
		for _, s := range traces.Attribute(ev, 1e-6).Path {
			got[s.String()] = s.Shift.Round(10 * time.Millisecond)
		}
		return got
	}
	if got := shift(waits("cart", added)); got["cart"] != 0 || got["price"] != 0 {
		t.Errorf("a delay beside the path moves it: %v", got)
	}
	if got := shift(waits("web", added)); got["web"] != added || got["price"] != 0 {
		t.Errorf("a delay on the path shows as %v, want 50ms at web", got)
	}
}

func TestAPathThatMovesIsGainedAndLost(t *testing.T) {
	// The slow branch is the delayed one in one sample each.
	ev := inTurnOf(30, diamond(waits("price", added)), diamond(waits("cart", added)))
	got := map[string]time.Duration{}
	for _, s := range traces.Attribute(ev, 1e-6).Path {
		got[s.String()] = s.Shift.Round(10 * time.Millisecond)
	}
	if got["cart"] != added || got["price"] != -added {
		t.Errorf("the path moved from price to cart: %v, want 50ms and -50ms", got)
	}
}

// drift is traces of `client > web > cart` whose times are drawn from exp.
func drift(r *rand.Rand, variant string, n int) traces.Evidence {
	stored := make([]traces.Trace, n)
	for i := range stored {
		at := time.Duration(0)
		next := func() time.Duration {
			at += time.Duration(r.ExpFloat64() * float64(ms))
			return at
		}
		times := make([]time.Duration, 8)
		for j := range times {
			times[j] = next()
		}
		trace := traces.Trace{Spans: make([]traces.Span, 4)}
		for j := range trace.Spans {
			trace.Spans[j] = traces.Span{
				ID: traces.SpanID{byte(j + 1)}, Kind: []traces.Kind{traces.Client, traces.Server}[j%2],
				Service: []string{"client", "web", "web", "cart"}[j],
				Start:   dawn().Add(times[j]), Duration: times[7-j] - times[j],
			}
			if j > 0 {
				trace.Spans[j].Parent = traces.SpanID{byte(j)}
			}
		}
		stored[i] = trace
	}
	return seen(variant, stored...)
}

func TestSimulatedFalseAlarmsOfAttribution(t *testing.T) {
	// Without any delay, over all places together: an alpha shared out by Bonferroni
	// must not be exceeded by the tests, by the intervals, or by the judge.
	const runs, alpha = 150, 0.1
	each := 0.0
	tested, outside, judged := 0, 0, 0
	for run := range runs {
		r := rand.New(rand.NewPCG(uint64(run), 42))
		size := []int{12, 45}[run%2]
		ev := both(drift(r, traces.Baseline, size), drift(r, traces.Delayed, size))
		if run == 0 {
			all := traces.Attribute(ev, alpha)
			each = stats.Bonferroni(alpha, len(all.Services)+len(all.Gaps)+len(all.Before)+len(all.After)+len(all.Path))
		}
		a := traces.Attribute(ev, each)
		small, wide := false, false
		for _, s := range slices.Concat(a.Services, a.Gaps, a.Before, a.After, a.Path) {
			small = small || s.P <= each
			wide = wide || s.Lower > 0 || s.Upper < 0
		}
		if small {
			tested++
		}
		if wide {
			outside++
		}
		// A delay of a nanosecond leaves only the noise as a bound.
		for _, f := range traces.JudgeAddedDelay(ev, "nobody", 1, alpha) {
			if f.Kind == traces.LatencyMisplaced {
				judged++
				break
			}
		}
	}
	for what, k := range map[string]int{"tests": tested, "intervals": outside, "findings": judged} {
		if low, _ := stats.ClopperPearson(k, runs, 1e-9); low > alpha {
			t.Errorf("false %s in %d of %d runs, more than the %g that they claim", what, k, runs, alpha)
		}
	}
	t.Logf("of %d runs without a delay %d have a p-value, %d an interval, %d a finding that says otherwise", runs, tested, outside, judged)
}

func TestTooFewRequestsHaveNoInterval(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	ev := both(drift(r, traces.Baseline, 3), drift(r, traces.Delayed, 3))
	for _, s := range traces.Attribute(ev, testAlpha).Services {
		if s.Lower != math.MinInt64 || s.Upper != math.MaxInt64 {
			t.Errorf("the shift of %s is %s to %s, want no bounds", s.Place, s.Lower, s.Upper)
		}
	}
}
