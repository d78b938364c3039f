package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

const manifestName = "manifest.json"

// smallFile is the size from which contents are read only when asked for.
const smallFile = 4 << 20

// manifest is what an entry says of itself.
type manifest struct {
	Key   string          `json:"key"`
	Files map[string]file `json:"files"`
	// Sum covers the rest of the manifest.
	Sum string `json:"sum"`
}

type file struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// describe hashes every file below dir.
func describe(key, dir string) (manifest, error) {
	m := manifest{Key: key, Files: map[string]file{}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if !entry.Type().IsRegular() {
			return fmt.Errorf("%s is not a regular file; an entry holds nothing else", path)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		sum, size, err := sumFile(path)
		m.Files[name] = file{Size: size, SHA256: sum}
		return err
	})
	if err != nil {
		return manifest{}, err
	}
	if len(m.Files) == 0 {
		return manifest{}, errors.New("the entry has no files")
	}
	m.Sum = m.sum()
	return m, nil
}

func (m manifest) sum() string {
	names := make([]string, 0, len(m.Files))
	for name := range m.Files {
		names = append(names, name)
	}
	sort.Strings(names)
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q\n", m.Key)
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%q %d %s\n", name, m.Files[name].Size, m.Files[name].SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (m manifest) write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestName), append(data, '\n'), 0o644)
}

// readManifest reads and checks the manifest itself, not the files.
func readManifest(key, dir string) (manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, errors.New("has no manifest")
	}
	if err != nil {
		return manifest{}, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return manifest{}, fmt.Errorf("manifest is unreadable: %w", err)
	}
	if m.Key != key {
		return manifest{}, fmt.Errorf("manifest is of %q", m.Key)
	}
	if len(m.Files) == 0 || m.sum() != m.Sum {
		return manifest{}, errors.New("manifest does not match its own checksum")
	}
	return m, nil
}

// verify compares the files below dir with the manifest.
func (m manifest) verify(dir string, depth Depth) error {
	for name, want := range m.Files {
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is missing", name)
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() != want.Size {
			return fmt.Errorf("%s has %d bytes instead of %d", name, info.Size(), want.Size)
		}
		if depth == Sizes && want.Size >= smallFile {
			continue
		}
		sum, _, err := sumFile(path)
		if err != nil {
			return err
		}
		if sum != want.SHA256 {
			return fmt.Errorf("%s was altered: its SHA-256 is %.12s… instead of %.12s…", name, sum, want.SHA256)
		}
	}
	return nil
}
