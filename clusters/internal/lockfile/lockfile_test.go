package lockfile

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestASecondOwnerIsToldWhoHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "name.lock")
	lock, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Acquire(path)
	var held *HeldError
	if !errors.As(err, &held) || held.PID != os.Getpid() || held.Path != path {
		t.Errorf("got %v, want a HeldError of process %d", err, os.Getpid())
	}
	if err = lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err = os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Errorf("the file or its folder is still there: %v", err)
	}
	if lock, err = Acquire(path); err != nil {
		t.Fatalf("a released lock cannot be taken: %v", err)
	}
	if err = errors.Join(lock.Release(), lock.Release()); err != nil {
		t.Errorf("releasing twice: %v", err)
	}
}

func TestAFileLeftByAKilledOwnerIsNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "name.lock")
	if err := os.WriteFile(path, []byte("4711\nnoise"), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := Acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	if err = lock.Release(); err != nil {
		t.Error(err)
	}
}

func TestNeverTwoOwners(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "name.lock")
	var owners atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				lock, err := Acquire(path)
				if err != nil {
					continue
				}
				if owners.Add(1) != 1 {
					t.Error("two owners at once")
				}
				owners.Add(-1)
				_ = lock.Release()
			}
		})
	}
	wg.Wait()
}
