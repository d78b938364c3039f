package w3c

// traceparentCases are those of the public suite that are about traceparent.
func traceparentCases() []Case {
	var all []Case
	add := func(suite, clause string, want Outcome, cases ...Case) {
		for _, c := range cases {
			c.Suite, c.Level, c.Clause, c.Want = suite, 1, level1+clause, want
			all = append(all, c)
		}
	}
	one := func(id string, lines ...string) Case { return Case{ID: id, Lines: lines} }
	parent := func(id, value string) Case { return one(id, "traceparent: "+value) }

	add("test_both_traceparent_and_tracestate_missing", "no-traceparent-received", restarted(),
		one("nothing"))
	add("test_traceparent_included_tracestate_missing", "a-traceparent-is-received", continued(),
		one("traceparent-alone", valid))
	add("test_traceparent_duplicated", "traceparent-header", restarted(),
		one("traceparent-twice", valid, "traceparent: 00-{other}-{parent}-01"))
	add("test_traceparent_header_name", "header-name", restarted(),
		one("traceparent-name-with-hyphen", "trace-parent: 00-{trace}-{parent}-01"),
		one("traceparent-name-with-dot", "trace.parent: 00-{trace}-{parent}-01"))
	add("test_traceparent_header_name_valid_casing", "header-name", continued(),
		one("traceparent-name-in-camel-case", "TraceParent: 00-{trace}-{parent}-01"),
		one("traceparent-name-in-mixed-case", "TrAcEpArEnT: 00-{trace}-{parent}-01"),
		one("traceparent-name-in-upper-case", "TRACEPARENT: 00-{trace}-{parent}-01"))
	add("test_traceparent_version_0x00", "version-format", restarted(),
		parent("version-00-trailing-dot", "00-{trace}-{parent}-01."),
		parent("version-00-trailing-field", "00-{trace}-{parent}-01-what-the-future-will-be-like"))
	add("test_traceparent_version_0xcc", "versioning-of-traceparent", continued(),
		parent("version-cc", "cc-{trace}-{parent}-01"),
		parent("version-cc-trailing-field", "cc-{trace}-{parent}-01-what-the-future-will-be-like"))
	add("test_traceparent_version_0xcc", "versioning-of-traceparent", restarted(),
		parent("version-cc-trailing-dot", "cc-{trace}-{parent}-01.what-the-future-will-be-like"))
	add("test_traceparent_version_0xff", "version", restarted(),
		parent("version-ff", "ff-{trace}-{parent}-01"))
	add("test_traceparent_version_illegal_characters", "versioning-of-traceparent", restarted(),
		parent("version-first-digit-illegal", ".0-{trace}-{parent}-01"),
		parent("version-second-digit-illegal", "0.-{trace}-{parent}-01"))
	add("test_traceparent_version_too_long", "versioning-of-traceparent", restarted(),
		parent("version-of-three-digits", "000-{trace}-{parent}-01"),
		parent("version-of-four-digits", "0000-{trace}-{parent}-01"))
	add("test_traceparent_version_too_short", "versioning-of-traceparent", restarted(),
		parent("version-of-one-digit", "0-{trace}-{parent}-01"))
	add("test_traceparent_trace_id_all_zero", "trace-id", restarted(),
		parent("trace-id-zero", "00-00000000000000000000000000000000-{parent}-01"))
	add("test_traceparent_trace_id_illegal_characters", "trace-id", restarted(),
		parent("trace-id-first-digit-illegal", "00-.{trace-}-{parent}-01"),
		parent("trace-id-last-digit-illegal", "00-{trace-}.-{parent}-01"))
	add("test_traceparent_trace_id_too_long", "trace-id", restarted(),
		parent("trace-id-too-long", "00-{trace}3-{parent}-01"))
	add("test_traceparent_trace_id_too_short", "trace-id", restarted(),
		parent("trace-id-too-short", "00-{trace-}-{parent}-01"))
	add("test_traceparent_parent_id_all_zero", "parent-id", restarted(),
		parent("parent-id-zero", "00-{trace}-0000000000000000-01"))
	add("test_traceparent_parent_id_illegal_characters", "parent-id", restarted(),
		parent("parent-id-first-digit-illegal", "00-{trace}-.{parent-}-01"),
		parent("parent-id-last-digit-illegal", "00-{trace}-{parent-}.-01"))
	add("test_traceparent_parent_id_too_long", "parent-id", restarted(),
		parent("parent-id-too-long", "00-{trace}-{parent}7-01"))
	add("test_traceparent_parent_id_too_short", "parent-id", restarted(),
		parent("parent-id-too-short", "00-{trace}-{parent-}-01"))
	add("test_traceparent_trace_flags_illegal_characters", "trace-flags", restarted(),
		parent("flags-first-digit-illegal", "00-{trace}-{parent}-.0"),
		parent("flags-second-digit-illegal", "00-{trace}-{parent}-0."))
	add("test_traceparent_trace_flags_too_long", "trace-flags", restarted(),
		parent("flags-too-long", "00-{trace}-{parent}-001"))
	add("test_traceparent_trace_flags_too_short", "trace-flags", restarted(),
		parent("flags-too-short", "00-{trace}-{parent}-1"))
	add("test_traceparent_ows_handling", "traceparent-header-field-values", continued(),
		parent("traceparent-after-space", " 00-{trace}-{parent}-01"),
		parent("traceparent-after-tab", "\t00-{trace}-{parent}-01"),
		parent("traceparent-before-space", "00-{trace}-{parent}-01 "),
		parent("traceparent-before-tab", "00-{trace}-{parent}-01\t"),
		parent("traceparent-between-tabs-and-spaces", "\t 00-{trace}-{parent}-01 \t"))
	return all
}

// callCases are those of the public suite in which one request makes several calls.
func callCases() []Case {
	const calls = 3
	return []Case{
		{
			ID: "calls-with-traceparent", Suite: "test_multiple_requests_with_valid_traceparent", Level: 1,
			Clause: level1 + "mutating-the-traceparent-field", Lines: []string{valid}, Calls: calls, Want: continued(),
		},
		{
			ID: "calls-without-traceparent", Suite: "test_multiple_requests_without_traceparent", Level: 1,
			Clause: level1 + "mutating-the-traceparent-field", Calls: calls, Want: restarted(),
		},
		{
			ID: "calls-with-zero-trace-id", Suite: "test_multiple_requests_with_illegal_traceparent", Level: 1,
			Clause: level1 + "trace-id", Lines: []string{"traceparent: 00-00000000000000000000000000000000-{parent}-01"},
			Calls: calls, Want: restarted(),
		},
	}
}
