package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/throughline/throughline/clusters/internal/cgroups"
	"github.com/throughline/throughline/clusters/internal/procs"
)

// runRoot holds what lives as long as an engine. It is short because the paths
// of unix sockets, at most 107 bytes, lie below it.
const runRoot = "/run/throughline"

// maxName keeps the longest socket path of containerd within its bound.
const maxName = 32

// place is where an engine of some name keeps its things. All of it follows
// from the name and the state folder, so that whoever cleans up needs no record.
type place struct {
	name       string
	run        string // Below runRoot; gone after Stop.
	execRoot   string
	socket     string
	pidFile    string
	record     string
	lock       string
	netNS      string
	cgroup     string
	state      string // The folder that outlives the engine.
	dataRoot   string
	log        string
	forwardLog string
	daemonJSON string
	docker     string // Settings of the docker command.
}

func placeOf(name, state string) (place, error) {
	if len(name) > maxName || !regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`).MatchString(name) {
		return place{}, fmt.Errorf("engine name %q: expected at most %d lower-case letters, digits and inner dashes", name, maxName)
	}
	run := filepath.Join(runRoot, name)
	p := place{
		name:     name,
		run:      run,
		execRoot: filepath.Join(run, "exec"),
		socket:   filepath.Join(run, "docker.sock"),
		pidFile:  filepath.Join(run, "docker.pid"),
		record:   filepath.Join(run, "engine.json"),
		lock:     filepath.Join(runRoot, name+".lock"),
		netNS:    cgroups.Prefix + name,
		cgroup:   cgroups.Prefix + name,
	}
	if state == "" {
		return p, nil
	}
	if !filepath.IsAbs(state) || filepath.Clean(state) != state {
		return place{}, fmt.Errorf("engine %s: state folder %q: expected a clean absolute path", name, state)
	}
	p.state = state
	p.dataRoot = filepath.Join(state, "docker")
	p.log = filepath.Join(state, "dockerd.log")
	p.forwardLog = filepath.Join(state, "forward.log")
	p.daemonJSON = filepath.Join(state, "daemon.json")
	p.docker = filepath.Join(state, "docker-config")
	return p, nil
}

// record is what an engine leaves for a later process: which daemon it is, and
// whether it was meant to stay.
type record struct {
	StateDir string `json:"stateDir"`
	Runtime  string `json:"runtime"`
	// InsecureRegistries are sorted, with spaces between them.
	InsecureRegistries string         `json:"insecureRegistries,omitempty"`
	Daemon             procs.Identity `json:"daemon"`
	Kept               bool           `json:"kept"`
}

// readRecord gives a zero record when there is none, or when it was cut off.
func (p place) readRecord() (record, error) {
	data, err := os.ReadFile(p.record)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err != nil {
		return record{}, fmt.Errorf("engine %s: %w", p.name, err)
	}
	var r record
	if json.Unmarshal(data, &r) != nil {
		return record{}, nil //nolint:nilerr // A killed run may have left half a record: it says as much as none.
	}
	return r, nil
}

func (p place) writeRecord(r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err = os.WriteFile(p.record, data, 0o600); err != nil {
		return fmt.Errorf("engine %s: %w", p.name, err)
	}
	return nil
}
