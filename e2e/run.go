package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/throughline/throughline/clusters/engine"
	"github.com/throughline/throughline/e2e/config"
	"github.com/throughline/throughline/fixtures/topology"
	"github.com/throughline/throughline/reports"
	"github.com/throughline/throughline/reports/progress"
	"github.com/throughline/throughline/reports/rundir"
	"github.com/throughline/throughline/traces"
)

// teardownPatience bounds each step of the clean-up, which a Ctrl-C does not end.
const teardownPatience = 2 * time.Minute

// Settings are what a run needs besides its configuration.
type Settings struct {
	Config config.Config
	// Self is the path of this program; the engine starts it again as its forwarder.
	Self string
	// Version is this program's own.
	Version string
	// Progress is shown to whoever waits.
	Progress *progress.Progress
}

// Finished is what a run leaves.
type Finished struct {
	Result reports.Result
	// Dir is the folder that the result is kept in.
	Dir string
	// Kept says, line by line, how to reach the cluster that the run left, and how to
	// remove it; it is empty where nothing was left.
	Kept []string
}

// Run brings everything up, runs the chosen checks, and takes everything down, also
// when ctx ends; then the result says that it was interrupted. The error is for what
// kept the result from being written; everything else that went wrong is in the result.
func Run(ctx context.Context, settings Settings) (Finished, error) {
	r := newRun(settings, topology.All())
	dir, err := rundir.Create(settings.Config.OutDir, r.name)
	if err != nil {
		return Finished{}, err
	}
	r.dir = dir
	if r.ledger, err = reports.NewLedger(r.first(), dir.Save); err != nil {
		return Finished{Dir: dir.Path()}, errors.Join(err, dir.Close())
	}
	problem := r.everything(ctx, r.check)
	err = r.ledger.Update(func(result *reports.Result) {
		result.Finished = time.Now()
		result.Phases = r.Progress.Phases()
		if problem != nil {
			result.Problem = problem.Error()
		}
	})
	done := Finished{Result: r.ledger.Result(), Dir: dir.Path()}
	if r.keeps() {
		done.Kept = r.kept
	}
	return done, errors.Join(err, r.close(done.Result))
}

type run struct {
	Settings
	started time.Time
	seed    int64
	// name is the run's own; its requests are named after it.
	name string
	// topologies are those that are deployed.
	topologies []traces.Topology
	// versions are those of what was brought up, by component.
	versions map[string]string
	// dir and ledger keep the result of checks; they are nil where nothing is checked.
	dir    *rundir.Run
	ledger *reports.Ledger
	// undo is what must be taken back, the last one first.
	undo []func(context.Context) error
	// under is the engine under the cluster; nil for an existing cluster.
	under *engine.Engine
	// jaeger is the address of Jaeger's pages, where it can be reached without a port-forward.
	jaeger string
	// kept says how to reach what stays; it is empty until there is a cluster.
	kept []string
	// interrupted is set before anything is taken back.
	interrupted bool
}

func newRun(settings Settings, deployed []traces.Topology) *run {
	r := &run{Settings: settings, started: time.Now(), seed: settings.Config.Seed, topologies: deployed}
	if r.seed == 0 {
		r.seed = rand.Int64N(1e9) + 1 //nolint:gosec // an order, not a secret
	}
	r.name = rundir.Name(r.started, r.seed)
	return r
}

// keeps says whether the cluster stays, if there is one to keep.
func (r *run) keeps() bool { return r.Config.Keep && !r.interrupted && len(r.kept) > 0 }

func (r *run) first() reports.Result {
	return reports.Result{
		Run:           r.dir.Name(),
		Subject:       reports.Subject{Provider: string(r.Config.Provider), Flavour: string(r.Config.Flavour), Cluster: r.Config.Name},
		Environment:   environment(r.Version),
		Configuration: rundir.WithoutHome(r.Config.Values()),
		Seed:          r.seed,
		Started:       r.started,
	}
}

// everything brings the mesh up for do, and takes it down again; the error is why it could
// not be completed.
func (r *run) everything(ctx context.Context, do func(context.Context, *Lab) error) (problem error) {
	defer func() {
		if ctx.Err() != nil {
			r.interrupted = true
			problem = errors.Join(errors.New("interrupted"), problem)
		}
		problem = errors.Join(problem, r.teardown(ctx))
	}()
	lab, err := r.bringUp(ctx)
	if err != nil {
		return err
	}
	return do(ctx, lab)
}

// later remembers what must be taken back at the end, whatever happens in between.
func (r *run) later(undo func(context.Context) error) { r.undo = append(r.undo, undo) }

func (r *run) teardown(ctx context.Context) error {
	var errs []error
	for i := len(r.undo) - 1; i >= 0; i-- {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), teardownPatience)
		if err := r.undo[i](within); err != nil {
			errs = append(errs, fmt.Errorf("clean up: %w", err))
		}
		cancel()
	}
	return errors.Join(errs...)
}

// phase is one step that whoever waits is told of.
func (r *run) phase(name string, do func() error) error {
	done := r.Progress.Step(name)
	err := do()
	done(err)
	return err
}
