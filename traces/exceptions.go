package traces

import (
	"fmt"

	"github.com/throughline/throughline/traces/stats"
)

// tolerated is the share of requests that a machine which others use too may spoil: one
// in ten is held up for longer than what is measured. A promise that is broken shows
// in nine in ten.
const tolerated = 0.1

// exceptions counts the requests that are not as they must be.
type exceptions struct{ n, odd int }

func (e *exceptions) add(odd bool) {
	e.n++
	if odd {
		e.odd++
	}
}

// test holds the exceptions against the share that is tolerated: the p-value is the
// exact probability of so many or more among n independent requests. Misses is that of
// overlooking a mesh in which nine requests in ten are otherwise.
func (e *exceptions) test(name string, alpha float64) Statistic {
	_, p := stats.BinomialTails(e.odd, e.n, tolerated)
	s := Statistic{Test: name, N: e.n, P: p, Alpha: alpha, Against: "nine requests in ten otherwise"}
	for k := 0; k <= e.n; k++ {
		if _, tail := stats.BinomialTails(k, e.n, tolerated); tail <= alpha {
			break
		}
		s.Misses, _ = stats.BinomialTails(k, e.n, 1-tolerated)
	}
	return s
}

// text says how many, and what that comes to.
func (e *exceptions) text(s Statistic) string {
	return fmt.Sprintf("in %d of %s; one in ten is tolerated (p-value %.3g, false-alarm rate %.3g)",
		e.odd, counted(e.n, "request"), s.P, s.Alpha)
}

// rejected says whether there are too many, or nothing that could be counted.
func (s Statistic) rejected() bool { return s.N == 0 || s.P <= s.Alpha }
