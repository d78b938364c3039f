package specimen

import (
	"fmt"
	"reflect"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/traces"
)

// Attacks are texts that want to be more than text, or something else than they look. What
// runs sets window.pwned.
func Attacks() map[string]string {
	return map[string]string{
		"a script":            `<script>window.pwned=1</script><img src=x onerror="window.pwned=1">`,
		"the end of a script": `</script><script>window.pwned=1</script>`,
		"the end of a style":  `</style></title></textarea></template></noscript><svg onload="window.pwned=1"><iframe srcdoc="x">`,
		"a link that runs":    `javascript:window.pwned=1//`,
		"a document as link":  `data:text/html,<script>window.pwned=1</script>`,
		"an attribute":        `" onmouseover="window.pwned=1" autofocus onfocus="window.pwned=1" x='`,
		"a comment":           `]]><!-- <![CDATA[ --!> <!DOCTYPE html> -->`,
		"a template":          "`${window.pwned=1}` {{.}} {{template \"verdict\"}} \\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e",
		"a name of objects":   `__proto__`,
		"turned text":         "\u202eexe.\u2066txt\u2069\u200b\u200d\u2060\ufeff\u061c\u00ad\u180e\ufe0f\u3164\u115f\uffa0\u034f",
		"control characters":  "\x00\x01\x08\x1b[2J\x1b]8;;http://x\x07\r\n\t\x7f\u0085\u2028\u2029\xff\xc0\xed\xa0\x80",
		"a style":             `x:expression(1);background:url(http://example.com/x);}*{display:none`,
	}
}

// Hostile is a run that has text in every string of its result and of its exhibit: in
// fields, lists, and names and values of maps.
func Hostile(text string) page.Run {
	at := time.Date(2026, 11, 23, 6, 11, 25, 0, time.UTC)
	b := begin(text, at)
	fill(reflect.ValueOf(&b.result).Elem(), text)
	b.result.Started, b.result.Finished = at, at.Add(time.Minute)
	b.result.Checks = nil
	for i, verdict := range []reports.Verdict{reports.Verdict(text), reports.Failed, reports.Passed, reports.Skipped, reports.Inconclusive} {
		for _, control := range []bool{false, true} {
			var c reports.Check
			fill(reflect.ValueOf(&c).Elem(), text)
			c.Verdict, c.Control, c.Round = verdict, control, i+1
			c.Statistics = &reports.Statistics{N: 10, Observed: 4, Percent: 50, P: 0.5, Lower: 10, Upper: 90, Power: 0.9, Against: text}
			shown := exhibitOf(text)
			b.add(c, fmt.Sprintf("%d-%t", i, control), &shown)
		}
	}
	return b.run()
}

func exhibitOf(text string) reports.Exhibit {
	var shown reports.Exhibit
	fill(reflect.ValueOf(&shown).Elem(), text)
	for i := range shown.Requests {
		r := &shown.Requests[i]
		r.Traces = []traces.Trace{{ID: traces.TraceID{1, byte(i)}}}
		for n := range 3 {
			s := traces.Span{
				TraceID: r.Traces[0].ID, ID: traces.SpanID{7: byte(n + 1)}, Start: time.Unix(int64(n), 0), Duration: 10 * time.Second,
				Service: text, Namespace: text, Name: text, Kind: traces.Kind(text), Flags: text, Status: 500, Error: true,
				Tags: traces.TagsOf(traces.Tag{Key: text, Value: text}, traces.Tag{Key: "upstream_cluster", Value: "outbound|1||" + text}),
			}
			if n > 0 {
				s.Parent, s.Kind = traces.SpanID{7: byte(n)}, []traces.Kind{traces.Client, traces.Server}[n-1]
			}
			r.Traces[0].Spans = append(r.Traces[0].Spans, s)
		}
	}
	for i := range shown.Latencies {
		shown.Latencies[i].Percentiles = []float64{0.001, 0.002, 0.003}
	}
	return shown
}

// depth bounds how far forests grow.
const depth = 12

// fill puts text into every string of v that can be set. Lists get two elements, maps one.
func fill(v reflect.Value, text string) { fillBelow(v, text, 0) }

func fillBelow(v reflect.Value, text string, level int) {
	if level > depth {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(0.25)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillBelow(v.Elem(), text, level+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillBelow(v.Index(i), text, level+3)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillBelow(key, text, level+1)
		fillBelow(value, text, level+1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fillBelow(f, text, level+1)
			}
		}
	default:
	}
}
