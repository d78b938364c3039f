package jaeger

import (
	"fmt"

	gogo "github.com/gogo/protobuf/proto"
	"google.golang.org/grpc/mem"
)

// gogoCodec marshals as the generated code of api_v2 wants it. The stock codec
// panics on the custom id types of its messages.
type gogoCodec struct{}

func (gogoCodec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(gogo.Message)
	if !ok {
		return nil, fmt.Errorf("marshal %T: not a message of gogo/protobuf", v)
	}
	data, err := gogo.Marshal(message)
	if err != nil {
		return nil, err
	}
	return mem.BufferSlice{mem.SliceBuffer(data)}, nil
}

func (gogoCodec) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(gogo.Message)
	if !ok {
		return fmt.Errorf("unmarshal %T: not a message of gogo/protobuf", v)
	}
	joined := make([]byte, data.Len())
	data.CopyTo(joined)
	return gogo.Unmarshal(joined, message)
}

func (gogoCodec) Name() string { return "proto" }
