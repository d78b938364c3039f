package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	entriesDir = "entries"
	locksDir   = "locks"
	workDir    = "work"
)

// Depth is how thoroughly a found entry is verified.
type Depth int

const (
	// Contents reads every file and compares its SHA-256: about a second for each
	// two gigabytes that are in memory already.
	Contents Depth = iota
	// Sizes compares the manifest with its checksum and the files with their sizes, and
	// the contents only of files under four megabytes. It is for entries whose large
	// files will not be read.
	Sizes
)

// Store is a folder of entries. It may be used by several processes at once.
type Store struct {
	dir     string
	waiting func(key string) (done func(error))

	mu sync.Mutex
	// used holds the open lock files of the entries that were handed out.
	used map[string]*os.File
}

// Entry is a verified folder of files. The files must not be changed.
type Entry struct {
	key, dir string
	files    map[string]file
}

// Make fills dir with the files of an entry. Why is empty for an entry that was never
// made, and otherwise says what is wrong with the one that was found.
type Make func(ctx context.Context, dir, why string) error

// Open opens the store in dir, makes the folder if need be, and removes what killed
// runs left half-made. Waiting, which may be nil, is told when Get has to wait for
// another run that is making the same entry, and what it returns when the wait is over.
func Open(dir string, waiting func(key string) (done func(error))) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cache folder %s: %w", dir, err)
	}
	s := &Store{dir: abs, waiting: waiting, used: map[string]*os.File{}}
	for _, sub := range []string{entriesDir, locksDir, workDir} {
		if err := os.MkdirAll(filepath.Join(abs, sub), 0o755); err != nil {
			return nil, fmt.Errorf("cache folder cannot be made; choose another with THROUGHLINE_CACHE: %w", err)
		}
	}
	return s, s.sweep()
}

// sweep removes working folders that no process holds the lock of.
func (s *Store) sweep() error {
	left, err := os.ReadDir(filepath.Join(s.dir, workDir))
	if err != nil {
		return err
	}
	for _, work := range left {
		release, err := s.tryLock(work.Name())
		if errors.Is(err, errTaken) {
			continue
		}
		if err != nil {
			return err
		}
		err = os.RemoveAll(filepath.Join(s.dir, workDir, work.Name()))
		release()
		if err != nil {
			return fmt.Errorf("remove what a killed run left: %w", err)
		}
	}
	return nil
}

// Has says whether an entry exists and is of the right size. It reads no contents.
func (s *Store) Has(key *Key) bool {
	_, err := s.find(key.String(), Sizes)
	return err == nil
}

// Get returns the entry of key: the one that is there, verified to the given depth,
// or one that is made now. A found entry that does not verify is removed and made
// again. An error of make is returned as it is, and leaves nothing behind. No process
// prunes the entry until Close.
func (s *Store) Get(ctx context.Context, key *Key, depth Depth, build Make) (*Entry, error) {
	name := key.String()
	if err := s.hold(name); err != nil {
		return nil, err
	}
	entry, err := s.find(name, depth)
	if err != nil {
		entry, err = s.findOrBuild(ctx, name, depth, build)
	}
	if err != nil {
		return nil, err
	}
	return entry, s.touch(name)
}

func (s *Store) findOrBuild(ctx context.Context, name string, depth Depth, build Make) (*Entry, error) {
	release, err := s.lock(ctx, name)
	if err != nil {
		return nil, err
	}
	defer release()
	// Another run may have made it while this one waited for the lock.
	entry, err := s.find(name, depth)
	if err == nil {
		return entry, nil
	}
	why := ""
	if !errors.Is(err, fs.ErrNotExist) {
		why = fmt.Sprintf("cache entry %s: %v", name, err)
	}
	return s.build(ctx, name, why, build)
}

// build makes an entry; the caller holds its lock.
func (s *Store) build(ctx context.Context, name, why string, build Make) (*Entry, error) {
	final, work := s.path(name), filepath.Join(s.dir, workDir, name)
	if err := errors.Join(os.RemoveAll(final), os.RemoveAll(work)); err != nil {
		return nil, fmt.Errorf("remove a cache entry that cannot be used: %w", err)
	}
	if err := os.Mkdir(work, 0o755); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	entry, err := s.fill(ctx, name, work, final, why, build)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(work))
	}
	return entry, nil
}

// fill makes an entry in work and moves it to final.
func (s *Store) fill(ctx context.Context, name, work, final, why string, build Make) (*Entry, error) {
	if err := build(ctx, work, why); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("cache entry %s: stopped: %w", name, ctx.Err())
	}
	m, err := describe(name, work)
	if err == nil {
		err = m.write(work)
	}
	if err == nil {
		err = syncFS(work)
	}
	if err == nil {
		err = os.Rename(work, final)
	}
	if err != nil {
		return nil, fmt.Errorf("cache entry %s: %w", name, err)
	}
	return &Entry{key: name, dir: final, files: m.Files}, nil
}

// find returns the entry if it verifies. The error is fs.ErrNotExist where there is
// none, and says what is wrong where there is one.
func (s *Store) find(name string, depth Depth) (*Entry, error) {
	dir := s.path(name)
	if _, err := os.Lstat(dir); err != nil {
		return nil, err
	}
	m, err := readManifest(name, dir)
	if err != nil {
		return nil, err
	}
	if err := m.verify(dir, depth); err != nil {
		return nil, err
	}
	return &Entry{key: name, dir: dir, files: m.Files}, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, entriesDir, name) }

// Key is the entry's name, which stands for everything that it was made from.
func (e *Entry) Key() string { return e.key }

// Path is the place of one of the entry's files.
func (e *Entry) Path(name string) string { return filepath.Join(e.dir, name) }

// SHA256 is the digest of one of the entry's files, empty if it has no such file.
func (e *Entry) SHA256(name string) string { return e.files[name].SHA256 }

// syncFS brings everything below dir to the disk, so that a power cut after the
// rename cannot leave empty files under a finished name.
func syncFS(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
