package tracefile_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracefile"
)

func read(t *testing.T, text string) []traces.Trace {
	t.Helper()
	found, err := tracefile.Read(strings.NewReader(text), tracefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func differ(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func tag(key, value string) traces.Tag { return traces.Tag{Key: key, Value: value} }

// The ids of the samples.
func traceID() traces.TraceID {
	return traces.TraceID{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c}
}

func otherTraceID() traces.TraceID {
	return traces.TraceID{0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}
}

func rootID() traces.SpanID { return traces.SpanID{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31} }

func childID() traces.SpanID { return traces.SpanID{0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7} }

func otherID() traces.SpanID { return traces.SpanID{0x53, 0x99, 0x5c, 0x3f, 0x42, 0xcd, 0x8a, 0xd8} }

func begin() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func TestASpanOfOTLPIsReadAsJaegerWouldStoreIt(t *testing.T) {
	differ(t, []traces.Trace{{ID: traceID(), Spans: []traces.Span{{
		TraceID: traceID(), ID: childID(), Parent: rootID(),
		Links:   []traces.Link{{TraceID: otherTraceID(), SpanID: otherID()}},
		Service: "cart", Namespace: "shop", Kind: traces.Server, Name: "cart.shop.svc.cluster.local:8080/*",
		Start: begin().Add(time.Millisecond + 123), Duration: 2*time.Millisecond + 333,
		Status: 503, Error: true, Flags: "UH",
		Tags: traces.TagsOf(
			tag("otel.scope.name", "envoy"),
			tag("otel.scope.version", "1.40.0"),
			tag("http.response.status_code", "503"),
			tag("response_flags", "UH"),
			tag("retried", "true"),
			tag("share", "0.25"),
			tag("digest", "ff00"),
			tag("peers", `["a\u003cb",2,null]`),
			tag("labels", `{"app":"/w==","zone":"b"}`),
			tag("retried", "false"),
			tag("nothing", ""),
			tag("span.kind", "server"),
			tag("otel.status_code", "ERROR"),
			tag("error", "true"),
			tag("otel.status_description", "no healthy upstream"),
			tag("w3c.tracestate", "mesh=one"),
			tag("node", "one"),
			tag("process.pid", "4711"),
		),
	}}}}, read(t, sample(t, "request.json")))
}

func TestASpanOfJaegerIsReadAsItWasStored(t *testing.T) {
	differ(t, []traces.Trace{{ID: traceID(), Spans: []traces.Span{
		{
			TraceID: traceID(), ID: rootID(), Service: "web", Namespace: "shop", Kind: traces.Client,
			Name: "cart.shop.svc.cluster.local:8080/*", Start: begin(), Duration: 4 * time.Millisecond,
			Tags: traces.TagsOf(tag("span.kind", "client"), tag("node", "one")),
		},
		{
			TraceID: traceID(), ID: childID(), Parent: rootID(),
			Links:   []traces.Link{{TraceID: otherTraceID(), SpanID: otherID()}, {TraceID: traceID(), SpanID: rootID()}},
			Service: "cart", Namespace: "shop", Kind: traces.Server, Name: "cart.shop.svc.cluster.local:8080/*",
			Start: begin().Add(time.Millisecond), Duration: 2 * time.Millisecond,
			Status: 503, Error: true, Flags: "UH",
			Tags: traces.TagsOf(
				tag("http.status_code", "503"),
				tag("response_flags", "UH"),
				tag("error", "true"),
				tag("span.kind", "server"),
				tag("share", "0.25"),
				tag("bytes", "9007199254740993"),
				tag("digest", "ff00"),
				tag(tracefile.WarningsTag, `["clock skew adjustment disabled"]`),
			),
		},
	}}}, read(t, sample(t, "jaeger.json")))
}

func TestLinesOfOTLPAreOneTrace(t *testing.T) {
	found := read(t, sample(t, "collector.jsonl"))
	if len(found) != 1 || len(found[0].Spans) != 2 {
		t.Fatalf("got %+v, want one trace of two spans", found)
	}
	web, cart := found[0].Spans[0], found[0].Spans[1]
	if web.Kind != traces.Client || cart.Kind != traces.Server || cart.Parent != web.ID ||
		web.Flags != "UH" || cart.Flags != "" || web.Status != 503 || !cart.Error || web.Tags.Get("node") != "one" {
		t.Errorf("got %+v", found[0].Spans)
	}
}

func TestAnswersOfAPIv3AreReadOneAfterAnother(t *testing.T) {
	found := read(t, sample(t, "apiv3.json"))
	if len(found) != 2 || found[1].ID != traceID() || found[0].ID != (traces.TraceID{8: 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36}) {
		t.Fatalf("got %+v, want two traces in order of id", found)
	}
	if got := found[1].Spans[0].Tags.Get(tracefile.WarningsTag); got != `["late"]` {
		t.Errorf("the warnings are %s", got)
	}
}

func TestABareTraceOfJaegerAndAListOfThemAreReadToo(t *testing.T) {
	answer := sample(t, "jaeger.json")
	_, rest, _ := strings.Cut(answer, `"data": [`)
	list, _, _ := strings.Cut(rest, `"total"`)
	list = strings.TrimRight(list, " \n,]")
	want := read(t, answer)
	differ(t, want, read(t, list))
	differ(t, want, read(t, "["+list+"]"))
}

func TestAFileWithoutTracesGivesNone(t *testing.T) {
	for _, text := range []string{
		`{"resourceSpans":[]}`, `{"resourceSpans":null}`, `{"resourceSpans":[{"scopeSpans":[{}]},{}]}`,
		`{"result":{}}`, `{"data":[],"total":0,"errors":null}`, `{"data":null,"errors":[]}`, `[]`,
	} {
		if found := read(t, text); len(found) != 0 {
			t.Errorf("%s: got %+v", text, found)
		}
	}
}

func TestSpansOfOneTraceAreGroupedOverTheWholeFileAndOrdered(t *testing.T) {
	records := []record{
		{trace: traces.TraceID{2}, id: traces.SpanID{1}, startMicros: 5},
		{trace: traces.TraceID{1}, id: traces.SpanID{9}, startMicros: 7},
		{trace: traces.TraceID{2}, id: traces.SpanID{3}, startMicros: 4},
		{trace: traces.TraceID{1}, id: traces.SpanID{8}, startMicros: 7},
		{trace: traces.TraceID{2}, id: traces.SpanID{2}, startMicros: 4},
	}
	want := []string{"01: 08 09", "02: 02 03 01"}
	for name, text := range map[string][]byte{
		"OTLP": asOTLP(records), "Jaeger": asJaeger(records),
		"lines":          append(append(asOTLP(records[:2]), '\n'), asOTLP(records[2:])...),
		"both, together": append(asJaeger(records[:3]), asOTLP(records[3:])...),
	} {
		var got []string
		for _, one := range read(t, string(text)) {
			line := one.ID.String()[:2] + ":"
			for _, s := range one.Spans {
				line += " " + s.ID.String()[:2]
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func packed(t testing.TB, parts ...io.Reader) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, io.MultiReader(parts...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestAPackedFileIsReadAsTheUnpackedOne(t *testing.T) {
	text := sample(t, "jaeger.json")
	found, err := tracefile.Read(packed(t, strings.NewReader(text)), tracefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	differ(t, read(t, text), found)
}

// blanks is an endless file.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestAFileLargerThanTheLimitIsRefused(t *testing.T) {
	text := `{"data":[]}`
	var empty bytes.Buffer
	for range 100 {
		empty.Write(packed(t).Bytes())
	}
	for name, c := range map[string]struct {
		file io.Reader
		max  int64
		want string
	}{
		"exactly the limit": {strings.NewReader(text), int64(len(text)), ""},
		"one byte more":     {strings.NewReader(text + "\n"), int64(len(text)), "larger than 11 bytes; raise MaxBytes to read it"},
		"endless":           {blanks{}, 1000, "larger than 1000 bytes; raise MaxBytes to read it"},
		"a bomb":            {packed(t, io.LimitReader(blanks{}, 10<<20)), 1 << 20, "unpack gzip: larger than 1048576 bytes; raise MaxBytes to read it"},
		"empty members":     {&empty, 1000, "larger than 1000 bytes; raise MaxBytes to read it"},
	} {
		_, err := tracefile.Read(c.file, tracefile.Options{MaxBytes: c.max})
		if got := message(err); got != c.want {
			t.Errorf("%s: error %q, want %q", name, got, c.want)
		}
	}
}

func TestTheDefaultLimitHolds(t *testing.T) {
	bomb := packed(t, io.LimitReader(blanks{}, tracefile.DefaultMaxBytes+1))
	_, err := tracefile.Read(bomb, tracefile.Options{})
	if got, want := message(err), "unpack gzip: larger than 67108864 bytes; raise MaxBytes to read it"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
