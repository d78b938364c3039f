package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// keyLength is the number of hex digits of a key's digest in a folder's name.
const keyLength = 32

// Key names an entry by a kind and the digest of its inputs.
type Key struct {
	kind string
	sum  hash.Hash
}

// NewKey starts a key. The kind is the start of the folder's name.
func NewKey(kind string) *Key {
	return &Key{kind: kind, sum: sha256.New()}
}

// Add adds inputs under a name. Values are told apart from each other and from the
// name by their length, so ("a", "bc") and ("ab", "c") differ.
func (k *Key) Add(name string, values ...string) *Key {
	k.write(name)
	_, _ = fmt.Fprintf(k.sum, "%d\n", len(values))
	for _, v := range values {
		k.write(v)
	}
	return k
}

// AddFile adds the contents of a file under a name.
func (k *Key) AddFile(name, path string) error {
	sum, _, err := sumFile(path)
	if err != nil {
		return err
	}
	k.Add(name, sum)
	return nil
}

// String is the entry's folder name.
func (k *Key) String() string {
	return k.kind + "-" + hex.EncodeToString(k.sum.Sum(nil))[:keyLength]
}

func (k *Key) write(s string) {
	_, _ = fmt.Fprintf(k.sum, "%d:%s\n", len(s), s)
}

// sumFile returns the SHA-256 of a file and its size.
func sumFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err = io.CopyBuffer(h, struct{ io.Reader }{f}, make([]byte, 1<<20))
	if err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
