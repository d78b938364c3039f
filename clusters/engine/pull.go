package engine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// PullImage makes the engine have an image of a registry. It does nothing when the engine
// has one under the reference.
func (e *Engine) PullImage(ctx context.Context, ref string) error {
	has, err := e.HasImage(ctx, ref)
	if err != nil {
		return fmt.Errorf("pull image %s: %w", ref, err)
	}
	if has {
		return nil
	}
	done := e.progress.Step("pull image " + ref)
	_, err = e.client.Run(ctx, "pull", "--quiet", ref)
	done(err)
	if err != nil {
		return fmt.Errorf("pull image %s: %w; is it in the registry?", ref, err)
	}
	return nil
}

// ImageHolds reports whether an image that the engine has holds a file. It starts the
// image's own `test` for that.
func (e *Engine) ImageHolds(ctx context.Context, ref, path string) (bool, error) {
	_, err := e.client.Run(ctx, "run", "--rm", "--pull", "never", "--network", "none", "--entrypoint", "test", ref, "-e", path)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == 1 {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s in image %s: %w", path, ref, err)
	}
	return true, nil
}
