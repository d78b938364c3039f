package tracefile_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/throughline/throughline/traces"
	"github.com/throughline/throughline/traces/tracefile"
)

// many are n traces of size spans each, with the tags that a proxy writes.
func many(n, size int) []record {
	out := make([]record, 0, n*size)
	for i := range n {
		for j := range size {
			r := record{
				service: fmt.Sprintf("svc%d.shop", j%6), scope: "envoy", kind: 2 + j%2, name: "cart.shop.svc.cluster.local:8080/*",
				startMicros: begin().UnixMicro() + int64(1000*i+j), durationMicros: int64(1000 - j%1000),
				resource: []traces.Tag{tag("node", "one"), tag("k8s.namespace.name", "shop")},
				attributes: []traces.Tag{
					tag("http.method", "GET"), tag("http.status_code", "200"), tag("http.url", "http://cart:8080/buy?item=42"),
					tag("response_flags", "-"), tag("component", "proxy"), tag("upstream_cluster.name", "outbound|8080||cart.shop.svc.cluster.local"),
					tag("request_size", "0"), tag("response_size", "312"), tag("guid:x-request-id", "0af76519-16cd-43dd-8448-eb211c80319c"),
				},
			}
			binary.BigEndian.PutUint64(r.trace[:], uint64(i+1))
			binary.BigEndian.PutUint64(r.id[:], uint64(j+1))
			if j > 0 {
				binary.BigEndian.PutUint64(r.parent[:], uint64(j))
			}
			out = append(out, r)
		}
	}
	return out
}

func BenchmarkRead(b *testing.B) {
	for _, size := range []struct{ traces, spans int }{{1000, 18}, {1, 10000}} {
		records := many(size.traces, size.spans)
		for format, text := range map[string][]byte{"OTLP": asOTLP(records), "Jaeger": asJaeger(records)} {
			b.Run(fmt.Sprintf("%s, %d traces of %d spans", format, size.traces, size.spans), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					found, err := tracefile.Read(bytes.NewReader(text), tracefile.Options{})
					if err != nil || len(found) != size.traces {
						b.Fatal(len(found), err)
					}
				}
				b.ReportMetric(float64(size.traces*size.spans*b.N)/b.Elapsed().Seconds(), "spans/s")
			})
		}
	}
}
