package tracesim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

func pair() traces.Topology {
	return traces.Topology{Name: "pair", Entry: "web", Services: []traces.Service{
		{Name: "web", Steps: []traces.Step{{{To: "cart"}}}}, {Name: "cart"},
	}}
}

func TestTheSameOptionsGiveTheSameEvidence(t *testing.T) {
	mesh := traces.Mesh{Provider: traces.Zipkin, Sampling: traces.Percent(50)}
	o := tracesim.Options{Requests: 30, Seed: 4, Prefix: "r"}
	if diff := cmp.Diff(tracesim.Send(pair(), mesh, o), tracesim.Send(pair(), mesh, o)); diff != "" {
		t.Error(diff)
	}
}

func TestTheFirstProxyDecidesForAll(t *testing.T) {
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(50)}
	ev := tracesim.Send(pair(), mesh, tracesim.Options{Requests: 200, Seed: 4})
	if n := len(ev.Traces); n < 60 || n > 140 {
		t.Errorf("%d of 200 requests left a trace at 50 %%", n)
	}
	for _, one := range ev.Traces {
		if len(one.Spans) != 4 {
			t.Errorf("a trace has %d spans, want 4", len(one.Spans))
		}
	}
	var sent int64
	for _, p := range ev.Proxies {
		sent += p.Sent
	}
	if want := int64(4 * len(ev.Traces)); sent != want {
		t.Errorf("the proxies sent %d spans, want %d", sent, want)
	}
}

func TestAnInjectedDelayIsTheCallers(t *testing.T) {
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
	ev := tracesim.Send(pair(), mesh, tracesim.Options{
		Requests: 3, Seed: 4, Faults: []tracesim.Fault{{Caller: "web", Callee: "cart", Delay: time.Second}},
	})
	if _, got := traces.JudgeInjectedDelay(ev, "web", "cart", time.Second, 0.01); len(got) > 0 {
		t.Errorf("findings %+v", got)
	}
	if _, got := traces.JudgeInjectedDelay(ev, "client", "web", time.Second, 0.01); len(got) != 1 {
		t.Errorf("the client's call was not delayed, and has findings %+v", got)
	}
}

func TestARelayHoldsWhatPassesBothWays(t *testing.T) {
	topology := pair()
	topology.Services[1].Form.Behind = 30 * time.Millisecond
	topology.Services[0].Steps[0][0].Shape.Relayed = true
	ev := tracesim.Send(topology, traces.Mesh{Provider: traces.Zipkin, Sampling: traces.Percent(100)}, tracesim.Options{Requests: 1, Seed: 4})
	if gap := traces.TimesOf(ev.Traces).Gap[traces.Edge{Caller: "web", Callee: "cart"}]; gap < 60*time.Millisecond {
		t.Errorf("the gap is %s, want what the relay holds both ways", gap)
	}
}
