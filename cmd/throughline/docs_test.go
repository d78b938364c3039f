package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagsOf are the flags of a verb and of all verbs below it.
func flagsOf(verb *cobra.Command) map[string]bool {
	all := map[string]bool{"help": true}
	verb.Flags().VisitAll(func(f *pflag.Flag) { all[f.Name] = true })
	for _, below := range verb.Commands() {
		for name := range flagsOf(below) {
			all[name] = true
		}
	}
	return all
}

func TestDocumentsNameOnlyFlagsThatThereAre(t *testing.T) {
	known := flagsOf(rootCommand(streams{}))
	for _, name := range []string{"README.md", "docs/configuration.md", "docs/gate.md", "docs/results.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`--([a-z][a-z-]*)`).FindAllStringSubmatch(string(text), -1) {
			if !known[found[1]] {
				t.Errorf("%s: there is no flag --%s", name, found[1])
			}
		}
	}
}
