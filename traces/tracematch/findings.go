package tracematch

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/throughline/throughline/traces"
)

// HaveNoFindings succeeds for an empty []traces.Finding.
func HaveNoFindings() types.GomegaMatcher { return noFindings{} }

type noFindings struct{}

func (noFindings) Match(actual any) (bool, error) {
	found, err := findings(actual)
	return err == nil && len(found) == 0, err
}

func (noFindings) FailureMessage(actual any) string {
	found, _ := actual.([]traces.Finding)
	return fmt.Sprintf("expected no finding, got %s", listed(found))
}

func (noFindings) NegatedFailureMessage(any) string { return "expected findings, got none" }

// HaveExactlyFinding succeeds for a []traces.Finding that holds one finding, of
// kind and about service.
func HaveExactlyFinding(kind traces.FindingKind, service string) types.GomegaMatcher {
	return exactly{kind, service}
}

type exactly struct {
	kind    traces.FindingKind
	service string
}

func (m exactly) Match(actual any) (bool, error) {
	found, err := findings(actual)
	return err == nil && len(found) == 1 && found[0].Kind == m.kind && found[0].Service == m.service, err
}

func (m exactly) FailureMessage(actual any) string {
	found, _ := actual.([]traces.Finding)
	return fmt.Sprintf("expected exactly %s, got %s", m, listed(found))
}

func (m exactly) NegatedFailureMessage(any) string {
	return fmt.Sprintf("expected anything but exactly %s", m)
}

func (m exactly) String() string { return strings.TrimSpace(string(m.kind) + " " + m.service) }

func findings(actual any) ([]traces.Finding, error) {
	found, ok := actual.([]traces.Finding)
	if !ok {
		return nil, fmt.Errorf("matcher of findings got a %T; give it a []traces.Finding", actual)
	}
	return found, nil
}

func listed(found []traces.Finding) string {
	if len(found) == 0 {
		return "none"
	}
	texts := make([]string, 0, len(found))
	for _, f := range found {
		texts = append(texts, f.Text())
	}
	return fmt.Sprintf("%d:\n%s", len(found), strings.Join(texts, "\n"))
}
