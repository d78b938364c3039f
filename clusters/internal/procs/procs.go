package procs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Identity is one process and no other: a recycled pid has another start time.
type Identity struct {
	// PID is the process id.
	PID int `json:"pid"`
	// Start is the start time in clock ticks since boot, field 22 of /proc/PID/stat.
	Start uint64 `json:"start"`
}

// Process is what /proc tells of a running process.
type Process struct {
	Identity
	// Exe is the base name of the executable, or of the first argument where
	// the executable cannot be read. Empty for a kernel thread.
	Exe string
	// Args is the command line, the program's name first.
	Args []string
}

// ErrGone is returned for a process that does not run (any more); a zombie
// counts as gone.
var ErrGone = errors.New("process is gone")

// Identify reads the identity of a running process. It returns [ErrGone] when
// no such process runs.
func Identify(pid int) (Identity, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return Identity{}, fmt.Errorf("identify process %d: %w", pid, ErrGone)
	}
	state, start, err := parseStat(string(data))
	if err != nil {
		return Identity{}, fmt.Errorf("identify process %d: %w", pid, err)
	}
	if state == 'Z' || state == 'X' {
		return Identity{}, fmt.Errorf("identify process %d: state %c: %w", pid, state, ErrGone)
	}
	return Identity{PID: pid, Start: start}, nil
}

// Alive reports whether exactly this process still runs.
func (id Identity) Alive() bool {
	if id.PID <= 0 {
		return false
	}
	now, err := Identify(id.PID)
	return err == nil && now == id
}

// Names reports whether an argument of the process is the given path, lies
// below it, or gives it as the value of a flag.
func (p Process) Names(path string) bool {
	return slices.ContainsFunc(p.Args, func(arg string) bool {
		if _, value, ok := strings.Cut(arg, "="); ok && strings.HasPrefix(arg, "-") {
			arg = value
		}
		arg = strings.TrimPrefix(arg, "unix://")
		return arg == path || strings.HasPrefix(arg, path+"/")
	})
}

// HasFlag reports whether the command line holds the flag followed by exactly
// this value, as "--flag value" or "--flag=value".
func (p Process) HasFlag(flag, value string) bool {
	for i, arg := range p.Args {
		if arg == flag+"="+value || arg == flag && i+1 < len(p.Args) && p.Args[i+1] == value {
			return true
		}
	}
	return false
}

// Find gives the running processes that accept returns true for. Processes that
// end while it looks are left out; this process itself is never given.
func Find(accept func(Process) bool) ([]Identity, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var found []Identity
	for _, entry := range entries {
		pid, convErr := strconv.Atoi(entry.Name())
		if convErr != nil || pid == os.Getpid() {
			continue
		}
		process, ok := read(pid)
		if ok && accept(process) {
			found = append(found, process.Identity)
		}
	}
	return found, nil
}

// read gives false for a process that is gone or has no command line.
func read(pid int) (Process, bool) {
	identity, err := Identify(pid)
	if err != nil {
		return Process{}, false
	}
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	data, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	if err != nil || len(data) == 0 {
		return Process{}, false
	}
	args := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
	exe, err := os.Readlink(filepath.Join(dir, "exe"))
	if err != nil {
		exe = args[0]
	}
	exe = filepath.Base(strings.TrimSuffix(exe, " (deleted)"))
	return Process{Identity: identity, Exe: exe, Args: args}, true
}

// parseStat reads state and start time from the text of /proc/PID/stat. The
// command in parentheses may itself hold spaces and parentheses.
func parseStat(stat string) (state byte, start uint64, err error) {
	end := strings.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, 0, fmt.Errorf("stat %q has no command in parentheses", stat)
	}
	fields := strings.Fields(stat[end+1:])
	const startTime = 22 - 3 // The first field behind the command is number 3.
	if len(fields) <= startTime {
		return 0, 0, fmt.Errorf("stat %q has %d fields behind the command, want at least %d", stat, len(fields), startTime+1)
	}
	start, err = strconv.ParseUint(fields[startTime], 10, 64)
	if err != nil {
		return 0, 0, fmt.Errorf("start time in stat %q: %w", stat, err)
	}
	return fields[0][0], start, nil
}
