package traces

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TraceID is a 128-bit trace id; a 64-bit one has zeros in front.
type TraceID [16]byte

// SpanID is a 64-bit span id. The zero value means none.
type SpanID [8]byte

func (id TraceID) String() string { return hex.EncodeToString(id[:]) }
func (id SpanID) String() string  { return hex.EncodeToString(id[:]) }

func (id TraceID) compare(other TraceID) int { return bytes.Compare(id[:], other[:]) }

func (id SpanID) compare(other SpanID) int {
	return cmp.Compare(binary.BigEndian.Uint64(id[:]), binary.BigEndian.Uint64(other[:]))
}

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

// ParseSpanID reads 16 hexadecimal digits; "" is the zero id.
func ParseSpanID(s string) (SpanID, error) {
	var id SpanID
	if s == "" {
		return id, nil
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 8 {
		return id, fmt.Errorf("span id %q: want 16 hexadecimal digits", s)
	}
	copy(id[:], b)
	return id, nil
}

// MarshalText writes 32 hexadecimal digits.
func (id TraceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what ParseTraceID reads.
func (id *TraceID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseTraceID(string(text))
	return err
}

// MarshalText writes 16 hexadecimal digits, or nothing for the zero id.
func (id SpanID) MarshalText() ([]byte, error) {
	if id == (SpanID{}) {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads what ParseSpanID reads.
func (id *SpanID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseSpanID(string(text))
	return err
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
	// Links are the other spans that this one refers to.
	Links []Link
	// Service and Namespace are the two parts of service.name (`cart.shop`). An empty
	// Namespace means that the name has none.
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
	Tags Tags
}

// Link is a reference to a span that is not the parent: of another trace, or one
// that this span follows from.
type Link struct {
	TraceID TraceID
	SpanID  SpanID
}

// End is when the span ended.
func (s Span) End() time.Time { return s.Start.Add(s.Duration) }

// ReadTags sets Kind, Status, Error and Flags from the span's tags, and remembers what
// Callee needs of them. Of a tag that is there twice the first counts.
func (s *Span) ReadTags() {
	s.Kind, s.Status, s.Error, s.Flags = UnknownKind, 0, false, ""
	var kind, status, failed, flags bool
	var name, cluster firstValue
	for i := range s.Tags.Len() {
		switch s.Tags.stored.Key(i) {
		case "span.kind":
			if !kind {
				s.Kind, kind = kindOf(s.Tags.stored.Value(i)), true
			}
		case "http.status_code", "http.response.status_code":
			if code, err := strconv.Atoi(s.Tags.stored.Value(i)); err == nil && !status {
				s.Status, status = code, true
			}
		case "error":
			if !failed {
				s.Error, failed = strings.EqualFold(s.Tags.stored.Value(i), "true"), true
			}
		case "response_flags":
			if value := s.Tags.stored.Value(i); !flags && value != "-" {
				s.Flags = value
			}
			flags = true
		case tagClusterName:
			name.set(s.Tags.stored.Value(i))
		case tagCluster:
			cluster.set(s.Tags.stored.Value(i))
		}
	}
	s.Tags.callee = hostOfClusters(name.value, cluster.value)
}

// firstValue is the first that was set.
type firstValue struct {
	value string
	found bool
}

func (f *firstValue) set(value string) {
	if !f.found {
		f.value, f.found = value, true
	}
}

func kindOf(tag string) Kind {
	switch tag {
	case "client", "CLIENT":
		return Client
	case "server", "SERVER":
		return Server
	}
	if upper := strings.ToUpper(tag); upper != "UNSPECIFIED" {
		return Kind(upper)
	}
	return UnknownKind
}

// SplitServiceName cuts the namespace off a service.name at its last dot: `cart.shop`
// is cart in shop, `cart` has no namespace.
func SplitServiceName(name string) (service, namespace string) {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i], name[i+1:]
	}
	return name, ""
}

// Trace is every stored span of one trace id, in order of start.
type Trace struct {
	ID    TraceID
	Spans []Span
}
