package tracefile_test

import (
	"context"
	"errors"
	"math"
	"net"
	"testing"
	"time"

	gogo "github.com/gogo/protobuf/proto"
	model "github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/test/bufconn"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/jaeger"
)

// backend answers every request with its spans.
type backend struct {
	api_v2.UnimplementedQueryServiceServer
	spans []model.Span
}

func (b *backend) GetTrace(_ *api_v2.GetTraceRequest, stream api_v2.QueryService_GetTraceServer) error {
	return stream.Send(&api_v2.SpansResponseChunk{Spans: b.spans})
}

// codec is what the messages of api_v2 need.
type codec struct{}

func (codec) Marshal(v any) (mem.BufferSlice, error) {
	m, is := v.(gogo.Message)
	if !is {
		return nil, errors.New("not a message of gogo")
	}
	data, err := gogo.Marshal(m)
	return mem.BufferSlice{mem.SliceBuffer(data)}, err
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, is := v.(gogo.Message)
	if !is {
		return errors.New("not a message of gogo")
	}
	return gogo.Unmarshal(data.Materialize(), m)
}

func (codec) Name() string { return "proto" }

// throughAPIv2 is the trace as traces/jaeger fetches it.
func throughAPIv2(t *testing.T, id traces.TraceID, spans []model.Span) traces.Trace {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.ForceServerCodecV2(codec{}))
	api_v2.RegisterQueryServiceServer(server, &backend{spans: spans})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := jaeger.Dial("passthrough:///bufconn",
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	found, err := client.Trace(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The stored spans are written out here as Jaeger's translator makes them of the same
// OTLP, so that they owe nothing to the code that reads files.
func TestATraceIsTheSameThroughBothFormatsAndThroughAPIv2(t *testing.T) {
	id := traces.TraceID{7: 9, 15: 7}
	records := []record{
		{
			trace: id, id: traces.SpanID{7: 1}, service: "web.shop", scope: "envoy", kind: 3,
			name: "cart.shop.svc.cluster.local:8080/*", startMicros: begin().UnixMicro(), durationMicros: 4000,
			attributes: []traces.Tag{tag("http.status_code", "503"), tag("response_flags", "UH,URX"), tag("node", "two")},
			resource:   []traces.Tag{tag("node", "one")}, status: 2, message: "no upstream", state: "mesh=one",
		},
		{
			trace: id, id: traces.SpanID{7: 2}, parent: traces.SpanID{7: 1}, service: "cart", version: "1.40.0", kind: 2,
			name: "cart", startMicros: begin().UnixMicro() + 1000, durationMicros: -2000,
			links:      []traces.Link{{TraceID: traces.TraceID{15: 5}, SpanID: traces.SpanID{7: 6}}},
			attributes: []traces.Tag{tag("response_flags", "-"), tag("http.response.status_code", "200")}, status: 1,
		},
		{trace: id, id: traces.SpanID{7: 3}, parent: traces.SpanID{7: 8}, service: "stock.shop", startMicros: begin().UnixMicro() + 2000, kind: 1},
	}
	high, low := uint64(9), uint64(7)
	stored := []model.Span{
		{
			TraceID: model.NewTraceID(high, low), SpanID: 1, OperationName: "cart.shop.svc.cluster.local:8080/*",
			StartTime: begin(), Duration: 4 * time.Millisecond,
			Process: model.NewProcess("web.shop", []model.KeyValue{model.String("node", "one")}),
			Tags: []model.KeyValue{
				model.String("otel.scope.name", "envoy"),
				model.String("http.status_code", "503"), model.String("response_flags", "UH,URX"), model.String("node", "two"),
				model.String("span.kind", "client"), model.String("otel.status_code", "ERROR"), model.Bool("error", true),
				model.String("otel.status_description", "no upstream"), model.String("w3c.tracestate", "mesh=one"),
			},
		},
		{
			TraceID: model.NewTraceID(high, low), SpanID: 2, OperationName: "cart",
			StartTime: begin().Add(time.Millisecond), Duration: -2 * time.Millisecond,
			Process: model.NewProcess("cart", nil),
			References: []model.SpanRef{
				model.NewChildOfRef(model.NewTraceID(high, low), 1),
				model.NewFollowsFromRef(model.NewTraceID(0, 5), 6),
			},
			Tags: []model.KeyValue{
				model.String("otel.scope.version", "1.40.0"),
				model.String("response_flags", "-"), model.String("http.response.status_code", "200"),
				model.String("span.kind", "server"), model.String("otel.status_code", "OK"),
			},
		},
		{
			TraceID: model.NewTraceID(high, low), SpanID: 3, StartTime: begin().Add(2 * time.Millisecond),
			Process:    model.NewProcess("stock.shop", nil),
			References: []model.SpanRef{model.NewChildOfRef(model.NewTraceID(high, low), 8)},
			Tags:       []model.KeyValue{model.String("span.kind", "internal")},
		},
	}
	want := throughAPIv2(t, id, stored)
	if len(want.Spans) != len(records) || want.Spans[0].Kind != traces.Client || want.Spans[1].Duration >= 0 {
		t.Fatalf("api_v2 gave %+v", want)
	}
	differ(t, []traces.Trace{want}, read(t, string(asOTLP(records))))
	differ(t, []traces.Trace{want}, read(t, string(asJaeger(records))))
}

// Values of every type have one text form, whichever way they came.
func TestAValueHasTheSameTextThroughBothFormatsAndThroughAPIv2(t *testing.T) {
	for name, c := range map[string]struct {
		stored       model.KeyValue
		otlp, jaeger string
	}{
		"text":         {model.String("k", "a<b"), `{"stringValue":"a<b"}`, `"type":"string","value":"a<b"`},
		"true":         {model.Bool("k", true), `{"boolValue":true}`, `"type":"bool","value":true`},
		"an integer":   {model.Int64("k", -5), `{"intValue":"-5"}`, `"type":"int64","value":-5`},
		"a large one":  {model.Int64("k", 1<<60+1), `{"intValue":1152921504606846977}`, `"type":"int64","value":"1152921504606846977"`},
		"a fraction":   {model.Float64("k", 1.0/3), `{"doubleValue":0.3333333333333333}`, `"type":"float64","value":0.3333333333333333`},
		"a great one":  {model.Float64("k", 1e21), `{"doubleValue":"1e21"}`, `"type":"float64","value":1e+21`},
		"a whole one":  {model.Float64("k", 2), `{"doubleValue":2}`, `"type":"float64","value":2`},
		"bytes":        {model.Binary("k", []byte{0xfb, 0xff}), `{"bytesValue":"-_8"}`, `"type":"binary","value":"+/8="`},
		"no bytes":     {model.Binary("k", nil), `{"bytesValue":""}`, `"type":"binary","value":null`},
		"an empty one": {model.String("k", ""), `{}`, `"type":"string","value":""`},
	} {
		t.Run(name, func(t *testing.T) {
			stored := model.Span{TraceID: model.NewTraceID(0, 1), SpanID: 1, Process: model.NewProcess("web", nil), StartTime: begin(), Tags: []model.KeyValue{c.stored}}
			want := throughAPIv2(t, traces.TraceID{15: 1}, []model.Span{stored}).Spans[0].Tags
			differ(t, want, read(t, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"k","value":`+c.otlp+`}]}]}]}]}`)[0].Spans[0].Tags)
			differ(t, want, read(t, `{"traceID":"0000000000000001","spans":[{"traceID":"0000000000000001","spanID":"0000000000000001","startTime":0,"duration":0,`+
				`"processID":"p","tags":[{"key":"k",`+c.jaeger+`}]}],"processes":{"p":{"serviceName":"web"}}}`)[0].Spans[0].Tags)
		})
	}
}

// A list keeps such numbers as words: JSON has none for them.
func TestNumbersThatJSONLacksHaveAText(t *testing.T) {
	for word, number := range map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)} {
		stored := model.Float64("k", number)
		value := `{"doubleValue":"` + word + `"}`
		tags := read(t, `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"k","value":`+value+`},`+
			`{"key":"list","value":{"arrayValue":{"values":[`+value+`]}}}]}]}]}]}`)[0].Spans[0].Tags
		differ(t, traces.TagsOf(tag("k", stored.AsString()), tag("list", `["`+stored.AsString()+`"]`)), tags)
	}
}
