package tracefile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/throughline/throughline/traces"
)

// maxMicroseconds is 2262-04-11, the last microsecond whose nanoseconds fit 64 bits.
const maxMicroseconds = math.MaxInt64 / 1000

// scalar reads a string, a number, a bool or null, and gives its text.
func scalar(dec *jsontext.Decoder, want string) (jsontext.Kind, string, error) {
	kind := dec.PeekKind()
	if kind == '{' || kind == '[' {
		return kind, "", fmt.Errorf("%s; want %s", foundKind(kind), want)
	}
	token, err := dec.ReadToken()
	if err != nil {
		return kind, "", err
	}
	return token.Kind(), token.String(), nil
}

// decimal reads an integer of ProtoJSON: a number or a string of digits; null is "0".
func decimal(dec *jsontext.Decoder, want string) (string, error) {
	kind, text, err := scalar(dec, want)
	switch {
	case err != nil:
		return "", err
	case kind == 'n':
		return "0", nil
	case kind != '0' && kind != '"':
		return "", fmt.Errorf("%s; want %s", foundKind(kind), want)
	}
	if !isDecimal(text) {
		return "", fmt.Errorf("%q; want %s", brief(text), want)
	}
	return text, nil
}

func isDecimal(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return digits != "" && (digits == "0" || digits[0] != '0') && strings.Trim(digits, "0123456789") == ""
}

// list is a repeated field of ProtoJSON. Null is an empty one, but no element is null.
type list[T any] []T

func (l *list[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch kind := dec.PeekKind(); kind {
	case 'n':
		return dec.SkipValue()
	case '[', jsontext.KindInvalid:
	default:
		return fmt.Errorf("%s; want a list", foundKind(kind))
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		if dec.PeekKind() == 'n' {
			return fmt.Errorf("element %d is null; want a value", len(*l))
		}
		var zero T
		*l = append(*l, zero)
		if err := json.UnmarshalDecode(dec, &(*l)[len(*l)-1]); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// otlpTime is nanoseconds since 1970.
type otlpTime int64

func (t *otlpTime) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	const want = "nanoseconds since 1970 as a whole number from 0 to 9223372036854775807"
	text, err := decimal(dec, want)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return fmt.Errorf("%q; want %s", brief(text), want)
	}
	*t = otlpTime(n)
	return nil
}

// enum is a value of one of OTLP's enumerations: an integer, or its name as ProtoJSON
// has it, which OTLP/JSON forbids to write and some writers write.
func enum(dec *jsontext.Decoder, prefix string, names ...string) (int, error) {
	want := fmt.Sprintf("an integer from 0 to %d (%s%s to %s%s)", len(names)-1, prefix, names[0], prefix, names[len(names)-1])
	kind, text, err := scalar(dec, want)
	if err != nil || kind == 'n' {
		return 0, err
	}
	for i, name := range names {
		if kind == '0' && text == strconv.Itoa(i) || kind == '"' && text == prefix+name {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q; want %s", brief(text), want)
}

// otlpTraceID is empty or 32 hexadecimal digits, not base64 as in ProtoJSON.
type otlpTraceID traces.TraceID

func (id *otlpTraceID) UnmarshalText(text []byte) error { return otlpID(id[:], text) }

// otlpSpanID is empty or 16 hexadecimal digits.
type otlpSpanID traces.SpanID

func (id *otlpSpanID) UnmarshalText(text []byte) error { return otlpID(id[:], text) }

func otlpID(into, text []byte) error {
	if len(text) == 0 {
		clear(into)
		return nil
	}
	if len(text) == 2*len(into) {
		if _, err := hex.Decode(into, text); err == nil {
			return nil
		}
	}
	return fmt.Errorf("id %q of %d characters; want %d hexadecimal digits", brief(string(text)), len(text), 2*len(into))
}

// jaegerTraceID is 16 or 32 hexadecimal digits.
type jaegerTraceID struct {
	id  traces.TraceID
	set bool
}

func (t *jaegerTraceID) UnmarshalText(text []byte) (err error) {
	if len(text) != 16 && len(text) != 32 {
		return fmt.Errorf("trace id %q of %d characters; want 16 or 32 hexadecimal digits", brief(string(text)), len(text))
	}
	t.id, err = traces.ParseTraceID(string(text))
	t.set = err == nil
	return err
}

// jaegerSpanID is 16 hexadecimal digits.
type jaegerSpanID struct {
	id  traces.SpanID
	set bool
}

func (s *jaegerSpanID) UnmarshalText(text []byte) (err error) {
	if len(text) != 16 {
		return fmt.Errorf("span id %q of %d characters; want 16 hexadecimal digits", brief(string(text)), len(text))
	}
	s.id, err = traces.ParseSpanID(string(text))
	s.set = err == nil
	return err
}

// jaegerStart is microseconds since 1970.
type jaegerStart struct {
	micros int64
	set    bool
}

func (t *jaegerStart) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	n, set, err := micros(dec)
	if err == nil && (n < 0 || n > maxMicroseconds) {
		err = fmt.Errorf("%d; want microseconds since 1970, from 0 to %d", n, int64(maxMicroseconds))
	}
	t.micros, t.set = n, set
	return err
}

// jaegerDuration is microseconds. Jaeger writes a negative one as the unsigned number of
// the same 64 bits (jaeger-idl, model/v1/time.go, DurationAsMicroseconds).
type jaegerDuration struct {
	micros int64
	set    bool
}

func (d *jaegerDuration) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	n, set, err := micros(dec)
	if err == nil && (n < -maxMicroseconds || n > maxMicroseconds) {
		err = fmt.Errorf("%d; want microseconds, at most %d", n, int64(maxMicroseconds))
	}
	d.micros, d.set = n, set
	return err
}

func micros(dec *jsontext.Decoder) (n int64, set bool, err error) {
	const want = "microseconds as a whole number of 64 bits"
	kind, text, err := scalar(dec, want)
	switch {
	case err != nil || kind == 'n':
		return 0, false, err
	case kind != '0':
		return 0, false, fmt.Errorf("%s; want %s", foundKind(kind), want)
	}
	n, err = strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		var unsigned uint64
		unsigned, err = strconv.ParseUint(text, 10, 64)
		n = int64(unsigned)
	}
	if err != nil {
		return 0, false, fmt.Errorf("%q; want %s", brief(text), want)
	}
	return n, true, nil
}
