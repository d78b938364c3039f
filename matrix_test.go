package throughline_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/matrix"
)

// runFlags are the names of the flags of `throughline run`.
func runFlags() []string {
	var names []string
	flags := pflag.NewFlagSet("run", pflag.ContinueOnError)
	config.NewLoader().AddFlags(flags)
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

func TestTheMatrixOfTheProjectIsOne(t *testing.T) {
	content, err := os.ReadFile("matrix.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, err := matrix.Decode(content, "matrix.yaml", runFlags())
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range matrix.NewPlan(m, nil, 0).Cells {
		loader, flags := config.NewLoader(), pflag.NewFlagSet("run", pflag.ContinueOnError)
		loader.AddFlags(flags)
		err = flags.Parse(cell.Args)
		if err == nil {
			_, err = loader.Load(config.Sources{ReadFile: missing, Getenv: func(string) string { return "/home" }})
		}
		if err != nil {
			t.Errorf("throughline run does not take %s: %v", cell.Name, err)
		}
	}
}

// missing reads no file.
func missing(string) ([]byte, error) { return nil, fs.ErrNotExist }

func TestTheExampleOfAMatrixIsOne(t *testing.T) {
	path := filepath.Join("docs", "matrix.md")
	_, rest, found := strings.Cut(documents(t)[path], "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("docs/matrix.md has no example")
	}
	if _, err := matrix.Decode([]byte(example), path, runFlags()); err != nil {
		t.Error(err)
	}
}
