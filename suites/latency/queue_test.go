package latency

import (
	"slices"
	"testing"
	"time"

	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// waited is evidence of requests that waited in the pool of cart's proxy and in stock's
// application for so long.
func waited(check suites.Check, pool, application time.Duration) traces.Evidence {
	ev := tracesim.Send(check.Traffic.Samples[0].Topology, check.Traffic.Mesh,
		tracesim.Options{Requests: check.Traffic.Requests, Prefix: "r", Seed: 3})
	suites.Reshaping(func(s *traces.Span) {
		if s.Service == "stock" {
			s.Start = s.Start.Add(pool)
			s.Duration += application
			return
		}
		s.Duration += pool + application
	})(&ev)
	return ev
}

func TestQueuesAreToldApart(t *testing.T) {
	checks := queues(1e-6)
	const long = 5 * turn
	for _, c := range []struct {
		name              string
		pool, application time.Duration
		want              [2]string
	}{
		{"in the pool", long, 0, [2]string{"", "latency-misplaced cart"}},
		{"in the application", 0, long, [2]string{"latency-misplaced stock", ""}},
		{"nowhere", 0, 0, [2]string{"latency-missing cart", "latency-missing stock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, check := range checks {
				var got []string
				for _, f := range check.Judge(waited(check, c.pool, c.application)).Findings {
					got = append(got, string(f.Kind)+" "+f.Service)
				}
				if c.want[i] == "" && len(got) == 0 || slices.Equal(got, []string{c.want[i]}) {
					continue
				}
				t.Errorf("%s found %v, want %q", check.Name(), got, c.want[i])
			}
		})
	}
}
