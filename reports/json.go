package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Encode writes result as indented JSON. Equal results give equal bytes. What a
// terminal would obey (bidirectional and other format characters) is escaped.
func Encode(w io.Writer, result Result) error {
	result = result.Sound()
	result.Schema = Schema
	outcome := result.Outcome()
	result.Verdict, result.Reason, result.ExitCode = outcome.Verdict, outcome.Reason, outcome.ExitCode
	text, err := json.Marshal(result, jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsontext.WithIndent("  "))
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if _, err := w.Write(EscapeJSON(append(text, '\n'))); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// Sound is the result as Encode writes it: a check without a known verdict, or whose
// statistics are no numbers, is not passed; lists are never nil; times are in UTC.
func (r Result) Sound() Result {
	if r.Checks == nil {
		r.Checks = []Check{}
	}
	if i := slices.IndexFunc(r.Checks, Check.unsound); i >= 0 {
		r.Checks = slices.Clone(r.Checks)
		for ; i < len(r.Checks); i++ {
			r.Checks[i] = r.Checks[i].sound()
		}
	}
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
		if plain := asciiPrefix(rest); plain > 0 {
			out.Write(rest[:plain])
			rest = rest[plain:]
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

// asciiPrefix is how many bytes a text begins with that are ASCII and no DEL.
func asciiPrefix(text []byte) int {
	for i, b := range text {
		if b >= 0x7f {
			return i
		}
	}
	return len(text)
}
