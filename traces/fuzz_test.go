package traces_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/throughline/throughline/traces"
)

// reader hands out the bytes of a fuzz input one by one, and zeros when they are used up.
type reader struct{ rest []byte }

func (r *reader) next(below int) int {
	if len(r.rest) == 0 {
		return 0
	}
	b := int(r.rest[0])
	r.rest = r.rest[1:]
	return b % below
}

func pick[T any](r *reader, from ...T) T { return from[r.next(len(from))] }

// maxFuzzed bounds how many spans and hops an input makes: the judge's time is that
// of small evidence then, and the fuzzer's own limit finds what does not end.
const maxFuzzed = 64

// evidenceOf builds evidence from bytes: few ids, so that they meet, point nowhere and
// form cycles; headers valid, broken and missing.
func evidenceOf(data []byte) (traces.Evidence, traces.Forest) {
	r := &reader{data}
	forest := pick(r, wholeChain(), wholeDiamond(), unflagged(wholeRepeated()), traces.Forest{},
		traces.Forest{traces.Calls("web", traces.Calls("cart").Answering(503)), traces.CallFrom("cart", "stock")},
		traces.Forest{traces.Serves("web", traces.CallsThrough("cart", traces.Serves("stock"))), traces.Serves("stock").After("cart")},
		orphaned(wholeChain()), orphaned(wholeDiamond()))
	traceID := func() traces.TraceID { return traces.TraceID{15: byte(r.next(4))} }
	spanID := func() traces.SpanID { return traces.SpanID{7: byte(r.next(12))} }
	service := func() string { return pick(r, "client", "web", "cart", "stock", "price", "", "cart-bare", "\x1b") }
	request := func() string { return pick(r, "r0", "r1", "r2") }
	at := func() time.Time { return time.Unix(int64(r.next(5)), 0) }
	headers := func() map[string]string {
		switch id, s := traceID(), spanID(); r.next(7) {
		case 0:
			return nil
		case 1:
			return traceparent(id, s, "01")
		case 2:
			return traceparent(id, s, "00")
		case 3:
			return map[string]string{"b3": id.String() + "-" + s.String() + "-d"}
		case 4:
			return map[string]string{"x-b3-traceid": id.String(), "x-b3-spanid": s.String(), "x-b3-sampled": "0"}
		case 5:
			return map[string]string{"x-b3-traceid": id.String(), "x-request-id": "5b0f7a4e-3c1d-4e2b-a1b2-00000000000" + string(rune('0'+r.next(3)))}
		default:
			n := r.next(60)
			return map[string]string{"traceparent": string(r.rest[:min(len(r.rest), n)])}
		}
	}
	var ev traces.Evidence
	for n := r.next(4); n > 0; n-- {
		ev.Requests = append(ev.Requests, traces.Exchange{
			Request: "r" + string(rune('0'+n-1)), Bare: r.next(2) == 1, Status: pick(r, 200, 200, 503, 0), Start: at(),
			Sent: traceparent(traces.TraceID{15: 2}, traces.SpanID{7: 3}, "01"),
		})
	}
	for n := r.next(4); n > 0; n-- {
		ev.Proxies = append(ev.Proxies, traces.ProxyCount{Service: service(), Sent: int64(r.next(9)), Dropped: int64(r.next(2))})
	}
	for n := r.next(8); n > 0; n-- {
		h := traces.Hop{
			Request: request(), Service: service(), Bare: r.next(2) == 1, Start: at(), Status: pick(r, 200, 0, 500),
			Protocol: pick(r, traces.HTTP, traces.GRPC, traces.TCP, ""), Received: headers(),
		}
		for calls := r.next(3); calls > 0; calls-- {
			h.Sent = append(h.Sent, traces.SentCall{To: service(), Headers: headers(), Status: pick(r, 200, 500, 0)})
		}
		ev.Hops = append(ev.Hops, h)
	}
	for n := r.next(4); n > 0; n-- {
		one := traces.Trace{ID: traces.TraceID{15: byte(n)}}
		for spans := r.next(maxFuzzed); spans > 0 && len(r.rest) > 0; spans-- {
			s := traces.Span{
				TraceID: one.ID, ID: spanID(), Parent: spanID(), Service: service(), Namespace: pick(r, "shop", "shop", "shop", "ward"),
				Kind: pick(r, traces.Client, traces.Server, traces.Client, traces.Server, traces.UnknownKind), Start: at(),
				Status: pick(r, 200, 200, 503, 0), Flags: pick(r, "", "", "UT", "UF,URX", "?"),
			}
			s.Error = s.Status >= 500
			switch r.next(20) {
			case 0:
				s.TraceID = traceID()
			case 1:
				s.Duration = negative()
			case 2:
				s.Tags = s.Tags.With("guid:x-request-id", "5b0f7a4e-3c1d-4e2b-a1b2-00000000000"+string(rune('0'+r.next(3))))
			case 3:
				calledCellar(&s)
			}
			if s.Kind == traces.Client && s.Tags.Len() == 0 {
				s.Name = pick(r, "web", "cart", "stock", "price") + ".shop.svc.cluster.local:8080/*"
			}
			one.Spans = append(one.Spans, s)
		}
		ev.Traces = append(ev.Traces, one)
	}
	return ev, forest
}

// orphaned is a forest whose root and whose calls to stock have no stored parent.
func orphaned(nodes []traces.Node) []traces.Node {
	var mark func(nodes []traces.Node, top bool) []traces.Node
	mark = func(nodes []traces.Node, top bool) []traces.Node {
		out := slices.Clone(nodes)
		for i := range out {
			out[i].Orphan = top || out[i].To == "stock"
			out[i].Children = mark(out[i].Children, false)
		}
		return out
	}
	return mark(nodes, true)
}

// FuzzCompare holds whatever evidence against a forest: it must not panic, must end,
// must say the same for every order of the input, and must say it safely.
func FuzzCompare(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x03\x00\x00\x01\x02\x07\x01\x01\x01\x01"))
	r := rand.New(rand.NewPCG(11, 11))
	for range 40 {
		data := make([]byte, 50+r.IntN(500))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ev, forest := evidenceOf(data)
		judge := func() string {
			return texts(traces.JudgeForest(ev, forest)) + texts(traces.JudgeIdentities(ev.Traces))
		}
		before := judge()
		if why := unfit(before); why != "" {
			t.Error(why)
		}
		for _, one := range ev.Traces {
			_ = one.Tree()
		}
		r := rand.New(rand.NewPCG(1, uint64(len(data))))
		for range 3 {
			shuffleAll(r, &ev)
			if after := judge(); after != before {
				t.Fatal(cmp.Diff(before, after))
			}
		}
	})
}
