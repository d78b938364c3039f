package netns

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/throughline/throughline/clusters/internal/mounts"
)

const dir = "/run/netns"

// ErrNotFound is returned when no namespace has the name.
var ErrNotFound = errors.New("network namespace not found")

// Path is where the namespace of that name is mounted.
func Path(name string) string { return filepath.Join(dir, name) }

// check refuses what is not the name of one file in the folder.
func check(name string) error {
	if name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return fmt.Errorf("network namespace %q: expected a plain name", name)
	}
	return nil
}

// Exists reports whether a namespace of that name is mounted; a file that a
// killed process left without a mount on it does not count.
func Exists(name string) bool {
	var stat unix.Statfs_t
	err := unix.Statfs(Path(name), &stat)
	return err == nil && stat.Type == unix.NSFS_MAGIC
}

// Create makes a network namespace with its loopback up and no other link. The
// name must be free.
func Create(name string) error {
	if err := check(name); err != nil {
		return err
	}
	if err := prepare(); err != nil {
		return fmt.Errorf("create network namespace %s: %w", name, err)
	}
	f, err := os.OpenFile(Path(name), os.O_CREATE|os.O_EXCL|os.O_RDONLY, 0o444)
	if err != nil {
		return fmt.Errorf("create network namespace %s: %w", name, err)
	}
	err = errors.Join(f.Close(), OnThread(func() error { return mountNew(name) }))
	if err != nil {
		return errors.Join(fmt.Errorf("create network namespace %s: %w", name, err), Delete(name))
	}
	return nil
}

// mountNew must run on a thread that is thrown away.
func mountNew(name string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare the network: %w; root with CAP_SYS_ADMIN is needed", err)
	}
	if err := loopbackUp(); err != nil {
		return err
	}
	self := fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid())
	if err := unix.Mount(self, Path(name), "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the namespace on %s: %w", Path(name), err)
	}
	return nil
}

// prepare makes the folder a shared mount, as ip-netns(8) does, so that a
// namespace removed here goes away in other mount namespaces too.
func prepare() error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	all, err := mounts.Current()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Point == dir && m.Shared {
			return nil
		}
	}
	if err = unix.Mount("", dir, "", unix.MS_SHARED|unix.MS_REC, ""); err == nil {
		return nil
	}
	if err = unix.Mount(dir, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s on itself: %w", dir, err)
	}
	if err = unix.Mount("", dir, "", unix.MS_SHARED|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("share the mount %s: %w", dir, err)
	}
	return nil
}

// Delete removes the name. The namespace itself goes when its last process has
// ended. A name that is not there is fine.
func Delete(name string) error {
	if err := check(name); err != nil {
		return err
	}
	if err := unix.Unmount(Path(name), unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil &&
		!errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("unmount network namespace %s: %w", name, err)
	}
	if err := os.Remove(Path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove network namespace %s: %w", name, err)
	}
	return nil
}

// Do runs fn on a thread within the named namespace. It returns [ErrNotFound]
// when there is none. What fn opens or starts is in the namespace; goroutines
// that fn starts are not.
func Do(name string, fn func() error) error {
	return OnThread(func() error {
		if err := Enter(name); err != nil {
			return err
		}
		return fn()
	})
}

// Enter moves the calling thread into the namespace. It must be called within
// [OnThread].
func Enter(name string) error {
	fd, err := unix.Open(Path(name), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: %w", name, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("open network namespace %s: %w", name, err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err = unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace %s: %w", name, err)
	}
	return nil
}

// OnThread runs fn on a thread that nothing else runs on and that ends with fn,
// so that fn may change what a thread alone can change: its namespaces.
func OnThread(fn func() error) error {
	done := make(chan error, 1)
	go lend(fn, done)
	return <-done
}

// lend locks a thread and never unlocks it: the runtime ends such a thread with
// its goroutine. It cannot end the main thread, whose namespaces are what
// /proc/self shows; when we are given that one we hold it and take another.
func lend(fn func() error, done chan<- error) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		done <- fn()
		return
	}
	defer runtime.UnlockOSThread()
	inner := make(chan error, 1)
	go lend(fn, inner)
	done <- <-inner
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a socket in the new namespace: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	link, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, link); err != nil {
		return fmt.Errorf("read the loopback's flags: %w", err)
	}
	link.SetUint16(link.Uint16() | unix.IFF_UP)
	if err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, link); err != nil {
		return fmt.Errorf("set the loopback up: %w", err)
	}
	return nil
}
