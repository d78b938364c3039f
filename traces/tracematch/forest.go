package tracematch

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/throughline/throughline/traces"
)

// EqualForest succeeds when the stored traces are exactly want, as traces.Compare
// has it. The actual value is a traces.RequestEvidence, a []traces.Trace or a
// traces.Trace; without hops a failure explains less.
func EqualForest(want traces.Forest) types.GomegaMatcher { return equalForest{want} }

// EqualTree is EqualForest of one tree.
func EqualTree(want traces.Node) types.GomegaMatcher { return equalForest{traces.Forest{want}} }

type equalForest struct{ want traces.Forest }

func (m equalForest) Match(actual any) (bool, error) {
	ev, err := evidence(actual)
	if err != nil {
		return false, err
	}
	return len(traces.Compare(m.want, ev)) == 0, nil
}

func (m equalForest) FailureMessage(actual any) string {
	ev, err := evidence(actual)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(listed(traces.Compare(m.want, ev)))
	b.WriteString("\nexpected tree:\n" + m.want.String() + "stored:\n")
	for _, t := range ev.Traces {
		b.WriteString(t.Tree())
	}
	return "expected the whole tree, got findings, " + b.String()
}

func (m equalForest) NegatedFailureMessage(any) string {
	return "expected any difference from\n" + m.want.String()
}

func evidence(actual any) (traces.RequestEvidence, error) {
	switch a := actual.(type) {
	case traces.RequestEvidence:
		return a, nil
	case []traces.Trace:
		return traces.RequestEvidence{Traces: a}, nil
	case traces.Trace:
		return traces.RequestEvidence{Traces: []traces.Trace{a}}, nil
	default:
		return traces.RequestEvidence{}, fmt.Errorf("matcher of forests got a %T; give it a traces.RequestEvidence, []traces.Trace or traces.Trace", actual)
	}
}
