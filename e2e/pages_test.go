package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// pagesDir holds the generated catalogue.
const pagesDir = "../docs/checks"

func TestThePagesOfTheCatalogueAreThoseOfTheChecks(t *testing.T) {
	pages := Pages(Catalogue(1e-6))
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

// derivationPage is the generated list of rules.
const derivationPage = "../docs/derivation.md"

func TestThePageOfTheDerivationIsThatOfItsRules(t *testing.T) {
	want := DerivationPage()
	if *update {
		if err := os.WriteFile(derivationPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(derivationPage)
	if err != nil {
		t.Fatalf("%v; write it with make docs", err)
	}
	if string(got) != want {
		t.Error("docs/derivation.md is not what the rules say; write it with make docs")
	}
}
