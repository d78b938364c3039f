package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/suites"
	"github.com/throughline/throughline/suites/rules"
	"github.com/throughline/throughline/traces/recording"
)

// RecordOutcome is what became of one rule.
type RecordOutcome string

// The outcomes of a rule.
const (
	// Agrees: every request left what the rule derives. The recording is written.
	Agrees RecordOutcome = "agrees"
	// Differs: some request left something else. The recording is written, for it is what
	// the mesh did.
	Differs RecordOutcome = "differs"
	// Unrecorded: the evidence was not complete, or could not be written.
	Unrecorded RecordOutcome = "unrecorded"
)

// Recorded is what became of one rule.
type Recorded struct {
	Rule    string        `json:"rule"`
	Outcome RecordOutcome `json:"outcome"`
	// File is the recording, empty where none was written.
	File string `json:"file,omitempty"`
	// Reason says why it is not recorded, or how it differs; it may have many lines.
	Reason string `json:"reason,omitempty"`
}

// capture sends the traffic of rules and writes what it left.
type capture struct {
	sender suites.Sender
	// versions are those of what is recorded, by component.
	versions map[string]string
	// into is the folder of the recordings.
	into   string
	random *rand.Rand
	// patience is for one rule.
	patience time.Duration
}

// rule records one rule.
func (c capture) rule(ctx context.Context, rule rules.Rule) Recorded {
	out := Recorded{Rule: rule.Name, Outcome: Unrecorded}
	within, cancel := context.WithTimeoutCause(ctx, c.patience, fmt.Errorf("not recorded within %s (timeouts.check)", c.patience))
	defer cancel()
	ev, err := c.sender.Send(within, rule.Fresh(c.random))
	switch {
	case err != nil:
	case len(ev.Incomplete) > 0:
		err = fmt.Errorf("the evidence is not complete: %s", strings.Join(ev.Incomplete, "; "))
	case len(ev.Requests) != rule.Traffic.Requests:
		err = fmt.Errorf("the evidence is of %d requests, want %d", len(ev.Requests), rule.Traffic.Requests)
	}
	if err != nil {
		out.Reason = reports.SafeLine(err.Error())
		return out
	}
	ev.Versions = nil // The recording's subject names them.
	ev.Topology, ev.Mesh = rule.Topology(), rule.Traffic.Mesh
	written, err := c.write(recording.Recording{
		Rule: rule.Name, Statement: rule.Statement, Source: rule.Source,
		Captured: ev.Requests[0].Start, Subject: subject(c.versions), Request: rule.Request(), Evidence: ev,
	})
	if err != nil {
		out.Reason = reports.SafeLine(err.Error())
		return out
	}
	out.File = c.path(rule.Name)
	return judged(out, written)
}

// judged holds what was written against the oracle.
func judged(out Recorded, written recording.Recording) Recorded {
	judgement, err := written.Judge()
	switch {
	case err != nil:
		out.Outcome, out.Reason = Differs, reports.SafeLine(err.Error())
	case judgement.Agrees():
		out.Outcome = Agrees
	default:
		out.Outcome, out.Reason = Differs, judgement.String()
	}
	return out
}

func (c capture) path(rule string) string { return filepath.Join(c.into, rule+".json") }

// write writes a recording in place of an older one, and gives it as it reads back. A
// file is whole or not there, whenever the program ends.
func (c capture) write(r recording.Recording) (recording.Recording, error) {
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		return recording.Recording{}, err
	}
	back, err := recording.Read(bytes.NewReader(text.Bytes()))
	if err != nil {
		return recording.Recording{}, err
	}
	if err = os.MkdirAll(c.into, 0o755); err == nil { //nolint:gosec // Recordings are public.
		part := c.path(r.Rule) + ".part"
		if err = os.WriteFile(part, text.Bytes(), 0o644); err == nil { //nolint:gosec // Recordings are public.
			err = os.Rename(part, c.path(r.Rule))
		}
	}
	if err != nil {
		return recording.Recording{}, fmt.Errorf("write recording %s: %w", r.Rule, err)
	}
	return back, nil
}

// subject is what a recording says of what it was taken from.
func subject(versions map[string]string) map[string]string {
	named := map[string]string{}
	for _, component := range []string{"kubernetes", "istio", "envoy", "jaeger"} {
		if version := versions[component]; version != "" {
			named[component] = version
		}
	}
	return named
}
