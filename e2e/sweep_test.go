package e2e

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
)

// shelf is an archive in memory.
type shelf struct {
	traces []traces.Trace
	err    error
	asked  int
}

func (s *shelf) Services(context.Context) ([]string, error) {
	names := map[string]bool{}
	var all []string
	for _, t := range s.traces {
		for _, span := range t.Spans {
			if name := span.Service + "." + span.Namespace; !names[name] {
				names[name] = true
				all = append(all, name)
			}
		}
	}
	return all, s.err
}

func (s *shelf) Find(_ context.Context, service string, from, to time.Time) ([]traces.Trace, error) {
	s.asked++
	var found []traces.Trace
	for _, t := range s.traces {
		for _, span := range t.Spans {
			if span.Service+"."+span.Namespace == service && !span.Start.Before(from) && span.Start.Before(to) {
				found = append(found, t)
				break
			}
		}
	}
	return found, s.err
}

// morning is when the runs of these tests begin.
func morning() time.Time { return time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC) }

// kept is a trace of n spans of web, the first of which begins some time into the run.
func kept(id byte, n int, after time.Duration, agent string) traces.Trace {
	t := traces.Trace{ID: traces.TraceID{id}}
	for i := range n {
		t.Spans = append(t.Spans, traces.Span{
			TraceID: t.ID, ID: traces.SpanID{id, byte(i + 1)}, Service: "web", Namespace: "shop",
			Start: morning().Add(after), Tags: traces.TagsOf(traces.Tag{Key: "user_agent", Value: agent}),
		})
	}
	return t
}

func TestASweepReadsEverythingAndSaysWhatIsForeign(t *testing.T) {
	archive := &shelf{traces: []traces.Trace{
		kept(1, 2, time.Second, "curl"), kept(2, 3, 9*time.Minute, "curl"), kept(3, 1, 5*time.Minute, "curl"),
		kept(4, 1, time.Minute, traces.AgentPrefix+"run-7"), kept(5, 1, -time.Second, "curl"),
	}}
	h := history{
		archive: archive, agent: traces.AgentPrefix + "run-", began: morning(), deployed: []string{"web.shop"},
		// So many spans were read that the run is read in slices.
		seen: map[traces.TraceID]int{{1}: 2, {2}: 3},
	}
	ev, err := h.everything(t.Context(), morning().Add(10*time.Minute))
	if err != nil || len(ev.Incomplete) > 0 {
		t.Fatalf("%v, incomplete %q", err, ev.Incomplete)
	}
	if len(ev.Traces) != 4 || len(ev.Traces[1].Spans) != 3 {
		t.Errorf("%d traces, want the four of the run, whole", len(ev.Traces))
	}
	if len(ev.Sweep.Foreign) != 1 || ev.Sweep.Foreign[0] != (traces.TraceID{3}) {
		t.Errorf("foreign are %v, want the third alone: the fourth came late, but is of a request of the run", ev.Sweep.Foreign)
	}
	if found := traces.JudgeSweep(ev); len(found) != 1 || found[0].Kind != traces.UnexpectedTrace || found[0].Service != "web" {
		t.Errorf("found %+v, want the foreign trace", found)
	}
}

func TestALongRunIsReadInSlices(t *testing.T) {
	archive := &shelf{traces: []traces.Trace{kept(1, 1, time.Second, ""), kept(2, 1, 9*time.Minute, "")}}
	h := history{archive: archive, began: morning(), seen: map[traces.TraceID]int{{1}: 1, {2}: 1, {9}: 3 * sliceSpans}}
	ev, err := h.everything(t.Context(), morning().Add(10*time.Minute))
	if err != nil || len(ev.Traces) != 2 {
		t.Errorf("%d traces, %v", len(ev.Traces), err)
	}
	if archive.asked < 3 || archive.asked > 5 {
		t.Errorf("it was read %d times, want about four", archive.asked)
	}
}

func TestABackendThatEvictsMakesTheSweepInconclusive(t *testing.T) {
	for name, seen := range map[string]map[traces.TraceID]int{
		"a trace is gone":          {{1}: 2, {2}: 3, {8}: 4},
		"a trace has lost a span":  {{1}: 2, {2}: 7},
		"everything is gone again": {{7}: 1, {8}: 3},
	} {
		t.Run(name, func(t *testing.T) {
			h := history{
				archive: &shelf{traces: []traces.Trace{kept(1, 2, time.Second, ""), kept(2, 3, time.Second, "")}},
				began:   morning(), seen: seen, deployed: []string{"web.shop"},
			}
			ev, err := h.everything(t.Context(), morning().Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if len(ev.Incomplete) != 1 || !strings.Contains(ev.Incomplete[0], "have lost 4 spans since: the backend evicts") {
				t.Errorf("incomplete %q, want that 4 spans were evicted", ev.Incomplete)
			}
		})
	}
}

func TestASweepThatCannotReadSaysSo(t *testing.T) {
	h := history{archive: &shelf{err: errors.New("no answer")}, began: morning()}
	if _, err := h.everything(t.Context(), morning().Add(time.Minute)); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("error %v", err)
	}
}
