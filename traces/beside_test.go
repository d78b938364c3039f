package traces_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/internal/backyards"
)

// columns is lines as two columns of text, with a sign for each mark in front.
func columns(lines []traces.Line) string {
	signs := map[traces.Mark]string{
		traces.SameLine: " ", traces.MissingLine: "-", traces.ExtraLine: "+", traces.DifferentLine: "!", traces.MovedLine: "~", traces.AlongLine: ":",
	}
	var b strings.Builder
	for _, l := range lines {
		left := strings.Repeat(" ", l.ExpectedDepth) + l.Expected
		right := strings.Repeat(" ", l.ObservedDepth) + l.Observed
		b.WriteString(strings.TrimRight(fmt.Sprintf("%s %-28s| %s", signs[l.Mark], left, right), " ") + "\n")
	}
	return "\n" + b.String()
}

// numbered is drawn, under an id of its own.
func numbered(t *testing.T, id byte, drawing string) traces.Trace {
	t.Helper()
	trace := drawn(t, drawing)
	trace.ID = traces.TraceID{15: id}
	for i := range trace.Spans {
		trace.Spans[i].TraceID = trace.ID
	}
	return trace
}

func TestBeside(t *testing.T) {
	chain := traces.Forest{traces.Calls("web", traces.Calls("cart"))}
	const whole = `
		client CLIENT > web 0 9
		  web SERVER 1 8
		    web CLIENT > cart 2 7
		      cart SERVER 3 6`
	two := traces.Span{TraceID: traces.TraceID{15: 1}, ID: traces.SpanID{7: 9}, Parent: traces.SpanID{7: 9}, Service: "odd", Namespace: "shop", Kind: traces.Server}
	cases := map[string]struct {
		expected traces.Forest
		stored   []traces.Trace
		want     string
	}{
		"what is equal stands on the same lines": {chain, one(numbered(t, 1, whole)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 4 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
     web CLIENT > cart        |    web CLIENT > cart
      cart SERVER             |     cart SERVER
`},
		"nothing stored is missing throughout": {chain, nil, `
- trace 1 of 1                |
-  client CLIENT > web        |
-   web SERVER                |
-    web CLIENT > cart        |
-     cart SERVER             |
`},
		"nothing expected is extra throughout": {nil, one(numbered(t, 1, `client CLIENT > web 0 9`)), `
+                             | trace 00000000000000000000000000000001: 1 span
+                             |  client CLIENT > web
`},
		"a span that is not there leaves a gap, and what hung below it did not move": {chain, one(numbered(t, 1, `
		client CLIENT > web 0 9
		  web SERVER 1 8
		    cart SERVER 3 6`)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 3 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
-    web CLIENT > cart        |
      cart SERVER             |    cart SERVER
`},
		"a span too many has a line of its own": {chain, one(numbered(t, 1, whole+`
		      tax SERVER 4 5`)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 5 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
     web CLIENT > cart        |    web CLIENT > cart
      cart SERVER             |     cart SERVER
+                             |     tax SERVER
`},
		"a trace that splits goes on beside what it must be below": {chain, []traces.Trace{
			numbered(t, 2, `
		client CLIENT > web 0 9
		  web SERVER 1 8`),
			numbered(t, 1, `
		web CLIENT > cart 2 7
		  cart SERVER 3 6`),
		}, `
  trace 1 of 1                | trace 00000000000000000000000000000002: 2 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
+                             | trace 00000000000000000000000000000001: 2 spans
~    web CLIENT > cart        |  web CLIENT > cart
      cart SERVER             |   cart SERVER
`},
		"of a joined trace the second heading is missing": {
			traces.Forest{traces.Calls("web"), traces.CallFrom("web", "cart")}, one(numbered(t, 1, whole)), `
  trace 1 of 2                | trace 00000000000000000000000000000001: 4 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
- trace 2 of 2                |
~  web CLIENT > cart          |    web CLIENT > cart
    cart SERVER               |     cart SERVER
`,
		},
		"siblings stand in the order of the expected ones": {
			traces.Forest{traces.Serves("web", traces.Calls("stock"), traces.Calls("cart"))}, one(numbered(t, 1, `
		web SERVER 0 9
		  web CLIENT > cart 1 2
		    cart SERVER 1 2
		  web CLIENT > stock 3 4
		    stock SERVER 3 4`)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 5 spans
   web SERVER                 |  web SERVER
    web CLIENT > stock        |   web CLIENT > stock
     stock SERVER             |    stock SERVER
    web CLIENT > cart         |   web CLIENT > cart
     cart SERVER              |    cart SERVER
`,
		},
		"a span below the wrong parent is said to have moved": {
			traces.Forest{traces.Serves("web", traces.Calls("cart", traces.Calls("price")), traces.Calls("stock"))}, one(numbered(t, 1, `
		web SERVER 0 9
		  web CLIENT > cart 1 4
		    cart SERVER 1 4
		  web CLIENT > stock 5 8
		    stock SERVER 5 8
		      cart CLIENT > price 2 3
		        price SERVER 2 3`)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 7 spans
   web SERVER                 |  web SERVER
    web CLIENT > cart         |   web CLIENT > cart
     cart SERVER              |    cart SERVER
~     cart CLIENT > price     |
:      price SERVER           |
    web CLIENT > stock        |   web CLIENT > stock
     stock SERVER             |    stock SERVER
~                             |     cart CLIENT > price
:                             |      price SERVER
`,
		},
		"what stayed keeps its lines, however much moved": {
			traces.Forest{traces.Serves("web", traces.Calls("cart", traces.Calls("a"), traces.Calls("b")), traces.Calls("stock"))}, []traces.Trace{
				numbered(t, 1, `
		web SERVER 0 9
		  web CLIENT > cart 1 4
		    cart SERVER 1 4
		  web CLIENT > stock 5 8
		    stock SERVER 5 8`),
				numbered(t, 2, `
		cart CLIENT > a 2 3
		  a SERVER 2 3`),
				numbered(t, 3, `
		cart CLIENT > b 2 3
		  b SERVER 2 3`),
			}, `
  trace 1 of 1                | trace 00000000000000000000000000000001: 5 spans
   web SERVER                 |  web SERVER
    web CLIENT > cart         |   web CLIENT > cart
     cart SERVER              |    cart SERVER
~     cart CLIENT > a         |
:      a SERVER               |
~     cart CLIENT > b         |
:      b SERVER               |
    web CLIENT > stock        |   web CLIENT > stock
     stock SERVER             |    stock SERVER
+                             | trace 00000000000000000000000000000002: 2 spans
~                             |  cart CLIENT > a
:                             |   a SERVER
+                             | trace 00000000000000000000000000000003: 2 spans
~                             |  cart CLIENT > b
:                             |   b SERVER
`,
		},
		"another status than the stated one is different": {
			traces.Forest{traces.Serves("web").Answering(503)}, one(numbered(t, 1, `web SERVER 0 9 UC`)), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 1 span
!  web SERVER 503 error       |  web SERVER UC
`,
		},
		"a span in a cycle is drawn, and nothing else is compared wrongly for it": {
			chain, one(traces.Trace{ID: traces.TraceID{15: 1}, Spans: append(numbered(t, 1, whole).Spans, two)}), `
  trace 1 of 1                | trace 00000000000000000000000000000001: 5 spans
   client CLIENT > web        |  client CLIENT > web
    web SERVER                |   web SERVER
     web CLIENT > cart        |    web CLIENT > cart
      cart SERVER             |     cart SERVER
+                             |  odd SERVER (in a cycle)
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, columns(traces.Beside(c.expected, c.stored))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestBesideLosesNothing holds the columns against the spans that they draw, for every
// recording and for recordings that lost or doubled spans.
func TestBesideLosesNothing(t *testing.T) {
	for _, r := range recordings(t) {
		forest, err := traces.Derive(r.Evidence.Topology, r.Evidence.Mesh, r.Request)
		if err != nil {
			continue
		}
		for _, request := range r.Evidence.ByRequest().Requests {
			for name, sabotaged := range map[string][]traces.Trace{
				"as it is":      request.Traces,
				"without spans": thinned(request.Traces),
				"stored twice":  doubled(request.Traces),
			} {
				t.Run(r.Rule+" "+name, func(t *testing.T) { complete(t, forest, sabotaged) })
			}
		}
	}
}

func thinned(stored []traces.Trace) []traces.Trace {
	var all []traces.Trace
	for _, trace := range stored {
		var spans []traces.Span
		for i, s := range trace.Spans {
			if i%3 != 1 {
				spans = append(spans, s)
			}
		}
		all = append(all, traces.Trace{ID: trace.ID, Spans: spans})
	}
	return all
}

// doubled is each trace with all its spans twice.
func doubled(stored []traces.Trace) []traces.Trace {
	var all []traces.Trace
	for _, trace := range stored {
		all = append(all, traces.Trace{ID: trace.ID, Spans: append(append([]traces.Span{}, trace.Spans...), trace.Spans...)})
	}
	return all
}

// complete says what lines lack of the two sides that they draw.
func complete(t *testing.T, forest traces.Forest, stored []traces.Trace) {
	t.Helper()
	spans := map[*traces.Span]bool{}
	expected, observed, want := 0, 0, 0
	for _, trace := range stored {
		want += len(trace.Spans)
	}
	for _, l := range traces.Beside(forest, stored) {
		if l.ExpectedDepth > 0 {
			expected++
		}
		if l.Span != nil {
			observed++
			spans[l.Span] = true
		}
	}
	if expected != forest.Spans() {
		t.Errorf("%d of %d expected spans are drawn", expected, forest.Spans())
	}
	if observed != want || len(spans) != want {
		t.Errorf("%d lines draw %d of %d stored spans", observed, len(spans), want)
	}
}

// BenchmarkBeside draws requests of the demo application.
func BenchmarkBeside(b *testing.B) {
	forest := derived(b, backyards.Topology())
	ev := backyards.Evidence(backyards.Topology(), backyards.Mesh(), 1)
	request := ev.ByRequest().Requests[0]
	backyards.PerSpan(b, backyards.Spans, func() { traces.Beside(forest, request.Traces) })
}
