package rules

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/throughline/throughline/suites"
)

// The ids in the headers of a rule stand for ids of their own in each request: two
// requests with one trace id would make one trace.
const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	callerSpan  = "b7ad6b7169203331"
	// callerRequest is an x-request-id that says nothing of sampling; its 15th digit, a
	// 4, would be a 9 if it did.
	callerRequest = "6d3f2a10-58c4-4e7b-9a21-c0ffee5eed01"
	// callerSampled is one that a proxy has sampled.
	callerSampled = "6d3f2a10-58c4-9e7b-9a21-c0ffee5eed01"
)

// Fresh is the traffic of the rule with a sample for each request, each with ids of its
// own drawn from random.
func (r Rule) Fresh(random *rand.Rand) suites.Traffic {
	traffic := r.Traffic
	traffic.Samples = nil
	for range r.Traffic.Requests {
		sample := r.Traffic.Samples[0]
		ids := strings.NewReplacer(
			callerTrace, fmt.Sprintf("%016x%016x", random.Uint64()|1, random.Uint64()),
			callerSpan, fmt.Sprintf("%016x", random.Uint64()|1),
			callerRequest[24:], fmt.Sprintf("%012x", random.Uint64()>>16),
		)
		sample.Headers = maps.Clone(sample.Headers)
		for _, name := range slices.Sorted(maps.Keys(sample.Headers)) {
			sample.Headers[name] = ids.Replace(sample.Headers[name])
		}
		traffic.Samples = append(traffic.Samples, sample)
	}
	return traffic
}
