package tracefile_test

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracefile"
)

// anyRecord draws few ids, so that they meet, and any text.
func anyRecord() *rapid.Generator[record] {
	return rapid.Custom(func(t *rapid.T) record {
		span := func(label string) traces.SpanID { return traces.SpanID{7: rapid.ByteRange(0, 4).Draw(t, label)} }
		trace := func(label string) traces.TraceID { return traces.TraceID{15: rapid.ByteRange(0, 3).Draw(t, label)} }
		text := func(label string) string { return rapid.String().Draw(t, label) }
		tags := func(label string) []traces.Tag {
			return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) traces.Tag {
				return tag(
					rapid.OneOf(rapid.SampledFrom([]string{"error", "span.kind", "http.status_code", "response_flags"}), rapid.String()).Draw(t, "key"),
					rapid.OneOf(rapid.SampledFrom([]string{"true", "500", "-", "SERVER"}), rapid.String()).Draw(t, "value"))
			}), 0, 3).Draw(t, label)
		}
		r := record{
			trace: trace("trace"), id: span("span"), parent: span("parent"),
			service: rapid.OneOf(rapid.SampledFrom([]string{"web.shop", "cart"}), rapid.String()).Draw(t, "service"),
			scope:   text("scope"), version: text("version"), name: text("name"), kind: rapid.IntRange(0, 5).Draw(t, "kind"),
			startMicros: rapid.Int64Range(0, 4000000000000000).Draw(t, "start"),
			attributes:  tags("attributes"), status: rapid.IntRange(0, 2).Draw(t, "status"), message: text("message"), state: text("state"),
		}
		r.durationMicros = rapid.Int64Range(-r.startMicros, 4000000000000000).Draw(t, "duration")
		// A second service.name would be none: the first is the name.
		r.resource = slices.DeleteFunc(tags("resource"), func(tag traces.Tag) bool { return tag.Key == "service.name" })
		for range rapid.IntRange(0, 2).Draw(t, "links") {
			r.links = append(r.links, traces.Link{TraceID: trace("linked trace"), SpanID: span("linked span")})
		}
		return r
	})
}

// modelled are the records' traces in the order that Read promises.
func modelled(records []record) []traces.Trace {
	byID := map[traces.TraceID][]traces.Span{}
	for _, r := range records {
		byID[r.trace] = append(byID[r.trace], r.span())
	}
	out := make([]traces.Trace, 0, len(byID))
	for id, spans := range byID {
		slices.SortStableFunc(spans, func(a, b traces.Span) int {
			return cmp.Or(a.Start.Compare(b.Start), bytes.Compare(a.ID[:], b.ID[:]))
		})
		out = append(out, traces.Trace{ID: id, Spans: spans})
	}
	slices.SortFunc(out, func(a, b traces.Trace) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return out
}

func TestATraceThatIsWrittenAndReadIsTheSame(t *testing.T) {
	for format, write := range map[string]func([]record) []byte{"OTLP": asOTLP, "Jaeger": asJaeger} {
		t.Run(format, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				records := rapid.SliceOfN(anyRecord(), 1, 8).Draw(t, "records")
				got, err := tracefile.Read(bytes.NewReader(write(records)), tracefile.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(modelled(records), got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}
