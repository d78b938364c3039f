package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/throughline/throughline/clusters/internal/docker"
)

// ownImages begins the name of every image that we build.
const ownImages = "throughline.local/"

// HasImage reports whether the engine has an image under the reference.
func (e *Engine) HasImage(ctx context.Context, ref string) (bool, error) {
	_, has, err := e.client.Layers(ctx, ref)
	return has, err
}

// LoadImage makes the engine have the image ref from an archive as `docker save`
// writes it. It does nothing when the engine has it with the same layers, or has
// it and the archive is gone. After a load the layers are compared again. In a
// private engine older images of ours of the same repository are then removed.
func (e *Engine) LoadImage(ctx context.Context, ref, archive string) error {
	has, present, err := e.client.Layers(ctx, ref)
	if err != nil {
		return fmt.Errorf("load image %s: %w", ref, err)
	}
	want, err := docker.ArchiveLayers(archive, ref)
	if present && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load image %s: %w", ref, err)
	}
	if !present || !slices.Equal(has, want) {
		done := e.progress.Step("load image " + ref)
		err = e.load(ctx, ref, archive, want)
		done(err)
		if err != nil {
			return fmt.Errorf("load image %s: %w", ref, err)
		}
	}
	if e.private {
		e.removeOlder(ctx, ref)
	}
	return nil
}

func (e *Engine) load(ctx context.Context, ref, archive string, want []string) error {
	if err := e.client.Load(ctx, archive); err != nil {
		return err
	}
	has, present, err := e.client.Layers(ctx, ref)
	switch {
	case err != nil:
		return err
	case !present:
		return fmt.Errorf("the engine took %s but has no such image after", archive)
	case !slices.Equal(has, want):
		return fmt.Errorf("the engine has layers %s after, the archive has %s", strings.Join(has, " "), strings.Join(want, " "))
	}
	return nil
}

// removeOlder keeps the image store from growing with every build. That an image
// cannot be removed is worth a note, no more.
func (e *Engine) removeOlder(ctx context.Context, ref string) {
	repository, _, _ := strings.Cut(ref, ":")
	if !strings.HasPrefix(repository, ownImages) {
		return
	}
	tags, err := e.client.Tags(ctx, repository)
	older := slices.DeleteFunc(tags, func(tag string) bool { return tag == ref || strings.HasSuffix(tag, ":<none>") })
	if err == nil {
		err = e.client.RemoveImages(ctx, older)
	}
	if err != nil {
		e.progress.Note(fmt.Sprintf("older images of %s stay: %v", repository, err))
	}
}
