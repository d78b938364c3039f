package complete_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/complete"
)

// A moment is what proxies and backend hold from a time on.
type moment struct {
	at            time.Duration
	sent, dropped int64
	stored        int
	restarted     bool
	gone          bool
}

// mesh plays moments back on a clock that only runs when it is waited for.
type mesh struct {
	now     time.Time
	begin   time.Time
	moments []moment
	reads   int
	err     error
	// alone is true where service names have no namespace.
	alone bool
}

func newMesh(moments ...moment) *mesh {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &mesh{now: begin, begin: begin, moments: moments}
}

func (m *mesh) Now() time.Time { return m.now }

func (m *mesh) After(d time.Duration) <-chan time.Time {
	m.now = m.now.Add(d)
	c := make(chan time.Time, 1)
	c <- m.now
	return c
}

func (m *mesh) state() moment {
	var s moment
	for _, one := range m.moments {
		if m.now.Sub(m.begin) >= one.at {
			s = one
		}
	}
	return s
}

func (m *mesh) Counts(context.Context) ([]traces.ProxyCount, error) {
	s := m.state()
	if s.gone {
		return nil, m.err
	}
	c := traces.ProxyCount{Pod: "cart-1", Service: "cart", Namespace: "shop", Sent: 100 + s.sent, Dropped: s.dropped}
	if s.restarted {
		c.Sent = s.sent
	}
	return []traces.ProxyCount{c}, m.err
}

func (m *mesh) Traces(context.Context) ([]traces.Trace, error) {
	m.reads++
	spans := make([]traces.Span, m.state().stored)
	for i := range spans {
		spans[i] = traces.Span{Service: "cart", Namespace: "shop"}
		if m.alone {
			spans[i].Namespace = ""
			spans[i].Tags = traces.TagsOf(traces.Tag{Key: "node_id", Value: "sidecar~10.0.0.1~cart-1.shop~shop.svc.cluster.local"})
		}
	}
	return []traces.Trace{{Spans: spans}, {Spans: []traces.Span{{Service: "sdk", Namespace: "shop"}}}}, nil
}

func want() complete.Want {
	return complete.Want{
		Baseline: []traces.ProxyCount{{Pod: "cart-1", Service: "cart", Namespace: "shop", Sent: 100}},
		Quiet:    200 * time.Millisecond,
		Poll:     50 * time.Millisecond,
		Patience: 5 * time.Second,
	}
}

func TestOrdersOfArrival(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name    string
		moments []moment
		// incomplete is in one of the reasons; empty means complete.
		incomplete string
		atLeast    time.Duration
		atMost     time.Duration
		reads      int
	}{
		{
			name:    "all at once",
			moments: []moment{{sent: 6, stored: 6}},
			atLeast: 200 * ms, atMost: 300 * ms, reads: 1,
		},
		{
			name:    "nothing was sampled",
			moments: []moment{{}},
			atLeast: 200 * ms, atMost: 300 * ms, reads: 1,
		},
		{
			name:    "an early part, then the rest",
			moments: []moment{{sent: 4, stored: 4}, {at: 150 * ms, sent: 6, stored: 6}},
			atLeast: 350 * ms, atMost: 450 * ms, reads: 1,
		},
		{
			name:    "a late straggler at the backend",
			moments: []moment{{sent: 6, stored: 5}, {at: 400 * ms, sent: 6, stored: 6}},
			atLeast: 400 * ms, atMost: 500 * ms, reads: 4,
		},
		{
			name:       "a batch lost on the way",
			moments:    []moment{{sent: 6, stored: 1}},
			incomplete: "spans sent 6, stored 1",
			atLeast:    5000 * ms, atMost: 5100 * ms,
		},
		{
			name:       "a batch stored twice",
			moments:    []moment{{sent: 6, stored: 12}},
			incomplete: "stored twice",
			atLeast:    5000 * ms, atMost: 5100 * ms,
		},
		{
			name:       "a dropped batch",
			moments:    []moment{{sent: 6, dropped: 5, stored: 6}},
			incomplete: "the proxy of cart-1 dropped 5 spans",
			atLeast:    200 * ms, atMost: 300 * ms, reads: 1,
		},
		{
			name:       "spans evicted after they were stored",
			moments:    []moment{{sent: 6, stored: 6}, {at: 100 * ms, sent: 8, stored: 3}},
			incomplete: "cart.shop: spans sent 8, stored 3",
			atLeast:    5000 * ms, atMost: 5100 * ms,
		},
		{
			name:       "a restarted proxy",
			moments:    []moment{{sent: 6, stored: 6}, {at: 100 * ms, sent: 2, stored: 8, restarted: true}},
			incomplete: "its proxy was restarted",
			atLeast:    300 * ms, atMost: 400 * ms, reads: 1,
		},
		{
			name:       "a proxy that is gone",
			moments:    []moment{{sent: 6, stored: 6}, {at: 100 * ms, gone: true}},
			incomplete: "the proxy of cart-1 is gone",
			atLeast:    300 * ms, atMost: 400 * ms, reads: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMesh(c.moments...)
			got, err := complete.Await(t.Context(), m, m, m, want())
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(got.Incomplete, "; ")
			if (c.incomplete == "") != (all == "") || !strings.Contains(all, c.incomplete) {
				t.Errorf("incomplete: %q, want %q", all, c.incomplete)
			}
			if got.Waited < c.atLeast || got.Waited > c.atMost {
				t.Errorf("waited %s, want %s to %s", got.Waited, c.atLeast, c.atMost)
			}
			if c.reads > 0 && got.Reads != c.reads {
				t.Errorf("read the traces %d times, want %d", got.Reads, c.reads)
			}
		})
	}
}

func TestCountsThatNeverStandStillAreSaidSo(t *testing.T) {
	var moments []moment
	for i := range 200 {
		moments = append(moments, moment{at: time.Duration(i) * 50 * time.Millisecond, sent: int64(i)})
	}
	m := newMesh(moments...)
	got, err := complete.Await(t.Context(), m, m, m, want())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(got.Incomplete, "; "), "still sending") || m.reads != 0 {
		t.Errorf("incomplete %q after %d reads, want none and that the proxies were still sending", got.Incomplete, m.reads)
	}
}

func TestTheCountsAreThoseSinceTheBaseline(t *testing.T) {
	m := newMesh(moment{sent: 6, stored: 6})
	got, err := complete.Await(t.Context(), m, m, m, want())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Proxies, []traces.ProxyCount{{Pod: "cart-1", Service: "cart", Namespace: "shop", Sent: 6}}) {
		t.Errorf("counts %+v, want 6 sent", got.Proxies)
	}
}

func TestAProxyWhoseServiceNameHasNoNamespaceIsCountedByItsNode(t *testing.T) {
	m := newMesh(moment{sent: 6, stored: 6})
	m.alone = true
	got, err := complete.Await(t.Context(), m, m, m, want())
	if err != nil || len(got.Incomplete) > 0 {
		t.Errorf("incomplete %q, error %v", got.Incomplete, err)
	}
}

func TestOtherServicesAreLeftOut(t *testing.T) {
	m := newMesh(moment{sent: 6, stored: 2})
	w := want()
	w.Services = []string{"web.shop"}
	got, err := complete.Await(t.Context(), m, m, m, w)
	if err != nil || len(got.Incomplete) > 0 {
		t.Errorf("incomplete %q, error %v; cart is not among the services", got.Incomplete, err)
	}
}

func TestAFailedReadingEndsTheWaiting(t *testing.T) {
	m := newMesh(moment{})
	m.err = errors.New("port-forward lost")
	_, err := complete.Await(t.Context(), m, m, m, want())
	if err == nil || !strings.Contains(err.Error(), "proxies' counts: port-forward lost") {
		t.Errorf("error %v, want that the counts could not be read", err)
	}
}

func TestACancelledContextEndsTheWaiting(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	m := newMesh(moment{sent: 1})
	blocked := stopped{m}
	_, err := complete.Await(ctx, m, m, blocked, want())
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v, want that it was interrupted", err)
	}
}

// stopped is a clock that never goes on.
type stopped struct{ *mesh }

func (stopped) After(time.Duration) <-chan time.Time { return nil }

// stepping is a clock that jumps once, when the spans are still on their way.
type stepping struct {
	*mesh
	by   time.Duration
	step *time.Duration
}

func (s stepping) Now() time.Time {
	if s.now.Sub(s.begin) >= 100*time.Millisecond {
		*s.step = s.by
	}
	return s.now.Add(*s.step)
}

func TestAClockThatStepsMakesNoEvidenceComplete(t *testing.T) {
	for name, by := range map[string]time.Duration{"ahead": 2 * time.Second, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			m := newMesh(moment{}, moment{at: 150 * time.Millisecond, sent: 6, stored: 6})
			got, err := complete.Await(t.Context(), m, m, stepping{m, by, new(time.Duration)}, want())
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Incomplete) > 0 || len(got.Traces[0].Spans) != 6 {
				t.Errorf("incomplete %v with %d spans; want all 6, which came after the clock stepped", got.Incomplete, len(got.Traces[0].Spans))
			}
		})
	}
}
