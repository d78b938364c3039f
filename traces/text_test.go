package traces_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	web.Tags = web.Tags.Append(url)
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

// hostiles are what an attacker, or a broken proxy, can put into any text of a trace.
func hostiles() []string {
	return []string{
		"\x1b[2J\x1b]0;title\x07", "\r\nfinding   passed", "\u202ereversed", "zero\u200bwidth\u2060joined\ufeff", "\u2066isolated",
		"\x00\x7f\u0085", "bad \xff\xfe bytes", "variant\ufe0f\U000e0101", "filler\u3164\u115f\u034f", "line\u2028paragraph\u2029",
		strings.Repeat("long ", 200), strings.Repeat("w", 700), "東京" + strings.Repeat("都", 90),
	}
}

// unfit says what of a text does not fit a terminal, or "".
func unfit(text string) string {
	for row := range strings.SplitSeq(text, "\n") {
		columns := 0
		for _, r := range row {
			switch {
			case r != ' ' && !unicode.IsPrint(r), unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Bidi_Control):
				return fmt.Sprintf("%U reaches the terminal", r)
			case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
				columns += 2
			default:
				columns++
			}
		}
		if columns > 98 {
			return fmt.Sprintf("a line has %d columns: %q", columns, row)
		}
	}
	return ""
}

func TestEveryTextFitsATerminal(t *testing.T) {
	for _, c := range cases() {
		for _, f := range traces.JudgeForest(c.evidence(1), c.expected) {
			if why := unfit(f.Text()); why != "" {
				t.Errorf("%s: %s", c.name, why)
			}
		}
	}
	dirs := []string{"findings", "identities", "injected", "delays", "rates"}
	for _, dir := range dirs {
		files, err := filepath.Glob("testdata/" + dir + "/*.txt")
		if err != nil || len(files) == 0 {
			t.Fatalf("no golden texts of %s: %v", dir, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if why := unfit(string(text)); why != "" {
				t.Errorf("%s: %s", file, why)
			}
		}
	}
}

func TestNoPartOfAFindingReachesTheTerminalRaw(t *testing.T) {
	for _, evil := range hostiles() {
		f := traces.Finding{
			Kind: traces.FindingKind(evil), Service: evil, Observed: evil, Expected: evil, Why: evil, Next: evil,
			Count: 2, Requests: []string{evil}, Traces: []string{evil},
		}
		either := f
		either.Why, either.Candidates = "", []string{evil, evil}
		for _, one := range []traces.Finding{f, either} {
			if why := unfit(one.Text()); why != "" {
				t.Errorf("%q: %s", evil, why)
			}
			for row := range strings.SplitSeq(one.Text(), "\n") {
				if heading := strings.TrimSpace(row[:10]); heading != "" && !slices.Contains([]string{
					"finding", "observed", "expected", "why", "either", "next", "requests", "traces",
				}, heading) {
					t.Errorf("%q makes a part of its own: %q", evil, row)
				}
			}
		}
	}
}

func TestHostileEvidenceIsToldSafely(t *testing.T) {
	for _, evil := range hostiles() {
		spoils := map[string]func(*traces.Evidence){
			"service": func(ev *traces.Evidence) { span(ev, "cart", traces.Server, 0).Service = evil },
			"flags":   func(ev *traces.Evidence) { span(ev, "cart", traces.Client, 0).Flags = evil },
			"kind":    func(ev *traces.Evidence) { span(ev, "cart", traces.Server, 0).Kind = traces.Kind(evil) },
			"space":   func(ev *traces.Evidence) { span(ev, "cart", traces.Server, 0).Namespace = evil },
			"url": func(ev *traces.Evidence) {
				s := span(ev, "cart", traces.Client, 0)
				s.Name, s.Tags = "", s.Tags.With("http.url", "http://"+evil+"/")
			},
			"status": func(ev *traces.Evidence) { ev.Requests[0].Status, ev.Requests[0].Err = 0, evil },
			"header": func(ev *traces.Evidence) {
				h := hop(ev, "cart")
				h.Sent[0].To, h.Received = evil, withID(h.Received, evil)
			},
			"hop":     func(ev *traces.Evidence) { hop(ev, "cart").Service = evil },
			"request": func(ev *traces.Evidence) { ev.Requests[0].Request = evil },
			"proxy":   func(ev *traces.Evidence) { proxy(ev, "cart").Service = evil },
		}
		for part, spoil := range spoils {
			// Flags are stated, and a call is split, so that every kind of text is made.
			ev := sent(chain(drops("cart")), 1)
			spoil(&ev)
			forest := unflagged(wholeChain())
			for _, f := range append(traces.JudgeForest(ev, forest), traces.JudgeIdentities(append(ev.Traces, ev.Traces[0]))...) {
				if why := unfit(f.Text()); why != "" {
					t.Errorf("%s %q: %s", part, evil, why)
				}
			}
			for _, one := range ev.Traces {
				for _, r := range one.Tree() {
					if r != '\n' && r != ' ' && !unicode.IsPrint(r) {
						t.Errorf("%s %q: %U reaches the terminal in a tree", part, evil, r)
					}
				}
			}
		}
	}
}
