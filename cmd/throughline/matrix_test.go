package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/throughline/throughline/e2e/cells"
	"github.com/throughline/throughline/reports"
)

const command = "::error::obey"

// obeyed says whether a runner of GitHub would take a line of the text for a command that we did not give.
func obeyed(text string) bool {
	stop := regexp.MustCompile(`(?m)^::stop-commands::(throughline-[A-Z2-7]+)$`)
	for {
		at := stop.FindStringSubmatchIndex(text)
		if at == nil {
			return regexp.MustCompile(`(?m)^\s*` + command).MatchString(text)
		}
		if regexp.MustCompile(`(?m)^\s*` + command).MatchString(text[:at[0]]) {
			return true
		}
		_, rest, ended := strings.Cut(text[at[1]:], "\n::"+text[at[2]:at[3]]+"::\n")
		if !ended {
			return true // What comes later from us is not obeyed either.
		}
		text = rest
	}
}

func TestARunnerObeysNothingOfHowCellsEnded(t *testing.T) {
	t.Setenv("GITHUB_ACTIONS", "true")
	ended := []cells.Ended{{Cell: "kind", Verdict: reports.Inconclusive, ExitCode: 3, Reason: "it said\n" + command}}
	for _, output := range []string{"text", "json"} {
		var out bytes.Buffer
		if err := showCells(streams{out: &out}, output, ended); err == nil {
			t.Errorf("%s: %v", output, err)
		}
		if obeyed(out.String()) || !strings.Contains(out.String(), "obey") {
			t.Errorf("%s:\n%s", output, &out)
		}
	}
}

func TestNothingOfAnErrorIsObeyed(t *testing.T) {
	folder := t.TempDir()
	results := filepath.Join(folder, "out", "\x1b[2J\n"+command)
	if err := os.MkdirAll(results, 0o755); err != nil {
		t.Fatal(err)
	}
	matrix := filepath.Join(folder, "matrix.yaml")
	for name, content := range map[string]string{matrix: "version: 1\naxes: {envoy: [1.40.0]}\n", filepath.Join(results, "result.json"): ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"of a file that is not there":               {[]string{"matrix", "plan", "-f", "\x1b[2J\n" + command}, reports.ExitUsage},
		"of a result that is not used for the cost": {[]string{"matrix", "plan", "-f", matrix, "--results", filepath.Join(folder, "out")}, reports.ExitPassed},
		"of a result that the report lacks":         {[]string{"matrix", "report", "-o", "json", "--results", filepath.Join(folder, "out")}, reports.ExitUsage},
	} {
		for _, where := range []string{"true", ""} {
			t.Setenv("GITHUB_ACTIONS", where)
			var out, said bytes.Buffer
			if code := run(t.Context(), c.args, streams{&out, &said}); code != c.code {
				t.Errorf("%s: exit code %d", name, code)
			}
			if strings.Contains(said.String(), "\x1b") || !strings.Contains(said.String(), "obey") {
				t.Errorf("%s:\n%q", name, said.String())
			}
			if where != "" && obeyed(said.String()) {
				t.Errorf("%s: a runner obeys\n%s", name, &said)
			}
		}
	}
}
