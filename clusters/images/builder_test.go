package images

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/cache"
)

// steps records a builder's progress.
type steps struct {
	mu    sync.Mutex
	begun []string
	ended []error
}

func (s *steps) Step(name string) func(error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = append(s.begun, name)
	return func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = append(s.ended, err)
	}
}

// checkout lays out a source folder with one component of the given source.
func checkout(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{
		"go.mod": "module example.com/checkout\n\ngo 1.26\n",
		"clusters/images/components/small/go.mod":  "module example.com/small\n\ngo 1.26\n",
		"clusters/images/components/small/go.sum":  "",
		"clusters/images/components/small/main.go": source,
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func small() Component {
	return Component{
		Version: "1.0.0", Release: "1.0.0", Module: "example.com/small",
		Builds: []BuildConfig{{Programs: map[string]string{"small": "."}, Stamps: map[string]string{"main.version": "{version}"}}},
	}
}

// planFor is a plan with the one component small.
func planFor(t *testing.T, source string, component Component) (*plan, *steps) {
	t.Helper()
	progress := &steps{}
	b, err := New(Options{CacheDir: t.TempDir(), SourceDir: source, Progress: progress, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if closeErr := b.Close(); closeErr != nil {
			t.Error(closeErr)
		}
	})
	p := &plan{Builder: b, toolchain: "go1.26", parts: map[string]part{}}
	if p.parts["small"], err = p.component("small", component); err != nil {
		t.Fatal(err)
	}
	return p, progress
}

func TestAComponentIsBuiltOnceWithItsProgress(t *testing.T) {
	p, progress := planFor(t, checkout(t, "package main\n\nfunc main() {}\n"), small())

	for range 2 {
		entry, err := p.get(t.Context(), "small")
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(entry.Path("small")); err != nil || info.Mode().Perm()&0o111 == 0 {
			t.Errorf("the program is %v, %v; want it executable", info, err)
		}
		if _, err := os.Stat(entry.Path(scratchDir)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the scratch folder is still there: %v", err)
		}
	}

	if !slices.Equal(progress.begun, []string{"build small"}) || len(progress.ended) != 1 || progress.ended[0] != nil {
		t.Errorf("steps are %q, ended with %v", progress.begun, progress.ended)
	}
}

func TestACorruptedComponentIsBuiltAgainAndTheProgressSaysWhy(t *testing.T) {
	p, progress := planFor(t, checkout(t, "package main\n\nfunc main() {}\n"), small())
	entry, err := p.get(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(entry.Path("small"), 100); err != nil {
		t.Fatal(err)
	}

	if _, err := p.get(t.Context(), "small"); err != nil {
		t.Fatal(err)
	}

	if len(progress.begun) != 2 || !strings.Contains(progress.begun[1], "build small again (cache entry small-") ||
		!strings.Contains(progress.begun[1], "small has 100 bytes instead of") {
		t.Errorf("steps are %q", progress.begun)
	}
}

func TestAFailedBuildNamesTheComponentTheCommandAndTheLastLines(t *testing.T) {
	p, progress := planFor(t, checkout(t, "package main\n\nfunc main() { undeclared() }\n"), small())

	_, err := p.all(t.Context())

	for _, want := range []string{"component small: `go build ", "-o ", "its last lines:", "main.go:3:15: undefined: undeclared"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if len(progress.ended) != 1 || progress.ended[0] == nil {
		t.Errorf("the step ended with %v, want the error", progress.ended)
	}
	if p.store.Has(p.parts["small"].key) {
		t.Error("a failed build is in the cache")
	}
}

func TestAComponentsKeyChangesWithEverythingThatGoesIntoIt(t *testing.T) {
	const source = "package main\n\nfunc main() {}\n"
	keyOf := func(dir, toolchain string, c Component) string {
		p, _ := planFor(t, dir, c)
		p.toolchain = toolchain
		made, err := p.component("small", c)
		if err != nil {
			t.Fatal(err)
		}
		return made.key.String()
	}
	with := func(change func(c *Component)) Component {
		c := small()
		change(&c)
		return c
	}
	touched := func(file, data string) string {
		dir := checkout(t, source)
		path := filepath.Join(dir, "clusters/images/components/small", file)
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	base := keyOf(checkout(t, source), "go1.26", small())
	for name, other := range map[string]string{
		"go.mod":    keyOf(touched("go.mod", "module example.com/small\n\ngo 1.25\n"), "go1.26", small()),
		"go.sum":    keyOf(touched("go.sum", "example.com/x v1.0.0 h1:x\n"), "go1.26", small()),
		"toolchain": keyOf(checkout(t, source), "go1.27", small()),
		"version":   keyOf(checkout(t, source), "go1.26", with(func(c *Component) { c.Version = "1.0.1" })),
		"tags":      keyOf(checkout(t, source), "go1.26", with(func(c *Component) { c.Builds[0].Tags = []string{"a"} })),
		"programs":  keyOf(checkout(t, source), "go1.26", with(func(c *Component) { c.Builds[0].Programs = map[string]string{"other": "."} })),
	} {
		if other == base {
			t.Errorf("another %s gives the same key", name)
		}
	}
	if again := keyOf(checkout(t, source), "go1.26", small()); again != base {
		t.Errorf("the same inputs in another folder give %s and %s", base, again)
	}
}

// fake adds a part that is made by build.
func (p *plan) fake(name string, compiles bool, build func(ctx context.Context, dir string) error) {
	p.parts[name] = part{key: cache.NewKey(name), compiles: compiles, build: func(ctx context.Context, dir, _ string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "file"), nil, 0o644), build(ctx, dir))
	}}
}

func TestAFailureStopsTheOtherBuildsAndKeepsWhatIsFinished(t *testing.T) {
	p, _ := planFor(t, checkout(t, ""), small())
	clear(p.parts)
	finished, broken := make(chan struct{}), errors.New("broken")
	p.fake("finished", true, func(context.Context, string) error { close(finished); return nil })
	p.fake("failing", true, func(context.Context, string) error { <-finished; return broken })
	p.fake("waiting", false, func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })

	_, err := p.all(t.Context())

	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "component failing: ") {
		t.Errorf("got %v, want the failing component's error", err)
	}
	if p.store.Has(p.parts["waiting"].key) || p.store.Has(p.parts["failing"].key) {
		t.Error("an unfinished part is in the cache")
	}
}

func TestOnlyAsManyCompileAtOnceAsThereAreJobsAndTheRestRunsBeside(t *testing.T) {
	p, _ := planFor(t, checkout(t, ""), small())
	clear(p.parts)
	var mu sync.Mutex
	running, most := 0, 0
	beside := make(chan struct{})
	compile := func(context.Context, string) error {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		<-beside // runs while the jobs are all taken
		mu.Lock()
		running--
		mu.Unlock()
		return nil
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		p.fake(name, true, compile)
	}
	p.fake(debianPart, false, func(context.Context, string) error { close(beside); return nil })

	entries, err := p.all(t.Context())
	if err != nil || len(entries) != 5 {
		t.Fatalf("got %d entries, %v", len(entries), err)
	}
	if most > 2 {
		t.Errorf("%d compiled at once, want at most 2", most)
	}
}

func TestABuilderNeedsACheckout(t *testing.T) {
	_, err := New(Options{CacheDir: t.TempDir(), SourceDir: t.TempDir()})

	if err == nil || !strings.Contains(err.Error(), "no checkout of throughline") {
		t.Errorf("got %v, want an error that says what is missing", err)
	}
}

func TestAGivenEnvoyIsUsedAndItsContentCounts(t *testing.T) {
	given := filepath.Join(t.TempDir(), "envoy")
	p, _ := planFor(t, checkout(t, ""), small())
	p.opts.EnvoyPath = given
	keys := map[string]bool{}
	for _, content := range []string{"one", "two"} {
		if err := os.WriteFile(given, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if p.parts[envoyPart], err = p.envoy(); err != nil {
			t.Fatal(err)
		}
		entry, err := p.get(t.Context(), envoyPart)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(entry.Path("envoy")); err != nil || string(got) != content {
			t.Errorf("got %q, %v; want %q", got, err, content)
		}
		keys[entry.Key()] = true
	}
	if len(keys) != 2 {
		t.Error("another Envoy has the same key")
	}
}

func TestAnEnvoyThatIsNotThereIsNamed(t *testing.T) {
	p, _ := planFor(t, checkout(t, ""), small())
	p.opts.EnvoyPath = "/no/such/envoy"

	if _, err := p.envoy(); err == nil || !strings.Contains(err.Error(), "/no/such/envoy") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
