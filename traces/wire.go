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
	header  string
	trace   TraceID
	span    SpanID
	sampled *bool
}

// DecisionOf reads the trace context of a request's headers (names in lower case):
// the trace id, and the sampling decision, which is nil where the headers leave it
// open. W3C comes before B3 multi before B3 single. ok is false when no header
// holds a valid context.
func DecisionOf(headers map[string]string) (id TraceID, sampled *bool, ok bool) {
	found := wires(headers)
	if len(found) == 0 {
		return TraceID{}, nil, false
	}
	return found[0].trace, found[0].sampled, true
}

// wires is every valid context in headers, in order of precedence.
func wires(headers map[string]string) []wire {
	var found []wire
	if w, ok := parseTraceparent(headers[headerTraceparent]); ok {
		found = append(found, w)
	}
	if w, ok := parseB3Multi(headers); ok {
		found = append(found, w)
	}
	if w, ok := parseB3Single(headers[headerB3]); ok {
		found = append(found, w)
	}
	return found
}

// parseTraceparent follows W3C Trace Context, section 3.2: version 00 has four
// fields, a later version may have more, ff is invalid, as are zero ids.
func parseTraceparent(value string) (wire, bool) {
	parts := strings.Split(value, "-")
	if len(parts) < 4 || len(parts[0]) != 2 || len(parts[1]) != 32 || len(parts[2]) != 16 || len(parts[3]) != 2 {
		return wire{}, false
	}
	if value != strings.ToLower(value) || parts[0] == "ff" || (parts[0] == "00" && len(parts) != 4) {
		return wire{}, false
	}
	var flags, version [1]byte
	w := wire{header: headerTraceparent}
	if !decode(version[:], parts[0]) || !decode(w.trace[:], parts[1]) ||
		!decode(w.span[:], parts[2]) || !decode(flags[:], parts[3]) {
		return wire{}, false
	}
	if w.trace == (TraceID{}) || w.span == (SpanID{}) {
		return wire{}, false
	}
	sampled := flags[0]&1 == 1
	w.sampled = &sampled
	return w, true
}

func parseB3Multi(headers map[string]string) (wire, bool) {
	id, err := ParseTraceID(headers[headerB3TraceID])
	if err != nil || id == (TraceID{}) {
		return wire{}, false
	}
	w := wire{header: headerB3TraceID, trace: id}
	if span := headers[headerB3SpanID]; span != "" && !decode(w.span[:], span) {
		return wire{}, false
	}
	w.sampled = b3Decision(headers[headerB3Sampled])
	if headers[headerB3Flags] == "1" {
		w.sampled = b3Decision("d")
	}
	return w, true
}

func parseB3Single(value string) (wire, bool) {
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
		w.sampled = b3Decision(parts[2])
	}
	return w, true
}

func b3Decision(value string) *bool {
	var sampled bool
	switch value {
	case "1", "d", "true":
		sampled = true
	case "0", "false":
	default:
		return nil
	}
	return &sampled
}

func decode(into []byte, digits string) bool {
	if hex.DecodedLen(len(digits)) != len(into) || len(digits)%2 != 0 {
		return false
	}
	_, err := hex.Decode(into, []byte(digits))
	return err == nil
}
