package complete

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/throughline/throughline/traces"
)

// tally is the state machine: it takes the proxies' counts and the stored traces
// as they are read, and knows no clock but the times that it is given.
type tally struct {
	want  Want
	base  map[string]traces.ProxyCount
	since time.Time
	now   time.Time
	last  map[string]traces.ProxyCount
	// still is how many readings in a row were the same as the one before.
	still int
	// stored is how many spans of each service were read, nil before the first reading.
	stored map[string]int64
}

func newTally(want Want) *tally {
	return &tally{want: want, base: byPod(want.Baseline)}
}

func byPod(counts []traces.ProxyCount) map[string]traces.ProxyCount {
	m := make(map[string]traces.ProxyCount, len(counts))
	for _, c := range counts {
		m[c.Namespace+"/"+c.Pod] = c
	}
	return m
}

// counted takes a reading of the counts.
func (t *tally) counted(now time.Time, counts []traces.ProxyCount) {
	next := byPod(counts)
	switch {
	case t.last == nil || !maps.Equal(t.last, next):
		t.since, t.still = now, 0
		t.stored = nil
	case now.Before(t.since):
		// The clock was set back: what was seen before counts for nothing.
		t.since, t.still = now, 0
	default:
		t.still++
	}
	t.now, t.last = now, next
}

// quiet says whether the counts have stood still for longer than Want.Quiet, by the
// clock and by the number of readings: a clock that jumps ahead proves nothing.
func (t *tally) quiet() bool {
	return t.last != nil && t.now.Sub(t.since) > t.want.Quiet && t.still >= int(t.want.Quiet/t.want.poll())
}

// read takes a reading of the stored traces.
func (t *tally) read(stored []traces.Trace) {
	t.stored = map[string]int64{}
	for _, one := range stored {
		for i := range one.Spans {
			t.stored[one.Spans[i].Service+"."+one.Spans[i].ProxyNamespace()]++
		}
	}
}

// complete says whether nothing is missing.
func (t *tally) complete() bool {
	return t.quiet() && t.stored != nil && len(t.reasons()) == 0
}

// counts are what the proxies sent and dropped since the baseline, in order of pod.
func (t *tally) counts() []traces.ProxyCount {
	delta := make([]traces.ProxyCount, 0, len(t.last))
	for pod, c := range t.last {
		c.Sent -= t.base[pod].Sent
		c.Dropped -= t.base[pod].Dropped
		delta = append(delta, c)
	}
	slices.SortFunc(delta, func(a, b traces.ProxyCount) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Pod, b.Pod))
	})
	return delta
}

// reasons say why the evidence is not complete, in order; none means that it is.
func (t *tally) reasons() []string {
	if t.last == nil {
		return []string{"the proxies' counts were never read"}
	}
	var reasons []string
	sent := map[string]int64{}
	for _, c := range t.counts() {
		service := c.Service + "." + c.Namespace
		if !t.wanted(service) {
			continue
		}
		sent[service] += c.Sent
		if c.Dropped > 0 {
			reasons = append(reasons, fmt.Sprintf("the proxy of %s dropped %d spans", traces.Printable(c.Pod), c.Dropped))
		}
		if c.Sent < 0 || c.Dropped < 0 {
			reasons = append(reasons, fmt.Sprintf("the counts of %s went back: its proxy was restarted", traces.Printable(c.Pod)))
		}
	}
	for pod, c := range t.base {
		if _, ok := t.last[pod]; !ok && t.wanted(c.Service+"."+c.Namespace) {
			reasons = append(reasons, fmt.Sprintf("the proxy of %s is gone, with its counts", traces.Printable(c.Pod)))
		}
	}
	slices.Sort(reasons)
	if !t.quiet() {
		reasons = append(reasons, fmt.Sprintf("the proxies were still sending: the last count changed %s before the end", t.now.Sub(t.since)))
	}
	return append(reasons, t.differences(sent)...)
}

func (t *tally) wanted(service string) bool {
	return len(t.want.Services) == 0 || slices.Contains(t.want.Services, service)
}

// differences compares, service by service, what was sent with what is stored. A
// service that has no proxy exports by itself, and nobody counts what it sends.
func (t *tally) differences(sent map[string]int64) []string {
	if t.stored == nil {
		return []string{"the stored traces were never read after the counts stood still"}
	}
	var reasons []string
	var allSent, allStored int64
	for _, service := range slices.Sorted(maps.Keys(sent)) {
		stored := t.stored[service]
		allSent, allStored = allSent+sent[service], allStored+stored
		switch {
		case stored < sent[service]:
			reasons = append(reasons, fmt.Sprintf("%s: spans sent %d, stored %d", traces.Printable(service), sent[service], stored))
		case stored > sent[service]:
			reasons = append(reasons, fmt.Sprintf("%s: spans sent %d, stored %d: some are stored twice, or the window holds those of earlier traffic",
				traces.Printable(service), sent[service], stored))
		}
	}
	if len(reasons) > 0 {
		reasons = append([]string{fmt.Sprintf("spans sent %d, stored %d", allSent, allStored)}, reasons...)
	}
	return reasons
}
