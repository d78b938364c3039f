package traces_test

import (
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracesim"
)

// copies is evidence of n requests that all left the drawn trace.
func copies(t *testing.T, n int, drawing string) traces.Evidence {
	t.Helper()
	all := make([]traces.Trace, 0, n)
	for range n {
		all = append(all, drawn(t, drawing))
	}
	return seen(traces.Baseline, all...)
}

// among is evidence of odd requests drawn one way among n drawn the other.
func among(t *testing.T, odd int, drawing string, n int, others string) traces.Evidence {
	t.Helper()
	all := make([]traces.Trace, 0, n)
	for i := range n {
		if i < odd {
			all = append(all, drawn(t, drawing))
			continue
		}
		all = append(all, drawn(t, others))
	}
	return seen(traces.Baseline, all...)
}

const (
	priceIsSlow = `
		web SERVER 0 60
		  web CLIENT > cart 2 20
		    cart SERVER 3 19
		  web CLIENT > price 3 58
		    price SERVER 4 57`
	cartIsSlow = `
		web SERVER 0 60
		  web CLIENT > cart 2 58
		    cart SERVER 3 57
		  web CLIENT > price 3 20
		    price SERVER 4 19`
	inSequence = `
		web SERVER 0 60
		  web CLIENT > cart 2 20
		    cart SERVER 3 19
		  web CLIENT > price 21 58
		    price SERVER 22 57`
)

func TestOnlyTheSlowestOfParallelBranchesMayBeOnThePath(t *testing.T) {
	for _, c := range []struct {
		name string
		ev   traces.Evidence
		want string
	}{
		{"the slowest is", copies(t, 40, priceIsSlow), ""},
		{"another is", copies(t, 40, cartIsSlow), "wrong-bottleneck cart"},
		{"both are, one after the other", copies(t, 40, inSequence), "wrong-bottleneck cart"},
		{"neither is", copies(t, 40, `web SERVER 0 60`), "wrong-bottleneck price"},
		{"another was held up in one request of ten", among(t, 4, cartIsSlow, 40, priceIsSlow), ""},
		{"another is in half of them", among(t, 20, cartIsSlow, 40, priceIsSlow), "wrong-bottleneck cart"},
		{"nothing is stored", traces.Evidence{}, "wrong-bottleneck price"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := traces.JudgeSlowestBranch(c.ev, []string{"cart", "price"}, "price", testAlpha)
			exactly(t, got, c.want)
		})
	}
}

func TestADelayBesideThePathIsNotOnIt(t *testing.T) {
	ev := tracesim.Send(fanOut(false), everything(traces.OpenTelemetry), tracesim.Options{Requests: 30, Prefix: "r", Seed: 2})
	s, _ := traces.JudgeSlowestBranch(ev, []string{"cart", "price"}, "price", testAlpha)
	if s.N != 30 || s.Alpha != testAlpha || s.Misses <= 0 || s.Misses > 1e-6 {
		t.Errorf("statistic %+v", s)
	}
}

// exactly fails unless the findings are the one wanted, as "kind service", or none for "".
func exactly(t *testing.T, got []traces.Finding, want string) {
	t.Helper()
	names := named(got)
	if want == "" && len(names) == 0 || len(names) == 1 && names[0] == want {
		return
	}
	t.Errorf("findings %v, want %q\n%s", names, want, texts(got))
}
