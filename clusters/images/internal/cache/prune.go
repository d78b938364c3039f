package cache

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// hold keeps other processes from pruning an entry until Close. The entry need not be
// there yet.
func (s *Store) hold(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used[name] != nil {
		return nil
	}
	f, err := s.openLock(name + ".use")
	if err != nil {
		return err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	s.used[name] = f
	return nil
}

// touch marks an entry as used now.
func (s *Store) touch(name string) error {
	now := time.Now()
	if err := os.Chtimes(s.path(name), now, now); err != nil {
		return fmt.Errorf("cache entry %s: %w", name, err)
	}
	return nil
}

// Close lets other processes prune what this one used. The store must not be used after.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var problems []error
	for _, f := range s.used {
		problems = append(problems, f.Close())
	}
	clear(s.used)
	return errors.Join(problems...)
}

// Prune removes the entries of a kind but for the given number that were used last. What
// any process uses, this one included, stays.
func (s *Store) Prune(kind string, keep int) error {
	found, err := os.ReadDir(filepath.Join(s.dir, entriesDir))
	if err != nil {
		return err
	}
	type aged struct {
		name string
		used time.Time
	}
	var entries []aged
	for _, d := range found {
		digest, ofKind := strings.CutPrefix(d.Name(), kind+"-")
		if !ofKind || len(digest) != keyLength {
			continue
		}
		if info, err := d.Info(); err == nil { // it may be gone by now
			entries = append(entries, aged{d.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(entries, func(a, b aged) int { return cmp.Compare(b.used.UnixNano(), a.used.UnixNano()) })
	for _, old := range entries[min(keep, len(entries)):] {
		if err := s.remove(old.name); err != nil {
			return err
		}
	}
	return nil
}

// remove takes an entry away unless somebody uses or makes it.
func (s *Store) remove(name string) error {
	for _, lock := range []string{name, name + ".use"} {
		release, err := s.tryLock(lock)
		if errors.Is(err, errTaken) {
			return nil
		}
		if err != nil {
			return err
		}
		defer release()
	}
	// Out of its name first: a removal that is cut short must not leave half an entry.
	work := filepath.Join(s.dir, workDir, name)
	if err := errors.Join(os.RemoveAll(work), os.Rename(s.path(name), work)); err != nil {
		return fmt.Errorf("remove an old cache entry: %w", err)
	}
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("remove an old cache entry: %w", err)
	}
	return nil
}
