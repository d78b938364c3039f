package traces_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/stats"
	"github.com/throughline/throughline/traces/tracesim"
)

func TestTheBottleneckIsNamedUntold(t *testing.T) {
	send := func(n int, topology traces.Topology) traces.Evidence {
		return tracesim.Send(topology, everything(traces.OpenTelemetry), tracesim.Options{Requests: n, Prefix: "r", Seed: 3})
	}
	drawing := func(n int, text string) traces.Evidence {
		var all []traces.Trace
		for range n {
			all = append(all, drawn(t, text))
		}
		return seen(traces.Baseline, all...)
	}
	for _, c := range []struct {
		name string
		ev   traces.Evidence
		want []string
	}{
		{name: "it is", ev: send(40, diamond(waits("cart", added)))},
		{name: "another service is", ev: send(40, diamond(waits("stock", added))), want: []string{"wrong-bottleneck stock"}},
		{
			name: "a service beside the path is not", ev: send(40, diamond(waits("cart", added), waits("price", 2*added))),
			want: []string{"wrong-bottleneck price"},
		},
		{
			name: "two are alike", ev: send(40, chain(waits("cart", added), waits("stock", added))),
			want: []string{"wrong-bottleneck cart"},
		},
		{name: "too few to tell", ev: send(10, chain(waits("cart", added))), want: []string{"wrong-bottleneck cart"}},
		{name: "nothing stored", ev: traces.Evidence{}, want: []string{"wrong-bottleneck cart"}},
		{name: "one service alone", ev: drawing(5, `cart SERVER 0 10`)},
		{
			name: "the way to it", ev: drawing(60, `
				web CLIENT > cart 0 60
				  cart SERVER 40 59`),
			want: []string{"wrong-bottleneck web"},
		},
		{
			name: "two that take the same", ev: drawing(60, `
				cart SERVER 0 60
				  cart CLIENT > stock 30 60`),
			want: []string{"wrong-bottleneck cart"},
		},
		{
			name: "work beside a call that outlives it", ev: drawing(60, `
				cart SERVER 0 60
				  cart CLIENT > audit 1 300
				    audit SERVER 2 299`),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := traces.JudgeBottleneck(c.ev, "cart", testAlpha)
			if names := named(got); !slices.Equal(names, c.want) {
				t.Errorf("findings %v, want %v\n%s%s", names, c.want, texts(got), traces.BottleneckOf(c.ev, testAlpha))
			}
			golden(t, "testdata/bottlenecks/"+strings.ReplaceAll(c.name, " ", "-")+".txt", texts(got))
		})
	}
}

func TestABottleneckHasItsShareAndItsLead(t *testing.T) {
	var all []traces.Trace
	for range 60 {
		all = append(all, drawn(t, `
			web SERVER 0 100
			  web CLIENT > cart 20 100
			    cart SERVER 30 90`))
	}
	b := traces.BottleneckOf(seen(traces.Baseline, all...), testAlpha)
	if len(b.Places) != 3 || b.Places[0].String() != "cart" || b.Places[0].Share != 0.6 || b.Places[0].Median != 60*ms {
		t.Errorf("places %+v, want cart with 0.6 and 60ms first", b.Places)
	}
	if b.Lead != 40*ms || b.LeadLow != 40*ms || b.LeadHigh != 40*ms {
		t.Errorf("it leads by %s (%s to %s), want 40ms", b.Lead, b.LeadLow, b.LeadHigh)
	}
	if b.Largest != 60 || b.Low < 0.6 || b.High != 1 || len(b.Rivals) > 0 || math.Abs(b.P/math.Pow(2, -60)-3) > 1e-9 {
		t.Errorf("it is the largest in %d of 60 (%g to %g), p %g, rivals %v", b.Largest, b.Low, b.High, b.P, b.Rivals)
	}
}

// alike is requests of which three services take a random part each, the first two
// of one distribution.
func alike(r *rand.Rand, n int) traces.Evidence {
	all := make([]traces.Trace, n)
	for i := range all {
		at := dawn()
		root := traces.Span{ID: traces.SpanID{1}, Service: "web", Kind: traces.Server, Start: at}
		spans := []traces.Span{root}
		for j, service := range []string{"cart", "price", "stock"} {
			d := time.Duration((2 + r.ExpFloat64()) * float64(ms))
			if j == 2 {
				d /= 2
			}
			call := traces.Span{
				ID: traces.SpanID{byte(2 + 2*j)}, Parent: root.ID, Service: "web", Kind: traces.Client, Start: at, Duration: d,
			}
			served := call
			served.ID, served.Parent, served.Service, served.Kind = traces.SpanID{byte(3 + 2*j)}, call.ID, service, traces.Server
			spans = append(spans, call, served)
			at = at.Add(d)
		}
		spans[0].Duration = at.Sub(root.Start)
		all[i] = traces.Trace{Spans: spans}
	}
	return seen(traces.Baseline, all...)
}

func TestSimulatedFalseNamesOfABottleneck(t *testing.T) {
	// Two places are equally slow: naming either is false.
	const runs, alpha = 400, 0.1
	decided := 0
	for run := range runs {
		r := rand.New(rand.NewPCG(uint64(run), 7))
		b := traces.BottleneckOf(alike(r, 25), alpha)
		if len(b.Rivals) == 0 {
			decided++
		}
	}
	if low, _ := stats.ClopperPearson(decided, runs, 1e-9); low > alpha {
		t.Errorf("one of two equal places is named in %d of %d runs, more than %g", decided, runs, alpha)
	}
	t.Logf("one of two equal places is named in %d of %d runs at %g", decided, runs, alpha)
}
