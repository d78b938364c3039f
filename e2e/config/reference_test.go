package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated documents anew")

// example is a file that sets a few things, as a user would.
const example = `# throughline.yaml
version: 1
name: nightly
check: [propagation, S04]
seed: 42
timeouts:
  mesh: 8m
`

func TestTheReferenceIsThatOfTheTable(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "configuration.md")
	want := reference()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not up to date; run make docs (-want +got):\n%s", diff)
	}
}

func TestTheExampleOfTheReferenceIsRead(t *testing.T) {
	got, err := NewLoader().Load(Sources{
		ReadFile: func(string) ([]byte, error) { return []byte(example), nil },
		Getenv:   func(string) string { return "/home/ada" },
		Checks:   []string{"propagation", "S04"},
	})
	if err != nil || got.Name != "nightly" || got.Seed != 42 {
		t.Errorf("the example gives %+v (%v)", got, err)
	}
}

func reference() string {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Written by make docs from e2e/config; do not edit. -->

Every setting has a field in ` + "`" + FileName + "`" + ` and a flag of ` + "`throughline run`" + `. A flag outranks the environment,
the environment the file, the file the default. The file is taken from the working folder where it is there, or
from ` + "`--config`" + `; relative paths start at the working folder.

` + "```yaml\n" + example + "```" + `

A field that does not exist, a value that cannot be, and settings that cannot go together are errors with their
place. All of them are shown at once, before anything starts, and the exit code is 2:

` + "```text" + `
throughline.yaml:4: check: there is no check or area "P99"; ` + "`throughline list`" + ` shows all
--keep: an existing cluster is never deleted, so there is nothing to keep; leave it out
` + "```" + `

| field | flag | default | meaning |
|---|---|---|---|
`)
	defaults := Default()
	for _, f := range table(&defaults) {
		standard := ""
		if text := f.value.String(); text != "" {
			standard = "`" + text + "`"
		}
		meaning := f.help
		if kind := f.value.Type(); strings.Contains(kind, "|") {
			meaning += "; one of " + strings.ReplaceAll(kind, "|", ", ")
		}
		b.WriteString("| `" + f.key + "` | `--" + f.flag + "` | " + standard + " | " + meaning + " |\n")
	}
	b.WriteString("\nThe environment sets `cacheDir` with `THROUGHLINE_CACHE`. `NO_COLOR` switches colour off.\n")
	return b.String()
}
