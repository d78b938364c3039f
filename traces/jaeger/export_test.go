package jaeger

// Codec is the codec that a server of api_v2 needs in tests.
type Codec = gogoCodec
