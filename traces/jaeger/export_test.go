package jaeger

import "github.com/throughline/throughline/traces"

// Codec is the codec that a server of api_v2 needs in tests.
type Codec = gogoCodec

// Chunks is a stream of spans.
type Chunks = chunks

// Gather reads a stream as Client.Find does.
func Gather(stream Chunks) ([]traces.Trace, error) { return gather(stream) }
