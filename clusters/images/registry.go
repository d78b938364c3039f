package images

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/throughline/throughline/clusters/images/internal/command"
)

// Source names where images come from.
type Source string

// The sources.
const (
	// FromSource makes images from modules, packages and a wheel, see Builder.
	FromSource Source = "source"
	// FromPublished uses published images, see FromRegistry.
	FromPublished Source = "registry"
	// FromArchive uses images that were saved from one of the other two.
	FromArchive Source = "archive"
)

// ErrArchive says that the source `archive` does not exist yet.
var ErrArchive = errors.New("images from an archive are not available yet; use the source `registry` or `source`")

// MissingError is a program that a build needs and does not find.
type MissingError = command.MissingError

// FromRegistry returns the published images of the catalogue. The engine and the nodes pull
// them; digests are not known before. The application has no published image: appRef names
// one that the nodes can pull, such as one that Push has put into a registry.
func FromRegistry(c *Catalogue, appRef string) (*Set, error) {
	set := &Set{
		Node:     Image{Ref: c.Registry.Node},
		Pilot:    Image{Ref: c.Registry.Pilot},
		Proxy:    Image{Ref: c.Registry.Proxy},
		Jaeger:   Image{Ref: c.Registry.Jaeger},
		App:      Image{Ref: appRef},
		Versions: c.Versions(),
	}
	all := set.Mesh()
	all["node"] = set.Node
	for role, image := range all {
		if image.Ref == "" {
			return nil, fmt.Errorf("images from a registry: no reference for %s; name one", role)
		}
		if _, err := name.ParseReference(image.Ref); err != nil {
			return nil, fmt.Errorf("images from a registry: %s: %w", role, err)
		}
	}
	return set, nil
}

// Push puts the mesh's and the application's images of Build into a registry at host
// (`127.0.0.1:5000`), and returns the set as it is seen there: the same but for the
// references, and for Baked, which is false. The registry is spoken to without TLS only if
// it is on this machine.
func (b *Builder) Push(ctx context.Context, set *Set, host string) (*Set, error) {
	p, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := p.all(ctx)
	if err != nil {
		return nil, err
	}
	pushed := *set
	pushed.Baked = false
	made, err := (assembly{plan: p, parts: entries}).mesh(&pushed)
	if err != nil {
		return nil, err
	}
	for role, image := range map[string]*Image{
		"pilot": &pushed.Pilot, "proxy": &pushed.Proxy, "jaeger": &pushed.Jaeger, "app": &pushed.App,
	} {
		image.Ref = host + "/" + role + ":" + shortDigest(image.ID)
		if err := push(ctx, image.Ref, made[role]); err != nil {
			return nil, err
		}
	}
	return &pushed, nil
}

func push(ctx context.Context, ref string, image v1.Image) error {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return fmt.Errorf("push %s: %w", ref, err)
	}
	if err := remote.Write(parsed, image, remote.WithContext(ctx)); err != nil {
		return fmt.Errorf("push %s; is the registry reachable from here? %w", ref, err)
	}
	return nil
}
