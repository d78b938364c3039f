package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/throughline/throughline/traces"
)

// Version is the version of the file format.
const Version = 1

// maxSize bounds a file, in bytes.
const maxSize = 16 << 20

// Recording is what one send through a live mesh left, and the rule that it pins.
type Recording struct {
	// Rule names the rule; Statement says what holds, Source where that is written.
	Rule, Statement, Source string
	// Captured is the day of the send, in UTC.
	Captured time.Time
	// Subject holds the versions of what was recorded: kubernetes, istio, envoy, jaeger.
	Subject map[string]string
	// Request is what the caller sent. Where its headers hold ids, each request had ids
	// of its own in their place (see traces.Exchange.Sent): what they mean is the same.
	Request traces.Request
	// Evidence is complete. It holds at least one request.
	Evidence traces.Evidence
}

// file is a Recording as it is written.
type file struct {
	Version   int               `json:"version"`
	Rule      string            `json:"rule"`
	Statement string            `json:"statement"`
	Source    string            `json:"source"`
	Captured  string            `json:"captured"`
	Subject   map[string]string `json:"subject"`
	Request   traces.Request    `json:"request"`
	Evidence  traces.Evidence   `json:"evidence"`
}

// Write writes the recording as JSON, a span's tag a line. Of headers only those are
// written that the package comment names. It fails for a recording that Read would refuse.
func (r Recording) Write(w io.Writer) error {
	r.Evidence = slim(r.Evidence)
	if err := r.validate(); err != nil {
		return fmt.Errorf("write recording %s: %w", r.Rule, err)
	}
	compact, err := json.Marshal(file{
		Version: Version, Rule: r.Rule, Statement: r.Statement, Source: r.Source,
		Captured: r.Captured.UTC().Format(time.DateOnly), Subject: r.Subject, Request: r.Request, Evidence: r.Evidence,
	})
	if err != nil {
		return fmt.Errorf("write recording %s: %w", r.Rule, err)
	}
	if _, err = w.Write(layOut(compact)); err != nil {
		return fmt.Errorf("write recording %s: %w", r.Rule, err)
	}
	return nil
}

// Read reads what Write wrote. It refuses what is not exactly one whole recording of
// this Version; the error names the place.
func Read(from io.Reader) (Recording, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxSize+1))
	if err != nil {
		return Recording{}, fmt.Errorf("read recording: %w", err)
	}
	if len(text) > maxSize {
		return Recording{}, fmt.Errorf("read recording: more than %d bytes; record fewer requests", maxSize)
	}
	r, err := parse(text)
	if err != nil {
		return Recording{}, fmt.Errorf("read recording: %w", err)
	}
	return r, nil
}

func parse(text []byte) (Recording, error) {
	var format struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(text, &format); err != nil {
		return Recording{}, placed(text, err)
	}
	switch {
	case format.Version == nil:
		return Recording{}, fmt.Errorf("version: missing; want %d", Version)
	case *format.Version != Version:
		return Recording{}, fmt.Errorf("version: %d is not %d; record the rule again", *format.Version, Version)
	}
	var f file
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return Recording{}, placed(text, err)
	}
	day, err := time.Parse(time.DateOnly, f.Captured)
	if err != nil {
		return Recording{}, fmt.Errorf("captured: %w", err)
	}
	r := Recording{
		Rule: f.Rule, Statement: f.Statement, Source: f.Source, Captured: day,
		Subject: f.Subject, Request: f.Request, Evidence: f.Evidence,
	}
	return r, r.validate()
}

// validate says what a recording lacks to pin anything.
func (r Recording) validate() error {
	var errs []error
	missing := func(place string, is bool) {
		if is {
			errs = append(errs, fmt.Errorf("%s: missing", place))
		}
	}
	missing("rule", r.Rule == "")
	missing("statement", r.Statement == "")
	missing("source", r.Source == "")
	missing("captured", r.Captured.IsZero())
	missing("subject", len(r.Subject) == 0)
	missing("evidence.Requests", len(r.Evidence.Requests) == 0)
	if len(r.Evidence.Incomplete) > 0 {
		errs = append(errs, fmt.Errorf("evidence.Incomplete: %s; only complete evidence pins a rule", traces.Printable(r.Evidence.Incomplete[0])))
	}
	return errors.Join(append(errs, r.Evidence.Topology.Validate(), r.Evidence.Mesh.Validate())...)
}
