package tracefile

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// fault is something wrong at a place of the file.
type fault struct {
	// offset is where it is, or where what stands before it ends.
	offset int64
	// at is a JSON Pointer, "" for a whole document.
	at  jsontext.Pointer
	err error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// place says on which line of data and where in its document err is.
func place(data []byte, err error) error {
	f := located(err)
	if f == nil {
		return err
	}
	// The offset may be that of the value before.
	offset := min(max(f.offset, 0), int64(len(data)))
	rest := bytes.TrimLeft(data[offset:], " \t\r\n,:")
	line := 1 + bytes.Count(data[:len(data)-len(rest)], []byte{'\n'})
	if f.at == "" {
		return fmt.Errorf("line %d: %w", line, f.err)
	}
	return fmt.Errorf("line %d: %s: %w", line, printable(string(f.at)), f.err)
}

func located(err error) *fault {
	var own *fault
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &syntactic):
		f := &fault{offset: syntactic.ByteOffset, at: syntactic.JSONPointer, err: syntactic.Err}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			f.err = errors.New("the file ends in the middle of a value; want the whole file")
		case errors.Is(err, jsontext.ErrDuplicateName):
			f.err = errors.New("an object has this name twice; want it once")
		}
		return f
	case errors.As(err, &semantic):
		f := &fault{offset: semantic.ByteOffset, at: semantic.JSONPointer, err: semantic.Err}
		// The ids are read from text: what the library says of a number names no type.
		if f.err == nil || semantic.JSONKind != '"' && isText(semantic.GoType) {
			f.err = fmt.Errorf("%s; want %s", foundKind(semantic.JSONKind), wantedType(semantic.GoType))
		}
		return f
	}
	return nil
}

func foundKind(kind jsontext.Kind) string {
	switch kind {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{':
		return "an object"
	case '[':
		return "a list"
	default:
		return "a value of the wrong type"
	}
}

func wantedType(t reflect.Type) string {
	switch {
	case t == nil:
		return "another type"
	case isText(t):
		return "a string"
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	default:
		return "a number"
	}
}

func isText(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// printable is a text of the file as it may stand in a message without quotes.
func printable(s string) string {
	quoted := strconv.QuoteToGraphic(brief(s))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// brief cuts a text of the file that is too long for a message.
func brief(s string) string {
	const longest = 120
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "… (" + strconv.Itoa(len(s)) + " bytes)"
}
