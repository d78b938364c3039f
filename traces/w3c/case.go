package w3c

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Case is one set of header lines and what must become of the context in it.
type Case struct {
	// ID is permanent and names the case in results.
	ID string
	// Suite is the test of the public suite that sends the same, or "" where none does.
	Suite string
	// Level is 2 for what the public suite only asks for at its strict level, or what
	// only the second level of the specification says; else it is 1.
	Level int
	// Clause is the part of the specification that decides, as a link.
	Clause string
	// Lines are the header lines without their ends. The marks of For stand in them for
	// ids, which are other ones in every request.
	Lines []string
	// Calls is how many calls the application makes that forward what it received; the
	// context is then looked at in those. 0 looks at what the application receives.
	Calls int
	// Want is what must come out.
	Want Outcome
	// May is what the specification leaves open besides, or nil. The public suite may be
	// stricter.
	May *Outcome
}

// Outcome is what became of a context.
type Outcome struct {
	Fate Fate
	// Flags are the two digits that were sent on; "" where no valid traceparent was.
	Flags string
	// State holds the members of tracestate that were sent on, in order, joined by commas
	// without white space; "" where there were none.
	State string
}

// Fate is what became of the trace.
type Fate string

// The fates.
const (
	// Restarted: a new trace, of which the proxy's span is the root.
	Restarted Fate = "restarted"
	// Continued: the caller's trace, with the proxy's span below the caller's.
	Continued Fate = "continued"
	// PassedOn: the header as it came, and no span.
	PassedOn Fate = "passed on"
	// Rejected: the request was not answered as it must be.
	Rejected Fate = "rejected"
	// Garbled: anything else.
	Garbled Fate = "garbled"
)

// For gives the lines of the case as the request of that id sends them.
func (c Case) For(request string) [][]byte {
	lines := make([][]byte, len(c.Lines))
	for i, line := range c.Lines {
		lines[i] = Fill(line, request)
	}
	return lines
}

// ids are those that a request sends.
type ids struct{ trace, other, parent string }

// idsOf makes the ids of a request from its id. They begin with letters, so that the
// case of digits matters.
func idsOf(request string) ids {
	sum := sha256.Sum256([]byte(request))
	digits := hex.EncodeToString(sum[:])
	return ids{trace: "ab" + digits[2:32], other: "cd" + digits[34:64], parent: "ef" + digits[18:32]}
}

// Fill replaces the marks in a header line by the ids of a request: {trace}, {other} (a
// second trace id) and {parent}, in lower case; {trace-} and {parent-} without their last
// digit; {TRACE} and {PARENT} in upper case.
func Fill(line, request string) []byte {
	own := idsOf(request)
	return []byte(strings.NewReplacer(
		"{trace}", own.trace, "{other}", own.other, "{parent}", own.parent,
		"{trace-}", own.trace[:31], "{parent-}", own.parent[:15],
		"{TRACE}", strings.ToUpper(own.trace), "{PARENT}", strings.ToUpper(own.parent),
	).Replace(line))
}

// Cases is every case, in an order that does not change.
func Cases() []Case {
	var all []Case
	all = append(all, traceparentCases()...)
	all = append(all, tracestateCases()...)
	all = append(all, callCases()...)
	return append(all, ownCases()...)
}

// Find is the case of that id.
func Find(id string) (Case, bool) {
	for _, c := range Cases() {
		if c.ID == id {
			return c, true
		}
	}
	return Case{}, false
}

// level1 and level2 begin the links to the two levels of the specification.
const (
	level1 = "https://www.w3.org/TR/trace-context/#"
	level2 = "https://www.w3.org/TR/trace-context-2/#"
)

// valid is a context that everybody continues, refused one that is not sampled.
const (
	valid   = "traceparent: 00-{trace}-{parent}-01"
	refused = "traceparent: 00-{trace}-{parent}-00"
)

// restarted is a new trace that keeps nothing: all requests are sampled where nobody says otherwise.
func restarted() Outcome { return Outcome{Fate: Restarted, Flags: "01"} }

// continued is the caller's trace, sampled, without state.
func continued() Outcome { return Outcome{Fate: Continued, Flags: "01"} }

// carrying is the caller's trace, not sampled, with the members of state.
func carrying(state string) Outcome { return Outcome{Fate: Continued, Flags: "00", State: state} }
