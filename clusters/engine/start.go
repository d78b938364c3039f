package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/throughline/throughline/clusters/internal/docker"
	"github.com/throughline/throughline/clusters/internal/lockfile"
	"github.com/throughline/throughline/clusters/internal/netns"
)

// cleanUpPatience bounds the clean-up of a start that failed.
const cleanUpPatience = time.Minute

// ErrNotRunning is returned by [Attach] when no engine was kept that could be
// used again; [Start] makes one.
var ErrNotRunning = errors.New("no kept engine runs")

// Config says what private engine to start.
type Config struct {
	// Name is the engine's, and that of all it makes on the machine. At most
	// one engine of a name runs at a time.
	Name string
	// StateDir is an absolute path, made if missing. Its folder docker holds
	// the images and outlives the engine; no other engine may use it.
	StateDir string
	// Runtime is the path of the program that runs containers in place of
	// runc; empty means runc.
	Runtime string
	// InsecureRegistries are the registries, each a host with or without a port, that
	// images are pulled from without TLS.
	InsecureRegistries []string
	// Self is the path of this program, whose verb "forward" calls
	// [ServeForwarder]. It is needed by Engine.Forward only.
	Self string
	// Progress may be nil.
	Progress Progress
}

// Start makes a private engine. Whatever an earlier engine of this name left,
// running or not, is removed first, but for its images. While another process
// holds the name Start fails at once. When it fails, or ctx ends, it leaves
// nothing behind.
func Start(ctx context.Context, config Config) (*Engine, error) {
	e, err := take(config)
	if err != nil {
		return nil, err
	}
	done := e.progress.Step("start engine " + config.Name)
	err = e.start(ctx)
	if err != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpPatience)
		defer cancel()
		err = errors.Join(fmt.Errorf("start engine %s: %w", config.Name, err), e.sweep(last), e.lock.Release())
	}
	done(err)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Attach takes over an engine that [Engine.Keep] left running. It returns
// [ErrNotRunning], and changes nothing, when there is none of this name, when it
// does not answer, or when it was started with another state folder, another runtime
// or other insecure registries.
func Attach(ctx context.Context, config Config) (*Engine, error) {
	e, err := take(config)
	if err != nil {
		return nil, err
	}
	if err = e.attach(ctx); err != nil {
		return nil, errors.Join(err, e.lock.Release())
	}
	return e, nil
}

// take checks the configuration and owns the name.
func take(config Config) (*Engine, error) {
	p, err := placeOf(config.Name, config.StateDir)
	if err != nil {
		return nil, err
	}
	if p.state == "" {
		return nil, fmt.Errorf("engine %s: no state folder given", config.Name)
	}
	if uid := os.Geteuid(); uid != 0 {
		return nil, fmt.Errorf("engine %s: a private engine needs root, this is user %d; run as root, or use an engine that answers (DOCKER_HOST)", config.Name, uid)
	}
	lock, err := own(p)
	if err != nil {
		return nil, err
	}
	return &Engine{
		client:   docker.Client{Host: "unix://" + p.socket, Config: p.docker},
		progress: orSilent(config.Progress),
		place:    p,
		config:   config,
		lock:     lock,
		private:  true,
	}, nil
}

func own(p place) (*lockfile.Lock, error) {
	lock, err := lockfile.Acquire(p.lock)
	var held *lockfile.HeldError
	if errors.As(err, &held) {
		return nil, fmt.Errorf("engine %s is in use: %w; wait for it to end, or choose another name", p.name, err)
	}
	return lock, err
}

func (e *Engine) start(ctx context.Context) error {
	if err := e.recover(ctx); err != nil {
		return fmt.Errorf("clean up what an earlier run left: %w", err)
	}
	for _, dir := range []string{e.place.execRoot, e.place.dataRoot, e.place.docker} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if err := netns.Create(e.place.netNS); err != nil {
		return err
	}
	if err := forbidRestarts(e.place.dataRoot); err != nil {
		return err
	}
	if err := e.launch(ctx); err != nil {
		return err
	}
	if err := e.client.Clear(ctx); err != nil {
		return fmt.Errorf("remove the containers of an earlier run: %w", err)
	}
	return e.place.writeRecord(e.record(false))
}

func (e *Engine) record(kept bool) record {
	return record{
		StateDir: e.place.state, Runtime: e.config.Runtime, Daemon: e.daemon, Kept: kept,
		InsecureRegistries: strings.Join(slices.Sorted(slices.Values(e.config.InsecureRegistries)), " "),
	}
}

func (e *Engine) attach(ctx context.Context) error {
	left, err := e.place.readRecord()
	if err != nil {
		return err
	}
	e.daemon = left.Daemon
	switch {
	case !left.Kept:
		return fmt.Errorf("engine %s: %w", e.place.name, ErrNotRunning)
	case left != e.record(true):
		return fmt.Errorf("engine %s: it was kept with other settings: %w", e.place.name, ErrNotRunning)
	case !left.Daemon.Alive():
		return fmt.Errorf("engine %s: its daemon, process %d, has ended: %w", e.place.name, left.Daemon.PID, ErrNotRunning)
	}
	patience, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	if _, err = e.client.Info(patience); err != nil {
		return fmt.Errorf("engine %s: %w: %w", e.place.name, err, ErrNotRunning)
	}
	// From here on it is this run's: should it be killed, the engine was not kept.
	return e.place.writeRecord(e.record(false))
}

// Keep gives the name up and leaves the engine running, with all that is in it,
// for a later [Attach]. [Start] and [Remove] end it.
func (e *Engine) Keep() error {
	if !e.private {
		return nil
	}
	return errors.Join(e.place.writeRecord(e.record(true)), e.lock.Release())
}

// Stop removes everything that is in a private engine but its images, ends it,
// and leaves nothing of it on the machine. ctx bounds the work: pass one that a
// Ctrl-C has not ended already. What could not be removed is in the error, and
// the next Start tries again.
func (e *Engine) Stop(ctx context.Context) error {
	if !e.private {
		return nil
	}
	done := e.progress.Step("stop engine " + e.place.name)
	err := errors.Join(e.recover(ctx), e.lock.Release())
	done(err)
	return err
}
