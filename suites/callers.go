package suites

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// The ids in the headers of a sample stand for ids of their own in each request: two
// requests with one trace id would make one trace. See FreshIDs.
const (
	CallerTrace = "0af7651916cd43dd8448eb211c80319c"
	// CallerTrace64 is the 64-bit id that B3 knows too.
	CallerTrace64 = "8448eb211c80319c"
	CallerSpan    = "b7ad6b7169203331"
	CallerParent  = "05e3ac9a4f6e3b90"
	// CallerRequest is an x-request-id that says nothing of sampling; its 15th digit, a
	// 4, would be a 9 if it did.
	CallerRequest = "6d3f2a10-58c4-4e7b-9a21-c0ffee5eed01"
	// CallerSampled is one that a proxy has sampled.
	CallerSampled = "6d3f2a10-58c4-9e7b-9a21-c0ffee5eed01"
)

// FreshIDs is the traffic with ids of their own, drawn from random, in the headers of each
// request. Traffic without such headers is given as it is.
func (t Traffic) FreshIDs(random *rand.Rand) Traffic {
	if !slices.ContainsFunc(t.Samples, func(s Sample) bool { return len(s.Headers) > 0 }) {
		return t
	}
	samples := make([]Sample, t.Requests)
	for i := range samples {
		samples[i] = t.Samples[i%len(t.Samples)]
		high, low := random.Uint64()|1, random.Uint64()|1
		ids := strings.NewReplacer(
			CallerTrace, fmt.Sprintf("%016x%016x", high, low),
			CallerTrace64, fmt.Sprintf("%016x", low),
			CallerSpan, fmt.Sprintf("%016x", random.Uint64()|1),
			CallerParent, fmt.Sprintf("%016x", random.Uint64()|1),
			// The first 8 digits are what a proxy draws from, the last 12 tell requests apart.
			CallerRequest[:8], fmt.Sprintf("%08x", random.Uint32()),
			CallerRequest[24:], fmt.Sprintf("%012x", random.Uint64()>>16),
		)
		headers := maps.Clone(samples[i].Headers)
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			headers[name] = ids.Replace(headers[name])
		}
		samples[i].Headers = headers
	}
	t.Samples = samples
	return t
}
