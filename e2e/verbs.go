package e2e

import (
	"context"
	"errors"

	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/images"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/progress"
)

// Images builds or finds the images that a run of this configuration needs.
func Images(ctx context.Context, cfg config.Config, shown *progress.Progress) (*images.Set, error) {
	r := &run{Settings: Settings{Config: cfg, Progress: shown}}
	if err := r.preflight(ctx); err != nil {
		return nil, err
	}
	set, err := r.images(ctx, nil)
	return set, errors.Join(err, r.teardown(ctx))
}

// Down removes what a run under this name kept, or left when it was killed.
func Down(ctx context.Context, cfg config.Config, shown *progress.Progress) error {
	done := shown.Step("remove cluster and engine " + cfg.Name)
	err := engine.Remove(ctx, cfg.Name)
	done(err)
	return err
}
