package recording

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// placed adds the line of the text at which decoding failed, as far as the error tells.
func placed(text []byte, err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(text):
		return fmt.Errorf("line %d: the file ends too early: %w", lineAt(text, len(text)), err)
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: %w", lineAt(text, int(syntax.Offset)), err)
	case errors.As(err, &shape):
		return fmt.Errorf("line %d: %s: %w", lineAt(text, int(shape.Offset)), shape.Field, err)
	}
	// The decoder gives no offset of an unknown field, but quotes it.
	if _, rest, found := strings.Cut(err.Error(), "unknown field "); found {
		if at := bytes.Index(text, []byte(rest+":")); at >= 0 {
			return fmt.Errorf("line %d: %w", lineAt(text, at), err)
		}
	}
	return err
}

func lineAt(text []byte, offset int) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), len(text))], []byte("\n"))
}
