package traces

import (
	"fmt"
	"time"

	"github.com/throughline/throughline/traces/stats"
)

// Bias is how the requests that left a trace differ from those that left none, in the
// time that their callers waited.
type Bias struct {
	// Sampled and Unsampled are how many requests there are of each.
	Sampled, Unsampled int
	// Distance is the largest distance between the two distributions (Kolmogorov and
	// Smirnov), and P the p-value of the hypothesis that they are one.
	Distance, P float64
	// SampledMedian and UnsampledMedian are the medians of both.
	SampledMedian, UnsampledMedian time.Duration
}

// BiasOf compares the callers' times of the requests of which something is stored with
// those of which nothing is. Requests without an answer are left out.
func BiasOf(ev Evidence) Bias {
	var sampled, unsampled []float64
	for _, r := range ev.ByRequest().Requests {
		waited := float64(r.Exchange.End.Sub(r.Exchange.Start))
		switch {
		case r.Exchange.Status == 0:
		case len(r.Traces) > 0:
			sampled = append(sampled, waited)
		default:
			unsampled = append(unsampled, waited)
		}
	}
	b := Bias{
		Sampled: len(sampled), Unsampled: len(unsampled),
		SampledMedian: duration(stats.Median(sampled)), UnsampledMedian: duration(stats.Median(unsampled)),
	}
	b.Distance, b.P = stats.KolmogorovSmirnov(sampled, unsampled)
	return b
}

// JudgeBias judges that sampling does not depend on how long a request takes: the times
// that the callers of sampled and of unsampled requests waited have one distribution,
// by the test of Kolmogorov and Smirnov at the false-alarm rate alpha. A difference is
// one BiasedSample at ClientService, whose proxy decides before it can know. Evidence in
// which there are no requests of one of the two is a BiasedSample too: nothing was compared.
func JudgeBias(ev Evidence, alpha float64) []Finding {
	b := BiasOf(ev)
	f := Finding{
		Kind: BiasedSample, Service: ClientService, Count: 1,
		Observed: fmt.Sprintf("the median of %s is %s, that of %s %s; their distributions differ by %.3g",
			counted(b.Sampled, "sampled request"), round(b.SampledMedian),
			counted(b.Unsampled, "unsampled request"), round(b.UnsampledMedian), b.Distance),
		Expected: fmt.Sprintf("one distribution (p-value %.3g, false-alarm rate %.3g)", b.P, alpha),
		Next:     "look for a sampler that decides after the answer: a tail-sampling processor between the proxies and the backend",
	}
	switch {
	case b.Sampled == 0 || b.Unsampled == 0:
		f.Observed = fmt.Sprintf("%s and %s", counted(b.Sampled, "sampled request"), counted(b.Unsampled, "unsampled request"))
		f.Expected = "some of both, to compare"
		f.Next = "send more requests, or at a rate between 0 and 100 %"
	case b.P > alpha:
		return nil
	}
	return []Finding{f}
}
