package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

// FromRegistry returns the published images of the catalogue, at the location if that is
// one: `<host>/<role>:<tag>` with the tags of the official ones. The engine and the nodes
// pull them; digests are not known before. The application has no published image: appRef
// names one that the nodes have or can pull.
func FromRegistry(c *Catalogue, from Location, appRef string) (*Set, error) {
	versions := c.Versions()
	at := strings.NewReplacer("{kubernetes}", versions["kubernetes"], "{istio}", versions["istio"], "{jaeger}", versions["jaeger"])
	set := &Set{
		Node:     Image{Ref: at.Replace(c.Registry.Node)},
		Pilot:    Image{Ref: at.Replace(c.Registry.Pilot)},
		Proxy:    Image{Ref: at.Replace(c.Registry.Proxy)},
		Jaeger:   Image{Ref: at.Replace(c.Registry.Jaeger)},
		App:      Image{Ref: appRef},
		Versions: versions,
	}
	for role, image := range set.published() {
		parsed, err := name.NewTag(image.Ref)
		if err != nil {
			return nil, fmt.Errorf("images from a registry: %s in the catalogue: %w", role, err)
		}
		if !from.Official() {
			image.Ref = from.reference(role, parsed.TagStr())
		}
	}
	if appRef == "" {
		return nil, errors.New("images from a registry: no reference for app; name one")
	}
	if _, err := name.ParseReference(appRef); err != nil {
		return nil, fmt.Errorf("images from a registry: app: %w", err)
	}
	return set, nil
}

// published are the images that a registry has, by role.
func (s *Set) published() map[string]*Image {
	return map[string]*Image{"node": &s.Node, "pilot": &s.Pilot, "proxy": &s.Proxy, "jaeger": &s.Jaeger}
}

// Dial connects to a registry.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Push puts all images of Build into a registry, from where FromRegistry and
// PublishedWithApp of the same catalogue and checkout take them. It returns the set as it
// is seen there: the same but for the references, and for Baked, which is false. Dial may
// be nil; the registry is then reached from here.
func (b *Builder) Push(ctx context.Context, set *Set, to Location, dial Dial) (*Set, error) {
	if to.Official() {
		return nil, errors.New("push images: no registry is given")
	}
	p, err := b.plan(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := p.all(ctx)
	if err != nil {
		return nil, err
	}
	pushed := *set
	made, err := (assembly{plan: p, parts: entries}).mesh(&pushed)
	if err != nil {
		return nil, err
	}
	if made["node"], err = fromArchive(set.Node); err != nil {
		return nil, err
	}
	names, err := FromRegistry(b.catalogue, to, to.reference("app", shortDigest(pushed.App.ID)))
	if err != nil {
		return nil, err
	}
	pushed.Baked, pushed.Node.Archive = false, ""
	pushed.Node.Ref, pushed.Pilot.Ref, pushed.Proxy.Ref = names.Node.Ref, names.Pilot.Ref, names.Proxy.Ref
	pushed.Jaeger.Ref, pushed.App.Ref = names.Jaeger.Ref, names.App.Ref
	all := pushed.Mesh()
	all["node"] = pushed.Node
	for role, image := range all {
		if err := push(ctx, to, dial, image.Ref, made[role]); err != nil {
			return nil, err
		}
	}
	return &pushed, nil
}

func push(ctx context.Context, to Location, dial Dial, ref string, image v1.Image) error {
	parsed, err := name.ParseReference(ref, to.options()...)
	if err != nil {
		return fmt.Errorf("push %s: %w", ref, err)
	}
	options := []remote.Option{remote.WithContext(ctx)}
	if dial != nil {
		transport := &http.Transport{DialContext: dial}
		defer transport.CloseIdleConnections()
		options = append(options, remote.WithTransport(transport))
	}
	if err := remote.Write(parsed, image, options...); err != nil {
		return fmt.Errorf("push %s; is the registry reachable? %w", ref, err)
	}
	return nil
}

// fromArchive is an image that we have archived. Its layers stay as they are: to compress
// them would take minutes.
func fromArchive(archived Image) (v1.Image, error) {
	stored, err := tarball.ImageFromPath(archived.Archive, nil)
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", archived.Archive, err)
	}
	config, err := stored.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", archived.Archive, err)
	}
	content, err := stored.Layers()
	if err != nil {
		return nil, fmt.Errorf("archive %s: %w", archived.Archive, err)
	}
	for i, one := range content {
		if content[i], err = asStored(one); err != nil {
			return nil, fmt.Errorf("archive %s: %w", archived.Archive, err)
		}
	}
	image, err := layers.Image(config.Config, content...)
	if err != nil {
		return nil, err
	}
	id, err := image.ConfigName()
	if err == nil && id.String() != archived.ID {
		err = fmt.Errorf("archive %s holds image %s, expected %s; remove it to have it made again", archived.Archive, id, archived.ID)
	}
	return image, err
}

// storedLayer is the layer of an archive, uncompressed.
type storedLayer struct {
	v1.Layer

	size int64
}

func asStored(in v1.Layer) (v1.Layer, error) {
	r, err := in.Uncompressed()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	size, err := io.Copy(io.Discard, r)
	return storedLayer{in, size}, err
}

func (l storedLayer) Digest() (v1.Hash, error)            { return l.DiffID() }
func (l storedLayer) Compressed() (io.ReadCloser, error)  { return l.Uncompressed() }
func (l storedLayer) Size() (int64, error)                { return l.size, nil }
func (l storedLayer) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }
