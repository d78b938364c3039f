package tracefile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracefile"
)

func TestWhatTheFormatsCanSayComesOutAsItIs(t *testing.T) {
	for name, records := range map[string][]record{
		"ids of zero":             {{}},
		"a span id of zero":       {{trace: traces.TraceID{1}}},
		"one id twice":            {{trace: traces.TraceID{1}, id: rootID(), name: "a"}, {trace: traces.TraceID{1}, id: rootID(), name: "b"}},
		"the same span twice":     {{trace: traces.TraceID{1}, id: rootID()}, {trace: traces.TraceID{1}, id: rootID()}},
		"an unknown parent":       {{trace: traces.TraceID{1}, id: rootID(), parent: otherID()}},
		"its own parent":          {{trace: traces.TraceID{1}, id: rootID(), parent: rootID()}},
		"a cycle":                 {{trace: traces.TraceID{1}, id: rootID(), parent: childID()}, {trace: traces.TraceID{1}, id: childID(), parent: rootID()}},
		"a negative duration":     {{trace: traces.TraceID{1}, id: rootID(), startMicros: 1000, durationMicros: -1}},
		"back to 1970":            {{trace: traces.TraceID{1}, id: rootID(), startMicros: 9223372036854775, durationMicros: -9223372036854775}},
		"the longest duration":    {{trace: traces.TraceID{1}, id: rootID(), durationMicros: 9223372036854775}},
		"no name and no service":  {{trace: traces.TraceID{1}, id: rootID(), kind: 3}},
		"a megabyte":              {{trace: traces.TraceID{1}, id: rootID(), attributes: []traces.Tag{tag("http.url", strings.Repeat("é", 1<<19))}}},
		"a tag twice":             {{trace: traces.TraceID{1}, id: rootID(), attributes: []traces.Tag{tag("error", "false"), tag("error", "true")}}},
		"a link to the parent":    {{trace: traces.TraceID{1}, id: rootID(), parent: childID(), links: []traces.Link{{TraceID: traces.TraceID{1}, SpanID: childID()}}}},
		"a link to nothing":       {{trace: traces.TraceID{1}, id: rootID(), links: []traces.Link{{}}}},
		"control characters":      {{trace: traces.TraceID{1}, id: rootID(), name: "a\x00\n\u2028\U0001f600", message: "\x7f"}},
		"a status that is a word": {{trace: traces.TraceID{1}, id: rootID(), attributes: []traces.Tag{tag("http.status_code", "many")}}},
	} {
		for format, text := range map[string][]byte{"OTLP": asOTLP(records), "Jaeger": asJaeger(records)} {
			t.Run(name+" in "+format, func(t *testing.T) { differ(t, modelled(records), read(t, string(text))) })
		}
	}
}

func TestASpanOfAnotherTraceStaysInTheTraceAroundIt(t *testing.T) {
	text := changed(t, "jaeger.json", `"spans": [
        {
          "traceID": "0af7651916cd43dd8448eb211c80319c"`, `"spans": [
        {
          "traceID": "4bf92f3577b34da6a3ce929d0e0e4736"`)
	found := read(t, text)
	if len(found) != 1 || found[0].ID != traceID() || len(found[0].Spans) != 2 {
		t.Fatalf("got %+v, want both spans in the trace around them", found)
	}
	if got := found[0].Spans[1].TraceID; got != otherTraceID() {
		t.Errorf("the span's trace id is %s", got)
	}
}

func TestTheParentThatOlderFilesNameIsTheParent(t *testing.T) {
	text := changed(t, "jaeger.json", `"references": [],`, `"references": [], "parentSpanID": "53995c3f42cd8ad8",`)
	if got := read(t, text)[0].Spans[0].Parent; got != otherID() {
		t.Errorf("the parent is %s", got)
	}
}

func TestADurationIsReadInBothOfItsNegativeForms(t *testing.T) {
	for _, written := range []string{"-3", "18446744073709551613"} {
		text := changed(t, "jaeger.json", `"duration": 4000`, `"duration": `+written)
		if got := read(t, text)[0].Spans[0].Duration; got != -3*time.Microsecond {
			t.Errorf("%s became %s", written, got)
		}
	}
}

func TestEnumerationsMayBeNames(t *testing.T) {
	want := read(t, sample(t, "request.json"))
	text := strings.Replace(changed(t, "request.json", `"kind": 2`, `"kind": "SPAN_KIND_SERVER"`), `"code": 2`, `"code": "STATUS_CODE_ERROR"`, 1)
	differ(t, want, read(t, text))
}

func TestTheWarningsOfATraceAreOnItsSpans(t *testing.T) {
	text := sample(t, "jaeger.json")
	i := strings.LastIndex(text, `"warnings": null`)
	text = text[:i] + `"warnings": ["late"]` + text[i+len(`"warnings": null`):]
	var got []string
	for _, s := range read(t, text)[0].Spans {
		got = append(got, s.Tags.Get(tracefile.WarningsTag))
	}
	differ(t, []string{`["late"]`, `["late","clock skew adjustment disabled"]`}, got)
}

func TestOfTwoServiceNamesTheFirstCounts(t *testing.T) {
	text := changed(t, "request.json", `"key": "process.pid", "value": { "intValue": "4711" }`, `"key": "service.name", "value": { "intValue": "4711" }`)
	s := read(t, text)[0].Spans[0]
	if s.Service != "cart" || s.Tags.Get("service.name") != "4711" {
		t.Errorf("the service is %s, the tag %q", s.Service, s.Tags.Get("service.name"))
	}
}
