package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// MaxResult is the size in bytes of the largest result that Decode reads: ten times one of a thousand
// checks.
const MaxResult = 64 << 20

// Decode reads a result that Encode wrote; name stands for the source in errors, which have line
// and field. It refuses another schema, a field that it does not know or that is there twice, a
// text that was cut short, and a result that contradicts itself.
func Decode(r io.Reader, name string) (Result, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxResult+1))
	if err != nil {
		return Result{}, fmt.Errorf("read result %s: %w", name, err)
	}
	return DecodeText(text, name)
}

// DecodeText is Decode for a text that is in memory already.
func DecodeText(text []byte, name string) (Result, error) {
	return decodeResult(text, name, func(into *Result) error { return decode(text, into) })
}

// decodeResult reads a result by read, and says what is wrong with it.
func decodeResult(text []byte, name string, read func(into *Result) error) (Result, error) {
	if len(text) > MaxResult {
		return Result{}, fmt.Errorf("%s: larger than %d MiB; no run writes such a result", name, MaxResult>>20)
	}
	var result Result
	if err := read(&result); err != nil {
		if foreign := foreign(text, name); foreign != nil {
			return Result{}, foreign
		}
		return Result{}, explain(err, text, name)
	}
	if result.Schema != Schema {
		return Result{}, foreign(text, name)
	}
	if field, problem := contradiction(result); problem != "" {
		return Result{}, fmt.Errorf("%s:%d: %s: %s", name, lineOf(text, field), path(field), problem)
	}
	return result, nil
}

// decode takes one JSON value, all of whose fields are known and there once.
func decode(text []byte, into any) error {
	return json.Unmarshal(text, into, json.RejectUnknownMembers(true), jsonv1.FormatDurationAsNano(true))
}

// foreign says so where a JSON object is no result of this schema, whatever else is wrong with it.
func foreign(text []byte, name string) error {
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil //nolint:nilerr // What is wrong with it is said otherwise.
	}
	switch {
	case head.Schema == nil:
		return fmt.Errorf("%s: no schema; this is no result of throughline: give the result.json of a run folder", name)
	case *head.Schema != Schema:
		return fmt.Errorf("%s:%d: schema: %q is not %q; read it with the version of throughline that wrote it",
			name, lineOf(text, "/schema"), *head.Schema, Schema)
	}
	return nil
}

// explain gives a decoding error its place and its next step.
func explain(err error, text []byte, name string) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return fmt.Errorf("%s: empty; the run was ended before it wrote a result: run again", name)
	case errors.As(err, &syntax):
		where := fmt.Sprintf("%s:%d", name, line(text, syntax.ByteOffset))
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("%s:%d: cut short: the JSON text ends in the middle; copy the file again or run again", name, line(text, int64(len(text))))
		case errors.Is(err, jsontext.ErrDuplicateName):
			return fmt.Errorf("%s: %s: it is there twice; no run writes that: the file was altered", where, path(syntax.JSONPointer))
		case syntax.JSONPointer == "" && whole(text[:syntax.ByteOffset]):
			return fmt.Errorf("%s: more text after the result; give one result a file", where)
		}
		return fmt.Errorf("%s: not JSON: %s", where, SafeLine(syntax.Err.Error()))
	case errors.As(err, &meaning):
		where := fmt.Sprintf("%s:%d", name, line(text, meaning.ByteOffset))
		if meaning.JSONPointer != "" {
			where += ": " + path(meaning.JSONPointer)
		}
		switch {
		case errors.Is(err, json.ErrUnknownName):
			return fmt.Errorf("%s: the field is not known; read it with the version of throughline that wrote it", where)
		case meaning.JSONKind != 0 && meaning.GoType != nil:
			return fmt.Errorf("%s: found %s, want %s", where, found(meaning.JSONKind), kind(meaning.GoType))
		case meaning.Err != nil:
			return fmt.Errorf("%s: %s", where, SafeLine(meaning.Err.Error()))
		}
	}
	return fmt.Errorf("%s: %s", name, SafeLine(err.Error()))
}

// whole says whether text is one JSON value, and nothing more.
func whole(text []byte) bool { return jsontext.Value(text).IsValid() }

// found is what a field is, in the words of JSON.
func found(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 'n', 't', 'f':
		return k.String()
	default:
		return "a " + k.String()
	}
}

// kind is what a field must be, in the words of JSON.
func kind(of reflect.Type) string {
	switch of.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map:
		return "an object"
	case reflect.Struct:
		if of.PkgPath() == "time" {
			return "a time such as 2026-11-23T06:11:25Z"
		}
		return "an object"
	case reflect.Pointer:
		return kind(of.Elem())
	case reflect.Float32, reflect.Float64:
		return "a number"
	default:
		return "a whole number"
	}
}

// path is a JSON pointer as people write it, as `checks[3].statistics.n`.
func path(pointer jsontext.Pointer) string {
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch {
		case token != "" && strings.Trim(token, "0123456789") == "":
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	return SafeLine(b.String())
}

// lineOf is the line on which a value stands, or that of the nearest one around it.
func lineOf(text []byte, pointer jsontext.Pointer) int {
	nearest := 1
	for dec := jsontext.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := dec.ReadToken(); err != nil {
			return nearest
		}
		switch at := dec.StackPointer(); {
		case at == pointer:
			return line(text, dec.InputOffset())
		case at != "" && strings.HasPrefix(string(pointer), string(at)+"/"):
			nearest = line(text, dec.InputOffset())
		}
	}
}

func line(text []byte, offset int64) int {
	end := min(max(offset, 0), int64(len(text)))
	return 1 + bytes.Count(text[:end], []byte("\n"))
}
