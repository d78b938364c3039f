package gobuild

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/throughline/throughline/clusters/images/internal/command"
)

// Build is a set of programs of one module that are built with the same flags.
type Build struct {
	// Dir is the folder with go.mod and go.sum.
	Dir string
	// Programs maps the name of each binary to its main package.
	Programs map[string]string
	Tags     []string
	// Stamps maps string variables to the values that the linker gives them.
	Stamps map[string]string
	// Scratch is where the Go tool puts what it needs for a moment. It must exist.
	Scratch string
}

// Run builds the programs into the folder out. An error holds the command and the last
// lines that it printed.
func (b Build) Run(ctx context.Context, out string) error {
	scratch, err := os.MkdirTemp(b.Scratch, "go-build-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	for _, group := range b.groups() {
		if err := b.run(ctx, scratch, out, group); err != nil {
			return err
		}
	}
	return nil
}

// groups are the sets of programs that one command can build: those whose binary has
// the name that the Go tool gives it go together, the others alone.
func (b Build) groups() [][]string {
	var together []string
	var groups [][]string
	for _, name := range slices.Sorted(maps.Keys(b.Programs)) {
		if filepath.Base(b.Programs[name]) == name {
			together = append(together, name)
		} else {
			groups = append(groups, []string{name})
		}
	}
	if len(together) > 0 {
		groups = append(groups, together)
	}
	return groups
}

func (b Build) run(ctx context.Context, scratch, out string, names []string) error {
	target := out + string(filepath.Separator)
	if len(names) == 1 {
		target = filepath.Join(out, names[0])
	}
	args := append([]string{"build"}, b.Flags()...)
	args = append(args, "-o", target)
	for _, name := range names {
		args = append(args, b.Programs[name])
	}
	return command.Command{
		Path: "go", Args: args, Dir: b.Dir,
		Env: append(environment(), "GOTMPDIR="+scratch),
	}.Run(ctx)
}

// Flags are the flags of the build; together with the module's files, the sources and
// the toolchain they determine the binaries.
func (b Build) Flags() []string {
	flags := []string{"-mod=readonly", "-trimpath", "-buildvcs=false"}
	if len(b.Tags) > 0 {
		flags = append(flags, "-tags="+strings.Join(b.Tags, ","))
	}
	link := []string{"-s", "-w"}
	for _, variable := range slices.Sorted(maps.Keys(b.Stamps)) {
		link = append(link, "-X", variable+"="+b.Stamps[variable])
	}
	return append(flags, "-ldflags="+strings.Join(link, " "))
}

// environment shuts out what the user's environment could change.
func environment() []string {
	return []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"}
}

// Toolchain is the version of Go that builds in dir.
func Toolchain(ctx context.Context, dir string) (string, error) {
	var out strings.Builder
	err := command.Command{Path: "go", Args: []string{"env", "GOVERSION"}, Dir: dir, Env: environment(), Stdout: &out}.Run(ctx)
	if err != nil {
		return "", fmt.Errorf("ask Go for its version: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}
