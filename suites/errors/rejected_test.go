package errors

import (
	"net/http"
	"testing"

	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// answered is evidence of n requests down the chain, to which change was done.
func answered(prefix string, n int, change func(*traces.Topology), flag func(*traces.Span)) traces.Evidence {
	t := topology.Chain()
	change(&t)
	ev := tracesim.Send(t, suites.Everything(traces.OpenTelemetry), tracesim.Options{Requests: n, Prefix: prefix, Seed: uint64(len(prefix))})
	suites.Reshaping(flag)(&ev)
	return ev
}

func joined(a, b traces.Evidence) traces.Evidence {
	a.Requests = append(a.Requests, b.Requests...)
	a.Hops = append(a.Hops, b.Hops...)
	a.Traces = append(a.Traces, b.Traces...)
	return a
}

func served() traces.Evidence {
	return answered("served", 3, func(*traces.Topology) {}, func(*traces.Span) {})
}

// refusedWith is evidence of calls to stock that its caller's proxy refused.
func refusedWith(flag string) traces.Evidence {
	return answered("no", 3, func(t *traces.Topology) {
		t.Routes = []traces.Route{{To: "stock", Abort: http.StatusServiceUnavailable}}
	}, func(s *traces.Span) {
		if s.Flags != "" {
			s.Flags = flag
		}
	})
}

// limitedWith is evidence of calls to stock that its own proxy refused.
func limitedWith(status int, flag string) traces.Evidence {
	return answered("no", 3, func(t *traces.Topology) { t.Services[2].Work.Status = status },
		func(s *traces.Span) {
			if s.Service == "stock" {
				s.Flags = flag
			}
		})
}

func TestRefusalsAreToldFromServedRequests(t *testing.T) {
	for _, c := range []struct {
		name     string
		check    suites.Check
		evidence traces.Evidence
		want     traces.FindingKind
	}{
		{"some are refused by the breaker", overloaded(), joined(served(), refusedWith("UO")), ""},
		{"all are", overloaded(), refusedWith("UO"), ""},
		{"none is", overloaded(), served(), traces.WrongRate},
		{"some are refused by something else", overloaded(), joined(refusedWith("UO"), answered("other", 2, func(t *traces.Topology) {
			t.Routes = []traces.Route{{To: "stock", Abort: http.StatusServiceUnavailable}}
		}, func(*traces.Span) {})), traces.WrongFlags},
		{"some are above the limit", limited(), joined(served(), limitedWith(http.StatusTooManyRequests, "RL")), ""},
		{"the application refuses by itself", limited(), limitedWith(http.StatusTooManyRequests, ""), traces.WrongFlags},
		{"all are denied", denied(), limitedWith(http.StatusForbidden, ""), ""},
		{"all are let through", denied(), served(), traces.WrongStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.check.Judge(c.evidence).Findings
			if c.want == "" && len(got) == 0 {
				return
			}
			for _, f := range got {
				if f.Kind == c.want {
					return
				}
			}
			t.Errorf("findings %+v, want %q", got, c.want)
		})
	}
}
