package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/cache"
)

// workshop makes one entry with one file, and counts how often and why.
type workshop struct {
	made atomic.Int32
	why  string
}

const content = "what took long to make"

func (w *workshop) make(_ context.Context, dir, why string) error {
	w.made.Add(1)
	w.why = why
	return os.WriteFile(filepath.Join(dir, "file"), []byte(content), 0o644)
}

func open(t *testing.T, dir string) *cache.Store {
	t.Helper()
	s, err := cache.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, s *cache.Store, w *workshop) *cache.Entry {
	t.Helper()
	entry, err := s.Get(t.Context(), cache.NewKey("thing").Add("version", "1"), cache.Contents, w.make)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(entry.Path("file"))
	if err != nil || string(got) != content {
		t.Fatalf("the entry's file holds %q, %v", got, err)
	}
	return entry
}

func TestAnEntryIsMadeOnce(t *testing.T) {
	s, w := open(t, t.TempDir()), &workshop{}

	first := get(t, s, w)
	second := get(t, s, w)

	if w.made.Load() != 1 || first.Path("") != second.Path("") {
		t.Errorf("made %d times, in %s and %s", w.made.Load(), first.Path(""), second.Path(""))
	}
}

func TestADamagedEntryIsMadeAgain(t *testing.T) {
	write := func(name, data string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644) }
	}
	cases := map[string]struct {
		damage func(dir string) error
		why    string
	}{
		"truncated file":     {write("file", "what"), "file has 4 bytes instead of 22"},
		"altered file":       {write("file", strings.ToUpper(content)), "file was altered"},
		"missing file":       {func(dir string) error { return os.Remove(filepath.Join(dir, "file")) }, "file is missing"},
		"missing manifest":   {func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) }, "has no manifest"},
		"truncated manifest": {write("manifest.json", `{"key": "thi`), "manifest is unreadable"},
		"empty manifest":     {write("manifest.json", `{}`), `manifest is of ""`},
		"file replaced by a folder": {func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "file")), os.Mkdir(filepath.Join(dir, "file"), 0o755))
		}, "file has"},
		"altered manifest": {func(dir string) error {
			path := filepath.Join(dir, "manifest.json")
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(data), `"size": 22`, `"size": 21`, 1)), 0o644)
		}, "manifest does not match its own checksum"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s, w := open(t, t.TempDir()), &workshop{}
			entry := get(t, s, w)
			if err := c.damage(entry.Path("")); err != nil {
				t.Fatal(err)
			}

			get(t, s, w)

			if w.made.Load() != 2 {
				t.Errorf("made %d times, want 2", w.made.Load())
			}
			if !strings.Contains(w.why, c.why) {
				t.Errorf("reason is %q, want %q in it", w.why, c.why)
			}
		})
	}
}

func TestSizesReadsSmallFilesOnly(t *testing.T) {
	s, key := open(t, t.TempDir()), cache.NewKey("thing")
	made := 0
	build := func(_ context.Context, dir, _ string) error {
		made++
		return errors.Join(
			os.WriteFile(filepath.Join(dir, "large"), make([]byte, 5<<20), 0o644),
			os.WriteFile(filepath.Join(dir, "small"), []byte("a"), 0o644))
	}
	get := func(depth cache.Depth) *cache.Entry {
		entry, err := s.Get(t.Context(), key, depth, build)
		if err != nil {
			t.Fatal(err)
		}
		return entry
	}
	alter := func(path string) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString("b"); errors.Join(err, f.Close()) != nil {
			t.Fatal(err)
		}
	}

	alter(get(cache.Sizes).Path("large"))
	if get(cache.Sizes); made != 1 {
		t.Errorf("made %d times after a large file was altered, want 1", made)
	}
	alter(get(cache.Sizes).Path("small"))
	if get(cache.Sizes); made != 2 {
		t.Errorf("made %d times after a small file was altered, want 2", made)
	}
	alter(get(cache.Sizes).Path("large"))
	if get(cache.Contents); made != 3 {
		t.Errorf("made %d times after the contents were read, want 3", made)
	}
}

func TestAFailedMakeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	broken := errors.New("does not compile")
	key := cache.NewKey("thing").Add("version", "1")

	_, err := s.Get(t.Context(), key, cache.Contents, func(_ context.Context, work, _ string) error {
		return errors.Join(os.WriteFile(filepath.Join(work, "half"), nil, 0o644), broken)
	})

	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of make", err)
	}
	expectEmpty(t, dir, "entries", "work")
	if s.Has(key) {
		t.Error("the store says that it has the entry")
	}
}

func TestACancelledMakeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())

	_, err := open(t, dir).Get(ctx, cache.NewKey("thing"), cache.Contents, func(_ context.Context, work, _ string) error {
		cancel()
		return os.WriteFile(filepath.Join(work, "file"), nil, 0o644)
	})

	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	expectEmpty(t, dir, "entries", "work")
}

func TestWhatAKilledRunLeftIsSweptByTheNext(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	left := filepath.Join(dir, "work", "thing-0123")
	if err := os.MkdirAll(filepath.Join(left, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}

	open(t, dir)

	expectEmpty(t, dir, "work")
}

func TestTwoAtOnceMakeAnEntryOnce(t *testing.T) {
	dir := t.TempDir()
	w, stores := &workshop{}, []*cache.Store{open(t, dir), open(t, dir)}
	var runs sync.WaitGroup
	for _, s := range stores {
		runs.Go(func() {
			if _, err := s.Get(t.Context(), cache.NewKey("thing"), cache.Contents, w.make); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()

	if w.made.Load() != 1 {
		t.Errorf("made %d times, want once", w.made.Load())
	}
}

func TestAnotherRunsWorkIsNotSweptAndWaitingEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	s, started, finish := open(t, dir), make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := s.Get(t.Context(), cache.NewKey("thing"), cache.Contents, func(_ context.Context, work, _ string) error {
			close(started)
			<-finish
			return os.WriteFile(filepath.Join(work, "file"), nil, 0o644)
		})
		done <- err
	}()
	<-started

	var awaited []string
	other, err := cache.Open(dir, func(key string) func(error) {
		awaited = append(awaited, key)
		return func(error) {}
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = other.Get(ctx, cache.NewKey("thing"), cache.Contents, (&workshop{}).make)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "another run") {
		t.Errorf("got %v, want an error that names the other run", err)
	}
	if want := cache.NewKey("thing").String(); len(awaited) != 1 || awaited[0] != want {
		t.Errorf("told of waiting for %q, want once for %s", awaited, want)
	}

	close(finish)
	if err = <-done; err != nil {
		t.Errorf("the first run failed: %v", err)
	}
}

func TestAKeyChangesWithEachOfItsInputs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "go.sum")
	withFile := func(data string) string {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		k := cache.NewKey("k").Add("flags", "a", "b")
		if err := k.AddFile("go.sum", path); err != nil {
			t.Fatal(err)
		}
		return k.String()
	}
	keys := map[string]string{
		"base":           cache.NewKey("k").Add("flags", "a", "b").String(),
		"another kind":   cache.NewKey("l").Add("flags", "a", "b").String(),
		"another name":   cache.NewKey("k").Add("tags", "a", "b").String(),
		"another value":  cache.NewKey("k").Add("flags", "a", "c").String(),
		"another order":  cache.NewKey("k").Add("flags", "b", "a").String(),
		"joined values":  cache.NewKey("k").Add("flags", "ab").String(),
		"moved border":   cache.NewKey("k").Add("flags", "ab", "").String(),
		"one more":       cache.NewKey("k").Add("flags", "a", "b").Add("x").String(),
		"file":           withFile("one"),
		"file's content": withFile("two"),
	}
	seen := map[string]string{}
	for name, key := range keys {
		if other, taken := seen[key]; taken {
			t.Errorf("%s and %s give the same key %s", name, other, key)
		}
		seen[key] = name
	}
	if again := cache.NewKey("k").Add("flags", "a", "b").String(); again != keys["base"] {
		t.Errorf("the same inputs give %s and %s", keys["base"], again)
	}
}

func expectEmpty(t *testing.T, dir string, subs ...string) {
	t.Helper()
	for _, sub := range subs {
		left, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil || len(left) != 0 {
			t.Errorf("%s holds %v, %v; want nothing", sub, left, err)
		}
	}
}
