package debian

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/command"
	"github.com/throughline/throughline/clusters/images/internal/layers"
)

// The files that Build makes.
const (
	// WholeTar is the layer with the whole system.
	WholeTar = "root.tar"
	// SlimTar is the layer with the files of the slim packages only.
	SlimTar = "slim.tar"
	// PackagesText lists every installed package with its version, one a line.
	PackagesText = "packages.txt"
)

// Root is a system to install.
type Root struct {
	Suite    string
	Packages []string
	// Slim names packages, and Files files, that the slim layer holds.
	Slim, Files []string
}

// Build installs the system into a folder in scratch and writes the files named above
// into dir.
func (r Root) Build(ctx context.Context, dir, scratch string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("install Debian packages into a folder: user id is %d; run as root", os.Geteuid())
	}
	if err := command.Require("debootstrap", "debootstrap"); err != nil {
		return err
	}
	root, err := os.MkdirTemp(scratch, "root-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(root) }()
	if err := os.Chmod(root, 0o755); err != nil {
		return err
	}
	install := command.Command{
		Path: "debootstrap",
		Args: []string{"--variant=minbase", "--include=" + strings.Join(r.Packages, ","), r.Suite, root},
		Env:  []string{"DEBIAN_FRONTEND=noninteractive", "TMPDIR=" + scratch}, Isolated: true,
	}
	if err := install.Run(ctx); err != nil {
		return err
	}
	return r.pack(root, dir)
}

// pack turns an installed system into the files that Build promises.
func (r Root) pack(root, dir string) error {
	var whole layers.Tree
	if err := whole.CopyAll("", root, wanted); err != nil {
		return err
	}
	if err := writeTar(&whole, filepath.Join(dir, WholeTar)); err != nil {
		return err
	}
	slim, err := r.slim(root)
	if err != nil {
		return err
	}
	if err = writeTar(slim, filepath.Join(dir, SlimTar)); err != nil {
		return err
	}
	list, err := installed(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, PackagesText), []byte(strings.Join(list, "\n")+"\n"), 0o644)
}

// wanted leaves out what a container gets at run time, what only a reader or a package
// manager needs, and the links by which services are enabled.
func wanted(name string, d fs.DirEntry) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if emptied(dir) {
			return false
		}
	}
	switch name {
	case "etc/hostname", "etc/resolv.conf", "etc/machine-id", "var/cache/ldconfig/aux-cache":
		return false
	}
	return d.Type().IsRegular() || d.IsDir() || d.Type() == fs.ModeSymlink
}

// emptied says whether nothing in a folder is wanted.
func emptied(dir string) bool {
	switch dir {
	case "dev", "proc", "sys", "run", "tmp", "var/log", "var/cache/apt", "var/lib/apt/lists",
		"usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian",
		"etc/systemd/system":
		return true
	}
	return false
}

// slim collects the files of the slim packages from a root file system.
func (r Root) slim(root string) (*layers.Tree, error) {
	picked := &picker{root: root, tree: &layers.Tree{}}
	for _, link := range []string{"bin", "lib", "lib64", "sbin"} {
		if err := picked.add(link); err != nil {
			return nil, err
		}
	}
	for _, name := range r.Slim {
		files, err := packageFiles(root, name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := picked.add(file); err != nil {
				return nil, err
			}
		}
	}
	for _, file := range r.Files {
		if err := picked.chase(file); err != nil {
			return nil, err
		}
	}
	return picked.tree, nil
}

// packageFiles lists the files of an installed package, relative to the root.
func packageFiles(root, name string) ([]string, error) {
	matches, err := filepath.Glob(filepath.Join(root, "var/lib/dpkg/info", name+":*.list"))
	if err != nil {
		return nil, err
	}
	matches = append(matches, filepath.Join(root, "var/lib/dpkg/info", name+".list"))
	data, err := os.ReadFile(matches[0])
	if err != nil {
		return nil, fmt.Errorf("package %s is not installed in the root file system; add it to debian.packages or take it from debian.slim in the catalogue: %w", name, err)
	}
	var files []string
	for line := range strings.Lines(string(data)) {
		if file := strings.Trim(line, "/\n"); file != "" && file != "." {
			files = append(files, file)
		}
	}
	return files, nil
}

// installed lists the packages of a root file system with their versions.
func installed(root string) ([]string, error) {
	f, err := os.Open(filepath.Join(root, "var/lib/dpkg/status"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var list []string
	var name string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "Package: "); found {
			name = value
		}
		if value, found := strings.CutPrefix(lines.Text(), "Version: "); found {
			list = append(list, name+" "+value)
		}
	}
	slices.Sort(list)
	return list, lines.Err()
}

func writeTar(tree *layers.Tree, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	err = tree.Write(out)
	if err == nil {
		err = out.Flush()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
