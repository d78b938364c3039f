package page

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// hop is one request as one application saw it, or as its caller did.
type hop struct {
	Service  safe   `json:"service"`
	Protocol safe   `json:"protocol,omitempty"`
	Bare     bool   `json:"bare,omitempty"`
	Status   safe   `json:"status"`
	Took     safe   `json:"took"`
	Calls    []call `json:"calls,omitempty"`
	// MoreCalls is how many calls are not shown.
	MoreCalls int `json:"moreCalls,omitempty"`
	// Headers are rows of numbers: the name, the value that was received, and those that were
	// sent with each call; -1 stands for none.
	Headers [][]int `json:"headers,omitempty"`
	// Tracing is how many of the first rows tracing goes by.
	Tracing int `json:"tracing,omitempty"`
}

// call is a call that an application made, or several that are alike but for their times.
type call struct {
	To     safe `json:"to"`
	Status safe `json:"status"`
	Times  int  `json:"times"`
	// Took is how long the first of them took.
	Took safe `json:"took"`
}

// maxHops bounds the hops that are shown of one request, maxCalls the unlike calls of one hop.
const (
	maxHops  = 24
	maxCalls = 8
)

func hopsOf(hops []traces.Hop, all *words) (shown []hop, more int) {
	hops = slices.Clone(hops)
	slices.SortStableFunc(hops, func(a, b traces.Hop) int { return a.Start.Compare(b.Start) })
	if len(hops) > maxHops {
		hops, more = hops[:maxHops], len(hops)-maxHops
	}
	for i := range hops {
		shown = append(shown, hopOf(&hops[i], all))
	}
	return shown, more
}

func hopOf(h *traces.Hop, all *words) hop {
	name := h.Service
	if h.Namespace != "" && h.Namespace != traces.DefaultNamespace {
		name += "." + h.Namespace
	}
	if h.Version != "" {
		name += " " + h.Version
	}
	shown := hop{
		Service: line(name), Protocol: line(h.Protocol), Bare: h.Bare,
		Status: line(status(h.Status, "")), Took: line(duration(h.End.Sub(h.Start))),
	}
	columns := []map[string]string{h.Received}
	for i := range h.Sent {
		s := &h.Sent[i]
		to, ended := line(s.To), line(status(s.Status, s.Err))
		alike := slices.IndexFunc(shown.Calls, func(c call) bool { return c.To == to && c.Status == ended })
		for alike >= 0 && !maps.Equal(columns[1+alike], s.Headers) {
			rest := slices.IndexFunc(shown.Calls[alike+1:], func(c call) bool { return c.To == to && c.Status == ended })
			alike += 1 + rest
			if rest < 0 {
				alike = -1
			}
		}
		switch {
		case alike >= 0:
			shown.Calls[alike].Times++
		case len(shown.Calls) < maxCalls:
			shown.Calls = append(shown.Calls, call{To: to, Status: ended, Times: 1, Took: line(duration(s.End.Sub(s.Start)))})
			columns = append(columns, s.Headers)
		default:
			shown.MoreCalls++
		}
	}
	shown.Headers, shown.Tracing = table(columns, all)
	return shown
}

// clientOf are the headers that the caller sent, and those of the answer; nil where nothing is
// known of either.
func clientOf(x traces.Exchange, all *words) *hop {
	if len(x.Sent) == 0 && len(x.Headers) == 0 {
		return nil
	}
	shown := hop{Service: line(traces.ClientService), Bare: x.Bare, Status: line(status(x.Status, x.Err)), Took: line(duration(x.End.Sub(x.Start)))}
	shown.Headers, shown.Tracing = table([]map[string]string{x.Sent, x.Headers}, all)
	return &shown
}

// table is a row for each header that any of the columns has, those of tracing first.
func table(columns []map[string]string, all *words) (rows [][]int, tracing int) {
	names := map[string]bool{}
	for _, headers := range columns {
		for name := range headers {
			names[name] = true
		}
	}
	sorted := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(boolean(traced(b))-boolean(traced(a)), cmp.Compare(a, b))
	})
	for _, name := range sorted {
		if traced(name) {
			tracing++
		}
		row := []int{all.number(name)}
		for _, headers := range columns {
			value, found := headers[name]
			if !found {
				row = append(row, -1)
				continue
			}
			row = append(row, all.number(value))
		}
		rows = append(rows, row)
	}
	return rows, tracing
}

// traced says whether tracing goes by the header of this name.
func traced(name string) bool {
	switch name {
	case "traceparent", "tracestate", "baggage", "b3", "x-request-id", "x-cloud-trace-context", "grpc-trace-bin":
		return true
	}
	return strings.HasPrefix(name, "x-b3-") || strings.HasPrefix(name, "x-ot-")
}
