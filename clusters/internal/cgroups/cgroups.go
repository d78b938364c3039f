package cgroups

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/throughline/throughline/clusters/internal/mounts"
	"github.com/throughline/throughline/clusters/internal/procs"
)

// retry is the pause between two attempts to empty a group: the kernel takes a
// moment to let go of a group whose last process has ended.
const retry = 20 * time.Millisecond

// Prefix begins the name of every group that this package will touch.
const Prefix = "throughline-"

// check refuses whatever might mean a group that is not ours, the root above all.
func check(name string) error {
	rest, ours := strings.CutPrefix(name, Prefix)
	if !ours || rest == "" || strings.ContainsFunc(rest, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		return fmt.Errorf("cgroup %q: expected %s followed by lower-case letters, digits and dashes", name, Prefix)
	}
	return nil
}

// Roots gives the mount points of the cgroup hierarchies among the mounts.
func Roots(all []mounts.Mount) []string {
	var roots []string
	for _, m := range all {
		if m.Type == "cgroup" || m.Type == "cgroup2" {
			roots = append(roots, m.Point)
		}
	}
	return roots
}

// Find gives the folders of the group in the hierarchies. Only names that begin
// with [Prefix] are accepted: no other group can be ours.
func Find(name string) ([]string, error) {
	if err := check(name); err != nil {
		return nil, err
	}
	all, err := mounts.Current()
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, root := range Roots(all) {
		dir := filepath.Join(root, name)
		if _, statErr := os.Stat(dir); statErr == nil {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// Remove kills every process in the group and removes the group and all groups
// below it, in every hierarchy. It goes on until that is done or ctx ends; the
// error then names what is left. A group that is not there is fine.
func Remove(ctx context.Context, name string) error {
	dirs, err := Find(name)
	if err != nil || len(dirs) == 0 {
		return err
	}
	ticker := time.NewTicker(retry)
	defer ticker.Stop()
	for {
		left := removeOnce(ctx, dirs)
		if left == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove cgroup %s: %w: %w", name, ctx.Err(), left)
		case <-ticker.C:
		}
	}
}

func removeOnce(ctx context.Context, dirs []string) error {
	var errs []error
	for _, dir := range dirs {
		groups := tree(dir)
		for _, group := range groups {
			errs = append(errs, procs.Kill(ctx, members(group)))
		}
		slices.Reverse(groups)
		for _, group := range groups {
			if err := os.Remove(group); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// tree gives dir and all folders below it, each before those within it.
func tree(dir string) []string {
	var dirs []string
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir // It vanished while we looked.
		}
		if entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

func members(group string) []procs.Identity {
	data, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	if err != nil {
		return nil
	}
	var found []procs.Identity
	for _, line := range strings.Fields(string(data)) {
		pid, err := strconv.Atoi(line)
		if err != nil || pid <= 1 || pid == os.Getpid() {
			continue
		}
		if id, err := procs.Identify(pid); err == nil {
			found = append(found, id)
		}
	}
	return found
}
