package layers

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// refAnnotation is where containerd looks for an image's whole name in a layout.
const refAnnotation = "io.containerd.image.name"

// Image puts layers under a configuration, lowest first, for this machine's platform.
func Image(config v1.Config, content ...v1.Layer) (v1.Image, error) {
	base, err := mutate.ConfigFile(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON),
		&v1.ConfigFile{
			OS:           "linux",
			Architecture: runtime.GOARCH,
			Created:      v1.Time{Time: time.Unix(0, 0).UTC()},
			Config:       config,
			RootFS:       v1.RootFS{Type: "layers"},
		})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(base, content...)
}

// WriteArchive writes one image in the format of `docker save`.
func WriteArchive(w io.Writer, ref string, image v1.Image) error {
	tag, err := name.NewTag(ref)
	if err != nil {
		return err
	}
	return tarball.Write(tag, image, w)
}

// WriteLayout writes images under their references as one OCI layout, a tar stream.
// What several images share is written once.
func WriteLayout(w io.Writer, images map[string]v1.Image) error {
	out := layout{tar: tar.NewWriter(w), written: map[v1.Hash]bool{}}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, ref := range slices.Sorted(maps.Keys(images)) {
		described, err := out.image(images[ref])
		if err != nil {
			return fmt.Errorf("image %s: %w", ref, err)
		}
		described.Annotations = map[string]string{refAnnotation: ref}
		described.Platform = &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
		index.Manifests = append(index.Manifests, *described)
	}
	data, err := json.Marshal(index)
	if err != nil {
		return err
	}
	if err := out.file("index.json", bytes.NewReader(data), int64(len(data))); err != nil {
		return err
	}
	version := []byte(`{"imageLayoutVersion":"1.0.0"}`)
	if err := out.file("oci-layout", bytes.NewReader(version), int64(len(version))); err != nil {
		return err
	}
	return out.tar.Close()
}

// layout is an OCI layout that is being written.
type layout struct {
	tar     *tar.Writer
	written map[v1.Hash]bool
}

func (l *layout) image(image v1.Image) (*v1.Descriptor, error) {
	content, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for _, one := range content {
		if err = l.layer(one); err != nil {
			return nil, err
		}
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return nil, err
	}
	manifest, err := image.RawManifest()
	if err != nil {
		return nil, err
	}
	for _, data := range [][]byte{config, manifest} {
		if err = l.data(data); err != nil {
			return nil, err
		}
	}
	hash, err := image.Digest()
	if err != nil {
		return nil, err
	}
	return &v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash, Size: int64(len(manifest))}, nil
}

func (l *layout) layer(one v1.Layer) error {
	hash, err := one.Digest()
	if err != nil {
		return err
	}
	size, err := one.Size()
	if err != nil {
		return err
	}
	r, err := one.Compressed()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return l.blob(hash, r, size)
}

func (l *layout) data(data []byte) error {
	hash, size, err := v1.SHA256(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return l.blob(hash, bytes.NewReader(data), size)
}

func (l *layout) blob(hash v1.Hash, r io.Reader, size int64) error {
	if l.written[hash] {
		return nil
	}
	l.written[hash] = true
	return l.file("blobs/"+hash.Algorithm+"/"+hash.Hex, r, size)
}

func (l *layout) file(path string, r io.Reader, size int64) error {
	header := tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: 0o644, Size: size}
	if err := l.tar.WriteHeader(&header); err != nil {
		return err
	}
	_, err := io.Copy(l.tar, r)
	return err
}

// Size is the number of bytes of an image's layers.
func Size(image v1.Image) (int64, error) {
	content, err := image.Layers()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, one := range content {
		size, err := one.Size()
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}
