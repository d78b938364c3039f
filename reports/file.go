package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// EvidenceFolder is the folder of a run folder that holds a folder for each check and each control.
const EvidenceFolder = "evidence"

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
// (fs.ErrNotExist), its path leaves the folder, it is no regular file, or its content is not
// that of the run. A folder that holds symbolic links to elsewhere must refuse them itself, as
// that of an os.Root does.
func (f File) Verify(folder fs.FS) error {
	if !fs.ValidPath(f.Path) {
		return fmt.Errorf("evidence %q: the path leaves the run folder; the result was altered", f.Path)
	}
	info, err := fs.Stat(folder, f.Path)
	switch {
	case err != nil:
		return fmt.Errorf("evidence: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("evidence %s: it is no regular file; the folder was altered", f.Path)
	case info.Size() != f.Bytes:
		return f.altered(fmt.Sprintf("%d bytes and not %d", info.Size(), f.Bytes))
	}
	opened, err := folder.Open(f.Path)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	digest := sha256.New()
	_, err = io.Copy(digest, io.LimitReader(opened, f.Bytes+1))
	if err = errors.Join(err, opened.Close()); err != nil {
		return fmt.Errorf("evidence %s: %w", f.Path, err)
	}
	if sum := hex.EncodeToString(digest.Sum(nil)); sum != f.SHA256 {
		return f.altered(fmt.Sprintf("sha256 %s and not %s", sum, SafeLine(f.SHA256)))
	}
	return nil
}

func (f File) altered(how string) error {
	return fmt.Errorf("evidence %s: it is not what the run wrote (%s): the file was altered; take the run folder anew, or run again", SafeLine(f.Path), how)
}
