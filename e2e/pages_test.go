package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughline/throughline/suites"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// pagesDir holds the generated catalogue.
const pagesDir = "../docs/checks"

func TestTheGeneratedPagesAreWhatTheCatalogueSays(t *testing.T) {
	const alpha = 1e-6
	checks, tests := Catalogue(alpha), simulatedTests(t)
	t.Run("each test has its share of the false-alarm rate", func(t *testing.T) { withinBudget(t, tests, alpha) })
	t.Run("a page for each check", func(t *testing.T) { pagesAre(t, Pages(checks, tests)) })
	for name, want := range map[string]string{
		"derivation.md": DerivationPage(),
		"deviations.md": DeviationsPage(checks),
		"statistics.md": StatisticsPage(checks, tests, alpha),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("..", "docs", name)
			if *update {
				if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; write it with make docs", err)
			}
			if string(got) != want {
				t.Errorf("docs/%s is not what the code says; write it with make docs", name)
			}
		})
	}
}

// pagesAre compares the pages with the files, and looks for files that are of no check.
func pagesAre(t *testing.T, pages map[string]string) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(pagesDir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(pagesDir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range pages {
			if err := os.WriteFile(filepath.Join(pagesDir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(pagesDir, name))
		if err != nil {
			t.Errorf("%v; write it with make docs", err)
			continue
		}
		if string(got) != want {
			t.Errorf("docs/checks/%s is not what the checks say; write it with make docs", name)
		}
	}
	there, err := os.ReadDir(pagesDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range there {
		if _, ok := pages[file.Name()]; !ok {
			t.Errorf("docs/checks/%s is of no check; remove it", file.Name())
		}
	}
}

func TestAPageShowsNeedsTestsAndDeviations(t *testing.T) {
	check := suites.Check{
		ID: "A99", Title: "does", Needs: []suites.Feature{suites.FormatterTags},
		Deviations: []suites.Deviation{{Of: "Envoy", Versions: "1.40", Documented: "a | b", Measured: "c", Source: "https://example.com/1"}},
	}
	other := check
	other.Case = "b"
	tests := Tests{"A99": {{Test: "share", N: 10, Alpha: 0.01, Misses: 1e-7, Against: "2 %"}, {Test: "all", N: 5}}}
	page := Pages([]suites.Check{check}, tests)["A99.md"]
	for _, want := range []string{
		"Needs formatter tags (istio 1.29)", "share, n = 10, α = 0.01; overlooks 2 % with probability 1e-07", "all, n = 5, exact",
		"Known deviation of Envoy 1.40: documented: a | b",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
	if got, want := DeviationsPage([]suites.Check{check, other}), `| 1.40 | a \| b | c | [source](https://example.com/1) | [A99](checks/A99.md), [A99/b](checks/A99.md) |`; !strings.Contains(got, want) {
		t.Errorf("the deviations lack %q:\n%s", want, got)
	}
}

// w3cPage is the generated list of the cases of W3C Trace Context.
const w3cPage = "../docs/w3c.md"

func TestThePageOfTheW3CCasesIsThatOfTheCases(t *testing.T) {
	want := W3CPage()
	if *update {
		if err := os.WriteFile(w3cPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(w3cPage)
	if err != nil {
		t.Fatalf("%v; write it with make docs", err)
	}
	if string(got) != want {
		t.Error("docs/w3c.md is not what the cases say; write it with make docs")
	}
}
