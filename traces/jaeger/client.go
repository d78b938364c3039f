package jaeger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	model "github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/throughline/throughline/traces"
)

// ErrTruncated says that a search reached its limit, so that traces may be missing
// from the answer. Use a larger limit, no larger than the backend's max_traces, or
// a smaller window.
var ErrTruncated = errors.New("the search reached its limit")

// ErrNotFound says that nothing of a trace is stored.
var ErrNotFound = errors.New("trace not found")

// Client reads from one backend. It is safe for concurrent use.
type Client struct {
	query api_v2.QueryServiceClient
	conn  io.Closer
}

// New is a client over conn, which the caller closes. The connection may be used
// for other things: the codec that api_v2 needs is named in each call.
func New(conn *grpc.ClientConn) *Client {
	return &Client{query: api_v2.NewQueryServiceClient(conn)}
}

// Dial is a client for the query service at target, in clear text. It connects
// with the first call. Options are added to its own, for example a dialer.
func Dial(target string, options ...grpc.DialOption) (*Client, error) {
	own := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	conn, err := grpc.NewClient(target, append(own, options...)...)
	if err != nil {
		return nil, fmt.Errorf("jaeger at %s: %w", target, err)
	}
	c := New(conn)
	c.conn = conn
	return c, nil
}

// Close closes the connection that Dial made; after New it does nothing.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	return c.conn.Close()
}

// maxMessage bounds one message of a stream: ten spans, some with huge tags.
const maxMessage = 64 << 20

func callOptions() []grpc.CallOption {
	return []grpc.CallOption{grpc.ForceCodecV2(gogoCodec{}), grpc.MaxCallRecvMsgSize(maxMessage)}
}

// Trace is every stored span of id, in order of start, or ErrNotFound.
func (c *Client) Trace(ctx context.Context, id traces.TraceID) (traces.Trace, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.query.GetTrace(ctx, &api_v2.GetTraceRequest{TraceID: modelID(id), RawTraces: true}, callOptions()...)
	var found []traces.Trace
	if err == nil {
		found, err = gather(stream)
	}
	switch {
	case status.Code(err) == codes.NotFound:
		return traces.Trace{ID: id}, fmt.Errorf("trace %s: %w", id, ErrNotFound)
	case err != nil:
		return traces.Trace{ID: id}, fmt.Errorf("trace %s: %w", id, err)
	}
	for _, t := range found {
		if t.ID == id {
			return t, nil
		}
	}
	return traces.Trace{ID: id}, fmt.Errorf("trace %s: %w", id, ErrNotFound)
}

// Query says which traces to find: those with a span of the service that started
// in the window. They are returned whole.
type Query struct {
	// Service and Namespace name the service; an empty Namespace stands for a
	// backend whose service names have none.
	Service, Namespace string
	// From and To bound the start of that span, both included.
	From, To time.Time
	// Limit is how many traces may be found, at most the backend's max_traces.
	Limit int
}

// Find is every trace that q finds, in order of id, the spans of each in order of
// start. When as many as q.Limit came back it returns them with ErrTruncated.
func (c *Client) Find(ctx context.Context, q Query) ([]traces.Trace, error) {
	if q.Limit <= 0 || q.Service == "" || q.To.Before(q.From) {
		return nil, fmt.Errorf("find traces of %q from %s to %s, at most %d: want a service, a window that does not end before it begins, and a limit above 0",
			q.Service, q.From.Format(time.RFC3339Nano), q.To.Format(time.RFC3339Nano), q.Limit)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.query.FindTraces(ctx, &api_v2.FindTracesRequest{Query: &api_v2.TraceQueryParameters{
		ServiceName:  serviceName(q.Service, q.Namespace),
		StartTimeMin: q.From, StartTimeMax: q.To,
		SearchDepth: int32(min(q.Limit, 1<<30)), //nolint:gosec // It is bounded.
		RawTraces:   true,
	}}, callOptions()...)
	var found []traces.Trace
	if err == nil {
		found, err = gather(stream)
	}
	if err != nil && status.Code(err) != codes.NotFound {
		return nil, fmt.Errorf("find traces of %s: %w", serviceName(q.Service, q.Namespace), err)
	}
	if len(found) >= q.Limit {
		return found, fmt.Errorf("find traces of %s: %d of at most %d: %w",
			serviceName(q.Service, q.Namespace), len(found), q.Limit, ErrTruncated)
	}
	return found, nil
}

// Services are the names under which spans are stored ("cart.shop"), in the
// backend's order.
func (c *Client) Services(ctx context.Context) ([]string, error) {
	answer, err := c.query.GetServices(ctx, &api_v2.GetServicesRequest{}, callOptions()...)
	if err != nil {
		return nil, fmt.Errorf("services: %w", err)
	}
	return answer.Services, nil
}

func serviceName(service, namespace string) string {
	if namespace == "" {
		return service
	}
	return service + "." + namespace
}

// chunks is either of the two streams of spans.
type chunks interface {
	Recv() (*api_v2.SpansResponseChunk, error)
}

// gather reads a stream to its end and groups the spans by trace: chunks have no
// boundary between traces, and traces may be interleaved.
func gather(stream chunks) ([]traces.Trace, error) {
	at := map[model.TraceID]int{}
	var found []traces.Trace
	var parts []part
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			fill(found, parts)
			return sorted(found), nil
		}
		if err != nil {
			return nil, err
		}
		for rest := chunk.Spans; len(rest) > 0; {
			// The spans of one trace mostly come together.
			n := 1
			for n < len(rest) && rest[n].TraceID == rest[0].TraceID {
				n++
			}
			i, seen := at[rest[0].TraceID]
			if !seen {
				i = len(found)
				at[rest[0].TraceID] = i
				found = append(found, traces.Trace{ID: traceID(rest[0].TraceID)})
			}
			parts = append(parts, part{i, rest[:n]})
			rest = rest[n:]
		}
	}
}

// part is some of the spans of one of the traces found.
type part struct {
	trace int
	spans []model.Span
}

// fill gives the traces their spans, all in one piece of memory.
func fill(found []traces.Trace, parts []part) {
	sizes, total := make([]int, len(found)), 0
	for _, p := range parts {
		sizes[p.trace] += len(p.spans)
		total += len(p.spans)
	}
	rest := make([]traces.Span, total)
	for i, size := range sizes {
		found[i].Spans, rest = rest[:0:size], rest[size:]
	}
	for _, p := range parts {
		t := &found[p.trace]
		t.Spans = convert(t.Spans, p.spans)
	}
}
