package layers

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// layer is an uncompressed layer that can be opened again and again.
type layer struct {
	hash v1.Hash
	size int64
	open func() (io.ReadCloser, error)
}

// Layer hashes the tree and returns it as a layer.
func (t *Tree) Layer() (v1.Layer, error) {
	return newLayer(func() (io.ReadCloser, error) {
		out, in := io.Pipe()
		go func() {
			buffered := bufio.NewWriterSize(in, 1<<20)
			err := t.Write(buffered)
			if err == nil {
				err = buffered.Flush()
			}
			in.CloseWithError(err)
		}()
		return out, nil
	})
}

// TarLayer is the layer whose tar stream is in a file.
func TarLayer(path string) (v1.Layer, error) {
	return newLayer(func() (io.ReadCloser, error) { return os.Open(path) })
}

func newLayer(open func() (io.ReadCloser, error)) (v1.Layer, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	h := sha256.New()
	size, err := io.CopyBuffer(h, struct{ io.Reader }{r}, make([]byte, 1<<20))
	if err != nil {
		return nil, err
	}
	hash := v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
	return &layer{hash: hash, size: size, open: open}, nil
}

func (l *layer) Digest() (v1.Hash, error)             { return l.hash, nil }
func (l *layer) DiffID() (v1.Hash, error)             { return l.hash, nil }
func (l *layer) Compressed() (io.ReadCloser, error)   { return l.open() }
func (l *layer) Uncompressed() (io.ReadCloser, error) { return l.open() }
func (l *layer) Size() (int64, error)                 { return l.size, nil }

func (l *layer) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }
