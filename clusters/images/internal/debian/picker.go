package debian

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

// maxLinks is how many links a file may be behind.
const maxLinks = 8

// picker copies single files of a root file system into a tree, at the places where they
// really are: a package may list a file under a folder that is a link.
type picker struct {
	root string
	tree *layers.Tree
}

// add copies one file or link. Folders come with what is in them; what the layer does
// not want, and what a package lists but the system lacks, is left out.
func (p *picker) add(name string) error {
	place, err := p.resolveParent(name)
	if err != nil {
		return err
	}
	info, err := os.Lstat(filepath.Join(p.root, place))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() || !wanted(place, fs.FileInfoToDirEntry(info)) {
		return nil
	}
	return p.tree.CopyFound(place, filepath.Join(p.root, place))
}

// chase copies a file and, where it is a link, all that it leads to.
func (p *picker) chase(name string) error {
	for range maxLinks {
		place, err := p.resolveParent(name)
		if err != nil {
			return err
		}
		source := filepath.Join(p.root, place)
		info, err := os.Lstat(source)
		if err != nil {
			return fmt.Errorf("debian.files: %w", err)
		}
		if err = p.tree.CopyFound(place, source); err != nil {
			return err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			return nil
		}
		if name, err = os.Readlink(source); err != nil {
			return err
		}
		if !path.IsAbs(name) {
			name = path.Join(path.Dir(place), name)
		}
	}
	return fmt.Errorf("debian.files: %s is behind more than %d links", name, maxLinks)
}

// resolveParent resolves the links among the folders of a name, inside the root.
func (p *picker) resolveParent(name string) (string, error) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	dir := path.Dir(name)
	if dir == "." {
		return name, nil
	}
	resolved, err := p.resolveParent(dir)
	if err != nil {
		return "", err
	}
	for range maxLinks {
		target, linkErr := os.Readlink(filepath.Join(p.root, resolved))
		if linkErr != nil { // not a link, or not there
			return path.Join(resolved, path.Base(name)), nil //nolint:nilerr // readlink fails on what is no link
		}
		if !path.IsAbs(target) {
			target = path.Join("/", path.Dir(resolved), target)
		}
		if resolved, err = p.resolveParent(target); err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%s is behind more than %d links", name, maxLinks)
}
