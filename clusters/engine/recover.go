package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/throughline/throughline/clusters/internal/cgroups"
	"github.com/throughline/throughline/clusters/internal/mounts"
	"github.com/throughline/throughline/clusters/internal/netns"
	"github.com/throughline/throughline/clusters/internal/procs"
)

const (
	// clearPatience bounds how long a daemon may take to remove its containers
	// before it is ended without.
	clearPatience = 30 * time.Second
	// endPatience is how long a daemon has to end by itself.
	endPatience = 20 * time.Second
	// rounds is how often the engine's processes are looked for: one that is
	// found may have started another meanwhile.
	rounds = 5
)

// Remove ends the engine of that name, kept or left by a killed run, and leaves
// nothing of it on the machine but its images. It fails at once while another
// process uses the engine. A name of which there is nothing is fine.
func Remove(ctx context.Context, name string) error {
	p, err := placeOf(name, "")
	if err != nil {
		return err
	}
	lock, err := own(p)
	if err != nil {
		return err
	}
	// Without a record of its state folder all but the mounts below that is removed.
	left, err := p.readRecord()
	if known, placeErr := placeOf(name, left.StateDir); err == nil && placeErr == nil {
		p = known
	}
	e := &Engine{place: p, progress: silent{}, private: true}
	e.client.Host, e.client.Config = "unix://"+p.socket, p.docker
	return errors.Join(err, e.recover(ctx), lock.Release())
}

// recover brings the machine to where no engine of this name runs, from
// wherever it is.
func (e *Engine) recover(ctx context.Context) error {
	if ping(ctx, e.place.socket) == nil {
		patience, cancel := context.WithTimeout(ctx, clearPatience)
		defer cancel()
		if err := e.client.Clear(patience); err != nil {
			e.progress.Note(fmt.Sprintf("engine %s did not remove its containers and is ended without: %v", e.place.name, err))
		}
	}
	return e.sweep(ctx)
}

// sweep ends and removes all that the engine has on the machine: processes
// first, from the one that starts the others down, then what they held.
func (e *Engine) sweep(ctx context.Context) error {
	p := e.place
	errs := []error{
		endForwarders(ctx, p, nil),
		endDaemon(ctx, p),
		endRest(ctx, p),
		cgroups.Remove(ctx, p.cgroup),
	}
	if p.state != "" {
		errs = append(errs, mounts.Unmount(p.state))
	}
	errs = append(errs, netns.Delete(p.netNS), mounts.RemoveTree(p.run))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove engine %s: %w", p.name, err)
	}
	return nil
}

// endForwarders ends the forwarders into the engine's namespace to the targets, to
// any if none is given. They are known by their arguments alone, so that none is
// missed.
func endForwarders(ctx context.Context, p place, targets []string) error {
	found, err := procs.Find(func(process procs.Process) bool {
		return len(process.Args) > 1 && process.Args[1] == ForwardVerb && process.HasFlag("--netns", p.netNS) &&
			(len(targets) == 0 || slices.ContainsFunc(targets, func(to string) bool { return process.HasFlag("--to", to) }))
	})
	return errors.Join(err, procs.Kill(ctx, found))
}

func endDaemon(ctx context.Context, p place) error {
	found, err := procs.Find(func(process procs.Process) bool {
		return process.Exe == "dockerd" && process.HasFlag("--exec-root", p.execRoot)
	})
	errs := []error{err}
	for _, daemon := range found {
		errs = append(errs, procs.Terminate(ctx, daemon, endPatience))
	}
	return errors.Join(errs...)
}

// endRest kills what a daemon that was killed leaves running. A process of
// anybody else that merely names the engine's folder, an editor say, is spared.
func endRest(ctx context.Context, p place) error {
	helpers := []string{"containerd", "containerd-shim", "containerd-shim-runc-v2", "runc"}
	ours := func(process procs.Process) bool {
		return slices.Contains(helpers, process.Exe) && process.Names(p.execRoot) ||
			process.Exe == "docker-proxy" && inNamespace(process.PID, p.netNS)
	}
	for range rounds {
		found, err := procs.Find(ours)
		if err != nil || len(found) == 0 {
			return err
		}
		if err = procs.Kill(ctx, found); err != nil {
			return err
		}
	}
	return fmt.Errorf("processes of engine %s start again as fast as they are ended", p.name)
}

func inNamespace(pid int, name string) bool {
	own, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "ns/net"))
	if err != nil {
		return false
	}
	engines, err := os.Stat(netns.Path(name))
	return err == nil && os.SameFile(own, engines)
}

// forbidRestarts keeps the daemon from starting, as it comes up, containers that
// a killed run left: they are to be removed, and would only be in the way.
func forbidRestarts(dataRoot string) error {
	paths, err := filepath.Glob(filepath.Join(dataRoot, "containers", "*", "hostconfig.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		data, readErr := os.ReadFile(path)
		if readErr != nil {
			return readErr
		}
		var settings map[string]json.RawMessage
		if json.Unmarshal(data, &settings) != nil {
			continue // The daemon leaves out a container that it cannot read.
		}
		settings["RestartPolicy"] = json.RawMessage(`{"Name":"no","MaximumRetryCount":0}`)
		if data, err = json.Marshal(settings); err != nil {
			return err
		}
		if err = os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
