package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/throughline/throughline/reports/rundir"
)

// filesOfResults are the results that all paths name, and what is wrong with any path.
func filesOfResults(paths []string) ([]string, error) {
	var files []string
	var errs []error
	for _, p := range paths {
		found, err := resultFiles(p)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w; give a result.json, a run folder, or a folder that has some, or run first: throughline run", err)
		}
		files, errs = append(files, found...), append(errs, err)
	}
	return files, errors.Join(errs...)
}

// resultFiles are the results that a path names: a file, or all in a folder and below it. It may be a
// link to a folder. Links below it are not followed: out/latest leads to a run that is there anyway,
// and one that leads to a result elsewhere is an error, so that none is overlooked.
func resultFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	root, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	var files []string
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		shown := filepath.Join(path, below)
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			return staysBelow(root, name, shown)
		case entry.IsDir() && entry.Name() == rundir.EvidenceFolder && isFile(filepath.Join(filepath.Dir(name), rundir.ResultFile)):
			return filepath.SkipDir
		case entry.Name() == rundir.ResultFile && entry.Type().IsRegular():
			files = append(files, shown)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no %s in it or below; give a run folder, or a folder that has some", path, rundir.ResultFile)
	}
	return files, err
}

// staysBelow is an error where a link stands for a result, or leads out of a folder to one.
func staysBelow(root, name, shown string) error {
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if filepath.Base(name) == rundir.ResultFile {
		return fmt.Errorf("%s: a link in place of a result; give %s itself", shown, target)
	}
	below, err := filepath.Rel(root, target)
	if err == nil && filepath.IsLocal(below) || !isFile(filepath.Join(target, rundir.ResultFile)) {
		return nil
	}
	return fmt.Errorf("%s: a link that leads to a result elsewhere; give %s itself", shown, target)
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}
