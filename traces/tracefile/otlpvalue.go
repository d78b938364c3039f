package tracefile

import (
	"encoding/base64"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// keyValue is common/v1/common.proto's KeyValue.
type keyValue struct {
	Key   string   `json:"key"`
	Value anyValue `json:"value"`
}

// anyValue is common/v1/common.proto's AnyValue, of which one field at most is set.
type anyValue struct {
	// name is the field's, "" for an empty value.
	name string
	// text is the tag of a value that is neither a list nor an object.
	text    string
	number  float64
	list    list[anyValue]
	members list[keyValue]
}

func (v *anyValue) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*v = anyValue{}
	if kind := dec.PeekKind(); kind == 'n' {
		return dec.SkipValue()
	} else if kind != '{' && kind != jsontext.KindInvalid {
		return fmt.Errorf("%s; want an object with stringValue, intValue or another of AnyValue's fields", foundKind(kind))
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := v.readField(dec, token.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (v *anyValue) readField(dec *jsontext.Decoder, name string) (err error) {
	if dec.PeekKind() == 'n' {
		return dec.SkipValue()
	}
	switch name {
	case "stringValue", "boolValue", "intValue", "doubleValue", "bytesValue", "arrayValue", "kvlistValue":
	default:
		return dec.SkipValue()
	}
	if v.name != "" {
		return fmt.Errorf("both %s and %s; want one of them", v.name, name)
	}
	v.name = name
	switch name {
	case "stringValue":
		return json.UnmarshalDecode(dec, &v.text)
	case "boolValue":
		var is bool
		err = json.UnmarshalDecode(dec, &is)
		v.text = strconv.FormatBool(is)
	case "intValue":
		v.text, err = integer(dec)
	case "doubleValue":
		v.number, err = double(dec)
		v.text = floatText(v.number)
	case "bytesValue":
		v.text, err = bytesText(dec)
	case "arrayValue":
		var message struct {
			Values list[anyValue] `json:"values"`
		}
		err = json.UnmarshalDecode(dec, &message)
		v.list = message.Values
	case "kvlistValue":
		var message struct {
			Values list[keyValue] `json:"values"`
		}
		err = json.UnmarshalDecode(dec, &message)
		v.members = message.Values
		if err == nil {
			err = v.checkKeys()
		}
	}
	return err
}

// checkKeys refuses two members of one key: the text form could keep only one.
func (v *anyValue) checkKeys() error {
	seen := make(map[string]bool, len(v.members))
	for i := range v.members {
		key := v.members[i].Key
		if seen[key] {
			return fmt.Errorf("the key %q is there twice; want it once", brief(key))
		}
		seen[key] = true
	}
	return nil
}

// tag is the value as api_v2 gives it. A list or an object is JSON.
func (v *anyValue) tag() string {
	if v.name != "arrayValue" && v.name != "kvlistValue" {
		return v.text
	}
	// What plain gives has no types that JSON lacks.
	text, _ := stdjson.Marshal(v.plain())
	return string(text)
}

// plain is the value in the types that encoding/json knows. Bytes are base64 there, as
// in the Collector's own text form; numbers that JSON lacks are strings.
func (v *anyValue) plain() any {
	switch v.name {
	case "stringValue":
		return v.text
	case "boolValue":
		return v.text == "true"
	case "intValue":
		return stdjson.Number(v.text)
	case "doubleValue":
		if math.IsNaN(v.number) || math.IsInf(v.number, 0) {
			return v.text
		}
		return v.number
	case "bytesValue":
		raw, _ := hex.DecodeString(v.text)
		return raw
	case "arrayValue":
		list := make([]any, len(v.list))
		for i := range v.list {
			list[i] = v.list[i].plain()
		}
		return list
	case "kvlistValue":
		object := make(map[string]any, len(v.members))
		for i := range v.members {
			object[v.members[i].Key] = v.members[i].Value.plain()
		}
		return object
	}
	return nil
}

func integer(dec *jsontext.Decoder) (string, error) {
	const want = "a whole number of 64 bits"
	text, err := decimal(dec, want)
	if err != nil {
		return "", err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%q; want %s", brief(text), want)
	}
	return strconv.FormatInt(n, 10), nil
}

func double(dec *jsontext.Decoder) (float64, error) {
	const want = "a number of 64 bits, NaN, Infinity or -Infinity"
	kind, text, err := scalar(dec, want)
	if err != nil {
		return 0, err
	}
	switch {
	case kind == '"' && text == "NaN":
		return math.NaN(), nil
	case kind == '"' && text == "Infinity":
		return math.Inf(1), nil
	case kind == '"' && text == "-Infinity":
		return math.Inf(-1), nil
	case kind == '0', kind == '"' && isNumber(text):
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%q; want %s", brief(text), want)
}

func isNumber(text string) bool {
	v := jsontext.Value(text)
	return v.IsValid() && v.Kind() == '0'
}

// floatText is the text that jaeger-idl's KeyValue.AsString gives a number.
func floatText(n float64) string { return strconv.FormatFloat(n, 'g', 10, 64) }

func bytesText(dec *jsontext.Decoder) (string, error) {
	const want = "base64"
	kind, text, err := scalar(dec, want)
	if err != nil {
		return "", err
	}
	raw, err := base64Text(text)
	if kind != '"' || err != nil {
		return "", fmt.Errorf("%q; want %s", brief(text), want)
	}
	return raw, nil
}

// base64Text is base64 in hexadecimal digits: of either alphabet, padded or not, as
// ProtoJSON has it.
func base64Text(text string) (string, error) {
	if strings.ContainsAny(text, "\r\n") {
		return "", errors.New("a line break in base64")
	}
	encoding := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.Contains(text, "=") {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	raw, err := encoding.DecodeString(text)
	return hex.EncodeToString(raw), err
}
