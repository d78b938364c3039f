package traces_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/throughline/throughline/traces"
)

func TestWhatComesFromOutsideIsSafeForATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"cart":                   "cart",
		"red \x1b[31m":           `red \u001b[31m`,
		"line\nbreak\ttab":       `line\u000abreak\u0009tab`,
		"bad \xff byte":          `bad \xff byte`,
		"turned \u202e round":    `turned \u202e round`,
		"zürich › 東京":            "zürich › 東京",
		strings.Repeat("x", 200): strings.Repeat("x", 96) + "…",
	} {
		if got := traces.Printable(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("\x1b]0;title\x07")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range traces.Printable(s) {
			if r != ' ' && !unicode.IsPrint(r) {
				t.Errorf("%q is shown with %U", s, r)
			}
		}
	})
}

func TestAHostileTraceIsShownSafely(t *testing.T) {
	ev := sent(chain(), 1)
	evil := "cart\x1b[2J\u202e"
	s := span(&ev, "cart", traces.Server, 0)
	s.Service, s.Flags = evil, "\x07"
	url := traces.Tag{Key: "http.url", Value: "http://\x1b[2J/"}
	web := span(&ev, "web", traces.Client, 0)
	web.Tags = append(web.Tags, url)
	shown := texts(traces.JudgeForest(ev, wholeChain())) + ev.Traces[0].Tree()
	for _, r := range shown {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%U reaches the terminal:\n%q", r, shown)
		}
	}
	if !strings.Contains(shown, `cart\u001b[2J\u202e`) {
		t.Errorf("the service is not named:\n%s", shown)
	}
}

func TestAForestIsDrawnAsText(t *testing.T) {
	forest := traces.Forest{
		traces.Calls("web",
			traces.CallsThrough("cart", traces.Serves("stock")),
			traces.Calls("audit.ward").Answering(500)),
		traces.CallFrom("price", "stock"),
	}
	want := `client CLIENT > web
  web SERVER
    web CLIENT > cart
      stock SERVER (after cart, without sidecar)
    web CLIENT > audit 500 error
      audit.ward SERVER 500 error
price CLIENT > stock
  stock SERVER
`
	if got := forest.String(); got != want {
		t.Errorf("drawn as\n%swant\n%s", got, want)
	}
	if forest.Spans() != 8 || forest.Entry() != "web" {
		t.Errorf("%d spans, entry %q; want 8 and web", forest.Spans(), forest.Entry())
	}
}

func TestATreeIsDrawnWithEverySpan(t *testing.T) {
	ev := sent(chain(), 1)
	span(&ev, "stock", traces.Server, 0).Parent = traces.SpanID{9}
	cart := span(&ev, "cart", traces.Server, 0)
	cart.Parent = span(&ev, "cart", traces.Client, 0).ID
	got := ev.Traces[0].Tree()
	if n := strings.Count(got, " span "); n != 6 {
		t.Errorf("%d spans are drawn, want 6:\n%s", n, got)
	}
	for _, part := range []string{"(its parent 0900000000000000 is not stored)", "in a cycle:"} {
		if !strings.Contains(got, part) {
			t.Errorf("the drawing lacks %q:\n%s", part, got)
		}
	}
}

func TestAFindingsTextHasItsPartsInOrder(t *testing.T) {
	f := traces.Finding{
		Kind: traces.SplitTrace, Service: "cart", Count: 20,
		Observed: "2 traces", Expected: "1 trace", Next: "forward\nheaders",
		Requests: []string{"a", "b"}, Traces: []string{"4b1e"},
	}
	want := `finding   split-trace cart (20 requests)
observed  2 traces
expected  1 trace
next      forward\u000aheaders
requests  a, b
traces    4b1e`
	if got := f.Text(); got != want {
		t.Errorf("text\n%s\nwant\n%s", got, want)
	}
}
