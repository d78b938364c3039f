package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/throughline/throughline/clusters/images/internal/cache"
)

// fill makes entries of a kind numbered from zero, each used an hour after the one before.
func fill(t *testing.T, dir, kind string, n int) {
	t.Helper()
	s := open(t, dir)
	for i := range n {
		entry, err := s.Get(t.Context(), numbered(kind, i), cache.Contents, func(_ context.Context, work, _ string) error {
			return os.WriteFile(filepath.Join(work, "file"), nil, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(time.Duration(i-100) * time.Hour)
		if err := os.Chtimes(entry.Path(""), used, used); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func numbered(kind string, i int) *cache.Key { return cache.NewKey(kind).Add("n", strconv.Itoa(i)) }

func TestPruneKeepsWhatWasUsedLastAndEveryOtherKind(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "node", 4)
	fill(t, dir, "node-tools", 1)
	s := open(t, dir)

	if err := s.Prune("node", 2); err != nil {
		t.Fatal(err)
	}

	for i, want := range []bool{false, false, true, true} {
		if got := s.Has(numbered("node", i)); got != want {
			t.Errorf("entry %d is there: %v, want %v", i, got, want)
		}
	}
	if !s.Has(numbered("node-tools", 0)) {
		t.Error("an entry of another kind is gone")
	}
}

func TestPruneLeavesWhatAnotherRunUses(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, "node", 1)
	other, s := open(t, dir), open(t, dir)
	if _, err := other.Get(t.Context(), numbered("node", 0), cache.Contents, (&workshop{}).make); err != nil {
		t.Fatal(err)
	}

	if err := s.Prune("node", 0); err != nil {
		t.Fatal(err)
	}
	if !s.Has(numbered("node", 0)) {
		t.Error("an entry in use is gone")
	}

	if err := errors.Join(other.Close(), s.Prune("node", 0)); err != nil {
		t.Fatal(err)
	}
	if s.Has(numbered("node", 0)) {
		t.Error("the entry is still there when nobody uses it any more")
	}
}
