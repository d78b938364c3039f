package preflight

import (
	"context"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// ThisMachine gives the machine that the program runs on.
func ThisMachine() *Machine {
	return &Machine{
		Root:     os.DirFS("/"),
		UID:      os.Geteuid(),
		LookPath: exec.LookPath,
		Free:     free,
		Run: func(ctx context.Context, name string, args ...string) (string, error) {
			out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
			return string(out), err
		},
	}
}

func free(path string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, err
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}
