package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// maxResult is the largest result that Decode reads.
const maxResult = 256 << 20

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

// Decode reads a result that Encode wrote; name stands for the source in errors.
// It refuses another schema, a field that it does not know, a text that was cut
// short, and a verdict that contradicts the checks.
func Decode(r io.Reader, name string) (Result, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxResult+1))
	if err != nil {
		return Result{}, fmt.Errorf("read result %s: %w", name, err)
	}
	if len(text) > maxResult {
		return Result{}, fmt.Errorf("%s: larger than %d MiB; no run writes such a result", name, maxResult>>20)
	}
	if err := checkSchema(text, name); err != nil {
		return Result{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var result Result
	if err := dec.Decode(&result); err != nil {
		return Result{}, explain(err, text, name)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Result{}, fmt.Errorf("%s:%d: more text after the result; give one result a file", name, line(text, dec.InputOffset()))
	}
	if err := contradiction(result); err != nil {
		return Result{}, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}

func checkSchema(text []byte, name string) error {
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&head); err != nil {
		return explain(err, text, name)
	}
	switch {
	case head.Schema == nil:
		return fmt.Errorf("%s: no schema; this is no result of throughline: give the result.json of a run folder", name)
	case *head.Schema != Schema:
		return fmt.Errorf("%s: schema: %q is not %q; read it with the version of throughline that wrote it",
			name, *head.Schema, Schema)
	}
	return nil
}

func contradiction(result Result) error {
	for i, c := range result.Checks {
		if !c.Verdict.known() {
			return fmt.Errorf("checks[%d] (%s): verdict: %q is none of passed, failed, inconclusive, skipped", i, c.Name(), c.Verdict)
		}
	}
	outcome := result.Outcome()
	if result.Verdict != outcome.Verdict || result.ExitCode != outcome.ExitCode {
		return fmt.Errorf("verdict: it says %s (exit code %d), its checks make it %s (exit code %d); the file was altered: run again",
			result.Verdict, result.ExitCode, outcome.Verdict, outcome.ExitCode)
	}
	return nil
}

// explain gives a decoding error its place and its next step.
func explain(err error, text []byte, name string) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return fmt.Errorf("%s: empty; the run was ended before it wrote a result: run again", name)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s:%d: cut short: the JSON text ends in the middle; copy the file again or run again",
			name, line(text, int64(len(text))))
	case errors.As(err, &syntax):
		return fmt.Errorf("%s:%d: not JSON: %w", name, line(text, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("%s:%d: %s: found a %s, want a %s", name, line(text, kind.Offset), kind.Field, kind.Value, kind.Type)
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("%s: field %s is not known; read it with the version of throughline that wrote it", name, field)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func line(text []byte, offset int64) int {
	end := min(max(offset, 0), int64(len(text)))
	return 1 + bytes.Count(text[:end], []byte("\n"))
}
