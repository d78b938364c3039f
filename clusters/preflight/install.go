package preflight

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// outputTail is how many lines of a failed apt-get an error carries.
const outputTail = 10

// Progress is told when something begins that takes a while; what Step returns
// is called at its end.
type Progress interface {
	Step(name string) func(err error)
}

// InstallDeps installs the Debian packages that the report misses, and no more:
// no recommended ones, and no service of theirs is needed. It does nothing when
// no package is missing. It needs root and a Debian-like system; elsewhere the
// error names the packages. Progress may be nil.
func InstallDeps(ctx context.Context, report Report, progress Progress) error {
	return install(ctx, ThisMachine(), report, progress, apt)
}

// runner runs a command and returns what it printed.
type runner func(ctx context.Context, args ...string) (string, error)

func install(ctx context.Context, m *Machine, report Report, progress Progress, run runner) error {
	packages := report.Packages()
	if len(packages) == 0 {
		return nil
	}
	command := installCommand(packages)
	switch {
	case !report.Debian:
		return fmt.Errorf("install %s: this is no Debian; install what they hold by other means", strings.Join(packages, ", "))
	case m.UID != 0:
		return fmt.Errorf("install %s: only root may; run: sudo %s", strings.Join(packages, ", "), command)
	}
	done := func(error) {}
	if progress != nil {
		done = progress.Step("install " + strings.Join(packages, ", "))
	}
	err := installAll(ctx, packages, run)
	done(err)
	return err
}

func installAll(ctx context.Context, packages []string, run runner) error {
	for _, args := range [][]string{
		{"update", "-q"},
		append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...),
	} {
		out, err := run(ctx, args...)
		if errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("install packages: there is no apt-get: %w", err)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("apt-get %s: %w", args[0], ctx.Err())
		}
		if err != nil {
			lines := strings.Split(strings.TrimSpace(out), "\n")
			return fmt.Errorf("apt-get %s: %w; its last lines:\n%s\nrun it by hand to see more",
				strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-outputTail):], "\n"))
		}
	}
	return nil
}

// apt runs apt-get without a question to anybody.
func apt(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(cmd.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
