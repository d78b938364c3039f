package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a taken lock is asked for again.
const lockPoll = 200 * time.Millisecond

// errTaken says that somebody else holds the lock.
var errTaken = errors.New("lock is taken")

// lock holds an exclusive lock on a key until release. The kernel drops it when the
// process ends, however it ends.
func (s *Store) lock(ctx context.Context, key string) (release func(), err error) {
	release, err = s.tryLock(key)
	if !errors.Is(err, errTaken) {
		return release, err
	}
	if s.waiting != nil {
		done := s.waiting(key)
		defer func() { done(err) }()
	}
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another run that is making %s: %w", key, ctx.Err())
		case <-ticker.C:
		}
		release, err = s.tryLock(key)
		if !errors.Is(err, errTaken) {
			return release, err
		}
	}
}

func (s *Store) tryLock(key string) (release func(), err error) {
	f, err := s.openLock(key)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errTaken
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return func() { _ = f.Close() }, nil
}

func (s *Store) openLock(key string) (*os.File, error) {
	return os.OpenFile(filepath.Join(s.dir, locksDir, key), os.O_CREATE|os.O_RDWR, 0o644)
}
