package w3c

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/throughline/throughline/traces"
)

// The headers, names in lower case.
const (
	headerParent = "traceparent"
	headerState  = "tracestate"
)

// Observed is what the evidence shows of one case.
type Observed struct {
	Outcome
	// Parents and States are the two headers as they arrived, of each request that the
	// reading application got; "" where one did not.
	Parents, States []string
	// Detail says what is wrong where the fate is Garbled or Rejected.
	Detail string
}

func (o Observed) String() string {
	text := o.Outcome.String()
	if o.Detail != "" {
		text += ": " + o.Detail
	}
	return text
}

func (o Outcome) String() string {
	text := string(o.Fate)
	if o.Flags != "" {
		text += ", flags " + o.Flags
	}
	if o.State != "" {
		return text + ", tracestate " + traces.Printable(o.State)
	}
	return text + ", no tracestate"
}

// observe reads off the evidence of one request what became of the case.
func observe(c Case, way Way, ev traces.RequestEvidence) Observed {
	var o Observed
	garbled := func(format string, args ...any) Observed {
		o.Fate, o.Flags, o.Detail = Garbled, "", fmt.Sprintf(format, args...)
		return o
	}
	var hops []traces.Hop
	for i := range ev.Hops {
		if ev.Hops[i].Service == way.reader(c) {
			hops = append(hops, ev.Hops[i])
			o.Parents = append(o.Parents, ev.Hops[i].Received[headerParent])
			o.States = append(o.States, ev.Hops[i].Received[headerState])
		}
	}
	const ok = 200
	if ev.Exchange.Status != ok {
		o.Fate, o.Detail = Rejected, fmt.Sprintf("status %d %s", ev.Exchange.Status, traces.Printable(ev.Exchange.Err))
		return o
	}
	if want := max(1, c.Calls); len(hops) != want {
		return garbled("%s received it %d times, not %d", way.reader(c), len(hops), want)
	}
	o.State = members(o.States[0])
	spans := spansOf(ev.Traces)
	first, valid := parse(o.Parents[0])
	for i := range hops {
		if members(o.States[i]) != o.State {
			return garbled("its calls carried different states")
		}
		again, ok := parse(o.Parents[i])
		if ok != valid || again.trace != first.trace || again.flags != first.flags {
			return garbled("its calls carried different contexts")
		}
	}
	own := idsOf(ev.Exchange.Request)
	sent, wasSent := ev.Exchange.Sent[headerParent]
	_, arrived := hops[0].Received[headerParent]
	switch {
	case !valid && len(spans) == 0 && wasSent && arrived && o.Parents[0] == sent,
		valid && len(spans) == 0 && first.trace == own.trace && first.span == own.parent:
		o.Fate = PassedOn
		return o
	case !valid:
		return garbled("traceparent %q is not valid and not what was sent, with %d spans stored", traces.Printable(o.Parents[0]), len(spans))
	case first.trace == own.trace:
		o.Fate = Continued
	case slices.ContainsFunc(c.For(ev.Exchange.Request), func(line []byte) bool {
		return strings.Contains(strings.ToLower(string(line)), first.trace)
	}):
		return garbled("trace id %s is neither the caller's nor new", first.trace)
	default:
		o.Fate = Restarted
	}
	o.Flags = first.flags
	if reason := misplaced(c, way, o, own, spans); reason != "" {
		return garbled("%s, and %s", o.Fate, reason)
	}
	return o
}

// misplaced says what the spans of a request have against the context that it carried on,
// or "".
func misplaced(c Case, way Way, o Observed, own ids, spans []traces.Span) string {
	want := 1 + c.Calls
	if first, _ := parse(o.Parents[0]); !first.sampled() {
		want = 0
	}
	if len(spans) != want {
		return fmt.Sprintf("%d spans were stored, not %d", len(spans), want)
	}
	if want == 0 {
		return ""
	}
	entry := slices.IndexFunc(spans, func(s traces.Span) bool { return s.Service == way.Service && s.Kind == way.Kind })
	if entry < 0 {
		return fmt.Sprintf("no %s span of %s was stored", way.Kind, way.Service)
	}
	parent := ""
	if o.Fate == Continued {
		parent = own.parent
	}
	if got := idText(spans[entry].Parent); got != parent {
		return fmt.Sprintf("the span's parent is %q, not %q", got, parent)
	}
	left := slices.Clone(spans)
	if c.Calls > 0 {
		left = slices.Delete(left, entry, entry+1)
	}
	for _, value := range o.Parents {
		header, _ := parse(value)
		i := slices.IndexFunc(left, func(s traces.Span) bool {
			return s.ID.String() == header.span && s.TraceID.String() == header.trace &&
				(c.Calls == 0 || s.Parent == spans[entry].ID)
		})
		if i < 0 {
			return fmt.Sprintf("traceparent %s names no span of the proxy, or one that another call names", value)
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}

func idText(id traces.SpanID) string {
	if id == (traces.SpanID{}) {
		return ""
	}
	return id.String()
}

func spansOf(stored []traces.Trace) []traces.Span {
	var all []traces.Span
	for _, trace := range stored {
		all = append(all, trace.Spans...)
	}
	return all
}

// members are those of a tracestate, joined by commas without the white space around them.
func members(value string) string {
	var all []string
	for member := range strings.SplitSeq(value, ",") {
		if member = strings.Trim(member, " \t"); member != "" {
			all = append(all, member)
		}
	}
	return strings.Join(all, ",")
}

// parent is a traceparent of version 00, its parts as text.
type parent struct{ trace, span, flags string }

// sampled says whether the flag is set.
func (p parent) sampled() bool {
	b, err := hex.DecodeString(p.flags)
	return err == nil && b[0]&1 == 1
}

// parse reads a traceparent that a proxy must send: of version 00, and valid.
func parse(value string) (parent, bool) {
	parts := strings.Split(value, "-")
	if len(parts) != 4 || parts[0] != "00" {
		return parent{}, false
	}
	for i, size := range []int{2, 32, 16, 2} {
		if len(parts[i]) != size || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return parent{}, false
		}
	}
	if strings.Trim(parts[1], "0") == "" || strings.Trim(parts[2], "0") == "" {
		return parent{}, false
	}
	return parent{parts[1], parts[2], parts[3]}, true
}
