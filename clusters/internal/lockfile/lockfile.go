package lockfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Lock is held until [Lock.Release], or until its process ends.
type Lock struct{ file *os.File }

// HeldError says that another process holds the lock.
type HeldError struct {
	// Path is the lock's file.
	Path string
	// PID is the owner's process id, 0 when it is not known.
	PID int
}

// Error names the file and the owner.
func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is locked by another process", e.Path)
	}
	return fmt.Sprintf("%s is locked by process %d", e.Path, e.PID)
}

// Acquire takes the lock or returns a [*HeldError] at once; it never waits. The
// folder of the path is made when it is missing.
func Acquire(path string) (*Lock, error) {
	for {
		lock, err := try(path)
		if lock != nil || err != nil {
			return lock, err
		}
	}
}

// try gives neither lock nor error when the file, or its folder, was removed by
// an owner who released it while we opened it.
func try(path string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer func() { _ = file.Close() }()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &HeldError{Path: path, PID: owner(file)}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !current(file, path) {
		return nil, file.Close()
	}
	if err = write(file); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return &Lock{file: file}, nil
}

// Release gives the lock up and removes its file, and its folder when that is
// then empty. A nil lock, and a second release, are fine.
func (l *Lock) Release() error {
	if l == nil || l.file == nil {
		return nil
	}
	err := errors.Join(os.Remove(l.file.Name()), l.file.Close())
	_ = os.Remove(filepath.Dir(l.file.Name())) // It fails, as it should, while others have files in it.
	l.file = nil
	return err
}

func write(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func owner(file *os.File) int {
	data, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0
	}
	return pid
}

// current reports whether the path still means this open file.
func current(file *os.File, path string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	if err != nil {
		return false
	}
	return os.SameFile(open, named)
}
