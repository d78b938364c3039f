package traces_test

import (
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// tied says whether an application saw the context of one of the spans, or the
// x-request-id that one of them has; its 15th digit may have changed on the way.
func (g *garden) tied(spans []at) bool {
	if g.hops(spans) > 0 {
		return true
	}
	without := func(id string) string { return id[:min(14, len(id))] + id[min(15, len(id)):] }
	return slices.ContainsFunc(spans, func(a at) bool {
		s := g.span(a)
		id := s.Tags.Get("guid:x-request-id")
		return id != "" && slices.ContainsFunc(g.evidence.Hops, func(h traces.Hop) bool {
			return without(h.Received["x-request-id"]) == without(id)
		})
	})
}

// firstHop is the service whose application first saw the context of one of the spans.
func (g *garden) firstHop(moved []at) string {
	seen := g.hopsOf(moved)
	if len(seen) == 0 {
		return ""
	}
	return slices.MinFunc(seen, func(a, b traces.Hop) int { return a.Start.Compare(b.Start) }).Service
}

func (g *garden) hops(moved []at) int { return len(g.hopsOf(moved)) }

// hopsOf are the hops that received the context of one of the spans.
func (g *garden) hopsOf(moved []at) []traces.Hop {
	var seen []traces.Hop
	for _, h := range g.evidence.Hops {
		if slices.ContainsFunc(moved, func(a at) bool {
			id := g.span(a).ID.String()
			for _, value := range h.Received {
				// A root of zipkin has the second half of its trace id.
				if strings.Contains(strings.ReplaceAll(value, g.span(a).TraceID.String(), ""), id) {
					return true
				}
			}
			return false
		}) {
			seen = append(seen, h)
		}
	}
	return seen
}
