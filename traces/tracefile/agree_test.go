package tracefile_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/throughline/throughline/traces"
)

// nested stands for the text of a list or an object, which is not compared.
const nested = "\x00nested"

// agree holds what Read made of one OTLP request against what protojson makes of it with
// the messages that opentelemetry-proto generates.
func agree(t *testing.T, data []byte, found []traces.Trace) {
	t.Helper()
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil || fields["resourceSpans"] == nil {
		return
	}
	var message otlp.TracesData
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 1 << 16}).Unmarshal(data, &message); err != nil {
		t.Fatalf("protojson refuses what was read: %v", err)
	}
	var want, got []traces.Span
	for _, resource := range message.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				want = append(want, stored(t, resource, scope, s))
			}
		}
	}
	slices.SortStableFunc(want, func(a, b traces.Span) int {
		return cmp.Or(bytes.Compare(a.TraceID[:], b.TraceID[:]), a.Start.Compare(b.Start), bytes.Compare(a.ID[:], b.ID[:]))
	})
	for _, one := range found {
		got = append(got, one.Spans...)
	}
	same := gocmp.Comparer(func(a, b traces.Tag) bool {
		return a.Key == b.Key && (a.Value == b.Value || a.Value == nested || b.Value == nested)
	})
	each := gocmp.Transformer("All", func(tags traces.Tags) []traces.Tag { return slices.Collect(tags.All()) })
	// The tags are compared; what is read from them follows.
	for i := range want {
		if i < len(got) {
			want[i].Kind, want[i].Status, want[i].Error, want[i].Flags = got[i].Kind, got[i].Status, got[i].Error, got[i].Flags
		}
	}
	if diff := gocmp.Diff(want, got, each, same); diff != "" {
		t.Fatalf("protojson understood otherwise (-protojson +read):\n%s", diff)
	}
}

// stored is the span that Jaeger would store of a message.
func stored(t *testing.T, resource *otlp.ResourceSpans, scope *otlp.ScopeSpans, s *otlp.Span) traces.Span {
	t.Helper()
	r := record{
		kind: int(s.GetKind()), status: int(s.GetStatus().GetCode()), message: s.GetStatus().GetMessage(), state: s.GetTraceState(),
		scope: scope.GetScope().GetName(), version: scope.GetScope().GetVersion(),
	}
	for _, a := range s.GetAttributes() {
		r.attributes = append(r.attributes, tag(a.GetKey(), textOf(a.GetValue())))
	}
	out := traces.Span{
		Name:     s.GetName(),
		Start:    time.Unix(0, int64(s.GetStartTimeUnixNano())).UTC(),
		Duration: time.Duration(int64(s.GetEndTimeUnixNano()) - int64(s.GetStartTimeUnixNano())),
	}
	named, tags := false, r.tags()
	for _, a := range resource.GetResource().GetAttributes() {
		if a.GetKey() == "service.name" && !named {
			named = true
			out.Service, out.Namespace = traces.SplitServiceName(a.GetValue().GetStringValue())
			continue
		}
		tags = append(tags, tag(a.GetKey(), textOf(a.GetValue())))
	}
	out.Tags = traces.TagsOf(tags...)
	unbase64(t, out.TraceID[:], s.GetTraceId())
	unbase64(t, out.ID[:], s.GetSpanId())
	unbase64(t, out.Parent[:], s.GetParentSpanId())
	for _, l := range s.GetLinks() {
		var link traces.Link
		unbase64(t, link.TraceID[:], l.GetTraceId())
		unbase64(t, link.SpanID[:], l.GetSpanId())
		out.Links = append(out.Links, link)
	}
	return out
}

// unbase64 undoes what protojson does to an id: it takes the digits for base64.
func unbase64(t *testing.T, into, raw []byte) {
	t.Helper()
	if len(raw) == 0 {
		return
	}
	id, err := hex.DecodeString(base64.StdEncoding.EncodeToString(raw))
	if err != nil || len(id) != len(into) {
		t.Fatalf("an id of %d bytes was read: %v", len(id), err)
	}
	copy(into, id)
}

func textOf(v *common.AnyValue) string {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return strconv.FormatBool(v.BoolValue)
	case *common.AnyValue_IntValue:
		return strconv.FormatInt(v.IntValue, 10)
	case *common.AnyValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', 10, 64)
	case *common.AnyValue_BytesValue:
		return hex.EncodeToString(v.BytesValue)
	case *common.AnyValue_ArrayValue, *common.AnyValue_KvlistValue:
		return nested
	}
	return ""
}

func TestProtojsonUnderstandsTheSame(t *testing.T) {
	for _, text := range []string{sample(t, "request.json"), string(asOTLP(many(3, 18)))} {
		agree(t, []byte(text), read(t, text))
	}
}
