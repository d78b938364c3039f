package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/clusters/preflight"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/reports/progress"
)

// preflight looks whether this machine can do the run, and gets what is missing if it may.
func (r *run) preflight(ctx context.Context) error {
	return r.phase("check the machine", func() error {
		if err := r.connect(ctx); err != nil {
			return err
		}
		report, err := r.machine(ctx)
		if err != nil {
			return err
		}
		if report.Cold {
			r.Progress.Note(fmt.Sprintf("nothing is cached yet: about %s to the first check", report.Takes))
		}
		if report.Err() == nil || !r.mayInstall() || len(report.Packages()) == 0 {
			return report.Err()
		}
		if err = preflight.InstallDeps(ctx, report, r.Progress); err != nil {
			return err
		}
		if report, err = r.machine(ctx); err != nil {
			return err
		}
		return report.Err()
	})
}

// connect takes the engine that answers, where the configuration lets it.
func (r *run) connect(ctx context.Context) error {
	if r.Config.Provider != config.Kind || r.Config.Engine == config.EngineEmbedded {
		return nil
	}
	under, err := engine.Connect(ctx, "", r.Progress)
	switch {
	case err == nil:
		r.under = under
	case r.Config.Engine == config.EngineHost:
		return err
	}
	return nil
}

func (r *run) machine(ctx context.Context) (preflight.Report, error) {
	return preflight.Check(ctx, preflight.Options{
		Engine:   r.Config.Provider == config.Kind && r.under == nil,
		Build:    r.Config.Images == config.Source,
		Cached:   len(r.pending(ctx)) == 0,
		CacheDir: r.Config.CacheDir,
	})
}

// pending names what must be built first.
func (r *run) pending(ctx context.Context) []string {
	builder, err := r.builder(nil)
	if err != nil {
		return []string{"everything"}
	}
	names, err := builder.Pending(ctx)
	if errors.Join(err, builder.Close()) != nil {
		return []string{"everything"}
	}
	return names
}

func (r *run) mayInstall() bool {
	if r.Config.InstallDeps == config.Auto {
		return os.Geteuid() == 0
	}
	return r.Config.InstallDeps == config.Yes
}

// Plan writes what a run of this configuration would do: what the machine lacks, what
// would be built, and which checks would run. It changes nothing.
func Plan(ctx context.Context, w io.Writer, cfg config.Config) error {
	groups, err := byMesh(specsOf(Select(Catalogue(cfg.Alpha), cfg.Checks)))
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("\nwould check\n")
	for _, group := range groups {
		fmt.Fprintf(&text, "  with %s\n", group[0].traffic().Mesh.String())
		for _, s := range group {
			fmt.Fprintf(&text, "    %s\n", s.title())
		}
	}
	return preview(ctx, w, cfg, text.String())
}

// preview writes what bringing up would need, and what would be done then.
func preview(ctx context.Context, w io.Writer, cfg config.Config, then string) error {
	r := &run{Settings: Settings{Config: cfg, Progress: progress.Start(ctx, io.Discard, progress.Options{})}}
	defer r.Progress.Close()
	var text strings.Builder
	text.WriteString("configuration\n" + indent(cfg.String()))
	text.WriteString("\nmachine\n")
	if err := r.connect(ctx); err != nil {
		text.WriteString("  " + err.Error() + "\n")
	}
	report, err := r.machine(ctx)
	if err != nil {
		return err
	}
	var found strings.Builder
	if err = report.Print(&found); err != nil {
		return err
	}
	text.WriteString(indent(found.String()))
	if names := r.pending(ctx); cfg.Images == config.Source && len(names) > 0 {
		text.WriteString("\nwould build\n  " + strings.Join(names, ", ") + "\n")
	}
	_, err = io.WriteString(w, text.String()+then)
	return err
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
}
