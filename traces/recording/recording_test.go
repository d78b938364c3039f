package recording_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/recording"
	"github.com/throughline/throughline/traces/tracesim"
)

func mesh() traces.Mesh {
	return traces.Mesh{Provider: traces.OpenTelemetry, Sampling: traces.Percent(100)}
}

func chain() traces.Topology {
	return traces.Topology{
		Name: "chain", Entry: "web",
		Services: []traces.Service{
			{Name: "web", Steps: []traces.Step{{{To: "cart"}}}},
			{Name: "cart", Steps: []traces.Step{{{To: "stock"}}}},
			{Name: "stock"},
		},
	}
}

// recorded is a recording of a faultless mesh.
func recorded() recording.Recording {
	ev := tracesim.Send(chain(), mesh(), tracesim.Options{Requests: 3, Prefix: "a-", Seed: 1})
	return recording.Recording{
		Rule: "chain", Statement: "Each call has two spans.", Source: "https://example.com/rule",
		Captured: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		Subject:  map[string]string{"istio": "1.31.0", "envoy": "1.40.0"},
		Evidence: ev,
	}
}

func written(t *testing.T, r recording.Recording) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	text := written(t, recorded())
	first, err := recording.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := written(t, first); again != text {
		t.Errorf("a second writing differs (-first +second):\n%s", cmp.Diff(text, again))
	}
	if diff := cmp.Diff(recorded().Evidence.Traces, first.Evidence.Traces); diff != "" {
		t.Errorf("the traces changed:\n%s", diff)
	}
	want := recorded()
	want.Evidence = first.Evidence
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("the rest changed:\n%s", diff)
	}
}

func TestASettingThatIsFalseIsNotOneThatIsUnset(t *testing.T) {
	off := false
	r := recorded()
	r.Evidence.Mesh.Rules = []traces.Rule{{DisableSpanReporting: &off}}
	r.Evidence.Hops[0].Received["tracestate"] = ""
	got, err := recording.Read(strings.NewReader(written(t, r)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Evidence.Mesh, got.Evidence.Mesh); diff != "" {
		t.Errorf("the mesh changed:\n%s", diff)
	}
	if value, ok := got.Evidence.Hops[0].Received["tracestate"]; !ok || value != "" {
		t.Error("a header without a value was lost")
	}
}

func TestNoHeaderIsKeptThatNobodyReads(t *testing.T) {
	r := recorded()
	hop := &r.Evidence.Hops[slices.IndexFunc(r.Evidence.Hops, func(h traces.Hop) bool { return h.Service == "web" })]
	for _, name := range []string{"authorization", "cookie", "x-forwarded-for", "x-throughline-plan", "user-agent"} {
		hop.Received[name] = "secret"
		hop.Sent[0].Headers[name] = "secret"
		r.Evidence.Requests[0].Headers = map[string]string{name: "secret"}
	}
	hop.Received["x-envoy-attempt-count"] = "1"
	text := written(t, r)
	if strings.Contains(text, "secret") {
		t.Error("a header was written that is no trace header")
	}
	if !strings.Contains(text, `"x-envoy-attempt-count":"1"`) && !strings.Contains(text, `"x-envoy-attempt-count": "1"`) {
		t.Error("x-envoy-attempt-count was not written")
	}
	if hop.Received["cookie"] != "secret" {
		t.Error("writing changed the evidence of the caller")
	}
}

func TestAFileThatIsNotWholeIsRefusedWithItsPlace(t *testing.T) {
	text := written(t, recorded())
	edit := func(old, replacement string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the file has no %s", old)
		}
		return strings.Replace(text, old, replacement, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "line 1: the file ends too early"},
		{"half of it", text[:len(text)/2], "the file ends too early"},
		{"text after it", text + "{}", "after top-level value"},
		{"another version", edit(`"version": 1`, `"version": 2`), "version: 2 is not 1"},
		{"no version", edit(`"version": 1,`, ``), "version: missing"},
		{"an unknown field", edit(`"source":`, `"sauce":`), `line 5: json: unknown field "sauce"`},
		{"an unknown field within", edit(`"Entry":`, `"Exit":`), `unknown field "Exit"`},
		{"another shape", edit(`"version": 1`, `"version": "one"`), "line 2: version"},
		{"no day", edit(`2026-01-02`, `yesterday`), "captured"},
		{"no rule", edit(`"rule": "chain"`, `"rule": ""`), "rule: missing"},
		{"a trace id that is none", edit(`"TraceID": "`, `"TraceID": "xyz`), "want 16 or 32 hexadecimal digits"},
		{"an entry that is none", edit(`"Entry": "web"`, `"Entry": "cellar"`), "topology chain: entry"},
		{"a provider that is none", edit(`"Provider":"opentelemetry"`, `"Provider":"abacus"`), "unknown provider"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := recording.Read(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestIncompleteEvidenceIsNotWritten(t *testing.T) {
	incomplete, empty := recorded(), recorded()
	incomplete.Evidence.Incomplete = []string{"2 spans dropped"}
	empty.Evidence.Requests = nil
	for want, r := range map[string]recording.Recording{"2 spans dropped": incomplete, "evidence.Requests: missing": empty} {
		var b bytes.Buffer
		if err := r.Write(&b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
		if b.Len() > 0 {
			t.Error("something was written")
		}
	}
}

func TestAChangedTagIsAChangedLine(t *testing.T) {
	before := recorded()
	before.Evidence.Traces[0].Spans[0].Tags = before.Evidence.Traces[0].Spans[0].Tags.Append(traces.Tag{Key: "zone", Value: "{a,b}"})
	after := recorded()
	after.Evidence.Traces[0].Spans[0].Tags = after.Evidence.Traces[0].Spans[0].Tags.Append(traces.Tag{Key: "zone", Value: `c"d`})
	one, two := strings.Split(written(t, before), "\n"), strings.Split(written(t, after), "\n")
	if len(one) != len(two) {
		t.Fatalf("%d lines became %d", len(one), len(two))
	}
	changed := 0
	for i := range one {
		if one[i] != two[i] {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d lines changed, want 1", changed)
	}
}

func TestAFaultlessMeshAgrees(t *testing.T) {
	j, err := recorded().Judge()
	if err != nil {
		t.Fatal(err)
	}
	if !j.Agrees() || len(j.Requests) != 3 || !strings.Contains(j.String(), "3 requests agree with 1 outcomes") {
		t.Errorf("%s", j)
	}
}

func TestEachDifferenceIsShownWithBothTrees(t *testing.T) {
	r := recorded()
	r.Evidence.Traces[0].Spans = slices.DeleteFunc(r.Evidence.Traces[0].Spans, func(s traces.Span) bool {
		return s.Service == "stock"
	})
	j, err := r.Judge()
	if err != nil {
		t.Fatal(err)
	}
	text := j.String()
	if j.Agrees() || !strings.Contains(text, "missing-span stock") || !strings.Contains(text, "outcome 0: probability 1") ||
		strings.Count(text, "is nearest to") != 1 {
		t.Errorf("%s", text)
	}
}

func TestAnotherStatusThanTheOutcomesDiffers(t *testing.T) {
	r := recorded()
	r.Evidence.Requests[1].Status = 503
	j, err := r.Judge()
	if err != nil {
		t.Fatal(err)
	}
	if found := j.Requests[1].Findings; len(found) != 1 || found[0].Kind != traces.FailedRequest {
		t.Errorf("findings %v", found)
	}
}

func TestATraceOfNoRequestDiffers(t *testing.T) {
	r := recorded()
	id := traces.TraceID{0xee}
	r.Evidence.Traces = append(r.Evidence.Traces, traces.Trace{ID: id, Spans: []traces.Span{
		{TraceID: id, ID: traces.SpanID{1}, Service: "cron", Namespace: "shop", Kind: traces.Client},
	}})
	j, err := r.Judge()
	if err != nil {
		t.Fatal(err)
	}
	if j.Agrees() || len(j.Strays) != 1 || !strings.Contains(j.String(), "of no request") {
		t.Errorf("%s", j)
	}
}

func TestATraceThatNobodyPropagatedIsFoundByItsRequestID(t *testing.T) {
	id := traces.TraceID{7}
	muted := true
	r := recorded()
	r.Evidence.Topology = traces.Topology{Name: "single", Entry: "web", Services: []traces.Service{{Name: "web"}}}
	r.Evidence.Mesh.Rules = []traces.Rule{{Side: traces.Client, DisableContextPropagation: &muted}}
	r.Evidence.Mesh.Telemetries = []traces.Telemetry{{Namespace: "shop", Workload: "web", Rules: []traces.Rule{{DisableSpanReporting: &muted}}}}
	r.Evidence.Requests = r.Evidence.Requests[:1]
	r.Evidence.Hops = []traces.Hop{{
		Request: r.Evidence.Requests[0].Request, Service: "web", Namespace: "shop", Status: 200,
		Received: map[string]string{"x-request-id": "1b4e28ba-2fa1-9d2b-883f-0016d3cca427"},
	}}
	r.Evidence.Traces = []traces.Trace{{ID: id, Spans: []traces.Span{{
		TraceID: id, ID: traces.SpanID{1}, Service: "client", Namespace: "shop", Kind: traces.Client, Status: 200,
		Tags: traces.TagsOf(traces.Tag{Key: "guid:x-request-id", Value: "1b4e28ba-2fa1-4d2b-883f-0016d3cca427"}),
	}}}}
	j, err := r.Judge()
	if err != nil {
		t.Fatal(err)
	}
	if !j.Agrees() {
		t.Errorf("%s", j)
	}
	r.Evidence.Traces[0].Spans[0].Tags = traces.TagsOf(traces.Tag{Key: "guid:x-request-id", Value: "another"})
	if j, err = r.Judge(); err != nil || j.Agrees() {
		t.Errorf("a trace of another request agrees (%v)", err)
	}
}
