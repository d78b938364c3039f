package traces_test

import (
	"slices"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// tenth is the evidence of requests of which a tenth is sampled, each with a time of its own.
func tenth(seed uint64) traces.Evidence {
	mesh := traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(10)}
	return tracesim.Send(chain(), mesh, tracesim.Options{Requests: 1000, Prefix: "r", Seed: seed})
}

func TestSampledRequestsTakeAsLongAsOthers(t *testing.T) {
	if got := traces.JudgeBias(tenth(1), testAlpha); len(got) > 0 {
		t.Errorf("findings\n%s", texts(got))
	}
}

func TestASamplerThatPrefersFastRequestsIsFound(t *testing.T) {
	ev := tenth(1)
	// Of the sampled requests only the faster half stays.
	var waited []time.Duration
	for _, r := range ev.ByRequest().Requests {
		if len(r.Traces) > 0 {
			waited = append(waited, r.Exchange.End.Sub(r.Exchange.Start))
		}
	}
	slices.Sort(waited)
	slow := map[traces.TraceID]bool{}
	for _, r := range ev.ByRequest().Requests {
		for _, trace := range r.Traces {
			slow[trace.ID] = r.Exchange.End.Sub(r.Exchange.Start) > waited[len(waited)/2]
		}
	}
	ev.Traces = slices.DeleteFunc(ev.Traces, func(trace traces.Trace) bool { return slow[trace.ID] })
	got := traces.JudgeBias(ev, testAlpha)
	if names := named(got); !slices.Equal(names, []string{"biased-sample client"}) {
		t.Errorf("findings %v", names)
	}
	golden(t, "testdata/rates/only-the-fast.txt", texts(got))
}

func TestWithoutBothKindsNothingIsCompared(t *testing.T) {
	got := traces.JudgeBias(sent(chain(), 20), testAlpha)
	if names := named(got); !slices.Equal(names, []string{"biased-sample client"}) {
		t.Errorf("findings %v", names)
	}
	golden(t, "testdata/rates/nothing-unsampled.txt", texts(got))
}
