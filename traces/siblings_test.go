package traces_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// fan is hub calling each of names.
func fan(status int, names ...string) traces.Forest {
	calls := make([]traces.Node, len(names))
	for i, name := range names {
		calls[i] = traces.Calls(name).Answering(status)
	}
	return traces.Forest{traces.Calls("hub", calls...)}
}

// different are the names of 500 services.
func different() []string {
	names := make([]string, 500)
	for i := range names {
		names[i] = fmt.Sprintf("s%d", i)
	}
	return names
}

func judged(t *testing.T, observed, expected traces.Forest, want ...string) {
	t.Helper()
	names := named(traces.JudgeForest(stored(observed), expected))
	if !slices.Equal(slices.Compact(names), want) {
		t.Errorf("findings %v, want %v", names[:min(len(names), 10)], want)
	}
}

func TestManyCallsAreComparedInAnyOrder(t *testing.T) {
	written := different()
	slices.Reverse(written)
	judged(t, fan(200, different()...), fan(200, written...))
}

func TestManyDifferentCallsWithWrongStatusesAreNotMissing(t *testing.T) {
	written := different()
	slices.Reverse(written)
	got := traces.JudgeForest(stored(fan(500, different()...)), fan(200, written...))
	for _, f := range got {
		if f.Kind != traces.WrongStatus {
			t.Errorf("a finding that is no wrong status:\n%s", f.Text())
		}
	}
	if len(got) != 500 {
		t.Errorf("%d findings, want one for each of 500 services", len(got))
	}
}

func TestOneMissingOfManyEqualCallsIsMissing(t *testing.T) {
	leaf := slices.Repeat([]string{"leaf"}, 10_000)
	judged(t, fan(200, leaf[1:]...), fan(200, leaf...), "missing-span leaf")
	judged(t, fan(200, leaf...), fan(200, leaf[1:]...), "unexpected-span leaf")
}

func TestATenthMissingOfManyEqualCallsIsMissing(t *testing.T) {
	leaf := slices.Repeat([]string{"leaf"}, 1000)
	got := traces.Compare(fan(200, leaf...), stored(fan(200, leaf[:900]...)).ByRequest().Requests[0])
	if len(got) != 1 || got[0].Kind != traces.MissingSpan || got[0].Service != "leaf" {
		t.Errorf("findings %v, want missing spans of leaf alone", named(got))
	}
}

func TestOneWrongStatusAmongManyEqualCallsIsFound(t *testing.T) {
	leaf := slices.Repeat([]string{"leaf"}, 300)
	observed := fan(200, leaf...)
	calls := observed[0].Children[0].Children
	calls[170] = traces.Calls("leaf").Answering(404)
	judged(t, observed, fan(200, leaf...), "wrong-status leaf")
}

func TestManyEqualCallsArePairedByTheirStatuses(t *testing.T) {
	both := func(first, second int) traces.Forest {
		leaf := slices.Repeat([]string{"leaf"}, 100)
		f := fan(first, leaf...)
		hub := &f[0].Children[0]
		hub.Children = append(hub.Children, fan(second, leaf...)[0].Children[0].Children...)
		return f
	}
	judged(t, both(500, 404), both(404, 500))
}

func TestACallWithoutAStatusLeavesTheOthersTheirPartners(t *testing.T) {
	for _, n := range []int{1, 100} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			var steps []traces.Step
			for range n {
				steps = append(steps, traces.Step{{To: "cart", Protocol: traces.GRPC}}, traces.Step{{To: "cart"}})
			}
			topology := chain(calls("web", steps...), calls("cart"))
			forest, err := traces.Derive(topology, everything(traces.OpenTelemetry), traces.Request{})
			if err != nil {
				t.Fatal(err)
			}
			for seed := range uint64(20) {
				ev := tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{Requests: 1, Seed: seed})
				if got := traces.JudgeForest(ev, forest); len(got) != 0 {
					t.Fatalf("seed %d:\n%s", seed, texts(got))
				}
			}
		})
	}
}

func TestADeepChainIsComparedToItsEnd(t *testing.T) {
	const depth = 10_000
	build := func(last string) traces.Forest {
		below := []traces.Node{traces.Calls(last)}
		for range depth - 1 {
			below = []traces.Node{traces.Calls("step", below...)}
		}
		return below
	}
	judged(t, build("end"), build("end"))
	judged(t, build("other"), build("end"), "missing-span end", "unexpected-span other")
	ev := stored(build("end"))
	spans := ev.Traces[0].Spans
	ev.Traces[0].Spans = slices.Delete(spans, depth+1, depth+2)
	if got := named(traces.JudgeForest(ev, build("end"))); !slices.Equal(got, []string{"missing-span step"}) {
		t.Errorf("without the SERVER span half-way down: %v", got)
	}
}
