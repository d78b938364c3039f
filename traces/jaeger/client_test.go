package jaeger_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	model "github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/complete"
	"github.com/throughline/throughline/traces/jaeger"
)

// backend stores spans and answers as Jaeger's memory store does: whole traces, in
// chunks of at most ten spans, the traces interleaved.
type backend struct {
	api_v2.UnimplementedQueryServiceServer
	spans    []model.Span
	searches int
	raw      bool
}

func (b *backend) GetServices(context.Context, *api_v2.GetServicesRequest) (*api_v2.GetServicesResponse, error) {
	return &api_v2.GetServicesResponse{Services: []string{"cart.shop", "web.shop"}}, nil
}

func (b *backend) GetTrace(r *api_v2.GetTraceRequest, stream api_v2.QueryService_GetTraceServer) error {
	b.raw = r.RawTraces
	var found []model.Span
	for _, s := range b.spans {
		if s.TraceID == r.TraceID {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return status.Error(codes.NotFound, "trace not found")
	}
	return send(stream, found)
}

func (b *backend) FindTraces(r *api_v2.FindTracesRequest, stream api_v2.QueryService_FindTracesServer) error {
	b.searches++
	q := r.Query
	b.raw = q.RawTraces
	if q.SearchDepth <= 0 {
		return status.Error(codes.InvalidArgument, "search depth must be greater than 0")
	}
	var ids []model.TraceID
	for _, s := range b.spans {
		if s.Process.ServiceName == q.ServiceName && !s.StartTime.Before(q.StartTimeMin) && !s.StartTime.After(q.StartTimeMax) &&
			!slices.Contains(ids, s.TraceID) && len(ids) < int(q.SearchDepth) {
			ids = append(ids, s.TraceID)
		}
	}
	var found []model.Span
	for _, s := range b.spans {
		if slices.Contains(ids, s.TraceID) {
			found = append(found, s)
		}
	}
	return send(stream, found)
}

type sender interface {
	Send(*api_v2.SpansResponseChunk) error
}

func send(stream sender, spans []model.Span) error {
	for chunk := range slices.Chunk(spans, 10) {
		if err := stream.Send(&api_v2.SpansResponseChunk{Spans: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// serve starts the backend and gives a client of it.
func serve(t *testing.T, b *backend) *jaeger.Client {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.ForceServerCodecV2(jaeger.Codec{}))
	api_v2.RegisterQueryServiceServer(server, b)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := jaeger.Dial("passthrough:///bufconn",
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func begin() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func stored(trace, id, parent uint64, service string, at time.Duration, tags ...model.KeyValue) model.Span {
	s := model.Span{
		TraceID: model.NewTraceID(0, trace), SpanID: model.NewSpanID(id),
		OperationName: "cart.shop.svc.cluster.local:8080/*",
		StartTime:     begin().Add(at), Duration: 3 * time.Millisecond,
		Process: model.NewProcess(service, []model.KeyValue{model.String("node", "one")}), Tags: tags,
	}
	if parent != 0 {
		s.References = []model.SpanRef{model.NewChildOfRef(s.TraceID, model.NewSpanID(parent))}
	}
	return s
}

func TestASpanIsReadAsItWasStored(t *testing.T) {
	b := &backend{spans: []model.Span{
		stored(7, 2, 1, "cart.shop", time.Millisecond,
			model.String("span.kind", "server"), model.Int64("http.status_code", 503),
			model.Bool("error", true), model.String("response_flags", "UH"), model.String("node", "two")),
		stored(7, 1, 0, "web.shop", 0,
			model.String("span.kind", "client"), model.String("http.status_code", "200"),
			model.String("error", "false"), model.String("response_flags", "-")),
	}}
	got, err := serve(t, b).Trace(t.Context(), traces.TraceID{15: 7})
	if err != nil {
		t.Fatal(err)
	}
	if !b.raw {
		t.Error("asked for adjusted traces")
	}
	if len(got.Spans) != 2 || got.ID != (traces.TraceID{15: 7}) {
		t.Fatalf("got %+v, want two spans", got)
	}
	web, cart := got.Spans[0], got.Spans[1]
	switch {
	case web.Service != "web" || web.Namespace != "shop" || web.Kind != traces.Client || web.Status != 200 || web.Error || web.Flags != "":
		t.Errorf("web: %+v", web)
	case web.Parent != traces.SpanID{} || !web.Start.Equal(begin()) || web.Duration != 3*time.Millisecond:
		t.Errorf("web: %+v", web)
	case cart.Service != "cart" || cart.Kind != traces.Server || cart.Status != 503 || !cart.Error || cart.Flags != "UH":
		t.Errorf("cart: %+v", cart)
	case cart.Parent != web.ID || cart.Tags.Get("node") != "two" || web.Tags.Get("node") != "one":
		t.Errorf("cart: %+v", cart)
	}
}

func TestHostileSpansAreReadToo(t *testing.T) {
	negative := stored(1, 1, 0, "web.shop", 0)
	negative.Duration = -time.Hour
	huge := stored(1, 2, 2, "web.shop", 0, model.String("http.url", strings.Repeat("x", 5<<20)), model.Binary("bytes", []byte{0xff}))
	nameless := stored(1, 0, 0, "", 0, model.String("http.status_code", "many"), model.Float64("error", 1))
	nameless.Process = nil
	elsewhere := stored(1, 3, 0, "web.shop", 0, model.String("span.kind", "producer"))
	elsewhere.References = []model.SpanRef{
		model.NewChildOfRef(model.NewTraceID(5, 5), 9),
		model.NewFollowsFromRef(elsewhere.TraceID, 1),
	}
	b := &backend{spans: []model.Span{negative, huge, nameless, elsewhere}}
	got, err := serve(t, b).Trace(t.Context(), traces.TraceID{15: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Spans) != 4 {
		t.Fatalf("got %d spans, want all 4", len(got.Spans))
	}
	byID := map[traces.SpanID]traces.Span{}
	for _, s := range got.Spans {
		byID[s.ID] = s
	}
	if d := byID[traces.SpanID{7: 1}].Duration; d != -time.Hour {
		t.Errorf("the negative duration became %s", d)
	}
	if s := byID[traces.SpanID{7: 2}]; len(s.Tags.Get("http.url")) != 5<<20 || s.Parent != s.ID {
		t.Errorf("the huge tag has %d bytes, the parent is %s", len(s.Tags.Get("http.url")), s.Parent)
	}
	if s := byID[traces.SpanID{}]; s.Service != "" || s.Status != 0 || s.Error {
		t.Errorf("the span without a process is %+v", s)
	}
	s := byID[traces.SpanID{7: 3}]
	if s.Parent != (traces.SpanID{}) || s.Kind != "PRODUCER" || !slices.Equal(s.Links, []traces.Link{
		{TraceID: traces.TraceID{7: 5, 15: 5}, SpanID: traces.SpanID{7: 9}},
		{TraceID: s.TraceID, SpanID: traces.SpanID{7: 1}},
	}) {
		t.Errorf("the span with references elsewhere is %+v", s)
	}
}

func TestATraceThatIsNotStoredIsNotFound(t *testing.T) {
	_, err := serve(t, &backend{}).Trace(t.Context(), traces.TraceID{1})
	if !errors.Is(err, jaeger.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

// many is n traces of 12 spans each, a second apart, their spans interleaved.
func many(n int) []model.Span {
	var spans []model.Span
	for span := range 12 {
		for trace := range n {
			spans = append(spans, stored(uint64(trace+1), uint64(100*trace+span+1), 0, "web.shop", time.Duration(trace)*time.Second))
		}
	}
	return spans
}

func TestInterleavedChunksAreGroupedByTrace(t *testing.T) {
	client := serve(t, &backend{spans: many(9)})
	got, err := client.Find(t.Context(), jaeger.Query{Service: "web", Namespace: "shop", From: begin(), To: begin().Add(time.Hour), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 9 {
		t.Fatalf("got %d traces, want 9", len(got))
	}
	for i, one := range got {
		if one.ID != (traces.TraceID{15: byte(i + 1)}) || len(one.Spans) != 12 {
			t.Errorf("trace %d is %s with %d spans", i, one.ID, len(one.Spans))
		}
	}
}

func TestAFullAnswerIsTruncated(t *testing.T) {
	client := serve(t, &backend{spans: many(9)})
	got, err := client.Find(t.Context(), jaeger.Query{Service: "web", Namespace: "shop", From: begin(), To: begin().Add(time.Hour), Limit: 9})
	if !errors.Is(err, jaeger.ErrTruncated) || len(got) != 9 {
		t.Errorf("%d traces, error %v; want 9 and ErrTruncated", len(got), err)
	}
}

func TestAWindowIsReadInSlicesWhereItIsTruncated(t *testing.T) {
	b := &backend{spans: many(50)}
	w := jaeger.Window{
		Client: serve(t, b), Services: []string{"web.shop", "cart.shop"},
		From: begin(), To: begin().Add(time.Minute), Limit: 20,
	}
	var store complete.Store = w
	got, err := store.Traces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 50 || b.searches < 4 {
		t.Errorf("%d traces in %d searches, want 50 in several", len(got), b.searches)
	}
}

func TestAnInstantWithTooManyTracesStaysTruncated(t *testing.T) {
	b := &backend{spans: many(50)}
	for i := range b.spans {
		b.spans[i].StartTime = begin()
	}
	w := jaeger.Window{Client: serve(t, b), Services: []string{"web.shop"}, From: begin(), To: begin().Add(time.Minute), Limit: 20}
	if _, err := w.Traces(t.Context()); !errors.Is(err, jaeger.ErrTruncated) {
		t.Errorf("error %v, want ErrTruncated", err)
	}
}

func TestASenselessQueryIsRefusedBeforeItIsSent(t *testing.T) {
	client := serve(t, &backend{})
	for name, q := range map[string]jaeger.Query{
		"no limit":      {Service: "web", From: begin(), To: begin()},
		"no service":    {From: begin(), To: begin(), Limit: 1},
		"ends too soon": {Service: "web", From: begin(), To: begin().Add(-1), Limit: 1},
	} {
		if _, err := client.Find(t.Context(), q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestServicesAreListed(t *testing.T) {
	got, err := serve(t, &backend{}).Services(t.Context())
	if err != nil || !slices.Equal(got, []string{"cart.shop", "web.shop"}) {
		t.Errorf("services %v, error %v", got, err)
	}
}

func TestAnErrorOfTheBackendSaysWhatWasAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := serve(t, &backend{}).Find(ctx, jaeger.Query{Service: "web", Namespace: "shop", From: begin(), To: begin(), Limit: 1})
	if err == nil || !strings.Contains(err.Error(), "find traces of web.shop") {
		t.Errorf("error %v, want that the search failed", err)
	}
}
