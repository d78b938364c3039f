package gobuild_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/command"
	"github.com/throughline/throughline/clusters/images/internal/gobuild"
)

func hello() gobuild.Build {
	return gobuild.Build{
		Dir:      "testdata/works",
		Programs: map[string]string{"hello": "./cmd/hello", "greet": "./cmd/hello"},
		Stamps:   map[string]string{"main.version": "1.2.3"},
	}
}

func build(t *testing.T, b gobuild.Build) string {
	t.Helper()
	out := t.TempDir()
	b.Scratch = t.TempDir()
	if err := b.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(b.Scratch)
	if err != nil || len(left) != 0 {
		t.Errorf("the build left %v, %v", left, err)
	}
	return out
}

func TestProgramsAreBuiltUnderTheirNamesWithTheirStamps(t *testing.T) {
	out := build(t, hello())

	for _, name := range []string{"hello", "greet"} {
		said, err := exec.CommandContext(t.Context(), filepath.Join(out, name)).Output()
		if err != nil || string(said) != "hello 1.2.3" {
			t.Errorf("%s says %q, %v", name, said, err)
		}
	}
}

func TestTheSameInputsGiveTheSameBinary(t *testing.T) {
	var binaries [2][]byte
	for i := range binaries {
		data, err := os.ReadFile(filepath.Join(build(t, hello()), "hello"))
		if err != nil {
			t.Fatal(err)
		}
		binaries[i] = data
	}
	if !slices.Equal(binaries[0], binaries[1]) {
		t.Error("two builds differ")
	}
}

func TestTheUsersFlagsChangeNothing(t *testing.T) {
	t.Setenv("GOFLAGS", "-no-such-flag")

	build(t, hello())
}

func TestAProgramThatDoesNotCompileGivesTheCommandAndTheCompilersWords(t *testing.T) {
	broken := gobuild.Build{Dir: "testdata/broken", Programs: map[string]string{"broken": "."}, Scratch: t.TempDir()}

	err := broken.Run(t.Context(), t.TempDir())

	if _, ok := errors.AsType[*command.Error](err); !ok {
		t.Fatalf("got %v, want a *command.Error", err)
	}
	for _, want := range []string{"`go build -mod=readonly -trimpath", "exit status 1", "main.go:5:2: undefined: undeclared"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}

func TestACancelledBuildSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := hello()
	b.Scratch = t.TempDir()

	if err := b.Run(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestTheSourcesAreTheModulesOwnFilesWithWhatTheyEmbed(t *testing.T) {
	dir, err := filepath.Abs("testdata/works")
	if err != nil {
		t.Fatal(err)
	}

	got, err := gobuild.FindSources(t.Context(), dir, "./cmd/hello")
	if err != nil {
		t.Fatal(err)
	}

	want := []string{filepath.Join(dir, "cmd/hello/greeting.txt"), filepath.Join(dir, "cmd/hello/main.go")}
	if !slices.Equal(got.Files, want) || len(got.Modules) != 0 {
		t.Errorf("got %+v, want the files %q and no module", got, want)
	}
}

func TestAPackageThatIsNotThereIsNamed(t *testing.T) {
	_, err := gobuild.FindSources(t.Context(), "testdata/works", "./cmd/nothing")

	if err == nil || !strings.Contains(err.Error(), "./cmd/nothing") {
		t.Errorf("got %v, want an error that names the package", err)
	}
}

func TestAModuleThatNobodyRequiresIsNamed(t *testing.T) {
	_, err := gobuild.FindModule(t.Context(), "testdata/works", "example.com/absent")

	if err == nil || !strings.Contains(err.Error(), "example.com/absent") {
		t.Errorf("got %v, want an error that names the module", err)
	}
}
