package tracefile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const formats = "OTLP/JSON (resourceSpans, or result with resourceSpans from Jaeger's api_v3) " +
	"or Jaeger JSON (data from /api/traces, a trace with traceID and spans, or a list of such traces)"

// document is one value of a file, of whichever format.
type document struct {
	// names are the names of its fields, in order.
	names  []string
	otlp   list[resourceSpans]
	result struct {
		ResourceSpans list[resourceSpans] `json:"resourceSpans"`
	}
	traces  []jaegerTrace
	trace   jaegerTrace
	refusal jsontext.Value
}

// readDocument reads the next value of the file. It gives io.EOF after the last one.
func readDocument(dec *jsontext.Decoder, into *gathered) error {
	begin := dec.InputOffset()
	var doc document
	switch dec.PeekKind() {
	case '[':
		if err := json.UnmarshalDecode(dec, &doc.traces); err != nil {
			return err
		}
		return addJaegerTraces(into, doc.traces, "")
	case '{':
		if err := doc.read(dec); err != nil {
			return err
		}
	default:
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return &fault{offset: begin, err: fmt.Errorf("neither an object nor a list; want %s", formats)}
	}
	err := doc.add(into)
	if err == nil || errors.As(err, new(*fault)) {
		return err
	}
	return &fault{offset: begin, err: err}
}

func (doc *document) read(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		switch name {
		case "resourceSpans":
			err = json.UnmarshalDecode(dec, &doc.otlp)
		case "result":
			err = json.UnmarshalDecode(dec, &doc.result)
		case "data":
			err = json.UnmarshalDecode(dec, &doc.traces)
		case "traceID":
			err = json.UnmarshalDecode(dec, &doc.trace.TraceID)
		case "spans":
			err = json.UnmarshalDecode(dec, &doc.trace.Spans)
		case "processes":
			err = json.UnmarshalDecode(dec, &doc.trace.Processes)
		case "warnings":
			err = json.UnmarshalDecode(dec, &doc.trace.Warnings)
		case "error", "errors":
			err = json.UnmarshalDecode(dec, &doc.refusal)
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
		doc.names = append(doc.names, name)
	}
	_, err := dec.ReadToken()
	return err
}

// add converts what the document holds.
func (doc *document) add(into *gathered) error {
	if refusal := strings.TrimSpace(string(doc.refusal)); refusal != "" && refusal != "null" && refusal != "[]" {
		return fmt.Errorf("an answer with an error: %s; want one with traces alone", printable(refusal))
	}
	var holds []string
	for _, name := range []string{"resourceSpans", "result", "data", "traceID"} {
		if slices.Contains(doc.names, name) {
			holds = append(holds, name)
		}
	}
	if len(holds) != 1 {
		had := doc.names
		if len(had) > 8 {
			had = append(slices.Clone(had[:8]), "…")
		}
		return fmt.Errorf("an object with the fields [%s] is of no known format; want %s", printable(strings.Join(had, " ")), formats)
	}
	switch holds[0] {
	case "resourceSpans":
		addResourceSpans(into, doc.otlp)
	case "result":
		addResourceSpans(into, doc.result.ResourceSpans)
	case "data":
		return addJaegerTraces(into, doc.traces, "/data")
	case "traceID":
		return addJaegerTrace(into, &doc.trace, "")
	}
	return nil
}
