package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// File is one file of evidence.
type File struct {
	// Path is below the run folder, with forward slashes.
	Path string `json:"path"`
	// Bytes is its size, SHA256 the digest of its content in hexadecimal digits.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// FileOf describes data, kept under path.
func FileOf(path string, data []byte) File {
	digest := sha256.Sum256(data)
	return File{Path: path, Bytes: int64(len(data)), SHA256: hex.EncodeToString(digest[:])}
}

// Verify says what is wrong with the file in a run folder: it is not there
// (fs.ErrNotExist), its path leaves the folder, or its content is not that of the run.
func (f File) Verify(folder fs.FS) error {
	if !fs.ValidPath(f.Path) {
		return fmt.Errorf("evidence %q: the path leaves the run folder; the result was altered", f.Path)
	}
	opened, err := folder.Open(f.Path)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	digest := sha256.New()
	n, err := io.Copy(digest, opened)
	if err = errors.Join(err, opened.Close()); err != nil {
		return fmt.Errorf("evidence %s: %w", f.Path, err)
	}
	if n != f.Bytes || hex.EncodeToString(digest.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("evidence %s: it is not what the run wrote (%d bytes of %d, sha256 %x and not %s): the file was altered; take the run folder anew, or run again",
			f.Path, n, f.Bytes, digest.Sum(nil), f.SHA256)
	}
	return nil
}
