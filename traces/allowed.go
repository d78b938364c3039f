package traces

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What an application may be asked for at most.
const (
	// MaxDigits bounds Work.Digits: about a second of a processor.
	MaxDigits = 20_000
	// MaxBytes bounds the body of a request and of an answer.
	MaxBytes = 1 << 20
	// MaxPath bounds Shape.Path, which travels in a header.
	MaxPath = 4 << 10
)

const (
	// ownPrefix begins the headers of ours.
	ownPrefix = "x-throughline-"
	// probePath is what an application answers probes at, and remembers nothing of.
	probePath = "/healthz"
)

// A complaint takes what is wrong with a field of a value: ".only[1]", or "" for the value itself.
type complaint func(field, format string, args ...any)

// Validate says everything that is wrong with the forwarding, joined into one error, or nil.
func (f Forwarding) Validate() error { return complaints(f.complain) }

// Validate says everything that is wrong with the work, joined into one error, or nil.
func (w Work) Validate() error { return complaints(w.complain) }

// Validate says everything that is wrong with a call of this shape over p, joined into one
// error, or nil.
func (s Shape) Validate(p Protocol) error {
	return complaints(func(bad complaint) { s.complain(p, bad) })
}

func complaints(of func(complaint)) error {
	var errs []error
	of(func(field, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if field != "" {
			text = strings.TrimPrefix(field, ".") + ": " + text
		}
		errs = append(errs, errors.New(text))
	})
	return errors.Join(errs...)
}

func (f Forwarding) complain(bad complaint) {
	if f.Drop && len(f.Only) > 0 {
		bad("", "both Drop and Only are set; set one")
	}
	if f.Drop && f.Mix {
		bad("", "both Drop and Mix are set; what is dropped cannot be mixed up, set one")
	}
	if _, both := f.Rewrite[headerRequestID]; both && f.OwnID {
		bad("", "OwnID is set, and %s rewritten; do one", headerRequestID)
	}
	for i, name := range f.Only {
		if name == "" || name != strings.ToLower(name) {
			bad(fmt.Sprintf(".only[%d]", i), "%q is not a header name in lower case", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.Rewrite)) {
		place := fmt.Sprintf(".rewrite[%q]", name)
		switch {
		case !isHeaderName(name):
			bad(place, "not a header name in lower case; use letters, digits, - and _")
		case strings.HasPrefix(name, ownPrefix) || ofConnection(name):
			bad(place, "an application that rewrites it could not be followed, or reached; rewrite another")
		case !isVisible(f.Rewrite[name], true):
			bad(place, "value %q; use visible ASCII and spaces", f.Rewrite[name])
		}
	}
}

func (w Work) complain(bad complaint) {
	if w.Fails < 0 {
		bad(".fails", "%d is negative; give 0 or more", w.Fails)
	}
	if w.Delay < 0 {
		bad(".delay", "%s is negative; give 0 or more", w.Delay)
	}
	if w.Status != 0 && (w.Status < 200 || w.Status > 599) {
		bad(".status", "%d is no final HTTP status; give 200 to 599, or 0", w.Status)
	}
	if w.Digits < 0 || w.Digits > MaxDigits {
		bad(".digits", "%d; give 0 to %d", w.Digits, MaxDigits)
	}
	if w.Bytes < 0 || w.Bytes > MaxBytes {
		bad(".bytes", "%d; give 0 to %d", w.Bytes, MaxBytes)
	}
	switch w.Fault {
	case NoFault, Reset, Hang, Crash:
	default:
		bad(".fault", "unknown fault %q; use %s, %s or %s, or leave it out", string(w.Fault), Reset, Hang, Crash)
	}
	if w.Fault != NoFault && (w.Status != 0 || w.Bytes != 0 || w.Early) {
		bad(".fault", "an application that gives no answer has no Status and no Bytes, and is not Early; leave them out")
	}
}

func (s Shape) complain(p Protocol, bad complaint) {
	switch {
	case s == Shape{}:
		return
	case p == TCP:
		bad("", "a call over %s has no shape; leave it out", TCP)
	case p.RPC() && s != Shape{Bytes: s.Bytes, Relayed: s.Relayed}:
		bad("", "a call over %s has a method, a path and a port of its own; give Bytes only", p)
	}
	switch s.Method {
	case "", "POST", "PUT", "PATCH", "DELETE":
	case "GET", "HEAD", "OPTIONS":
		if s.Bytes > 0 {
			bad(".bytes", "a %s has no body; give 0, or another method", s.Method)
		}
	default:
		bad(".method", "unknown method %q; use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS", s.Method)
	}
	if s.Bytes < 0 || s.Bytes > MaxBytes {
		bad(".bytes", "%d; give 0 to %d", s.Bytes, MaxBytes)
	}
	switch path, _, _ := strings.Cut(s.Path, "?"); {
	case s.Path == "":
	case len(s.Path) > MaxPath:
		bad(".path", "%d bytes; give at most %d", len(s.Path), MaxPath)
	case !strings.HasPrefix(s.Path, "/") || strings.HasPrefix(s.Path, "//") || strings.Contains(s.Path, "#") || !isVisible(s.Path, false) || !isEscaped(path):
		bad(".path", "%q; begin it with one /, and use visible ASCII without #, and %% only before two hexadecimal digits", s.Path)
	case path == probePath:
		bad(".path", "%s is for probes, of which nobody remembers anything; use another", probePath)
	}
}

// ofConnection says that a header belongs to the connection or the message, and not to
// the application.
func ofConnection(name string) bool {
	switch name {
	case "host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "keep-alive", "trailer", "content-type", "expect":
		return true
	}
	return false
}

func isHeaderName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return s != ""
}

// isVisible says that s is visible ASCII, with spaces inside where they are allowed.
func isVisible(s string, spaces bool) bool {
	for _, r := range s {
		if (r < '!' || r > '~') && (r != ' ' || !spaces) {
			return false
		}
	}
	return s == strings.TrimSpace(s)
}

// isEscaped says that each % of a path begins an escape, as a server wants.
func isEscaped(path string) bool {
	for i := range len(path) {
		if path[i] == '%' && (len(path) < i+3 || strings.Trim(path[i+1:i+3], "0123456789abcdefABCDEF") != "") {
			return false
		}
	}
	return true
}
