// Runcshim stands in front of runc on a machine whose root lacks capabilities. An engine
// asks for every capability in a privileged container, and runc refuses what the bounding
// set does not have; the shim takes those out of the request and then becomes runc.
//
// It is used as an engine's runtime on the host and as runc on the node. With every
// capability in the bounding set it changes nothing.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := run(os.Args); err != nil {
		fmt.Fprintf(os.Stderr, "runc shim: %v\n", err)
		os.Exit(1)
	}
}

// run adapts the files that the arguments name and becomes runc; it returns only on error.
func run(args []string) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	lacking, err := missing(status)
	if err != nil {
		return err
	}
	if len(lacking) > 0 {
		if err = adaptAll(args[1:], lacking); err != nil {
			return err
		}
	}
	runc, err := realRunc()
	if err != nil {
		return err
	}
	return syscall.Exec(runc, append([]string{runc}, args[1:]...), os.Environ())
}

// adaptAll adapts the bundle's configuration and the process file, where there are any.
func adaptAll(args []string, lacking map[string]bool) error {
	if bundle, found := option(args, "--bundle", "-b"); found {
		err := adaptFile(filepath.Join(bundle, "config.json"), func(data []byte) ([]byte, error) {
			return adaptConfig(data, lacking)
		})
		if err != nil {
			return err
		}
	}
	if process, found := option(args, "--process", "-p"); found {
		return adaptFile(process, func(data []byte) ([]byte, error) { return adaptProcess(data, lacking) })
	}
	return nil
}

// option returns the last value of an option: `--name value`, `--name=value`, `-n value`.
func option(args []string, long, short string) (value string, found bool) {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, ok := strings.CutPrefix(arg, long+"="); ok {
			value, found = v, true
		}
		if (arg == long || arg == short) && i+1 < len(args) {
			value, found = args[i+1], true
		}
	}
	return value, found
}

// adaptFile rewrites a file in one step and keeps its mode. A file that is not there is
// left to runc to complain about.
func adaptFile(path string, adapt func([]byte) ([]byte, error)) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	adapted, err := adapt(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	next := path + ".adapted"
	if err := os.WriteFile(next, adapted, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// realRunc finds the program that the shim stands in front of.
func realRunc() (string, error) {
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return "", err
	}
	places := []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc"}
	for _, place := range places {
		info, err := os.Stat(place)
		if err == nil && info.Mode().IsRegular() && !os.SameFile(self, info) {
			return place, nil
		}
	}
	return "", fmt.Errorf("found no runc at %s; install the package runc", strings.Join(places, ", "))
}
