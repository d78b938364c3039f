package rules

import (
	"math/rand/v2"

	"github.com/throughline/throughline/suites"
)

// The ids in the headers of a rule stand for ids of their own in each request.
const (
	callerTrace   = suites.CallerTrace
	callerSpan    = suites.CallerSpan
	callerRequest = suites.CallerRequest
	callerSampled = suites.CallerSampled
)

// Fresh is the traffic of the rule with a sample for each request, each with ids of its
// own drawn from random.
func (r Rule) Fresh(random *rand.Rand) suites.Traffic {
	traffic := r.Traffic
	if len(traffic.Samples[0].Headers) > 0 {
		return traffic.FreshIDs(random)
	}
	traffic.Samples = nil
	for range r.Traffic.Requests {
		traffic.Samples = append(traffic.Samples, r.Traffic.Samples[0])
	}
	return traffic
}
