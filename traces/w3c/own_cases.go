package w3c

import "strings"

// ownCases are clauses of the specification that the public suite does not send.
func ownCases() []Case {
	flags := func(id, sent, want string) Case {
		return Case{
			ID: id, Level: 1, Clause: level1 + "other-flags", Lines: []string{"traceparent: 00-{trace}-{parent}-" + sent},
			Want: Outcome{Fate: Continued, Flags: want},
		}
	}
	random := func(id, sent, first string) Case {
		c := flags(id, sent, sent)
		may := Outcome{Fate: Continued, Flags: first}
		c.Level, c.Clause, c.May = 2, level2+"random-trace-id-flag", &may
		return c
	}
	long := strings.Repeat("a", 252)
	return []Case{
		flags("flags-none", "00", "00"),
		flags("flags-unknown-and-sampled", "09", "01"),
		flags("flags-unknown", "08", "00"),
		random("flags-random-and-sampled", "03", "01"),
		random("flags-random", "02", "00"),
		{
			ID: "traceparent-empty", Level: 1, Clause: level1 + "traceparent-header-field-values",
			Lines: []string{"traceparent: "}, Want: restarted(),
		},
		{
			ID: "trace-id-in-upper-case", Level: 1, Clause: level1 + "trace-id",
			Lines: []string{"traceparent: 00-{TRACE}-{parent}-01"}, Want: restarted(),
		},
		{
			ID: "parent-id-in-upper-case", Level: 1, Clause: level1 + "parent-id",
			Lines: []string{"traceparent: 00-{trace}-{PARENT}-01"}, Want: restarted(),
		},
		{
			ID: "version-01", Level: 1, Clause: level1 + "versioning-of-traceparent",
			Lines: []string{"traceparent: 01-{trace}-{parent}-01"}, Want: continued(),
		},
		{
			ID: "version-cc-too-short", Level: 1, Clause: level1 + "versioning-of-traceparent",
			Lines: []string{"traceparent: cc-{trace}-{parent}-1"}, Want: restarted(),
		},
		{
			ID: "version-cc-with-tracestate", Level: 1, Clause: level1 + "versioning-of-tracestate",
			Lines: []string{"traceparent: cc-{trace}-{parent}-01", "tracestate: foo=1"},
			Want:  Outcome{Fate: Continued, Flags: "01", State: "foo=1"},
		},
		{
			ID: "malformed-with-tracestate", Level: 1, Clause: level1 + "a-traceparent-is-received",
			Lines: []string{"traceparent: 00-{trace}-{parent}-1", "tracestate: foo=1"}, Want: restarted(),
		},
		own(kept("tracestate-empty-members", "foo=1,bar=2", "tracestate: foo=1,, ,bar=2,"), "tracestate-header-field-values"),
		own(kept("tracestate-of-512-characters", "k="+long+",l="+long[1:]+",m=1", "tracestate: k="+long+",l="+long[1:]+",m=1"), "tracestate-limits"),
		own(invalid("tracestate-without-equals-sign", "foo,bar=2", "tracestate: foo,bar=2"), "list-members"),
	}
}

func own(c Case, clause string) Case {
	c.Clause = level1 + clause
	c.Level = max(c.Level, 1)
	return c
}
