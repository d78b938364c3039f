package tracefile_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracefile"
)

// Run the fuzzers with -fuzzminimizetime 20x: with the default they shrink the samples for
// minutes before they try anything new.

// limit keeps the fuzzers' inputs small.
func limit() tracefile.Options { return tracefile.Options{MaxBytes: 1 << 20} }

// sound says what must hold of whatever Read gave.
func sound(t *testing.T, data []byte, found []traces.Trace, err error) {
	t.Helper()
	if err != nil {
		if found != nil || err.Error() == "" || len(err.Error()) > 2000 || strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Fatalf("%d traces with the error %v", len(found), err)
		}
		return
	}
	again, err := tracefile.Read(packed(t, bytes.NewReader(data)), limit())
	if diff := gocmp.Diff(found, again); err != nil || diff != "" {
		t.Fatalf("packed it is another: %v\n%s", err, diff)
	}
	for i, one := range found {
		if i > 0 && bytes.Compare(found[i-1].ID[:], one.ID[:]) >= 0 {
			t.Fatalf("trace %s comes after %s", one.ID, found[i-1].ID)
		}
		for j, s := range one.Spans {
			if j > 0 && s.Start.Before(one.Spans[j-1].Start) {
				t.Fatalf("span %s comes after one that starts later", s.ID)
			}
			read := s
			read.ReadTags()
			if diff := gocmp.Diff(read, s); diff != "" {
				t.Fatalf("the tags say otherwise:\n%s", diff)
			}
		}
	}
}

func FuzzOTLP(f *testing.F) {
	for _, name := range []string{"request.json", "collector.jsonl", "apiv3.json"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Add(asOTLP(many(1, 1)))
	f.Add([]byte(`{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"doubleValue":"NaN"}}]},"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_CLIENT","status":{"code":2}}]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := tracefile.Read(bytes.NewReader(data), limit())
		sound(t, data, found, err)
		if err == nil {
			agree(t, data, found)
		}
	})
}

func FuzzJaeger(f *testing.F) {
	f.Add([]byte(sample(f, "jaeger.json")))
	f.Add(asJaeger(many(1, 1)))
	f.Add([]byte(`[{"traceID":"0000000000000001","spans":[{"traceID":"0000000000000002","spanID":"0000000000000001","startTime":1,"duration":-1,"processID":"p"}],"processes":{"p":{}}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := tracefile.Read(bytes.NewReader(data), limit())
		sound(t, data, found, err)
	})
}
