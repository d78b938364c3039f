// Package jaeger reads stored spans from a Jaeger backend, as they were stored.
//
//	client, err := jaeger.Dial("127.0.0.1:16685")
//	found, err := client.Find(ctx, jaeger.Query{Service: "web", Namespace: "shop", From: begin, To: end, Limit: 20000})
//
// It speaks api_v2 over gRPC and always asks for raw traces: without that Jaeger
// adjusts clocks on the way out. An answer that may be cut short is ErrTruncated,
// never a short list. What it reads it converts to traces.Span and judges nothing:
// negative durations, zero ids and unknown parents come out as they are.
package jaeger
