package tracefile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/throughline/throughline/traces/tracefile"
)

// changed is the sample with one piece replaced.
func changed(t *testing.T, name, old, replacement string) string {
	t.Helper()
	text := sample(t, name)
	if !strings.Contains(text, old) {
		t.Fatalf("%s has no %s", name, old)
	}
	return strings.Replace(text, old, replacement, 1)
}

func TestMalformedInputIsAnErrorWithAPlace(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{
			"a trace id of odd length", "request.json", `"0AF7651916CD43DD8448EB211C80319C"`, `"0AF7651916CD43DD8448EB211C80319"`,
			`line 16: /resourceSpans/0/scopeSpans/0/spans/0/traceId: id "0AF7651916CD43DD8448EB211C80319" of 31 characters; want 32 hexadecimal digits`,
		},
		{
			"a trace id of 64 bits in OTLP", "request.json", `"0AF7651916CD43DD8448EB211C80319C"`, `"8448EB211C80319C"`,
			`line 16: /resourceSpans/0/scopeSpans/0/spans/0/traceId: id "8448EB211C80319C" of 16 characters; want 32 hexadecimal digits`,
		},
		{
			"a span id that is too long", "request.json", `"spanId": "00f067aa0ba902b7"`, `"spanId": "00f067aa0ba902b7ff"`,
			`line 17: /resourceSpans/0/scopeSpans/0/spans/0/spanId: id "00f067aa0ba902b7ff" of 18 characters; want 16 hexadecimal digits`,
		},
		{
			"an id in base64", "request.json", `"parentSpanId": "b7ad6b7169203331"`, `"parentSpanId": "t61rcWkgMzE="`,
			`line 18: /resourceSpans/0/scopeSpans/0/spans/0/parentSpanId: id "t61rcWkgMzE=" of 12 characters; want 16 hexadecimal digits`,
		},
		{
			"an id that is not hexadecimal", "request.json", `"spanId": "53995c3f42cd8ad8"`, `"spanId": "53995c3f42cd8adx"`,
			`line 39: /resourceSpans/0/scopeSpans/0/spans/0/links/0/spanId: id "53995c3f42cd8adx" of 16 characters; want 16 hexadecimal digits`,
		},
		{
			"an id that is a number", "request.json", `"spanId": "00f067aa0ba902b7"`, `"spanId": 17`,
			`line 17: /resourceSpans/0/scopeSpans/0/spans/0/spanId: a number; want a string`,
		},
		{
			"a negative time", "request.json", `"1767268800001000123"`, `"-1"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "-1"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a time after 2262", "request.json", `"1767268800001000123"`, `"9223372036854775808"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "9223372036854775808"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a time with a fraction", "request.json", `"1767268800001000123"`, `1.5e18`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "1.5e18"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a time that is a word", "request.json", `"1767268800001000123"`, `"noon"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "noon"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a time that is an object", "request.json", `"1767268800001000123"`, `{}`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: an object; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a kind that OTLP lacks", "request.json", `"kind": 2`, `"kind": 9`,
			`line 21: /resourceSpans/0/scopeSpans/0/spans/0/kind: "9"; want an integer from 0 to 5 (SPAN_KIND_UNSPECIFIED to SPAN_KIND_CONSUMER)`,
		},
		{
			"a kind of another name", "request.json", `"kind": 2`, `"kind": "SERVER"`,
			`line 21: /resourceSpans/0/scopeSpans/0/spans/0/kind: "SERVER"; want an integer from 0 to 5 (SPAN_KIND_UNSPECIFIED to SPAN_KIND_CONSUMER)`,
		},
		{
			"a status code that OTLP lacks", "request.json", `"code": 2`, `"code": 3`,
			`line 40: /resourceSpans/0/scopeSpans/0/spans/0/status/code: "3"; want an integer from 0 to 2 (STATUS_CODE_UNSET to STATUS_CODE_ERROR)`,
		},
		{
			"a name that is a number", "request.json", `"name": "cart.shop.svc.cluster.local:8080/*"`, `"name": 8080`,
			`line 20: /resourceSpans/0/scopeSpans/0/spans/0/name: a number; want a string`,
		},
		{
			"spans that are an object", "request.json", `"spans": [`, `"spans": {}, "former": [`,
			`line 14: /resourceSpans/0/scopeSpans/0/spans: an object; want a list`,
		},
		{
			"a span that is null", "request.json", `"spans": [`, `"spans": [ null,`,
			`line 14: /resourceSpans/0/scopeSpans/0/spans: element 0 is null; want a value`,
		},
		{
			"a field twice", "request.json", `"traceState": "mesh=one"`, `"traceState": "mesh=one", "traceState": "mesh=two"`,
			`line 19: /resourceSpans/0/scopeSpans/0/spans/0/traceState: an object has this name twice; want it once`,
		},
		{
			"a skipped field twice", "request.json", `"events": [`, `"events": [ { "a": 1, "a": 2 } ], "more": [`,
			`line 38: /resourceSpans/0/scopeSpans/0/spans/0/events/0/a: an object has this name twice; want it once`,
		},
		{
			"an integer beyond 64 bits", "request.json", `{ "intValue": "4711" }`, `{ "intValue": "9223372036854775808" }`,
			`line 8: /resourceSpans/0/resource/attributes/2/value: "9223372036854775808"; want a whole number of 64 bits`,
		},
		{
			"a float beyond 64 bits", "request.json", `{ "doubleValue": 0.25 }`, `{ "doubleValue": 1e999 }`,
			`line 28: /resourceSpans/0/scopeSpans/0/spans/0/attributes/3/value: "1e999"; want a number of 64 bits, NaN, Infinity or -Infinity`,
		},
		{
			"a bool that is a string", "request.json", `{ "boolValue": true }`, `{ "boolValue": "true" }`,
			`line 27: /resourceSpans/0/scopeSpans/0/spans/0/attributes/2/value/boolValue: a string; want true or false`,
		},
		{
			"bytes that are not base64", "request.json", `"/wA="`, `"/wA=="`,
			`line 29: /resourceSpans/0/scopeSpans/0/spans/0/attributes/4/value: "/wA=="; want base64`,
		},
		{
			"a value of two types", "request.json", `{ "boolValue": true }`, `{ "boolValue": true, "intValue": 1 }`,
			`line 27: /resourceSpans/0/scopeSpans/0/spans/0/attributes/2/value/intValue: both boolValue and intValue; want one of them`,
		},
		{
			"a value without a type", "request.json", `{ "boolValue": true }`, `true`,
			`line 27: /resourceSpans/0/scopeSpans/0/spans/0/attributes/2/value: true or false; want an object with stringValue, intValue or another of AnyValue's fields`,
		},
		{
			"a key twice in a value", "request.json", `"key": "zone"`, `"key": "app"`,
			`line 33: /resourceSpans/0/scopeSpans/0/spans/0/attributes/6/value: the key "app" is there twice; want it once`,
		},
		{
			"a service name that is no string", "request.json", `{ "stringValue": "cart.shop" }`, `{ "intValue": 1 }`,
			`line 10: /resourceSpans/0/resource: service.name is intValue; want a stringValue`,
		},
		{
			"a name with underscores", "request.json", `"scopeSpans"`, `"scope_spans"`,
			`line 11: /resourceSpans/0/scope_spans: not a name of OTLP/JSON; want lowerCamelCase, and scopeSpans with spans in it`,
		},
		{
			"a name of former OTLP", "request.json", `"scopeSpans"`, `"instrumentationLibrarySpans"`,
			`line 11: /resourceSpans/0/instrumentationLibrarySpans: not a name of OTLP/JSON; want lowerCamelCase, and scopeSpans with spans in it`,
		},
		{
			"a span's name with underscores", "request.json", `"startTimeUnixNano"`, `"start_time_unix_nano"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/start_time_unix_nano: not a name of OTLP/JSON; want lowerCamelCase, and scopeSpans with spans in it`,
		},
		{
			"another signal", "request.json", `"resourceSpans"`, `"resourceMetrics"`,
			`line 1: an object with the fields [resourceMetrics] is of no known format; want OTLP/JSON (resourceSpans, or result with resourceSpans from Jaeger's api_v3) or Jaeger JSON (data from /api/traces, a trace with traceID and spans, or a list of such traces)`,
		},
		{
			"a comma too many", "request.json", `"kind": 2,`, `"kind": 2,,`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0: invalid character ',' at start of value`,
		},
		{
			"two formats in one object", "request.json", `"resourceSpans": [`, `"data": [], "resourceSpans": [`,
			`line 1: an object with the fields [data resourceSpans] is of no known format; want OTLP/JSON (resourceSpans, or result with resourceSpans from Jaeger's api_v3) or Jaeger JSON (data from /api/traces, a trace with traceID and spans, or a list of such traces)`,
		},
		{
			"invalid UTF-8", "request.json", `mesh=one`, "mesh=\xff",
			`line 19: /resourceSpans/0/scopeSpans/0/spans/0/traceState: invalid UTF-8`,
		},
		{
			"half a surrogate pair", "request.json", `mesh=one`, "\\ud800",
			`line 19: /resourceSpans/0/scopeSpans/0/spans/0/traceState: invalid surrogate pair "\\ud800\",\n   " in string`,
		},
		{
			"an unknown process", "jaeger.json", `"processID": "p2"`, `"processID": "p9"`,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: processID "p9"; want one of the trace's 2 processes`,
		},
		{
			"no process", "jaeger.json", `"processID": "p2",`, ``,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: processID ""; want one of the trace's 2 processes`,
		},
		{
			"a trace without id", "jaeger.json", "\"data\": [\n    {\n      \"traceID\": \"0af7651916cd43dd8448eb211c80319c\",", "\"data\": [\n    {",
			`line 5: /data/0: a trace without traceID; want 16 or 32 hexadecimal digits`,
		},
		{
			"a span without id", "jaeger.json", `"spanID": "00f067aa0ba902b7",`, ``,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 0000000000000000: no spanID; want one`,
		},
		{
			"a span without start", "jaeger.json", `"startTime": 1767268800001000,`, ``,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: no startTime; want one`,
		},
		{
			"an empty span id", "jaeger.json", `"spanID": "00f067aa0ba902b7"`, `"spanID": ""`,
			`line 8: /data/0/spans/0/spanID: span id "" of 0 characters; want 16 hexadecimal digits`,
		},
		{
			"a trace id that is too short", "jaeger.json", `"traceID": "4bf92f3577b34da6a3ce929d0e0e4736"`, `"traceID": "4bf92f3577b34d"`,
			`line 12: /data/0/spans/0/references/0/traceID: trace id "4bf92f3577b34d" of 14 characters; want 16 or 32 hexadecimal digits`,
		},
		{
			"a trace id that is too long", "jaeger.json", `"traceID": "4bf92f3577b34da6a3ce929d0e0e4736"`, `"traceID": "4bf92f3577b34da6a3ce929d0e0e473600"`,
			`line 12: /data/0/spans/0/references/0/traceID: trace id "4bf92f3577b34da6a3ce929d0e0e473600" of 34 characters; want 16 or 32 hexadecimal digits`,
		},
		{
			"a negative start", "jaeger.json", `1767268800001000,`, `-1,`,
			`line 16: /data/0/spans/0/startTime: -1; want microseconds since 1970, from 0 to 9223372036854775`,
		},
		{
			"a start in nanoseconds", "jaeger.json", `1767268800001000,`, `1767268800001000000,`,
			`line 16: /data/0/spans/0/startTime: 1767268800001000000; want microseconds since 1970, from 0 to 9223372036854775`,
		},
		{
			"a start that is a string", "jaeger.json", `1767268800001000,`, `"1767268800001000",`,
			`line 16: /data/0/spans/0/startTime: a string; want microseconds as a whole number of 64 bits`,
		},
		{
			"a duration beyond 64 bits", "jaeger.json", `"duration": 2000`, `"duration": 18446744073709551616`,
			`line 17: /data/0/spans/0/duration: "18446744073709551616"; want microseconds as a whole number of 64 bits`,
		},
		{
			"a duration of 300 years", "jaeger.json", `"duration": 2000`, `"duration": 9467280000000000`,
			`line 17: /data/0/spans/0/duration: 9467280000000000; want microseconds, at most 9223372036854775`,
		},
		{
			"a duration with a fraction", "jaeger.json", `"duration": 2000`, `"duration": 2000.5`,
			`line 17: /data/0/spans/0/duration: "2000.5"; want microseconds as a whole number of 64 bits`,
		},
		{
			"a reference of another type", "jaeger.json", `"FOLLOWS_FROM"`, `"CAUSED_BY"`,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: references/2: refType "CAUSED_BY"; want CHILD_OF or FOLLOWS_FROM`,
		},
		{
			"a reference without a span", "jaeger.json", `"traceID": "4bf92f3577b34da6a3ce929d0e0e4736", "spanID": "53995c3f42cd8ad8"`, `"traceID": "4bf92f3577b34da6a3ce929d0e0e4736"`,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: references/0: want a traceID and a spanID`,
		},
		{
			"two parents", "jaeger.json", `"flags": 1`, `"parentSpanID": "53995c3f42cd8ad8"`,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: parentSpanID 53995c3f42cd8ad8, but the first CHILD_OF reference is b7ad6b7169203331; want one parent`,
		},
		{
			"a tag of another type", "jaeger.json", `"type": "float64"`, `"type": "float"`,
			`line 23: /data/0/spans/0/tags/4: a tag of type "float"; want string, bool, int64, float64 or binary`,
		},
		{
			"a tag without type", "jaeger.json", `"type": "float64", `, ``,
			`line 23: /data/0/spans/0/tags/4: a tag of type ""; want string, bool, int64, float64 or binary`,
		},
		{
			"a tag without key", "jaeger.json", `"key": "share", `, ``,
			`line 23: /data/0/spans/0/tags/4: a tag without key; want key, type and value`,
		},
		{
			"a tag whose value has another type", "jaeger.json", `"type": "bool", "value": true`, `"type": "bool", "value": "true"`,
			`line 21: /data/0/spans/0/tags/2: the value "true" (a string); want one of type bool`,
		},
		{
			"a tag whose value is a list", "jaeger.json", `"value": 503`, `"value": [503]`,
			`line 19: /data/0/spans/0/tags/0/value: a list; want a string, a number, true or false`,
		},
		{
			"an integer with a fraction", "jaeger.json", `"value": 503`, `"value": 503.5`,
			`line 19: /data/0/spans/0/tags/0: the value "503.5" (a number); want one of type int64`,
		},
		{
			"tags that are an object", "jaeger.json", `"tags": [] }`, `"tags": {} }`,
			`line 46: /data/0/processes/p2/tags: an object; want a list`,
		},
		{
			"a process twice", "jaeger.json", `"p2": {`, `"p1": {`,
			`line 46: /data/0/processes/p1: an object has this name twice; want it once`,
		},
		{
			"an answer with an error", "jaeger.json", `"errors": null`, `"errors": [ { "code": 404, "msg": "trace not found" } ]`,
			`line 1: an answer with an error: [ { "code": 404, "msg": "trace not found" } ]; want one with traces alone`,
		},
		{
			"a traceID in other letters", "jaeger.json", "\"traceID\": \"0af7651916cd43dd8448eb211c80319c\",\n          \"spanID\": \"00f067aa0ba902b7\"", "\"traceId\": \"0af7651916cd43dd8448eb211c80319c\",\n          \"spanID\": \"00f067aa0ba902b7\"",
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: no traceID; want one`,
		},
		{
			"an integer with a sign", "jaeger.json", `"9007199254740993"`, `"+9007199254740993"`,
			`line 24: /data/0/spans/0/tags/5: the value "+9007199254740993" (a string); want one of type int64`,
		},
		{
			"a span without duration", "jaeger.json", `"duration": 2000,`, ``,
			`line 6: /data/0/spans/0: trace 0af7651916cd43dd8448eb211c80319c: span 00f067aa0ba902b7: no duration; want one`,
		},
		{
			"a time with zeros in front", "request.json", `"1767268800001000123"`, `"01767268800001000123"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "01767268800001000123"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"a time of minus zero", "request.json", `"1767268800001000123"`, `"-0"`,
			`line 22: /resourceSpans/0/scopeSpans/0/spans/0/startTimeUnixNano: "-0"; want nanoseconds since 1970 as a whole number from 0 to 9223372036854775807`,
		},
		{
			"base64 on two lines", "request.json", `"/wA="`, "\"/w\\nA=\"",
			`line 29: /resourceSpans/0/scopeSpans/0/spans/0/attributes/4/value: "/w\nA="; want base64`,
		},
		{
			"a float with a blank", "request.json", `{ "doubleValue": 0.25 }`, `{ "doubleValue": "0.25 " }`,
			`line 28: /resourceSpans/0/scopeSpans/0/spans/0/attributes/3/value: "0.25 "; want a number of 64 bits, NaN, Infinity or -Infinity`,
		},
		{
			"a float in hexadecimal", "request.json", `{ "doubleValue": 0.25 }`, `{ "doubleValue": "0x1p-2" }`,
			`line 28: /resourceSpans/0/scopeSpans/0/spans/0/attributes/3/value: "0x1p-2"; want a number of 64 bits, NaN, Infinity or -Infinity`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tracefile.Read(strings.NewReader(changed(t, c.file, c.old, c.new)), tracefile.Options{})
			if got := message(err); got != c.want {
				t.Errorf("error %q, want %q", got, c.want)
			}
		})
	}
}

func TestAFileThatIsNoneOfTheFormatsIsRefused(t *testing.T) {
	const want = "; want OTLP/JSON (resourceSpans, or result with resourceSpans from Jaeger's api_v3) " +
		"or Jaeger JSON (data from /api/traces, a trace with traceID and spans, or a list of such traces)"
	for text, what := range map[string]string{
		"":                                   "the file is empty" + want,
		" \n\t":                              "the file is empty" + want,
		"17":                                 "line 1: neither an object nor a list" + want,
		"\n\"x\"":                            "line 2: neither an object nor a list" + want,
		"null":                               "line 1: neither an object nor a list" + want,
		"{}":                                 "line 1: an object with the fields [] is of no known format" + want,
		"{\"data\":[]}\n\n{\"a\":1,\"b\":2}": "line 3: an object with the fields [a b] is of no known format" + want,
		`[{"traceId":"1","id":"2"}]`:         "line 1: /0: a trace without traceID; want 16 or 32 hexadecimal digits",
		`{"resource_spans":[]}`:              "line 1: an object with the fields [resource_spans] is of no known format" + want,
		`{"error":{"httpCode":404}}`:         `line 1: an answer with an error: {"httpCode":404}; want one with traces alone`,
		"{\"a\\u001b[2J\":1}":                `line 1: an object with the fields [a\x1b[2J] is of no known format` + want,
		"\xef\xbb\xbf{}":                     "line 1: invalid character '\\ufeff' at start of value",
		"<html>":                             "line 1: invalid character '<' at start of value",
	} {
		_, err := tracefile.Read(strings.NewReader(text), tracefile.Options{})
		if got := message(err); got != what {
			t.Errorf("%q: error %q, want %q", text, got, what)
		}
	}
}

func TestAFileThatIsCutShortIsAnError(t *testing.T) {
	for _, name := range []string{"request.json", "jaeger.json"} {
		text := strings.TrimSpace(sample(t, name))
		for n := range text {
			_, err := tracefile.Read(strings.NewReader(text[:n]), tracefile.Options{})
			if n > 0 && !strings.Contains(message(err), "the file ends in the middle of a value") || n == 0 && err == nil {
				t.Errorf("%s, the first %d bytes: error %v", name, n, err)
			}
		}
		whole := packed(t, strings.NewReader(text)).Bytes()
		for n := range whole {
			if _, err := tracefile.Read(bytes.NewReader(whole[:n]), tracefile.Options{}); err == nil {
				t.Errorf("%s, the first %d bytes of it packed: no error", name, n)
			}
		}
	}
}

func TestDeepNestingIsAnError(t *testing.T) {
	const deep = 5 << 20
	for name, text := range map[string]string{
		"at the top":            strings.Repeat("[", deep),
		"in what is skipped":    `{"resourceSpans":[],"more":` + strings.Repeat(`[`, deep),
		"in a value":            `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":` + strings.Repeat(`{"arrayValue":{"values":[`, deep/20),
		"in a tag":              `{"data":[{"spans":[{"tags":[{"key":"a","type":"string","value":` + strings.Repeat(`{"a":`, deep/5),
		"in an error's details": `{"errors":` + strings.Repeat(`[`, deep),
	} {
		if _, err := tracefile.Read(strings.NewReader(text), tracefile.Options{}); err == nil || len(err.Error()) > 500 {
			t.Errorf("%s: error %v", name, brief(message(err)))
		}
	}
}

func brief(s string) string { return s[:min(len(s), 500)] }

func TestAMessageDoesNotRepeatAMegabyte(t *testing.T) {
	text := changed(t, "request.json", "0AF7651916CD43DD8448EB211C80319C", "x"+strings.Repeat("ü", 1<<20))
	_, err := tracefile.Read(strings.NewReader(text), tracefile.Options{})
	if got := message(err); len(got) > 500 || !strings.Contains(got, "want 32 hexadecimal digits") || strings.Contains(got, `\xc3`) {
		t.Errorf("error of %d bytes: %s", len(got), brief(got))
	}
}
