package preflight

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const gib = 1 << 30

// What a run needs, measured on two cores with 24 GiB.
const (
	coldDisk = 12 * gib
	warmDisk = 5 * gib
	memory   = 6 * gib
	coldTime = 25 * time.Minute
	warmTime = 2 * time.Minute
)

// Options say what the run is going to do.
type Options struct {
	// Engine says that it starts a private engine.
	Engine bool
	// Build says that it builds images from source, now or when the cache turns
	// out to lack one.
	Build bool
	// Cached says that the images are in the cache already.
	Cached bool
	// CacheDir is where images and the engine's state go. It need not exist.
	CacheDir string
	// Machine is what is looked at; nil means this machine.
	Machine *Machine
}

// Machine is what Check asks. [ThisMachine] gives the real one; tests hand in
// their own.
type Machine struct {
	// Root is the file system, with paths below it as fs.FS has them.
	Root fs.FS
	// UID is the effective user.
	UID int
	// LookPath finds a program, as exec.LookPath does.
	LookPath func(name string) (string, error)
	// Free gives the free bytes of the file system that holds an existing path.
	Free func(path string) (uint64, error)
	// Run runs a program and returns what it printed, both streams together.
	Run func(ctx context.Context, name string, args ...string) (string, error)
}

// program is one that a run needs, with the Debian package that has it.
type program struct {
	name, pkg string
}

// Check looks at the machine and reports. It returns an error only when ctx ends.
func Check(ctx context.Context, options Options) (Report, error) {
	m := options.Machine
	if m == nil {
		m = ThisMachine()
	}
	report := Report{Cold: options.Build && !options.Cached, Takes: warmTime, NeedsDisk: warmDisk, Debian: debian(m.Root)}
	if report.Cold {
		report.Takes, report.NeedsDisk = coldTime, coldDisk
	}
	add := func(findings ...Finding) { report.Findings = append(report.Findings, findings...) }
	if options.Engine || options.Build {
		add(root(m))
	}
	if options.Engine {
		for _, p := range []program{
			{"docker", "docker.io"},
			{"dockerd", "docker.io"},
			{"docker-proxy", "docker.io"},
			{"containerd", "containerd"},
			{"runc", "runc"},
			{"iptables", "iptables"},
		} {
			add(command(m, p))
		}
		add(kernel(m), cgroup(m), capability(m))
	}
	if options.Build {
		add(command(m, program{"debootstrap", "debootstrap"}), pip(ctx, m), command(m, program{"go", ""}))
	}
	add(disk(m, options.CacheDir, report.NeedsDisk), ram(m))
	return report, ctx.Err()
}

func root(m *Machine) Finding {
	if m.UID == 0 {
		return Finding{Name: "root", State: OK, Found: "running as root"}
	}
	return Finding{
		Name: "root", State: Missing, Found: fmt.Sprintf("running as user %d", m.UID),
		Next: "run as root (sudo), or use an engine that answers (DOCKER_HOST) with images from a registry",
	}
}

func command(m *Machine, p program) Finding {
	path, err := m.LookPath(p.name)
	if err == nil {
		return Finding{Name: p.name, State: OK, Found: path}
	}
	return lacking(p)
}

func lacking(p program) Finding {
	next := "install Go, see go.mod for the version"
	if p.pkg != "" {
		next = "install it (Debian: " + installCommand([]string{p.pkg}) + ")"
	}
	return Finding{Name: p.name, State: Missing, Found: "not on the path", Next: next, Package: p.pkg}
}

// pip asks python itself: Debian has it without pip.
func pip(ctx context.Context, m *Machine) Finding {
	const name = "python3 with pip"
	out, err := m.Run(ctx, "python3", "-m", "pip", "--version")
	if err == nil {
		return Finding{Name: name, State: OK, Found: strings.TrimSpace(out)}
	}
	f := lacking(program{name, "python3-pip"})
	f.Found = "python3 -m pip does not run"
	return f
}

func cgroup(m *Machine) Finding {
	if _, err := fs.Stat(m.Root, "sys/fs/cgroup/cgroup.controllers"); err == nil {
		return Finding{Name: "cgroup", State: OK, Found: "version 2"}
	}
	if _, err := fs.Stat(m.Root, "sys/fs/cgroup/memory"); err == nil {
		return Finding{Name: "cgroup", State: OK, Found: "version 1: deprecated in Kubernetes, and still works"}
	}
	return Finding{
		Name: "cgroup", State: Missing, Found: "no hierarchy is mounted on /sys/fs/cgroup",
		Next: "mount it: mount -t cgroup2 none /sys/fs/cgroup",
	}
}

// capability says whether containers get every capability. They need not: the
// runtime drops what is not there.
func capability(m *Machine) Finding {
	const sysResource = 24
	for line := range strings.Lines(read(m.Root, "proc/self/status")) {
		text, ok := strings.CutPrefix(line, "CapBnd:")
		if !ok {
			continue
		}
		bits, err := strconv.ParseUint(strings.TrimSpace(text), 16, 64)
		if err == nil && bits&(1<<sysResource) == 0 {
			return Finding{Name: "capabilities", State: OK, Found: "without CAP_SYS_RESOURCE: containers run without it too"}
		}
	}
	return Finding{Name: "capabilities", State: OK, Found: "with CAP_SYS_RESOURCE"}
}

func disk(m *Machine, cacheDir string, needs uint64) Finding {
	at := cacheDir
	for at != "/" && at != "." {
		if _, err := fs.Stat(m.Root, strings.TrimPrefix(at, "/")); err == nil {
			break
		}
		at = filepath.Dir(at)
	}
	free, err := m.Free(at)
	switch {
	case err != nil:
		return Finding{Name: "disk", State: Warning, Found: fmt.Sprintf("free space at %s is not known: %v", at, err), Next: "make sure of " + size(needs)}
	case free < needs:
		return Finding{
			Name: "disk", State: Missing, Found: fmt.Sprintf("%s free at %s, %s needed", size(free), at, size(needs)),
			Next: "free some, or name another place (THROUGHLINE_CACHE)",
		}
	}
	return Finding{Name: "disk", State: OK, Found: fmt.Sprintf("%s free at %s", size(free), at)}
}

func ram(m *Machine) Finding {
	for line := range strings.Lines(read(m.Root, "proc/meminfo")) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemAvailable:" {
			continue
		}
		kib, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			break
		}
		if kib*1024 < memory {
			return Finding{
				Name: "memory", State: Warning, Found: size(kib*1024) + " available, up to " + size(memory) + " used",
				Next: "end what else uses memory, or expect a slow run",
			}
		}
		return Finding{Name: "memory", State: OK, Found: size(kib*1024) + " available"}
	}
	return Finding{Name: "memory", State: Warning, Found: "what is available is not known", Next: "make sure of " + size(memory)}
}

// debian reports whether the system is Debian or made from it.
func debian(root fs.FS) bool {
	for line := range strings.Lines(read(root, "etc/os-release")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key == "ID" || key == "ID_LIKE" {
			for _, id := range strings.Fields(strings.Trim(value, `"'`)) {
				if id == "debian" {
					return true
				}
			}
		}
	}
	return false
}

// read gives what a file holds, nothing when it cannot be read.
func read(root fs.FS, path string) string {
	data, err := fs.ReadFile(root, path)
	if err != nil {
		return ""
	}
	return string(data)
}
