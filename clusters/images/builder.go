package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/throughline/throughline/clusters/images/internal/cache"
)

// Progress is told of every step that takes long.
type Progress interface {
	// Step says that a step begins, and returns what is to be called when it ends.
	// Steps may overlap, and Step may be called from several goroutines.
	Step(name string) (done func(err error))
}

// Options are a Builder's settings.
type Options struct {
	// CacheDir keeps what was made. It must allow devices and programs (a file system
	// that is mounted nodev or noexec does not). Required.
	CacheDir string
	// SourceDir is a checkout of this repository: it has the components' modules and
	// our own programs. Required.
	SourceDir string
	// Progress may be nil.
	Progress Progress
	// Jobs is how many components are compiled at once; zero means as many as there
	// are processors.
	Jobs int
	// Catalogue replaces the default one; nil means the default.
	Catalogue *Catalogue
	// EnvoyPath is a program to use instead of the catalogue's Envoy; empty means none.
	EnvoyPath string
	// Loaded says whether the engine has the image with this id already. Then the node
	// archive, which will not be read, is not verified either. Nil means that it has
	// nothing.
	Loaded func(ctx context.Context, id string) bool
}

// Builder makes images from source.
type Builder struct {
	opts      Options
	catalogue *Catalogue
	store     *cache.Store
}

// New prepares a builder and opens its cache. Nothing is built yet.
func New(opts Options) (*Builder, error) {
	if opts.CacheDir == "" || opts.SourceDir == "" {
		return nil, errors.New("build images: a cache folder and a checkout are needed")
	}
	source, err := filepath.Abs(opts.SourceDir)
	if err != nil {
		return nil, err
	}
	opts.SourceDir = source
	if _, err = os.Stat(filepath.Join(source, "go.mod")); err != nil {
		return nil, fmt.Errorf("build images: %s is no checkout of throughline, which has our own programs and the versions of the others; name one (--source-dir): %w", source, err)
	}
	if opts.Jobs <= 0 {
		opts.Jobs = runtime.NumCPU()
	}
	if opts.Progress == nil {
		opts.Progress = silent{}
	}
	b := &Builder{opts: opts, catalogue: opts.Catalogue}
	if b.catalogue == nil {
		if b.catalogue, err = DefaultCatalogue(); err != nil {
			return nil, err
		}
	}
	if b.store, err = cache.Open(opts.CacheDir, func(key string) func(error) {
		return opts.Progress.Step("wait for another run that is making " + key)
	}); err != nil {
		return nil, err
	}
	return b, nil
}

// Build returns the images, made now or taken from the cache. A failure names the
// component, the command and the last lines that it printed; what was finished before
// stays in the cache. When ctx ends, everything that runs is killed first.
func (b *Builder) Build(ctx context.Context) (*Set, error) {
	p, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	entry, err := b.store.Get(ctx, p.node, cache.Sizes, p.buildNode)
	if err != nil {
		return nil, err
	}
	set, err := readSet(entry)
	if err != nil {
		return nil, err
	}
	if b.opts.Loaded == nil || !b.opts.Loaded(ctx, set.Node.ID) {
		if entry, err = b.store.Get(ctx, p.node, cache.Contents, p.buildNode); err != nil {
			return nil, err
		}
		if set, err = readSet(entry); err != nil {
			return nil, err
		}
	}
	set.IstioDir = p.istio.Dir
	return set, p.prune()
}

// Close ends the use of what was built: from then on another run may remove it from the
// cache to save space.
func (b *Builder) Close() error { return b.store.Close() }

// RuncShim returns the program that an engine can use as its runtime, without building
// anything else.
func (b *Builder) RuncShim(ctx context.Context) (string, error) {
	p, err := b.plan(ctx)
	if err != nil {
		return "", err
	}
	entry, err := p.get(ctx, own)
	if err != nil {
		return "", err
	}
	return entry.Path(runcShim), nil
}

// Pending names what Build would have to make, in the order of the alphabet; empty means
// that a Build is warm. It reads no contents.
func (b *Builder) Pending(ctx context.Context) ([]string, error) {
	p, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	if b.store.Has(p.node) {
		return nil, nil
	}
	pending := []string{nodePart}
	for name, part := range p.parts {
		if !b.store.Has(part.key) {
			pending = append(pending, name)
		}
	}
	slices.Sort(pending)
	return pending, nil
}

// The cache keeps the node images and the parts that were used last, and as many more as
// runs are using. A node image has more than a gigabyte.
const keptNodes, keptParts = 2, 3

func (p *plan) prune() error {
	problems := []error{p.store.Prune(nodePart, keptNodes)}
	for name := range p.parts {
		problems = append(problems, p.store.Prune(name, keptParts))
	}
	return errors.Join(problems...)
}

// setJSON is the file of a node entry that holds its Set, without paths.
const setJSON = "set.json"

func readSet(entry *cache.Entry) (*Set, error) {
	data, err := os.ReadFile(entry.Path(setJSON))
	if err != nil {
		return nil, err
	}
	var set Set
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("cache entry %s: %s: %w", entry.Key(), setJSON, err)
	}
	set.Node.Archive = entry.Path(nodeTar)
	set.RuncShim = entry.Path(runcShim)
	return &set, nil
}

// silent is the progress of a builder that was given none.
type silent struct{}

func (silent) Step(string) func(error) { return func(error) {} }
