package layers

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Tree is the content of one layer. The zero value is empty. A later entry replaces an
// earlier one at the same path. Paths are slash-separated and relative to the root.
type Tree struct {
	entries map[string]entry
}

// entry is one tar entry and where its bytes come from: data, or the file at source.
type entry struct {
	header tar.Header
	source string
	data   []byte
}

// Dir adds a folder owned by root.
func (t *Tree) Dir(name string, mode fs.FileMode) {
	t.add(name, entry{header: tar.Header{Typeflag: tar.TypeDir, Mode: tarMode(mode)}})
}

// Data adds a file owned by root with the given bytes.
func (t *Tree) Data(name string, data []byte, mode fs.FileMode) {
	t.add(name, entry{
		header: tar.Header{Typeflag: tar.TypeReg, Mode: tarMode(mode), Size: int64(len(data))},
		data:   data,
	})
}

// Symlink adds a symbolic link.
func (t *Tree) Symlink(name, target string) {
	t.add(name, entry{header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: target, Mode: 0o777}})
}

// Copy adds the file at source, owned by root. Its size is read now, its bytes later.
func (t *Tree) Copy(name, source string, mode fs.FileMode) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", source)
	}
	t.add(name, entry{
		header: tar.Header{Typeflag: tar.TypeReg, Mode: tarMode(mode), Size: info.Size()},
		source: source,
	})
	return nil
}

// CopyAll adds everything below the folder root that keep accepts, with the modes and
// owners found there, under prefix. A folder that keep refuses is not entered. Devices,
// sockets and pipes are left out: a container gets its own.
func (t *Tree) CopyAll(prefix, root string, keep func(name string, d fs.DirEntry) bool) error {
	return filepath.WalkDir(root, func(source string, d fs.DirEntry, err error) error {
		if err != nil || source == root {
			return err
		}
		rel, err := filepath.Rel(root, source)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !keep(name, d) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return t.copyFound(path.Join(prefix, name), source, d)
	})
}

// CopyFound adds one file, folder or symbolic link with the mode and owner that it has.
func (t *Tree) CopyFound(name, source string) error {
	info, err := os.Lstat(source)
	if err != nil {
		return err
	}
	return t.copyFound(name, source, fs.FileInfoToDirEntry(info))
}

func (t *Tree) copyFound(name, source string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	e := entry{header: tar.Header{Mode: tarMode(info.Mode())}}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		e.header.Uid, e.header.Gid = int(stat.Uid), int(stat.Gid)
	}
	switch info.Mode().Type() {
	case 0:
		e.header.Typeflag, e.header.Size, e.source = tar.TypeReg, info.Size(), source
	case fs.ModeDir:
		e.header.Typeflag = tar.TypeDir
	case fs.ModeSymlink:
		e.header.Typeflag = tar.TypeSymlink
		if e.header.Linkname, err = os.Readlink(source); err != nil {
			return err
		}
	default:
		return nil
	}
	t.add(name, e)
	return nil
}

func (t *Tree) add(name string, e entry) {
	if t.entries == nil {
		t.entries = map[string]entry{}
	}
	e.header.Name = strings.TrimPrefix(path.Clean("/"+name), "/")
	t.entries[e.header.Name] = e
}

// Has says whether the tree holds an entry at a path.
func (t *Tree) Has(name string) bool {
	_, found := t.entries[strings.TrimPrefix(path.Clean("/"+name), "/")]
	return found
}

// Size is the number of bytes of all files.
func (t *Tree) Size() int64 {
	var sum int64
	for _, e := range t.entries {
		sum += e.header.Size
	}
	return sum
}

// Write writes the tree as a tar stream. Folders that were not added are written as
// root's, mode 0755, before what is in them.
func (t *Tree) Write(w io.Writer) error {
	out := tar.NewWriter(w)
	for _, e := range t.sorted() {
		if err := e.write(out); err != nil {
			return fmt.Errorf("layer entry %s: %w", e.header.Name, err)
		}
	}
	return out.Close()
}

func (t *Tree) sorted() []entry {
	all := make(map[string]entry, len(t.entries))
	for name, e := range t.entries {
		all[name] = e
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, given := t.entries[dir]; !given {
				all[dir] = entry{header: tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}}
			}
		}
	}
	list := make([]entry, 0, len(all))
	for _, e := range all {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.header.Name, b.header.Name) })
	return list
}

func (e entry) write(out *tar.Writer) error {
	header := e.header
	header.ModTime = time.Unix(0, 0)
	if header.Typeflag == tar.TypeDir {
		header.Name += "/"
	}
	if err := out.WriteHeader(&header); err != nil {
		return err
	}
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	var from io.Reader = bytes.NewReader(e.data)
	if e.source != "" {
		f, err := os.Open(e.source)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	n, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{io.LimitReader(from, header.Size)}, make([]byte, 1<<18))
	if err == nil && n != header.Size {
		err = fmt.Errorf("%s has %d bytes; it had %d when the layer was made", e.source, n, header.Size)
	}
	return err
}

// tarMode turns a Go file mode into tar's: permissions, setuid, setgid, sticky.
func tarMode(mode fs.FileMode) int64 {
	bits := int64(mode.Perm())
	for _, special := range []struct {
		mode fs.FileMode
		bit  int64
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if mode&special.mode != 0 {
			bits |= special.bit
		}
	}
	return bits
}
