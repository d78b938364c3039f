package gobuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/command"
)

// Module is a module in the module cache.
type Module struct {
	Path, Version string
	// Dir is its unpacked folder, which is read-only.
	Dir string
	// Sum is its checksum as go.sum has it.
	Sum string
}

// FindModule downloads a module in the version that the go.mod in dir requires, verified
// by the go.sum there, and says where it is.
func FindModule(ctx context.Context, dir, path string) (Module, error) {
	var out strings.Builder
	err := command.Command{
		Path: "go", Args: []string{"mod", "download", "-json", path},
		Dir: dir, Env: environment(), Stdout: &out,
	}.Run(ctx)
	var found struct{ Path, Version, Dir, Sum, Error string }
	if decodeErr := json.Unmarshal([]byte(out.String()), &found); decodeErr == nil && found.Error != "" {
		return Module{}, fmt.Errorf("download module %s: %s", path, found.Error)
	}
	if err != nil {
		return Module{}, fmt.Errorf("download module %s: %w", path, err)
	}
	if found.Dir == "" {
		return Module{}, fmt.Errorf("download module %s: the Go tool told no folder: %s", path, out.String())
	}
	return Module{Path: found.Path, Version: found.Version, Dir: found.Dir, Sum: found.Sum}, nil
}

// Sources is what some packages are built from.
type Sources struct {
	// Files are the source files of the module in dir itself.
	Files []string
	// Modules are the others, as path@version, with replacements resolved.
	Modules []string
}

// FindSources lists what the given packages of the module in dir are built from.
func FindSources(ctx context.Context, dir string, packages ...string) (Sources, error) {
	var out strings.Builder
	args := []string{
		"list", "-mod=readonly", "-deps",
		"-json=ImportPath,Dir,Standard,Module,GoFiles,SFiles,EmbedFiles,Error", "--",
	}
	err := command.Command{
		Path: "go", Args: append(args, packages...), Dir: dir, Env: environment(), Stdout: &out,
	}.Run(ctx)
	if err != nil {
		return Sources{}, fmt.Errorf("list the sources of %s: %w", strings.Join(packages, ", "), err)
	}
	return parseSources(strings.NewReader(out.String()))
}

// listed is one package as `go list` describes it.
type listed struct {
	ImportPath, Dir             string
	Standard                    bool
	GoFiles, SFiles, EmbedFiles []string
	Module                      *listedModule
}

type listedModule struct {
	Path, Version string
	Main          bool
	Replace       *listedModule
}

func parseSources(r io.Reader) (Sources, error) {
	var s Sources
	for in := json.NewDecoder(r); ; {
		var one listed
		err := in.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Sources{}, fmt.Errorf("read the list of packages: %w", err)
		}
		switch {
		case one.Standard || one.Module == nil:
		case one.Module.Main:
			for _, file := range slices.Concat(one.GoFiles, one.SFiles, one.EmbedFiles) {
				s.Files = append(s.Files, filepath.Join(one.Dir, file))
			}
		case one.Module.Replace != nil:
			s.Modules = append(s.Modules, one.Module.Replace.Path+"@"+one.Module.Replace.Version)
		default:
			s.Modules = append(s.Modules, one.Module.Path+"@"+one.Module.Version)
		}
	}
	slices.Sort(s.Files)
	slices.Sort(s.Modules)
	s.Modules = slices.Compact(s.Modules)
	return s, nil
}
