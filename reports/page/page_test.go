package page_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/page"
	"github.com/throughline/throughline/reports/page/internal/specimen"
)

// written is a page, parsed.
type written struct {
	t    *testing.T
	text string
	root *html.Node
}

func write(t *testing.T, report page.Report) written {
	t.Helper()
	var buf bytes.Buffer
	if err := page.Write(&buf, report); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(buf.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return written{t, buf.String(), root}
}

// all are the elements of a name.
func (w written) all(name string) []*html.Node {
	var found []*html.Node
	for n := range w.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is the text of an element, without that of scripts. What stands around an element is apart,
// but for one that says where a word may be broken.
func content(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "wbr"):
		default:
			b.WriteByte(' ')
			for c := range n.ChildNodes() {
				walk(c)
			}
			b.WriteByte(' ')
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// read decodes the JSON of a script into into.
func (w written) read(id string, into any) {
	w.t.Helper()
	for _, s := range w.all("script") {
		if attribute(s, "id") == id {
			if err := json.Unmarshal([]byte(s.FirstChild.Data), into); err != nil {
				w.t.Fatalf("%s: %v", id, err)
			}
			return
		}
	}
	w.t.Fatalf("there is no script %s", id)
}

func TestWithoutScriptsThePageShowsVerdictFailuresAndChecks(t *testing.T) {
	now, former := specimen.Shop()
	w := write(t, page.Report{Run: now, Former: &former})
	text := content(w.root)
	for _, want := range []string{
		"failed 4 failed: P02, E01, E01 control, S04/50",
		"istio 1.31.0 was 1.30.2", "kubernetes 1.36.3", "proxy flavour upstream", "seed 7", "took 3m12s",
		"failed P02 keeps one trace where a service calls two others split-trace at cart: 3 traces",
		"failed E01 control: let another service fail the sabotage was not caught",
		"inconclusive A03 names the operation after the route the proxy of stock dropped 3 spans",
		"P14/ingress passed does to W3C trace headers what their specification says propagation providers 2.20s",
		"E01 failed marks a failure of the leaf on every hop wrong-origin at price: the error began at price: below it nothing failed errors core 1 of 1 failed 0.93s",
		"newly failing P02 keeps one trace where a service calls two others passed failed",
		"lost P90 passed not there", "time changed L02 shows a delay of the application as its own time median time of requests (baseline) 6.652 ms 15.52 ms",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestThePolicyAllowsTheOneStyleAndTheOneScriptAndNothingElse(t *testing.T) {
	now, _ := specimen.Shop()
	w := write(t, page.Report{Run: now})
	digest := func(n *html.Node) string {
		sum := sha256.Sum256([]byte(n.FirstChild.Data))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	var scripts []*html.Node
	for _, s := range w.all("script") {
		if attribute(s, "type") == "" {
			scripts = append(scripts, s)
		}
	}
	styles := w.all("style")
	if len(scripts) != 1 || len(styles) != 1 {
		t.Fatalf("the page has %d scripts and %d styles, want one of each", len(scripts), len(styles))
	}
	want := "default-src 'none'; style-src " + digest(styles[0]) + "; script-src " + digest(scripts[0]) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	policy := ""
	for _, m := range w.all("meta") {
		if attribute(m, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(m, "content")
		}
	}
	if policy != want {
		t.Errorf("the policy is\n%s\nwant\n%s", policy, want)
	}
}

func TestNoScriptMakesMarkupOrCodeOfText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\b|new Function|set(Timeout|Interval)\(["'` + "`" + `]|\.on[a-z]+ *=|import\(`)
	files, err := filepath.Glob(filepath.Join("js", "*.js"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d scripts, error %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s has %q: make elements of names and text (js/dom.js)", file, found)
		}
	}
}

// hidden are characters that a reader does not see, or that turn text round.
func hidden(r rune) bool { return r != '\n' && reports.Safe(string(r)) != string(r) }

func TestNoTextOfAResultBecomesMarkup(t *testing.T) {
	plain := shape(write(t, page.Report{Run: specimen.Hostile("plain")}))
	for name, attack := range specimen.Attacks() {
		t.Run(name, func(t *testing.T) {
			run := specimen.Hostile(attack)
			former := specimen.Hostile(attack + " ")
			w := write(t, page.Report{Run: run, Former: &former})
			if i := strings.IndexFunc(w.text, hidden); i >= 0 {
				t.Errorf("the page holds %q, as it is", w.text[max(0, i-30):min(len(w.text), i+30)])
			}
			if attack != reports.Safe(attack) && !strings.Contains(w.text, `\`) {
				t.Error("what is hidden is not shown escaped")
			}
			// With another text in it the page is made of the same elements, but for what the
			// comparison adds.
			if got := shape(write(t, page.Report{Run: run})); !slices.Equal(got, plain) {
				t.Errorf("the page is made of %d elements, and of %d with plain text", len(got), len(plain))
			}
			for n := range w.root.Descendants() {
				w.harmless(n)
			}
		})
	}
}

// shape is the names of all elements and attributes, in order. The places where a long name may be
// broken are not counted: there is one behind each slash and each underscore.
func shape(w written) []string {
	var all []string
	for n := range w.root.Descendants() {
		if n.Type != html.ElementNode || n.Data == "wbr" {
			continue
		}
		all = append(all, n.Data)
		for _, a := range n.Attr {
			all = append(all, "@"+a.Key)
		}
	}
	return all
}

// harmless looks at one node of a page.
func (w written) harmless(n *html.Node) {
	w.t.Helper()
	if n.Type == html.CommentNode {
		w.t.Errorf("there is a comment: %q", n.Data)
	}
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "style", a.Key == "srcdoc", a.Key == "action":
			w.t.Errorf("<%s> has the attribute %s=%q", n.Data, a.Key, a.Val)
		case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
			w.t.Errorf("<%s> leads to %q", n.Data, a.Val)
		}
	}
	if n.Data == "script" && attribute(n, "type") == "application/json" {
		var value any
		if err := json.Unmarshal([]byte(n.FirstChild.Data), &value); err != nil {
			w.t.Errorf("script %s: %v", attribute(n, "id"), err)
		}
		w.visible(value)
	}
}

// visible looks at every string of a JSON value.
func (w written) visible(value any) {
	w.t.Helper()
	switch v := value.(type) {
	case string:
		if strings.ContainsFunc(v, hidden) {
			w.t.Errorf("the data hold %q, as it is", v)
		}
	case []any:
		for _, one := range v {
			w.visible(one)
		}
	case map[string]any:
		for name, one := range v {
			w.visible(name)
			w.visible(one)
		}
	}
}

func TestTheSameReportGivesTheSamePage(t *testing.T) {
	now, former := specimen.Shop()
	report := page.Report{Run: now, Former: &former, Jaeger: "http://127.0.0.1:16686"}
	first := write(t, report).text
	for range 3 {
		if write(t, report).text != first {
			t.Fatal("two pages of one report differ")
		}
	}
}

func TestAnUnfinishedOrEmptyRunHasAPageToo(t *testing.T) {
	for name, c := range map[string]struct {
		result reports.Result
		want   []string
	}{
		"nothing at all": {reports.Result{}, []string{"inconclusive", "the run has not finished", "No check ran."}},
		"nothing came up": {
			reports.Result{Problem: "create cluster: no engine answers", Run: "r"},
			[]string{"inconclusive create cluster: no engine answers", "What failed, and why", "inconclusive run create cluster: no engine answers"},
		},
		"only a control ran": {
			reports.Result{Checks: []reports.Check{{ID: "P01", Control: true, ControlName: "drop", Verdict: reports.Passed}}},
			[]string{"P01 passed control: drop"},
		},
		"a verdict that is none": {
			reports.Result{Checks: []reports.Check{{ID: "P01", Verdict: "splendid"}}}, []string{"P01 inconclusive"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := content(write(t, page.Report{Run: page.Run{Result: c.result}}).root)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q:\n%s", want, text)
				}
			}
		})
	}
}

func TestALongReasonIsCutInTheHeading(t *testing.T) {
	result := reports.Result{Finished: dawn()}
	for i := range 100 {
		result.Checks = append(result.Checks, reports.Check{ID: fmt.Sprintf("P%03d", i), Verdict: reports.Failed, Reason: "no"})
	}
	heading := content(write(t, page.Report{Run: page.Run{Result: result}}).all("h1")[0])
	if !strings.HasPrefix(heading, "failed 100 failed: P000, P001") || !strings.HasSuffix(heading, " …") || len(heading) > 200 {
		t.Errorf("the heading says %q", heading)
	}
}

func TestManyFailuresAreToldInTwoParts(t *testing.T) {
	var result reports.Result
	for i := range 100 {
		result.Checks = append(result.Checks, reports.Check{ID: fmt.Sprintf("P%03d", i), Verdict: reports.Failed, Reason: "no"})
	}
	if text := content(write(t, page.Report{Run: page.Run{Result: result}}).root); !strings.Contains(text, "and 70 more") {
		t.Error("the page does not say how many more failed")
	}
}

func TestAnAddressOfJaegerThatIsNoneIsRefused(t *testing.T) {
	for _, address := range []string{
		"javascript:alert(1)", "127.0.0.1:16686", "http://", "https:///x", "http:// x", "http://x\n", "http://\u202ex", `http://x"y`, "http://x?y", "http://x#y", "ftp://x",
	} {
		err := page.Write(io.Discard, page.Report{Jaeger: address})
		if !errors.Is(err, page.ErrJaeger) || !strings.Contains(err.Error(), "as http://127.0.0.1:16686") {
			t.Errorf("%q: error is %v", address, err)
		}
	}
	for _, address := range []string{"http://127.0.0.1:16686", "https://jaeger.example.com/ui/", "http://[::1]:16686"} {
		if err := page.Write(io.Discard, page.Report{Jaeger: address}); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// broken is a writer that is full.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAWriterThatFailsIsAnError(t *testing.T) {
	if err := page.Write(broken{}, page.Report{}); err == nil || err.Error() != "write page: no space left" {
		t.Errorf("error is %v", err)
	}
}

func TestARowIsChosenByItsVerdictAndByControlsThatMissed(t *testing.T) {
	control := func(v reports.Verdict) reports.Check {
		return reports.Check{ID: "P01", Control: true, ControlName: "drop", Verdict: v}
	}
	check := func(v reports.Verdict) reports.Check { return reports.Check{ID: "P01", Verdict: v} }
	for name, c := range map[string]struct {
		checks []reports.Check
		want   []string
		told   string
	}{
		"failed, and its control caught": {[]reports.Check{check(reports.Failed), control(reports.Passed)}, []string{"failed"}, "1 caught"},
		"passed, and its control missed": {[]reports.Check{check(reports.Passed), control(reports.Failed)}, []string{"passed", "failed"}, "1 of 1 failed"},
		"passed, and of its control nobody knows": {
			[]reports.Check{check(reports.Passed), control(reports.Inconclusive)}, []string{"passed", "inconclusive"}, "1 of 1 inconclusive",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := write(t, page.Report{Run: runOf(c.checks...)})
			var index []struct {
				Verdicts []string `json:"verdicts"`
			}
			w.read("index", &index)
			if len(index) != 1 || !slices.Equal(index[0].Verdicts, c.want) {
				t.Errorf("chosen by %v, want %v", index, c.want)
			}
			if text := content(w.root); !strings.Contains(text, c.told) {
				t.Errorf("the page does not say %q:\n%s", c.told, text)
			}
		})
	}
}
