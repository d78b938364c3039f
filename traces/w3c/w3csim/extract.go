package w3csim

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// The flags that are defined: the second only from the second level on.
const (
	sampled byte = 1
	random  byte = 2
)

// context is what a proxy sends on.
type context struct {
	trace, span string
	flags       byte
	state       string
}

func (c context) String() string { return fmt.Sprintf("00-%s-%s-%02x", c.trace, c.span, c.flags) }

// grammar is what the two headers must look like.
type grammar struct{ parent, member *regexp.Regexp }

// mostMembers is how many members a tracestate may have.
const mostMembers = 32

// strict is the grammar of the specification's first level.
func strict() grammar {
	return grammar{
		parent: regexp.MustCompile(`^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$`),
		member: regexp.MustCompile(`^([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})` +
			`=([ -+\--<>-~]{0,255}[!-+\--<>-~])$`),
	}
}

// extract reads the caller's context, and the caller's span, which is "" where the trace
// is to be started anew.
func (g grammar) extract(received map[string][]string) (context, string) {
	values := received["traceparent"]
	if len(values) != 1 {
		return context{}, ""
	}
	part := g.parent.FindStringSubmatch(values[0])
	switch {
	case part == nil,
		part[1] == "ff",
		part[1] == "00" && part[5] != "",
		strings.Trim(part[2], "0") == "",
		strings.Trim(part[3], "0") == "":
		return context{}, ""
	}
	flags, err := hex.DecodeString(part[4])
	if err != nil {
		return context{}, ""
	}
	return context{trace: part[2], flags: flags[0] & (sampled | random), state: g.state(received["tracestate"])}, part[3]
}

// state is the tracestate to send on: all fields as one, or nothing where one member is
// not valid.
func (g grammar) state(fields []string) string {
	seen := map[string]bool{}
	var kept []string
	for one := range strings.SplitSeq(strings.Join(fields, ","), ",") {
		one = strings.Trim(one, " \t")
		if one == "" {
			continue
		}
		part := g.member.FindStringSubmatch(one)
		if part == nil || seen[part[1]] || len(kept) == mostMembers {
			return ""
		}
		seen[part[1]] = true
		kept = append(kept, one)
	}
	return strings.Join(kept, ",")
}
