package throughline_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/throughline/throughline/reports"
)

// documents are the texts of all Markdown files, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == "out" || path == "bin" || path == ".git" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			text, readErr := os.ReadFile(path)
			all[path] = string(text)
			return readErr
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 5 {
		t.Fatalf("only %d documents were found", len(all))
	}
	return all
}

func TestEveryLinkOfADocumentLeadsToAFile(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	for path, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, found[1], err)
			}
		}
	}
}

func TestTheReadmeNamesOnlyTargetsThatThereAre(t *testing.T) {
	text := documents(t)["README.md"]
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile("(?m)(?:^|`)make ([a-z0-9]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(makefile), "\n"+found[1]+":") {
			t.Errorf("there is no target %s", found[1])
		}
	}
}

func TestTheExampleOfAResultIsOne(t *testing.T) {
	text := documents(t)[filepath.Join("docs", "results.md")]
	_, rest, found := strings.Cut(text, "```json\n")
	example, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/results.md has no example")
	}
	result, err := reports.Decode(strings.NewReader(example), "docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Count().Checks; got.Failed != 1 || got.Passed != 1 {
		t.Errorf("the example has %+v", got)
	}
}

func TestEveryDirectDependencyIsExplained(t *testing.T) {
	text := documents(t)[filepath.Join("docs", "dependencies.md")]
	module, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(module), -1)
	if len(direct) < 10 {
		t.Fatalf("only %d direct dependencies were found in go.mod", len(direct))
	}
	for _, found := range direct {
		if !strings.Contains(text, found[1]) {
			t.Errorf("docs/dependencies.md does not say why %s is there", found[1])
		}
	}
}
