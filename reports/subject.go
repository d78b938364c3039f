package reports

import "strings"

// Components are those whose versions make a subject, in the order in which they are told.
// Whatever else has a version follows from them.
func Components() []string { return []string{"kubernetes", "istio", "envoy", "jaeger"} }

// String is the subject in one line, as `kubernetes 1.36.3, istio 1.31.0, kind, upstream`; what
// is not known is left out. Two subjects of one line are the same, whatever images they had. It
// is safe for a terminal.
func (s Subject) String() string {
	var parts []string
	for _, name := range Components() {
		if version := s.Versions[name]; version != "" {
			parts = append(parts, name+" "+version)
		}
	}
	for _, word := range []string{s.Provider, s.Flavour} {
		if word != "" {
			parts = append(parts, word)
		}
	}
	if len(parts) == 0 {
		return "unknown subject"
	}
	return SafeLine(strings.Join(parts, ", "))
}
