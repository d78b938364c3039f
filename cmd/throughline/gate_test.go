package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/throughline/throughline/reports/gate"
)

// policies are those that a reader may take as they are.
func policies(t *testing.T) map[string]string {
	t.Helper()
	own, err := os.ReadFile("../../gate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../docs/gate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(document), "```yaml\n")
	example, _, closed := strings.Cut(rest, "```")
	_, help, told := strings.Cut(gateCommand(streams{}).Long, "A policy:\n")
	help, _, ends := strings.Cut(help, "Exit codes:")
	if !found || !closed || !told || !ends {
		t.Fatal("an example is missing")
	}
	return map[string]string{"gate.yaml": string(own), "docs/gate.md": example, "--help": help}
}

func TestEveryPolicyThatIsShownCanBeDecidedBy(t *testing.T) {
	for name, text := range policies(t) {
		policy, err := gate.DecodePolicy(strings.NewReader(text), name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		d, err := gate.Decide(policy, gate.Input{Known: known()}, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC))
		if err != nil || d.Outcome != gate.Undecided {
			t.Errorf("%s: without results it is %s, %v", name, d.Outcome, err)
		}
	}
}
