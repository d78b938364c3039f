package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/throughline/throughline/clusters/internal/docker"
	"github.com/throughline/throughline/clusters/internal/lockfile"
	"github.com/throughline/throughline/clusters/internal/netns"
	"github.com/throughline/throughline/clusters/internal/procs"
)

// connectPatience is how long an engine has to say that it is there.
const connectPatience = 5 * time.Second

// ErrNotPrivate is returned by what only a private engine can do.
var ErrNotPrivate = errors.New("the engine is not a private one")

// Progress is told what goes on. Step begins something that takes a while and
// returns what to call at its end; Note says one thing.
type Progress interface {
	Step(name string) func(err error)
	Note(text string)
}

// Engine is a container engine. Its methods may be used from many goroutines,
// but for Stop and Keep, of which one is called once, at the end.
type Engine struct {
	client   docker.Client
	progress Progress

	// The rest is that of a private engine, and nil or zero for another.
	place   place
	config  Config
	lock    *lockfile.Lock
	daemon  procs.Identity
	private bool
}

// Info is what an engine says of itself.
type Info struct {
	// ID tells one engine from another; a private one keeps its as long as its
	// image store lives.
	ID string
	// Version is the engine's version.
	Version string
	// Driver is the storage driver. "vfs" copies every layer: it works, but is
	// slow and needs several times the disk.
	Driver string
	// CgroupVersion is "1" or "2".
	CgroupVersion string
}

// Connect takes the engine at host, an address as in DOCKER_HOST; empty means
// the one that the docker command uses by default. It must answer within five
// seconds. Such an engine is the user's: Stop and Keep do nothing to it.
func Connect(ctx context.Context, host string, progress Progress) (*Engine, error) {
	e := &Engine{client: docker.Client{Host: host}, progress: orSilent(progress)}
	patience, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	if _, err := e.client.Info(patience); err != nil {
		if host == "" {
			host = "the docker command's default address"
		}
		return nil, fmt.Errorf("engine at %s does not answer: %w; start it, set DOCKER_HOST, or use the embedded engine", host, err)
	}
	return e, nil
}

// Private reports whether the engine is one that [Start] made.
func (e *Engine) Private() bool { return e.private }

// Host is the engine's address as in DOCKER_HOST, empty for the docker command's
// default.
func (e *Engine) Host() string { return e.client.Host }

// Environ is what the environment of a docker command must hold to reach this
// engine and no other, each as KEY=VALUE.
func (e *Engine) Environ() []string { return e.client.Environ() }

// NetNS is the name of the engine's network namespace, as `ip netns` shows it;
// empty when the engine is not a private one.
func (e *Engine) NetNS() string { return e.place.netNS }

// LogFile is where a private engine's daemon writes its log.
func (e *Engine) LogFile() string { return e.place.log }

// Info asks the engine what it is.
func (e *Engine) Info(ctx context.Context) (Info, error) {
	info, err := e.client.Info(ctx)
	if err != nil {
		return Info{}, err
	}
	return Info{ID: info.ID, Version: info.ServerVersion, Driver: info.Driver, CgroupVersion: info.CgroupVersion}, nil
}

// Dial connects to an address, an IP and a port, as seen from the engine: within
// the namespace of a private engine, from the host otherwise.
func (e *Engine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !e.private {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return netns.Dial(ctx, e.place.netNS, network, address)
}

func orSilent(p Progress) Progress {
	if p == nil {
		return silent{}
	}
	return p
}

type silent struct{}

func (silent) Step(string) func(error) { return func(error) {} }
func (silent) Note(string)             {}
