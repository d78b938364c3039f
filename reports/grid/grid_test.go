package grid_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/grid"
	"github.com/throughline/throughline/reports/matrix"
)

var update = flag.Bool("update", false, "write golden files anew")

const passed, failed, inconclusive, skipped = reports.Passed, reports.Failed, reports.Inconclusive, reports.Skipped

// begun is when the first run begins; each later one begins an hour after the one before.
func begun(hour int) time.Time {
	return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour)
}

// result is one of that Envoy and that Jaeger, begun at that hour. The checks are P01, P02 and so on.
func result(hour int, envoy, jaeger string, verdicts ...reports.Verdict) matrix.Stored {
	r := reports.Result{
		Run: fmt.Sprintf("run-%d", hour), Seed: int64(hour + 1), Started: begun(hour), Finished: begun(hour).Add(10 * time.Minute),
		Subject: reports.Subject{
			Versions: map[string]string{"kubernetes": "1.36.3", "istio": "1.31.0", "envoy": envoy, "jaeger": jaeger},
			Provider: "kind", Flavour: "upstream",
		},
		Environment: reports.Environment{Throughline: "0123456789ab"},
	}
	for i, v := range verdicts {
		if v == "" {
			continue
		}
		c := reports.Check{ID: fmt.Sprintf("P%02d", i+1), Title: fmt.Sprintf("promise %d", i+1), Area: "propagation", Verdict: v}
		if v != passed {
			c.Reason = fmt.Sprintf("it is %s in run %d\nand more", v, hour)
		}
		r.Checks = append(r.Checks, c)
	}
	return matrix.Stored{Path: fmt.Sprintf("envoy%s_jaeger%s/%s/result.json", envoy, jaeger, r.Run), Result: r}
}

// four are runs of four cells: P01 passes, P02 fails with the new Envoy, P03 is a flake with the old one,
// P04 was not run everywhere.
func four() []matrix.Stored {
	return []matrix.Stored{
		result(0, "1.39.3", "2.12.0", passed, passed, passed),
		result(1, "1.39.3", "2.12.0", passed, passed, failed),
		result(2, "1.39.3", "2.12.0", passed, passed, passed),
		result(3, "1.39.3", "2.13.0", passed, passed, passed, skipped),
		result(4, "1.40.0", "2.12.0", passed, failed, passed, passed),
		result(5, "1.40.0", "2.13.0", passed, failed, inconclusive, passed),
	}
}

func TestCellsAreInTheOrderOfTheirVersionsWithTheLatestVerdict(t *testing.T) {
	results := four()
	slices.Reverse(results)
	g := grid.Of(results, nil, nil)
	var got []string
	for _, c := range g.Cells {
		got = append(got, fmt.Sprintf("%d %s %s %s %d %s", c.Number, c.Values[matrix.Envoy], c.Values[matrix.Jaeger], c.Verdict, len(c.Runs), c.Runs[0].Run))
	}
	want := []string{
		"1 1.39.3 2.12.0 passed 3 run-2", "2 1.39.3 2.13.0 passed 1 run-3",
		"3 1.40.0 2.12.0 failed 1 run-4", "4 1.40.0 2.13.0 failed 1 run-5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVersionsAreNotOrderedAsText(t *testing.T) {
	g := grid.Of([]matrix.Stored{
		result(0, "1.10.0", "2.13.0", passed), result(1, "1.9.0", "2.13.0", passed), result(2, "1.10.0-rc.1", "2.13.0", passed), result(3, "main", "2.13.0", passed),
	}, nil, nil)
	var got []string
	for _, c := range g.Cells {
		got = append(got, c.Values[matrix.Envoy])
	}
	if want := []string{"1.9.0", "1.10.0-rc.1", "1.10.0", "main"}; !slices.Equal(got, want) {
		t.Errorf("the order is %v, want %v", got, want)
	}
}

func TestWhatIsTheSameInAllCellsIsSaidOnce(t *testing.T) {
	g := grid.Of([]matrix.Stored{result(0, "1.39.3", "2.13.0", passed), result(1, "1.40.0", "2.13.0", passed)}, nil, nil)
	if want := "The same in all cells: kubernetes 1.36.3, istio 1.31.0, jaeger 2.13.0, provider kind, flavour upstream."; g.Alike() != want {
		t.Errorf("it says %q, want %q", g.Alike(), want)
	}
	if !slices.Equal(g.Axes, []matrix.Axis{matrix.Envoy}) {
		t.Errorf("the columns are %v", g.Axes)
	}
}

func TestOnlyWhatIsNotPassedEverywhereIsShownCheckByCheck(t *testing.T) {
	g := grid.Of(four(), nil, nil)
	var got []string
	for _, c := range g.Checks {
		row := c.Name + " " + string(c.Worst)
		for _, j := range c.Cells {
			row += fmt.Sprintf(" [%s %s]", j.Verdict, j.Reason)
		}
		got = append(got, row)
	}
	want := []string{
		"P02 failed [passed ] [passed ] [failed it is failed in run 4] [failed it is failed in run 5]",
		"P03 inconclusive [passed ] [passed ] [passed ] [inconclusive it is inconclusive in run 5]",
		"P04 skipped [ ] [skipped it is skipped in run 3] [passed ] [passed ]",
	}
	if diff := cmp.Diff(want, got); diff != "" || g.Elsewhere != 1 {
		t.Errorf("%d others; (-want +got):\n%s", g.Elsewhere, diff)
	}
}

func TestOfSeveralRoundsTheWorstCounts(t *testing.T) {
	r := result(0, "1.40.0", "2.13.0", passed)
	for round, v := range []reports.Verdict{skipped, failed, passed} {
		c := r.Checks[0]
		c.Round, c.Verdict = round+2, v
		r.Checks = append(r.Checks, c)
	}
	g := grid.Of([]matrix.Stored{r}, nil, nil)
	if len(g.Checks) != 1 || g.Checks[0].Worst != failed {
		t.Errorf("%+v", g.Checks)
	}
}

func TestARoundThatWasSkippedOutranksOneThatPassed(t *testing.T) {
	for _, verdicts := range [][]reports.Verdict{{skipped, passed}, {passed, skipped}} {
		r := result(0, "1.40.0", "2.13.0", verdicts[0])
		again := r.Checks[0]
		again.Round, again.Verdict = 2, verdicts[1]
		r.Checks = append(r.Checks, again)
		g := grid.Of([]matrix.Stored{r}, nil, nil)
		if len(g.Checks) != 1 || g.Checks[0].Worst != skipped || g.Elsewhere != 0 {
			t.Errorf("%v: %+v, and %d passed everywhere", verdicts, g.Checks, g.Elsewhere)
		}
	}
}

func TestAControlThatWasNotCaughtHasARowOfItsOwn(t *testing.T) {
	r := result(0, "1.40.0", "2.13.0", passed)
	r.Checks = append(r.Checks, reports.Check{ID: "P01", Control: true, ControlName: "drop the headers", Verdict: failed})
	g := grid.Of([]matrix.Stored{r}, nil, nil)
	if len(g.Checks) != 1 || g.Checks[0].Name != "P01 control: drop the headers" || g.Elsewhere != 1 {
		t.Errorf("%+v", g.Checks)
	}
}

func TestPlannedCellsWithoutAResultAreShown(t *testing.T) {
	g := grid.Of(four(), nil, planned(t, "{envoy: [1.40.0, 1.38.0], jaeger: [2.13.0]}"))
	got := map[string]string{}
	for _, c := range g.Cells {
		got[c.Values[matrix.Envoy]+" "+c.Values[matrix.Jaeger]] = fmt.Sprint(c.Verdict, " ", *c.Planned)
	}
	want := map[string]string{
		"1.38.0 2.13.0": "no result true", "1.39.3 2.12.0": "passed false", "1.39.3 2.13.0": "passed false",
		"1.40.0 2.12.0": "failed false", "1.40.0 2.13.0": "failed true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAFlakeHasItsRateWithAnInterval(t *testing.T) {
	g := grid.Of(four(), nil, nil)
	if len(g.Flakes) != 1 {
		t.Fatalf("flakes %+v", g.Flakes)
	}
	// One of three: 0.84 % to 90.57 % (Clopper and Pearson).
	f := g.Flakes[0]
	if f.Check != "P03" || f.N != 3 || f.Failed != 1 || f.Subjects != 1 ||
		math.Abs(f.Lower-0.0084038) > 1e-6 || math.Abs(f.Upper-0.9057007) > 1e-6 || math.Abs(f.Rate-1.0/3) > 1e-12 {
		t.Errorf("%+v", f)
	}
	// P01 and P02 passed three times: up to 1 - 0.025^(1/3).
	if s := g.Steady; s.Checks != 2 || s.Fewest != 3 || math.Abs(s.Upper-0.7075983) > 1e-6 {
		t.Errorf("%+v", s)
	}
}

func TestWhatCountsAsAFlake(t *testing.T) {
	rebuilt := result(1, "1.40.0", "2.13.0", failed)
	rebuilt.Subject.Images = map[string]string{"proxy": "sha256:2"}
	rounds := result(0, "1.40.0", "2.13.0", passed)
	again := rounds.Checks[0]
	again.Round, again.Verdict = 2, inconclusive
	rounds.Checks = append(rounds.Checks, again)
	for name, c := range map[string]struct {
		results []matrix.Stored
		flakes  int
	}{
		"one run of a subject shows none":               {[]matrix.Stored{result(0, "1.40.0", "2.13.0", failed)}, 0},
		"a check that never passed is broken":           {[]matrix.Stored{result(0, "1.40.0", "2.13.0", failed), result(1, "1.40.0", "2.13.0", failed)}, 0},
		"another image is another subject":              {[]matrix.Stored{result(0, "1.40.0", "2.13.0", passed), rebuilt}, 0},
		"another version is another subject":            {[]matrix.Stored{result(0, "1.40.0", "2.13.0", passed), result(1, "1.39.3", "2.13.0", failed)}, 0},
		"what was skipped was not judged":               {[]matrix.Stored{result(0, "1.40.0", "2.13.0", passed), result(1, "1.40.0", "2.13.0", skipped)}, 0},
		"passed and failed":                             {[]matrix.Stored{result(0, "1.40.0", "2.13.0", passed), result(1, "1.40.0", "2.13.0", failed)}, 1},
		"passed and inconclusive, in rounds of one run": {[]matrix.Stored{rounds}, 1},
	} {
		if got := grid.Of(c.results, nil, nil).Flakes; len(got) != c.flakes {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTheFirstBadVersion(t *testing.T) {
	for name, c := range map[string]struct {
		// verdicts are of P01, by version of Envoy.
		verdicts map[string][]reports.Verdict
		want     string
	}{
		"it passes before and fails after": {
			map[string][]reports.Verdict{"1.38.0": {passed}, "1.39.3": {passed, passed}, "1.40.0": {failed}, "1.41.0": {failed}},
			"decided 1.40.0 after 1.39.3: it fails from 1.40.0 on, and passes on 1.39.3",
		},
		"versions are ordered as such": {
			map[string][]reports.Verdict{"1.9.0": {passed}, "1.10.0": {failed}},
			"decided 1.10.0 after 1.9.0: it fails from 1.10.0 on, and passes on 1.9.0",
		},
		"a version between has no verdict": {
			map[string][]reports.Verdict{"1.38.0": {passed}, "1.39.3": {inconclusive}, "1.40.0": {failed}},
			"open 1.40.0 after 1.38.0: it passes on 1.38.0 and fails on 1.40.0; between them 1.39.3 has no verdict: the data do not decide",
		},
		"a version between did not run it": {
			map[string][]reports.Verdict{"1.38.0": {passed}, "1.39.3": {""}, "1.40.0": {failed}},
			"open 1.40.0 after 1.38.0: it passes on 1.38.0 and fails on 1.40.0; between them 1.39.3 has no verdict: the data do not decide",
		},
		"it fails everywhere": {
			map[string][]reports.Verdict{"1.39.3": {failed}, "1.40.0": {failed}},
			"open 1.39.3 after : it fails on all of 1.39.3, 1.40.0: the data do not decide where it began",
		},
		"it was mended": {
			map[string][]reports.Verdict{"1.38.0": {failed}, "1.39.3": {failed}, "1.40.0": {passed}},
			"open 1.38.0 after : it fails up to 1.39.3 and passes from 1.40.0 on: mended, and the data do not decide where it began",
		},
		"it passes and fails by turns": {
			map[string][]reports.Verdict{"1.38.0": {passed}, "1.39.3": {failed}, "1.40.0": {passed}},
			"open  after : it passes and fails by turns (passes on 1.38.0, fails on 1.39.3, passes on 1.40.0): the data do not decide",
		},
		"it flakes": {
			map[string][]reports.Verdict{"1.39.3": {passed}, "1.40.0": {passed, failed}},
			"open  after : it both passes and fails on 1.40.0: the data do not decide",
		},
		"the others have no verdict": {
			map[string][]reports.Verdict{"1.39.3": {inconclusive}, "1.40.0": {failed}},
			"open 1.40.0 after : it fails on 1.40.0, and no other version of envoy has a verdict with the rest the same: the data do not decide",
		},
		"a branch has no place among versions": {
			map[string][]reports.Verdict{"1.40.0": {passed}, "main": {failed}},
			"open  after : main is no version that can be ordered: the data do not decide",
		},
		"it never fails":       {map[string][]reports.Verdict{"1.39.3": {passed}, "1.40.0": {inconclusive}}, ""},
		"one version is known": {map[string][]reports.Verdict{"1.40.0": {failed}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var results []matrix.Stored
			hour := 0
			for version, verdicts := range c.verdicts {
				for _, v := range verdicts {
					results = append(results, result(hour, version, "2.13.0", v))
					hour++
				}
			}
			got := ""
			for _, b := range grid.Of(results, nil, nil).FirstBad {
				if b.Check != "P01" || b.Axis != "envoy" || !slices.Equal(b.With, []string{"kubernetes1.36.3_istio1.31.0_jaeger2.13.0_kind_upstream"}) {
					t.Errorf("%+v", b)
				}
				word := "open"
				if b.Decided {
					word = "decided"
				}
				got += fmt.Sprintf("%s %s after %s: %s", word, b.First, b.LastGood, b.Text)
			}
			if got != c.want {
				t.Errorf("it says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// planned are the cells of a matrix with these axes.
func planned(t *testing.T, axes string) []matrix.Planned {
	t.Helper()
	m, err := matrix.Decode([]byte("version: 1\naxes: "+axes+"\n"), "matrix.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return matrix.NewPlan(m, nil, 0).Cells
}

func TestAVersionBetweenOfWhichLittleIsKnownLeavesTheFirstBadOneOpen(t *testing.T) {
	results := []matrix.Stored{result(0, "1.38.0", "2.13.0", passed), result(1, "1.40.0", "2.13.0", failed)}
	// It ended before its images were there, so it knows the versions that it was told alone.
	broken := result(2, "1.39.0", "2.13.0")
	broken.Subject.Versions, broken.Problem = nil, "no cluster"
	broken.Configuration = map[string]string{"versions": "envoy=1.39.0"}
	const (
		decided = "true it fails from 1.40.0 on, and passes on 1.38.0"
		open    = "false it passes on 1.38.0 and fails on 1.40.0; between them 1.39.0 has no verdict: the data do not decide"
	)
	for name, c := range map[string]struct {
		results []matrix.Stored
		axes    string
		want    string
	}{
		"a planned one, in a matrix of one axis":            {results, "{envoy: [1.38.0, 1.39.0, 1.40.0]}", open},
		"a planned one, in a matrix of some axes":           {results, "{envoy: [1.38.0, 1.39.0, 1.40.0], jaeger: [2.13.0]}", open},
		"one that is planned with another Jaeger alone":     {results, "{envoy: [1.39.0], jaeger: [2.12.0]}", decided},
		"one whose run broke":                               {append(results, broken), "{envoy: [1.40.0]}", open},
		"none, where others have run what is planned":       {results, "{envoy: [1.38.0, 1.40.0]}", decided},
		"one whose run broke, and that passed another time": {append(results, broken, result(3, "1.39.0", "2.13.0", passed)), "{envoy: [1.40.0]}", "true it fails from 1.40.0 on, and passes on 1.39.0"},
		"one that is planned after the first bad one":       {results, "{envoy: [1.41.0]}", decided},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.DeleteFunc(grid.Of(c.results, nil, planned(t, c.axes)).FirstBad, func(b grid.Bad) bool { return b.Axis != "envoy" })
			if len(got) != 1 || fmt.Sprint(got[0].Decided, " ", got[0].Text) != c.want ||
				!slices.Equal(got[0].With, []string{"kubernetes1.36.3_istio1.31.0_jaeger2.13.0_kind_upstream"}) {
				t.Errorf("it says %+v, want %s", got, c.want)
			}
		})
	}
}

func TestCellsThatAgreeOnTheFirstBadVersionAreToldTogether(t *testing.T) {
	var got []string
	for _, b := range grid.Of(four(), nil, nil).FirstBad {
		got = append(got, fmt.Sprintf("%s %s %t %d", b.Check, b.Axis, b.Decided, len(b.With)))
	}
	// P02 fails with both Jaegers: of Jaeger there is nothing to say; P03 is a flake in one cell.
	want := []string{"P02 envoy true 2", "P03 envoy false 1", "P03 jaeger false 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoResultGivesAnEmptyGrid(t *testing.T) {
	g := grid.Of(nil, nil, nil)
	for name, form := range forms() {
		var text bytes.Buffer
		if err := form(&text, g); err != nil {
			t.Fatal(err)
		}
		if name != "grid.json" && !strings.Contains(text.String(), "There is no result yet") {
			t.Errorf("%s:\n%s", name, &text)
		}
	}
}

func forms() map[string]func(io.Writer, grid.Grid) error {
	return map[string]func(io.Writer, grid.Grid) error{"grid.html": grid.HTML, "grid.markdown": grid.Markdown, "grid.json": grid.JSON}
}

func TestEveryFormOfAGrid(t *testing.T) {
	g := grid.Of(four(), []error{errors.New("x/result.json: empty; run again")}, planned(t, "{envoy: [1.40.0, 1.39.3, 1.38.0], jaeger: [2.13.0]}"))
	for name, form := range forms() {
		var got bytes.Buffer
		if err := form(&got, g); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

func TestThePolicyLetsInTheStyleOfThePageAndNothingElse(t *testing.T) {
	var page bytes.Buffer
	if err := grid.HTML(&page, grid.Of(four(), nil, nil)); err != nil {
		t.Fatal(err)
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page.String())
	if style == nil {
		t.Fatal("the page has no style")
	}
	digest := sha256.Sum256([]byte(style[1]))
	want := `content="default-src 'none'; style-src 'sha256-` + base64.StdEncoding.EncodeToString(digest[:]) + `'; base-uri 'none'; form-action 'none'"`
	if !strings.Contains(page.String(), want) {
		t.Errorf("the page lacks %s", want)
	}
	for _, never := range []string{"<script", " style=", "http://", "https://", "javascript:", " on", "<img", "<link", "@import", "url("} {
		if never == " on" {
			if found := regexp.MustCompile(`<[^>]* on[a-z]+=`).FindString(page.String()); found != "" {
				t.Errorf("the page has %q", found)
			}
			continue
		}
		if strings.Contains(page.String(), never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// hostile are texts that somebody may put into a result.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><b>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
		"\u202egnol\u202c", "\x1b[2J\x07", "a\x00b", `{{.Unread}}`, `| a | b |`, "[click](https://evil.example)", "![x](https://evil.example)",
		"`code` **bold** _it_ ~~no~~ <b>", "https://evil.example www.evil.example @everyone #1", "]]><!--", "one\n# two", `\`, "&lt;b&gt;", "$(reboot) `reboot`",
	}
}

// poisoned is a result in which every text is that one.
func poisoned(text string) matrix.Stored {
	r := result(0, "1.40.0", "2.13.0", failed)
	r.Path, r.Run, r.Environment.Throughline, r.Problem = text+"/result.json", text, text, text
	r.Subject.Versions["envoy"], r.Subject.Provider, r.Subject.Flavour = text, text, text
	r.Configuration = map[string]string{"check": text, "labelFilter": text}
	r.Checks[0] = reports.Check{ID: text, Case: text, Title: text, Area: text, Control: true, ControlName: text, Verdict: failed, Reason: text}
	return r
}

func TestNothingInAResultBecomesMarkupOfThePage(t *testing.T) {
	tags := regexp.MustCompile(`<!?/?[a-zA-Z][^>]*>|<!--`)
	plain := render(t, grid.HTML, poisoned("plain"), "plain")
	for _, text := range hostile() {
		page := render(t, grid.HTML, poisoned(text), text)
		if diff := cmp.Diff(shape(tags.FindAllString(plain, -1)), shape(tags.FindAllString(page, -1))); diff != "" {
			t.Errorf("%q changes the elements of the page:\n%s", text, diff)
		}
		safe(t, text, page)
	}
}

// shape leaves out what may differ from page to page: the texts of attributes that hold no markup.
func shape(tags []string) []string {
	var all []string
	for _, tag := range tags {
		all = append(all, regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`))
	}
	return all
}

func TestNothingInAResultBecomesMarkupOfTheDocument(t *testing.T) {
	for _, text := range hostile() {
		document := render(t, grid.Markdown, poisoned(text), text)
		safe(t, text, document)
		for row := range strings.SplitSeq(document, "\n") {
			if strings.HasPrefix(row, "        ") || row == "<!-- Written by `throughline matrix report`; do not edit. -->" {
				continue // A block of code, in which nothing is markup, and our own comment.
			}
			// What escapes leave is text.
			bare := regexp.MustCompile(`\\[[:punct:]]`).ReplaceAllString(row, "")
			bare = regexp.MustCompile(`\[[^\]]*\]\([A-Za-z0-9%._~/-]*\)`).ReplaceAllString(bare, "")
			bare = strings.NewReplacer("`make build`", "", "**failed**", "", "**passed**", "").Replace(bare)
			if found := regexp.MustCompile("[<>`*_\\[\\]~@]|://|www\\.e").FindString(bare); found != "" {
				t.Errorf("%q leaves %q in\n%s", text, found, row)
			}
		}
		if rows := strings.Count(document, "\n| 1 |"); rows != 1 {
			t.Errorf("%q makes %d rows of its cell", text, rows)
		}
	}
}

func TestNothingHostileIsInTheJSON(t *testing.T) {
	for _, text := range hostile() {
		encoded := render(t, grid.JSON, poisoned(text), text)
		if !json.Valid([]byte(encoded)) {
			t.Errorf("%q gives no JSON", text)
		}
		safe(t, text, encoded)
	}
}

func render(t *testing.T, form func(io.Writer, grid.Grid) error, r matrix.Stored, unread string) string {
	t.Helper()
	var text bytes.Buffer
	if err := form(&text, grid.Of([]matrix.Stored{r, result(1, "1.39.3", "2.13.0", passed)}, []error{errors.New(unread)}, nil)); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// safe fails where the text has a character that a terminal obeys or that turns text round.
func safe(t *testing.T, from, text string) {
	t.Helper()
	if got := reports.Safe(text); got != text {
		t.Errorf("%q leaves control characters in the output", from)
	}
}

// TestTheKeptResultsHaveTheirPage holds docs/results/README.md against the results beside it.
func TestTheKeptResultsHaveTheirPage(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "results")
	results, unread, err := matrix.Results(os.DirFS(folder), folder)
	if err = errors.Join(append(unread, err)...); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err = grid.Markdown(&got, grid.Of(results, nil, nil)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "README.md")
	if *update {
		if err = os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s is not what its results say; run make golden (-want +got):\n%s", file, diff)
	}
}

func BenchmarkOf(b *testing.B) {
	var results []matrix.Stored
	for hour := range 1000 {
		verdicts := slices.Repeat([]reports.Verdict{passed}, 400)
		verdicts[hour%400] = failed
		results = append(results, result(hour, fmt.Sprintf("1.%d.0", hour%20), "2.13.0", verdicts...))
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := grid.HTML(io.Discard, grid.Of(results, nil, nil)); err != nil {
			b.Fatal(err)
		}
	}
}
