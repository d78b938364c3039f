package w3c

import (
	"fmt"
	"strings"
)

// tracestateCases are those of the public suite that are about tracestate. Where a header
// is invalid, the suite's strict level wants it dropped; the specification says that it
// may be.
func tracestateCases() []Case {
	var all []Case
	add := func(suite, clause string, cases ...Case) {
		for _, c := range cases {
			c.Suite, c.Clause = suite, level1+clause
			if c.Level == 0 {
				c.Level = 1
			}
			all = append(all, c)
		}
	}
	add("test_tracestate_included_traceparent_missing", "tracestate-header",
		Case{ID: "tracestate-alone", Lines: []string{"tracestate: foo=1"}, Want: restarted()},
		Case{ID: "tracestate-alone-of-two", Lines: []string{"tracestate: foo=1,bar=2"}, Want: restarted()})
	add("test_tracestate_included_traceparent_included", "mutating-the-tracestate-field",
		kept("both", "foo=1,bar=2", "tracestate: foo=1,bar=2"))
	add("test_tracestate_header_name", "header-name-0",
		kept("tracestate-name-with-hyphen", "", "trace-state: foo=1"),
		kept("tracestate-name-with-dot", "", "trace.state: foo=1"))
	add("test_tracestate_header_name_valid_casing", "header-name-0",
		kept("tracestate-name-in-camel-case", "foo=1", "TraceState: foo=1"),
		kept("tracestate-name-in-mixed-case", "foo=1", "TrAcEsTaTe: foo=1"),
		kept("tracestate-name-in-upper-case", "foo=1", "TRACESTATE: foo=1"))
	add("test_tracestate_empty_header", "tracestate-header-field-values",
		kept("tracestate-empty", "", "tracestate: "),
		kept("tracestate-empty-last", "foo=1", "tracestate: foo=1", "tracestate: "),
		kept("tracestate-empty-first", "foo=1", "tracestate: ", "tracestate: foo=1"))
	add("test_tracestate_multiple_headers_different_keys", "tracestate-header-field-values",
		kept("tracestate-three-fields", "foo=1,bar=2,rojo=1,congo=2,baz=3",
			"tracestate: foo=1,bar=2", "tracestate: rojo=1,congo=2", "tracestate: baz=3"))
	add("test_tracestate_duplicated_keys", "combined-header-value",
		invalid("tracestate-member-twice", "foo=1,foo=1", "tracestate: foo=1,foo=1"),
		invalid("tracestate-key-twice", "foo=1,foo=2", "tracestate: foo=1,foo=2"),
		invalid("tracestate-member-in-two-fields", "foo=1,foo=1", "tracestate: foo=1", "tracestate: foo=1"),
		invalid("tracestate-key-in-two-fields", "foo=1,foo=2", "tracestate: foo=1", "tracestate: foo=2"))
	key, value := "abcdefghijklmnopqrstuvwxyz0123456789_-*/", printable()
	add("test_tracestate_all_allowed_characters", "list-members",
		kept("tracestate-all-characters", key+"="+value, "tracestate: "+key+"="+value),
		kept("tracestate-all-characters-with-vendor", key+"@a-z0-9_-*/="+value, "tracestate: "+key+"@a-z0-9_-*/="+value))
	add("test_tracestate_ows_handling", "tracestate-header-field-values",
		kept("tracestate-spaces-around-commas", "foo=1,bar=2,baz=3", "tracestate: foo=1 \t , \t bar=2, \t baz=3"),
		kept("tracestate-tabs-around-commas", "foo=1,bar=2,baz=3", "tracestate: foo=1\t \t,\t \tbar=2,\t \tbaz=3"),
		kept("tracestate-after-space", "foo=1", "tracestate:  foo=1"),
		kept("tracestate-after-tab", "foo=1", "tracestate: \tfoo=1"),
		kept("tracestate-before-space", "foo=1", "tracestate: foo=1 "),
		kept("tracestate-before-tab", "foo=1", "tracestate: foo=1\t"),
		kept("tracestate-between-tabs-and-spaces", "foo=1", "tracestate: \t foo=1 \t"))
	add("test_tracestate_key_illegal_characters", "key",
		invalid("tracestate-key-with-space", "foo =1", "tracestate: foo =1"),
		invalid("tracestate-key-in-upper-case", "FOO=1", "tracestate: FOO=1"),
		invalid("tracestate-key-with-dot", "foo.bar=1", "tracestate: foo.bar=1"))
	add("test_tracestate_key_illegal_vendor_format", "key",
		invalid("tracestate-vendor-empty", "foo@=1,bar=2", "tracestate: foo@=1,bar=2"),
		invalid("tracestate-tenant-empty", "@foo=1,bar=2", "tracestate: @foo=1,bar=2"),
		invalid("tracestate-two-at-signs", "foo@@bar=1,bar=2", "tracestate: foo@@bar=1,bar=2"),
		invalid("tracestate-two-vendors", "foo@bar@baz=1,bar=2", "tracestate: foo@bar@baz=1,bar=2"))
	add("test_tracestate_member_count_limit", "list", memberCounts()...)
	add("test_tracestate_key_length_limit", "key", keyLengths()...)
	add("test_tracestate_value_illegal_characters", "value",
		invalid("tracestate-value-with-equals-sign", "foo=bar=baz", "tracestate: foo=bar=baz"),
		invalid("tracestate-value-empty", "foo=,bar=3", "tracestate: foo=,bar=3"))
	return all
}

// memberCounts are as many members as a list may have, and one more.
func memberCounts() []Case {
	fields := func(n int) (lines []string, state string) {
		var members []string
		for i := 1; i <= n; i++ {
			members = append(members, fmt.Sprintf("bar%02d=%02d", i, i))
		}
		const perField = 10
		for i := 0; i < n; i += perField {
			lines = append(lines, "tracestate: "+strings.Join(members[i:min(i+perField, n)], ","))
		}
		return lines, strings.Join(members, ",")
	}
	most, mostState := fields(32)
	tooMany, tooManyState := fields(33)
	within := kept("tracestate-of-32-members", mostState, most...)
	within.Level = 2
	return []Case{within, invalid("tracestate-of-33-members", tooManyState, tooMany...)}
}

// keyLengths are keys as long as the first level lets them be, and longer by one.
func keyLengths() []Case {
	long := func(id, key string, legal bool) Case {
		state, lines := "foo=1,"+key+"=1", []string{"tracestate: foo=1", "tracestate: " + key + "=1"}
		if !legal {
			return invalid(id, state, lines...)
		}
		c := kept(id, state, lines...)
		c.Level = 2
		return c
	}
	return []Case{
		long("tracestate-key-of-256", strings.Repeat("z", 256), true),
		long("tracestate-key-of-257", strings.Repeat("z", 257), false),
		long("tracestate-tenant-of-241", strings.Repeat("t", 241)+"@"+strings.Repeat("v", 14), true),
		long("tracestate-tenant-of-242", strings.Repeat("t", 242)+"@v", false),
		long("tracestate-vendor-of-15", "t@"+strings.Repeat("v", 15), false),
	}
}

// kept is a case whose context is continued with the members of state.
func kept(id, state string, lines ...string) Case {
	return Case{ID: id, Lines: append([]string{refused}, lines...), Want: carrying(state)}
}

// invalid is a case whose tracestate may be dropped, or sent on as state.
func invalid(id, state string, lines ...string) Case {
	c := kept(id, "", lines...)
	may := carrying(state)
	c.Level, c.May = 2, &may
	return c
}

// printable is every character that a value may have.
func printable() string {
	var b strings.Builder
	for r := ' '; r <= '~'; r++ {
		if r != ',' && r != '=' {
			b.WriteRune(r)
		}
	}
	return b.String()
}
