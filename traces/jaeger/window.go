package jaeger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// Window is everything that was stored of some services in a stretch of time. It
// is what traces/complete reads (complete.Store).
type Window struct {
	Client *Client
	// Services are the names to search by ("cart.shop"). Every trace must have a
	// span of one of them: the services at which traces begin are enough, if one
	// knows them all; a split trace begins elsewhere.
	Services []string
	// From and To bound when those spans started.
	From, To time.Time
	// Limit is that of one search; see Query.
	Limit int
}

// finest is the shortest stretch that is searched by itself.
const finest = time.Millisecond

// Traces reads the window: every trace once, in order of id. A search that is
// truncated is done again in two halves. It is ErrTruncated only where a single
// millisecond has more traces than the limit.
func (w Window) Traces(ctx context.Context) ([]traces.Trace, error) {
	byID := map[traces.TraceID]traces.Trace{}
	for _, name := range w.Services {
		q := Query{From: w.From, To: w.To, Limit: w.Limit}
		q.Service, q.Namespace = traces.SplitServiceName(name)
		if err := w.collect(ctx, q, byID); err != nil {
			return nil, fmt.Errorf("window from %s: %w", w.From.Format(time.RFC3339Nano), err)
		}
	}
	return sorted(slices.Collect(maps.Values(byID))), nil
}

func (w Window) collect(ctx context.Context, q Query, byID map[traces.TraceID]traces.Trace) error {
	found, err := w.Client.Find(ctx, q)
	length := q.To.Sub(q.From)
	switch {
	case errors.Is(err, ErrTruncated) && length > finest:
		first, second := q, q
		first.To = q.From.Add(length / 2)
		second.From = first.To.Add(time.Nanosecond)
		if err = w.collect(ctx, first, byID); err != nil {
			return err
		}
		return w.collect(ctx, second, byID)
	case err != nil:
		return err
	}
	for _, t := range found {
		// A trace that two searches found is whole in both; the later one may have more.
		if len(t.Spans) >= len(byID[t.ID].Spans) {
			byID[t.ID] = t
		}
	}
	return nil
}
