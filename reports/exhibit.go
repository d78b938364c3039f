package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

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

// ExhibitFile is the name of the exhibit among the files of a check's evidence.
const ExhibitFile = "exhibit.json"

// Exhibit is the exhibit among the files of the check's evidence, where it has one.
func (c Check) Exhibit() (File, bool) {
	i := slices.IndexFunc(c.Evidence, func(f File) bool { return strings.HasSuffix(f.Path, "/"+ExhibitFile) })
	if i < 0 {
		return File{}, false
	}
	return c.Evidence[i], true
}

// ExhibitIn reads the exhibit of a check from a run folder; nil without an error where the check has
// none. The error says so where it is not there (fs.ErrNotExist), or is not to the byte what the run
// wrote.
func ExhibitIn(folder fs.FS, c Check) (*Exhibit, error) {
	kept, found := c.Exhibit()
	if !found {
		return nil, nil //nolint:nilnil // No exhibit is no error.
	}
	if err := kept.Verify(folder); err != nil {
		return nil, err
	}
	file, err := folder.Open(kept.Path)
	if err != nil {
		return nil, fmt.Errorf("open exhibit: %w", err)
	}
	e, err := DecodeExhibit(file, kept.Path)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return &e, nil
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
