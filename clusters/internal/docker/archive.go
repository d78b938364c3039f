package docker

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// maxMetadata bounds what is read of an archive's small files.
const maxMetadata = 16 << 20

// ArchiveLayers gives the digests of the uncompressed layers of the image ref
// within an archive as `docker save` writes it. It reads the metadata only. The
// error of an archive that lacks the image names what it holds.
func ArchiveLayers(path, ref string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("image archive: %w", err)
	}
	defer func() { _ = f.Close() }()
	config, err := configOf(f, ref)
	if err != nil {
		return nil, fmt.Errorf("image archive %s: %w", path, err)
	}
	data, err := member(f, config)
	if err != nil {
		return nil, fmt.Errorf("image archive %s: %w", path, err)
	}
	var image struct {
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err = json.Unmarshal(data, &image); err != nil {
		return nil, fmt.Errorf("image archive %s: %s: %w", path, config, err)
	}
	return image.RootFS.DiffIDs, nil
}

// configOf gives the name of the archive's member that configures the image.
func configOf(f io.ReadSeeker, ref string) (string, error) {
	data, err := member(f, "manifest.json")
	if err != nil {
		return "", err
	}
	var images []struct {
		Config   string
		RepoTags []string
	}
	if err = json.Unmarshal(data, &images); err != nil {
		return "", fmt.Errorf("manifest.json: %w", err)
	}
	var held []string
	for _, image := range images {
		if slices.Contains(image.RepoTags, ref) {
			return image.Config, nil
		}
		held = append(held, image.RepoTags...)
	}
	return "", fmt.Errorf("it holds %s, not %s; build the image again", strings.Join(held, ", "), ref)
}

func member(f io.ReadSeeker, name string) ([]byte, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	for archive := tar.NewReader(f); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("it holds no %s: it is cut off or no image; build the image again", name)
		}
		if err != nil {
			return nil, err
		}
		if header.Name == name {
			return io.ReadAll(io.LimitReader(archive, maxMetadata))
		}
	}
}
