package mounts

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Mount is one line of mountinfo.
type Mount struct {
	// Point is where it is mounted.
	Point string
	// Type is the file system's type, such as overlay or cgroup2.
	Type string
	// Options are those of the mounted file system; for cgroup v1 they name
	// the controllers.
	Options string
	// Shared says that mounts made in it are seen in other mount namespaces.
	Shared bool
}

// Parse reads the text of /proc/PID/mountinfo, in its order: a later mount may
// hide or lie within an earlier one. A line that it does not understand is an
// error that names the line.
func Parse(r io.Reader) ([]Mount, error) {
	var all []Mount
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		mount, err := parseLine(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("mountinfo line %d: %w", n, err)
		}
		all = append(all, mount)
	}
	return all, lines.Err()
}

func parseLine(line string) (Mount, error) {
	before, after, ok := strings.Cut(line, " - ")
	own, fs := strings.Fields(before), strings.Fields(after)
	if !ok || len(own) < 6 || len(fs) < 3 {
		return Mount{}, fmt.Errorf("%q: expected 6 fields, a dash and 3 fields", line)
	}
	m := Mount{Point: unescape(own[4]), Type: fs[0], Options: fs[2]}
	for _, tag := range own[6:] {
		m.Shared = m.Shared || strings.HasPrefix(tag, "shared:")
	}
	return m, nil
}

// unescape undoes the octal escapes of space, tab, newline and backslash.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(c))
				i += 3
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// Below gives the mount points at or below dir, in the order in which they can
// be unmounted: the last mounted first.
func Below(all []Mount, dir string) []string {
	var points []string
	for i := len(all) - 1; i >= 0; i-- {
		if p := all[i].Point; p == dir || strings.HasPrefix(p, dir+"/") {
			points = append(points, p)
		}
	}
	return points
}

// Current gives the mounts that this process sees.
func Current() ([]Mount, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("read mounts: %w", err)
	}
	defer func() { _ = f.Close() }()
	return Parse(f)
}

// check refuses a folder that could hold more than what is ours: the root, one
// right below it, or a path that is not the clean name of one place.
func check(dir string) error {
	if !filepath.IsAbs(dir) || filepath.Clean(dir) != dir || strings.Count(dir, "/") < 2 {
		return fmt.Errorf("folder %q: expected a clean absolute path at least two levels below the root", dir)
	}
	return nil
}

// Unmount takes down everything that is mounted at or below dir.
func Unmount(dir string) error {
	if err := check(dir); err != nil {
		return err
	}
	all, err := Current()
	if err != nil {
		return err
	}
	var errs []error
	for _, point := range Below(all, dir) {
		if err = unix.Unmount(point, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil && !errors.Is(err, unix.EINVAL) {
			errs = append(errs, fmt.Errorf("unmount %s: %w", point, err))
		}
	}
	return errors.Join(errs...)
}

// RemoveTree unmounts what is below dir and then removes dir with all that is
// in it. When a mount stays, nothing is removed. A dir that is not there is
// fine.
func RemoveTree(dir string) error {
	if err := Unmount(dir); err != nil {
		return err
	}
	all, err := Current()
	if err != nil {
		return err
	}
	if left := Below(all, dir); len(left) > 0 {
		return fmt.Errorf("remove %s: still mounted: %s; unmount it and try again", dir, strings.Join(left, ", "))
	}
	if err = os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}
