package traces

import (
	"encoding/hex"
	"fmt"
	"time"
)

// TraceID is a 128-bit trace id; a 64-bit one has zeros in front.
type TraceID [16]byte

// SpanID is a 64-bit span id. The zero value means none.
type SpanID [8]byte

func (id TraceID) String() string { return hex.EncodeToString(id[:]) }
func (id SpanID) String() string  { return hex.EncodeToString(id[:]) }

// ParseTraceID reads 16 or 32 hexadecimal digits.
func ParseTraceID(s string) (TraceID, error) {
	var id TraceID
	b, err := hex.DecodeString(s)
	if err != nil || (len(b) != 8 && len(b) != 16) {
		return id, fmt.Errorf("trace id %q: want 16 or 32 hexadecimal digits", s)
	}
	copy(id[16-len(b):], b)
	return id, nil
}

// Kind is a span's side of an exchange.
type Kind string

// The kinds that proxies record.
const (
	Client      Kind = "CLIENT"
	Server      Kind = "SERVER"
	UnknownKind Kind = ""
)

// Span is one stored span as the backend returned it, unadjusted.
type Span struct {
	TraceID TraceID
	ID      SpanID
	// Parent is the zero SpanID for a root.
	Parent SpanID
	// Service and Namespace are the two parts of service.name (`cart.shop`).
	Service, Namespace string
	Kind               Kind
	Name               string
	Start              time.Time
	Duration           time.Duration
	// Status is http.status_code, 0 where the span has none.
	Status int
	Error  bool
	// Flags is Envoy's response_flags; "" where it is "-" or absent.
	Flags string
	// Tags holds every tag of the span, values in their text form.
	Tags map[string]string
}

// End is when the span ended.
func (s Span) End() time.Time { return s.Start.Add(s.Duration) }

// Trace is every stored span of one trace id, in order of start.
type Trace struct {
	ID    TraceID
	Spans []Span
}
