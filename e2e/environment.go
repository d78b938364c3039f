package e2e

import (
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/throughline/throughline/reports"
)

// environment describes the machine; what it cannot tell stays empty.
func environment(version string) reports.Environment {
	env := reports.Environment{
		Throughline: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(),
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		env.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		env.MemoryMiB = int64(info.Totalram) * int64(info.Unit) >> 20 //nolint:gosec // below 2^63 on any machine
	}
	return env
}
