package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/throughline/throughline/traces"
)

// Exhibit is what a report shows of one check besides its verdict: a few of its requests,
// whole, and how long all of them took.
type Exhibit struct {
	// Sent is how many requests there were, Requests some of them: those that findings
	// name come first.
	Sent      int                `json:"sent"`
	Requests  []ExhibitedRequest `json:"requests"`
	Latencies []Latency          `json:"latencies,omitempty"`
}

// ExhibitedRequest is one request with what it had to leave and what it left.
type ExhibitedRequest struct {
	// Expected is the forest that it had to leave; of several that it might leave, the nearest.
	Expected traces.Forest   `json:"expected,omitempty"`
	Exchange traces.Exchange `json:"exchange"`
	Hops     []traces.Hop    `json:"hops,omitempty"`
	Traces   []traces.Trace  `json:"traces,omitempty"`
}

// Latency is how long the requests of one variant took, each from its intended start.
type Latency struct {
	Variant string `json:"variant,omitempty"`
	N       int    `json:"n"`
	// Percentiles are in seconds: the shortest, 1 %, 2 % and so on, and the longest.
	Percentiles []float64 `json:"percentiles"`
}

// maxExhibit is the largest exhibit that DecodeExhibit reads.
const maxExhibit = 64 << 20

// EncodeExhibit writes an exhibit as JSON. What a terminal would obey is escaped.
func EncodeExhibit(w io.Writer, e Exhibit) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return fmt.Errorf("encode exhibit: %w", err)
	}
	if _, err := w.Write(EscapeJSON(buf.Bytes())); err != nil {
		return fmt.Errorf("write exhibit: %w", err)
	}
	return nil
}

// DecodeExhibit reads what EncodeExhibit wrote; name stands for the source in errors.
func DecodeExhibit(r io.Reader, name string) (Exhibit, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxExhibit+1))
	if err != nil {
		return Exhibit{}, fmt.Errorf("read exhibit %s: %w", name, err)
	}
	if len(text) > maxExhibit {
		return Exhibit{}, fmt.Errorf("%s: larger than %d MiB; no run writes such an exhibit", name, maxExhibit>>20)
	}
	var e Exhibit
	if err := decode(text, &e); err != nil {
		return Exhibit{}, explain(err, text, name)
	}
	return e, nil
}
