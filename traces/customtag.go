package traces

import (
	"errors"
	"fmt"
	"strings"
)

// CustomTag is a tag that a Telemetry resource adds to spans: of its four sources
// exactly one is set.
type CustomTag struct {
	// Literal is the value itself.
	Literal string `json:",omitempty"`
	// Environment names a variable of the proxy's process.
	Environment string `json:",omitempty"`
	// Header names a header of the request.
	Header string `json:",omitempty"`
	// Formatter is a format of Envoy's access log, as `%REQ(x-user)%` (Istio 1.29).
	Formatter string `json:",omitempty"`
	// Default is the value where the variable or the header is not there; where it is
	// empty too, the span then has no such tag.
	Default string `json:",omitempty"`
}

// AddedTags are the tags that a proxy is told to add to its spans.
type AddedTags struct {
	// Istio is true where it adds those that say who it is (istio.canonical_service and others).
	Istio bool
	// Custom are the others by name.
	Custom map[string]CustomTag
}

// String says where the value comes from.
func (t CustomTag) String() string {
	text := ""
	switch {
	case t.Literal != "":
		text = "literal " + t.Literal
	case t.Environment != "":
		text = "environment " + t.Environment
	case t.Header != "":
		text = "header " + t.Header
	default:
		text = "formatter " + t.Formatter
	}
	if t.Default != "" {
		text += " or " + t.Default
	}
	return text
}

// check says what is wrong with the tag.
func (t CustomTag) check(name string) error {
	sources := 0
	for _, source := range []string{t.Literal, t.Environment, t.Header, t.Formatter} {
		if source != "" {
			sources++
		}
	}
	switch {
	case name == "":
		return errors.New("a tag has no name; give it one")
	case strings.HasPrefix(name, "istio."):
		return fmt.Errorf("tag %q has a name of Istio's own; choose another", name)
	case sources != 1:
		return fmt.Errorf("tag %q has %d sources; give it a literal, an environment variable, a header or a formatter", name, sources)
	case t.Default != "" && t.Environment == "" && t.Header == "":
		return fmt.Errorf("tag %q has a default that nothing leads to; leave it out, or take the value from a header or the environment", name)
	}
	return nil
}
