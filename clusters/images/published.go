package images

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/throughline/throughline/clusters/images/internal/cache"
	"github.com/throughline/throughline/clusters/images/internal/layers"
)

const (
	// applicationPart is the cache's name for the archive of the application's image.
	applicationPart = "application"
	appTar          = "app.tar"
)

// Published returns the images of a registry, see FromRegistry, with what no registry
// has: Istio's charts and the runc shim. The application is built, which takes seconds,
// and comes with its archive, to be loaded into the nodes.
func (b *Builder) Published(ctx context.Context, from Location) (*Set, error) {
	p, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	app, err := p.application(ctx)
	if err != nil {
		return nil, err
	}
	set, err := FromRegistry(b.catalogue, from, app.Ref)
	if err != nil {
		return nil, err
	}
	programs, err := p.get(ctx, own)
	if err != nil {
		return nil, err
	}
	set.App, set.IstioDir, set.RuncShim = app, p.istio.Dir, programs.Path(runcShim)
	return set, p.store.Prune(applicationPart, keptParts)
}

// PublishedWithApp is like Published, for nodes that images cannot be loaded into: the
// application is pulled too, from where Push puts it, so that a registry must be given.
func (b *Builder) PublishedWithApp(ctx context.Context, from Location) (*Set, error) {
	if from.Official() {
		return nil, errors.New("images from a registry: the application is not in the official ones, and cannot be loaded into the nodes of this cluster; name a registry that has all images (--registry), or let a kind cluster be made (--provider kind)")
	}
	set, err := b.Published(ctx, from)
	if err != nil {
		return nil, err
	}
	set.App = Image{Ref: from.reference("app", shortDigest(set.App.ID)), Digest: set.App.Digest, ID: set.App.ID, Size: set.App.Size}
	return set, nil
}

// application is the image of the tested application alone, with its archive.
func (p *plan) application(ctx context.Context) (Image, error) {
	programs, err := p.get(ctx, own)
	if err != nil {
		return Image{}, err
	}
	image, err := (assembly{plan: p, parts: map[string]*cache.Entry{own: programs}}).application()
	if err != nil {
		return Image{}, fmt.Errorf("image app: %w", err)
	}
	described, err := describe("app", image)
	if err != nil {
		return Image{}, fmt.Errorf("image app: %w", err)
	}
	key := p.key(applicationPart).Add("id", described.ID)
	entry, err := p.store.Get(ctx, key, cache.Contents, func(_ context.Context, dir, why string) error {
		return p.step("build application image", dir, why, func(string) error {
			return writeArchive(filepath.Join(dir, appTar), described.Ref, image)
		})
	})
	if err != nil {
		return Image{}, fmt.Errorf("image app: %w", err)
	}
	described.Archive = entry.Path(appTar)
	return described, nil
}

// application is what mesh makes of it, without the others' parts.
func (a assembly) application() (v1.Image, error) {
	tree, err := a.single(own, "app")()
	if err != nil {
		return nil, err
	}
	return a.image(tree, "app", nobody, false)
}

func writeArchive(path, ref string, image v1.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = layers.WriteArchive(file, ref, image)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
