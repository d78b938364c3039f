package traces_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

const testAlpha = 2e-8

func sampledAt(percent float64, n int) traces.Evidence {
	return tracesim.Send(chain(), traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(percent)},
		tracesim.Options{Requests: n, Prefix: "r", Seed: 3})
}

func TestARateIsHeldAgainstWhatWasSampled(t *testing.T) {
	for _, c := range []struct {
		name          string
		sent, claimed float64
		n             int
		want          []string
	}{
		{"all", 100, 100, 1375, nil},
		{"nearly all", 99, 100, 1375, []string{"wrong-rate client"}},
		{"none", 0, 0, 1375, nil},
		{"nearly none", 1, 0, 1375, []string{"wrong-rate client"}},
		{"half", 50, 50, 2700, nil},
		{"more than half", 60, 50, 2700, []string{"wrong-rate client"}},
		{"no request", 50, 50, 0, []string{"wrong-rate client"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, got := traces.JudgeRate(sampledAt(c.sent, c.n), wholeChain(), c.claimed, testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s", names, c.want, texts(got))
			}
			golden(t, "testdata/rates/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
			if result.N != c.n || result.Percent != c.claimed || result.Alpha != testAlpha {
				t.Errorf("result %+v", result)
			}
			share := 100 * float64(result.Observed) / math.Max(1, float64(result.N))
			if result.Lower > share || result.Upper < share {
				t.Errorf("the interval %g to %g does not hold the observed %g", result.Lower, result.Upper, share)
			}
		})
	}
}

func TestAHalfTraceIsCountedAndFound(t *testing.T) {
	ev := sampledAt(100, 50)
	cart := span(&ev, "cart", traces.Server, 0)
	id := cart.ID
	remove(&ev, func(s traces.Span) bool { return s.ID == id })
	sampled, total, got := traces.Sampled(ev, wholeChain())
	if sampled != 50 || total != 50 || !slices.Equal(named(got), []string{"missing-span cart"}) {
		t.Errorf("%d of %d sampled, findings:\n%s", sampled, total, texts(got))
	}
}

func TestARequestThatFailedUnsampledIsFound(t *testing.T) {
	ev := sampledAt(0, 5)
	ev.Requests[2].Status = 503
	_, got := traces.JudgeRate(ev, wholeChain(), 0, testAlpha)
	if !slices.Equal(named(got), []string{"failed-request web"}) {
		t.Errorf("findings:\n%s", texts(got))
	}
}

func TestARefusalMustBeCarried(t *testing.T) {
	for _, c := range []struct {
		name   string
		mutate func(*traces.Hop)
		want   []string
	}{
		{"carried", func(*traces.Hop) {}, nil},
		{"lost", func(h *traces.Hop) { delete(h.Received, "traceparent") }, []string{"wrong-decision cart"}},
		{"turned round", func(h *traces.Hop) {
			h.Received["traceparent"] = h.Received["traceparent"][:53] + "01"
		}, []string{"wrong-decision cart"}},
		{"left open", func(h *traces.Hop) {
			h.Received = map[string]string{"x-b3-traceid": hexTrace, "x-b3-spanid": hexSpan}
		}, []string{"wrong-decision cart"}},
		{"said in one B3 header", func(h *traces.Hop) { h.Received = map[string]string{"b3": "0"} }, nil},
		{"of no concern without a sidecar", func(h *traces.Hop) { h.Received, h.Bare = nil, true }, nil},
		{"of no concern over TCP", func(h *traces.Hop) { h.Received, h.Protocol = nil, traces.TCP }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ev := sampledAt(0, 3)
			for i := range ev.Hops {
				if ev.Hops[i].Service == "cart" {
					c.mutate(&ev.Hops[i])
				}
			}
			if got := traces.JudgeRefusal(ev); !slices.Equal(named(got), c.want) {
				t.Errorf("want %v, got:\n%s", c.want, texts(got))
			}
		})
	}
	if got := traces.JudgeRefusal(sampledAt(100, 3)); len(got) != 0 {
		t.Errorf("requests that were sampled have no refusal to carry:\n%s", texts(got))
	}
}

func BenchmarkJudgeRate(b *testing.B) {
	ev := sampledAt(1, 15300)
	b.ReportAllocs()
	for b.Loop() {
		traces.JudgeRate(ev, wholeChain(), 1, testAlpha)
	}
}
