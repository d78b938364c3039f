package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// Encode writes result as indented JSON. Equal results give equal bytes. What a
// terminal would obey (bidirectional and other format characters) is escaped.
func Encode(w io.Writer, result Result) error {
	result = result.sound()
	result.Schema = Schema
	outcome := result.Outcome()
	result.Verdict, result.Reason, result.ExitCode = outcome.Verdict, outcome.Reason, outcome.ExitCode
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(result); err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if _, err := w.Write(EscapeJSON(buf.Bytes())); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// sound is the result with sound checks, lists that are never null, and times in UTC.
func (r Result) sound() Result {
	checks := make([]Check, 0, len(r.Checks))
	for _, c := range r.Checks {
		checks = append(checks, c.sound())
	}
	r.Checks = checks
	r.Started = r.Started.UTC().Truncate(time.Millisecond)
	r.Finished = r.Finished.UTC().Truncate(time.Millisecond)
	if r.Phases == nil {
		r.Phases = []Phase{}
	}
	if r.Subject.Versions == nil {
		r.Subject.Versions = map[string]string{}
	}
	if r.Subject.Images == nil {
		r.Subject.Images = map[string]string{}
	}
	return r
}

// EscapeJSON replaces what a terminal would obey inside the strings of a JSON text by its escapes.
// Outside strings JSON has none but ASCII's white space.
func EscapeJSON(text []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(text))
	for rest := text; len(rest) > 0; {
		if rest[0] < utf8.RuneSelf && rest[0] != 0x7f {
			out.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		r, size := utf8.DecodeRune(rest)
		switch {
		case !hostile(r) && r != utf8.RuneError: // Of an invalid byte, the encoder writes the escape.
			out.Write(rest[:size])
		case r > 0xffff:
			high, low := (r-0x10000)>>10, (r-0x10000)&0x3ff
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+high, 0xdc00+low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		rest = rest[size:]
	}
	return out.Bytes()
}
