package traces

import (
	"encoding/hex"
	"strings"
)

// The headers that carry a trace context, names in lower case.
const (
	headerTraceparent = "traceparent"
	headerB3          = "b3"
	headerB3TraceID   = "x-b3-traceid"
	headerB3SpanID    = "x-b3-spanid"
	headerB3Sampled   = "x-b3-sampled"
	headerB3Flags     = "x-b3-flags"
)

// wire is the context in one form of header.
type wire struct {
	header   string
	trace    TraceID
	span     SpanID
	decision decision
}

// decision is a sampling decision as headers carry it.
type decision byte

const (
	undecided decision = iota
	decidedNo
	decidedYes
)

// DecisionOf reads the trace context of a request's headers (names in lower case):
// the trace id, and the sampling decision, which is nil where the headers leave it
// open. W3C comes before B3 multi before B3 single. ok is false when no header
// holds a valid context.
func DecisionOf(headers map[string]string) (id TraceID, sampled *bool, ok bool) {
	found := wires(headers)
	if len(found) == 0 {
		return TraceID{}, nil, false
	}
	if found[0].decision != undecided {
		sampled = new(bool)
		*sampled = found[0].decision == decidedYes
	}
	return found[0].trace, sampled, true
}

// context is the values of the headers that carry a trace context, "" where there is none.
type context struct {
	traceparent, b3 string
	// b3Multi are only read where there is a trace id.
	b3Multi
}

type b3Multi struct{ traceID, spanID, sampled, flags string }

func contextOf(headers map[string]string) context {
	return context{headers[headerTraceparent], headers[headerB3], b3MultiOf(headers)}
}

func b3MultiOf(headers map[string]string) b3Multi {
	id := headers[headerB3TraceID]
	if id == "" {
		return b3Multi{}
	}
	return b3Multi{id, headers[headerB3SpanID], headers[headerB3Sampled], headers[headerB3Flags]}
}

// wires is every valid context in headers, in order of precedence.
func wires(headers map[string]string) []wire {
	return contextOf(headers).appendWires(nil)
}

// appendWires adds to found every form of the context that is valid, in order of precedence.
func (c context) appendWires(found []wire) []wire {
	if w, ok := parseTraceparent(c.traceparent); ok {
		found = append(found, w)
	}
	if w, ok := parseB3Multi(c.b3Multi); ok {
		found = append(found, w)
	}
	if w, ok := parseB3Single(c.b3); ok {
		found = append(found, w)
	}
	return found
}

// parseTraceparent follows W3C Trace Context, section 3.2: version 00 has four
// fields, a later version may have more, ff is invalid, as are zero ids.
func parseTraceparent(value string) (wire, bool) {
	const size = len("00-") + 32 + len("-") + 16 + len("-00")
	if len(value) < size || value[2] != '-' || value[35] != '-' || value[52] != '-' {
		return wire{}, false
	}
	version := value[:2]
	if version == "ff" || (len(value) > size && (version == "00" || value[size] != '-')) || value != strings.ToLower(value) {
		return wire{}, false
	}
	var number, flags [1]byte
	w := wire{header: headerTraceparent, decision: decidedNo}
	if !decode(number[:], version) || !decode(w.trace[:], value[3:35]) ||
		!decode(w.span[:], value[36:52]) || !decode(flags[:], value[53:size]) {
		return wire{}, false
	}
	if w.trace == (TraceID{}) || w.span == (SpanID{}) {
		return wire{}, false
	}
	if flags[0]&1 == 1 {
		w.decision = decidedYes
	}
	return w, true
}

func parseB3Multi(b3 b3Multi) (wire, bool) {
	if b3.traceID == "" {
		return wire{}, false
	}
	id, err := ParseTraceID(b3.traceID)
	if err != nil || id == (TraceID{}) {
		return wire{}, false
	}
	w := wire{header: headerB3TraceID, trace: id, decision: b3Decision(b3.sampled)}
	if b3.spanID != "" && !decode(w.span[:], b3.spanID) {
		return wire{}, false
	}
	if w.decision == undecided && b3.flags == "1" {
		// Envoy neither reads nor writes the flag: where it is left over, what a proxy wrote counts.
		w.decision = decidedYes
	}
	return w, true
}

func parseB3Single(value string) (wire, bool) {
	if value == "" {
		return wire{}, false
	}
	parts := strings.Split(value, "-")
	if len(parts) < 2 || len(parts) > 4 {
		return wire{}, false
	}
	id, err := ParseTraceID(parts[0])
	if err != nil || id == (TraceID{}) {
		return wire{}, false
	}
	w := wire{header: headerB3, trace: id}
	if !decode(w.span[:], parts[1]) || w.span == (SpanID{}) {
		return wire{}, false
	}
	if len(parts) > 2 {
		w.decision = b3Decision(parts[2])
	}
	return w, true
}

func b3Decision(value string) decision {
	switch value {
	case "1", "d", "true":
		return decidedYes
	case "0", "false":
		return decidedNo
	default:
		return undecided
	}
}

func decode(into []byte, digits string) bool {
	if hex.DecodedLen(len(digits)) != len(into) || len(digits)%2 != 0 {
		return false
	}
	_, err := hex.Decode(into, []byte(digits))
	return err == nil
}
