package tracesim

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/throughline/throughline/traces"
)

// context is what a proxy reads from headers and writes to them. The decision is ""
// where it is left open, else "0" or "1".
type context struct {
	trace    traces.TraceID
	span     traces.SpanID
	decision string
}

// discarded marks a span that is not stored, in a tag of its own.
const discarded = "discarded"

// begin makes the span of a proxy with the settings of side, and the headers that it
// sends on.
func (s *simulation) begin(owner traces.Service, kind, side traces.Kind, headers map[string]string, at time.Time) (*traces.Span, map[string]string) {
	setting := s.mesh.At(namespace(owner), owner.Name, side)
	out := maps.Clone(headers)
	if out == nil {
		out = map[string]string{}
	}
	if out["x-request-id"] == "" || (owner.Gateway && kind == traces.Server) {
		out["x-request-id"] = s.uuid()
	}
	span := &traces.Span{
		Service: owner.Name, Namespace: namespace(owner), Kind: kind, Start: at,
		Tags: traces.TagsOf(
			traces.Tag{Key: discarded, Value: "1"}, traces.Tag{Key: "guid:x-request-id", Value: out["x-request-id"]},
		),
	}
	if setting.Provider == "" {
		return span, out
	}
	traced := s.decide(out, setting.Percent)
	parent, found, broken := read(out, setting.Provider)
	if broken {
		return span, out
	}
	own := context{trace: parent.trace, span: s.spanID(), decision: parent.decision}
	if !found {
		own.trace = s.traceID()
	}
	switch {
	case setting.Provider == traces.OpenTelemetry && found && own.decision == "1" && !traced:
		own.decision = "0"
	case own.decision == "" || (setting.Provider == traces.OpenTelemetry && !found):
		own.decision = flag(traced)
	}
	span.TraceID, span.ID, span.Parent = own.trace, own.span, parent.span
	span.Tags = span.Tags.With(discarded, map[string]string{"1": "0", "0": "1"}[own.decision])
	if !setting.Mute {
		write(out, setting.Provider, own)
	}
	return span, out
}

// decide draws from the request id, and writes a yes into it: its digit 14 is 9 for
// sampled, a and b for forced ones, and 4 for none.
func (s *simulation) decide(headers map[string]string, percent float64) bool {
	id := headers["x-request-id"]
	if len(id) != 36 {
		return false
	}
	if strings.ContainsRune("9ab", rune(id[14])) {
		return true
	}
	number, err := strconv.ParseUint(id[:8], 16, 64)
	if err != nil || float64(number%10_000) >= percent*100 {
		return false
	}
	headers["x-request-id"] = id[:14] + "9" + id[15:]
	return true
}

// uuid is a random one of version 4.
func (s *simulation) uuid() string {
	id := s.traceID()
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-4" + text[13:16] + "-a" + text[17:20] + "-" + text[20:]
}

func (s *simulation) traceID() (id traces.TraceID) {
	binary.BigEndian.PutUint64(id[:8], s.random.Uint64()|1)
	binary.BigEndian.PutUint64(id[8:], s.random.Uint64())
	return id
}

func (s *simulation) spanID() (id traces.SpanID) {
	binary.BigEndian.PutUint64(id[:], s.random.Uint64()|1)
	return id
}

// finish ends a proxy's span and stores it if its trace is sampled.
func (s *simulation) finish(span *traces.Span, c traces.Call, status int, flags []string, end time.Time) {
	span.Flags = strings.Join(flags, ",")
	span.Status = status
	from := 500
	if span.Kind == traces.Client && s.mesh.At(span.Namespace, span.Service, traces.Client).Provider == traces.OpenTelemetry {
		from = 400
	}
	span.Error = status >= from
	if c.Protocol.RPC() && len(flags) == 0 {
		span.Status, span.Error = 200, blamesCallee(status) || from == 400 && status >= 400
		span.Tags = span.Tags.With("grpc.status_code", strconv.Itoa(traces.GRPCStatus(status)))
	}
	if span.Tags.Get(discarded) == "0" {
		s.sent[[2]string{span.Service, span.Namespace}]++
	}
	s.keep(span, end)
}

// blamesCallee says whether the gRPC status that stands for an HTTP status is one of
// those that a proxy marks as errors.
func blamesCallee(status int) bool {
	switch status {
	case 200, 400, 401, 403, 404, 409:
		return false
	default:
		return true
	}
}

// keep ends a span and stores it unless it is discarded.
func (s *simulation) keep(span *traces.Span, end time.Time) {
	span.Duration = end.Sub(span.Start)
	if span.Tags.Get(discarded) == "1" {
		return
	}
	trace, ok := s.stored[span.TraceID]
	if !ok {
		trace = &traces.Trace{ID: span.TraceID}
		s.stored[span.TraceID] = trace
		s.order = append(s.order, span.TraceID)
	}
	trace.Spans = append(trace.Spans, *span)
}

// read takes the context from the headers that the provider reads.
func read(headers map[string]string, provider traces.Provider) (c context, found, broken bool) {
	if provider != traces.OpenTelemetry {
		if c, found = readB3(headers); found || provider == traces.Zipkin {
			return c, found, false
		}
	}
	value, there := headers["traceparent"]
	if !there {
		return c, false, false
	}
	parts := strings.Split(value, "-")
	if len(value) != 55 || len(parts) != 4 || parts[0] != "00" {
		return c, false, provider == traces.OpenTelemetry
	}
	return context{ids(parts[1]), spanID(parts[2]), parts[3][1:]}, true, false
}

// readB3 reads the single header before the others, and the decision even where no
// trace is named.
func readB3(headers map[string]string) (context, bool) {
	decision := map[string]string{"0": "0", "1": "1", "d": "1"}
	if parts := strings.Split(headers["b3"], "-"); len(parts) >= 2 {
		c := context{trace: ids(parts[0]), span: spanID(parts[1])}
		if len(parts) > 2 {
			c.decision = decision[parts[2]]
		}
		return c, true
	}
	c := context{decision: decision[headers["x-b3-sampled"]]}
	if one := decision[headers["b3"]]; one != "" {
		c.decision = one
	}
	if headers["x-b3-traceid"] == "" || headers["x-b3-spanid"] == "" {
		return c, false
	}
	c.trace, c.span = ids(headers["x-b3-traceid"]), spanID(headers["x-b3-spanid"])
	return c, true
}

func ids(digits string) traces.TraceID {
	id, err := traces.ParseTraceID(digits)
	if err != nil {
		panic(fmt.Sprintf("tracesim: a caller sent the trace id %q", digits))
	}
	return id
}

func spanID(digits string) traces.SpanID {
	id, err := traces.ParseSpanID(digits)
	if err != nil {
		panic(fmt.Sprintf("tracesim: a caller sent the span id %q", digits))
	}
	return id
}

// write puts a context into the headers that the provider writes.
func write(headers map[string]string, provider traces.Provider, c context) {
	_, single := headers["b3"]
	switch {
	case provider == traces.OpenTelemetry:
	case single:
		headers["b3"] = c.trace.String() + "-" + c.span.String() + "-" + c.decision
	default:
		headers["x-b3-traceid"], headers["x-b3-spanid"], headers["x-b3-sampled"] = c.trace.String(), c.span.String(), c.decision
	}
	if provider != traces.Zipkin {
		headers["traceparent"] = "00-" + c.trace.String() + "-" + c.span.String() + "-0" + c.decision
		if _, there := headers["tracestate"]; !there {
			headers["tracestate"] = ""
		}
	}
}

// refused is what a proxy sends with the copy of a request that it mirrors.
func refused(headers map[string]string) map[string]string {
	out := maps.Clone(headers)
	if value, ok := out["traceparent"]; ok && len(value) == 55 {
		out["traceparent"] = value[:54] + "0"
	}
	if _, ok := out["x-b3-sampled"]; ok {
		out["x-b3-sampled"] = "0"
	}
	return out
}

func flag(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}
