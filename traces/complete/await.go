package complete

import (
	"context"
	"fmt"
	"time"

	"github.com/throughline/throughline/traces"
)

// Store reads every trace that was stored since the send began, whole. An error
// ends the waiting: a truncated answer is an error, not a short list.
type Store interface {
	Traces(ctx context.Context) ([]traces.Trace, error)
}

// Counter reads what every proxy has sent and dropped since it started.
type Counter interface {
	Counts(ctx context.Context) ([]traces.ProxyCount, error)
}

// Clock is time, so that tests need none.
type Clock interface {
	Now() time.Time
	// After gives one value once d has passed.
	After(d time.Duration) <-chan time.Time
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now is the time.
func (SystemClock) Now() time.Time { return time.Now() }

// After gives one value once d has passed.
func (SystemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Want says what complete means for one send.
type Want struct {
	// Baseline are the counts from before the send.
	Baseline []traces.ProxyCount
	// Services limits the reconciliation to these ("cart.shop"), which must include
	// every service that the Store reads traces by; empty means every service that has a proxy.
	Services []string
	// Quiet is for how long the counts must not change: longer than the proxies'
	// flush interval.
	Quiet time.Duration
	// Poll is the time between two readings of the counts; 0 means a quarter of Quiet.
	Poll time.Duration
	// Patience is how long to wait in all.
	Patience time.Duration
}

// poll is the time between two readings.
func (w Want) poll() time.Duration {
	if w.Poll > 0 {
		return w.Poll
	}
	return max(w.Quiet/4, time.Millisecond)
}

// Result is the evidence as far as it came.
type Result struct {
	// Traces are those of the last reading, Proxies the counts since the baseline.
	Traces  []traces.Trace
	Proxies []traces.ProxyCount
	// Incomplete says why the evidence is not complete; empty means that it is.
	Incomplete []string
	// Waited is how long it took; Reads how often the traces were read.
	Waited time.Duration
	Reads  int
}

// Await waits until the evidence is complete, or until want.Patience is over, which
// is no error: Result.Incomplete then says what was missing. It returns an error
// when ctx ends or a reading fails, with the Result so far.
//
// Spans that the proxies report as dropped never arrive. Await then does not use up
// its patience: it returns as soon as the counts stand still.
func Await(ctx context.Context, store Store, counter Counter, clock Clock, want Want) (Result, error) {
	w := waiting{store: store, counter: counter, tally: newTally(want), start: clock.Now()}
	for {
		done, err := w.look(ctx, clock)
		w.result.Waited = clock.Now().Sub(w.start)
		if err != nil || done {
			return w.result, err
		}
		if w.result.Waited >= want.Patience {
			w.result.Incomplete = append(w.tally.reasons(), fmt.Sprintf("gave up after %s", w.result.Waited))
			return w.result, nil
		}
		select {
		case <-ctx.Done():
			return w.result, fmt.Errorf("await complete evidence: %w after %s", context.Cause(ctx), w.result.Waited)
		case <-clock.After(want.poll()):
		}
	}
}

type waiting struct {
	store   Store
	counter Counter
	tally   *tally
	start   time.Time
	result  Result
}

// look takes one reading of the counts, and of the traces when the counts stand
// still; it says whether there is nothing more to wait for.
func (w *waiting) look(ctx context.Context, clock Clock) (bool, error) {
	counts, err := w.counter.Counts(ctx)
	if err != nil {
		return false, fmt.Errorf("await complete evidence: proxies' counts: %w", err)
	}
	w.tally.counted(clock.Now(), counts)
	w.result.Proxies = w.tally.counts()
	if !w.tally.quiet() {
		return false, nil
	}
	stored, err := w.store.Traces(ctx)
	if err != nil {
		return false, fmt.Errorf("await complete evidence: stored traces: %w", err)
	}
	w.result.Reads++
	w.result.Traces = stored
	w.tally.read(stored)
	if w.tally.complete() {
		return true, nil
	}
	if w.tally.hopeless() {
		w.result.Incomplete = w.tally.reasons()
		return true, nil
	}
	return false, nil
}

// hopeless says whether waiting cannot help: a proxy dropped spans, lost its
// counts, or is gone.
func (t *tally) hopeless() bool {
	for _, c := range t.counts() {
		if t.wanted(c.Service+"."+c.Namespace) && (c.Dropped != 0 || c.Sent < 0) {
			return true
		}
	}
	for pod, c := range t.base {
		if _, ok := t.last[pod]; !ok && t.wanted(c.Service+"."+c.Namespace) {
			return true
		}
	}
	return false
}
