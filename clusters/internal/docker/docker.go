package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// ErrNoCommand says that the docker command is not installed.
var ErrNoCommand = errors.New("the docker command is not installed; on Debian: apt-get install docker.io")

// Client runs the docker command against one engine.
type Client struct {
	// Host is the engine's address as in DOCKER_HOST; empty means what the
	// user's own settings say.
	Host string
	// Config is the folder of the command's settings; empty means the user's.
	// A private engine has its own, so that no proxy or credential helper of
	// the user's reaches it.
	Config string
}

// Info is what an engine says of itself.
type Info struct {
	ID            string
	ServerVersion string
	Driver        string
	CgroupVersion string
	CgroupDriver  string
	Containers    int
}

// Run runs `docker args…` and returns what it printed on its standard output.
func (c Client) Run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(cmd.Environ(), c.Environ()...)
	// A Ctrl-C goes to a terminal's whole process group; what it means for this
	// command is for ctx to say, above all while cleaning up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", ErrNoCommand
	case ctx.Err() != nil:
		return "", fmt.Errorf("docker %s: %w", args[0], ctx.Err())
	}
	return "", fmt.Errorf("docker %s: %w: %s", strings.Join(args, " "), err, lastLines(errOut.String(), 5))
}

// Environ is what the docker command's environment must hold to reach this
// engine, each as KEY=VALUE. An empty value means: as if it were not set.
func (c Client) Environ() []string {
	var env []string
	if c.Host != "" {
		env = append(env, "DOCKER_HOST="+c.Host, "DOCKER_CONTEXT=")
	}
	if c.Config != "" {
		env = append(env, "DOCKER_CONFIG="+c.Config, "DOCKER_TLS_VERIFY=", "DOCKER_CERT_PATH=", "DOCKER_API_VERSION=")
	}
	return env
}

// Info asks the engine what it is. An engine that does not answer is an error.
func (c Client) Info(ctx context.Context) (Info, error) {
	out, err := c.Run(ctx, "info", "--format", "{{json .}}")
	if err != nil {
		return Info{}, err
	}
	var answer struct {
		Info
		ServerErrors []string
	}
	if err = json.Unmarshal([]byte(out), &answer); err != nil {
		return Info{}, fmt.Errorf("docker info: %w", err)
	}
	if len(answer.ServerErrors) > 0 {
		return Info{}, fmt.Errorf("docker info: %s", strings.Join(answer.ServerErrors, "; "))
	}
	if answer.ServerVersion == "" {
		return Info{}, errors.New("docker info: the engine gave no version")
	}
	return answer.Info, nil
}

// Layers gives the digests of the uncompressed layers of an image in the
// engine, and false when the engine has no such image.
func (c Client) Layers(ctx context.Context, ref string) ([]string, bool, error) {
	out, err := c.Run(ctx, "image", "inspect", "--format", "{{json .RootFS.Layers}}", ref)
	if err != nil {
		if ctx.Err() == nil && strings.Contains(strings.ToLower(err.Error()), "no such image") {
			return nil, false, nil
		}
		return nil, false, err
	}
	var layers []string
	if err = json.Unmarshal([]byte(out), &layers); err != nil {
		return nil, false, fmt.Errorf("layers of image %s: %w", ref, err)
	}
	return layers, true, nil
}

// Tags gives the references of all images in a repository.
func (c Client) Tags(ctx context.Context, repository string) ([]string, error) {
	out, err := c.Run(ctx, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository)
	return strings.Fields(out), err
}

// Load reads an archive as `docker save` writes it.
func (c Client) Load(ctx context.Context, archive string) error {
	_, err := c.Run(ctx, "load", "--quiet", "--input", archive)
	return err
}

// RemoveImages removes the references. Images in use stay and are an error.
func (c Client) RemoveImages(ctx context.Context, refs []string) error {
	if len(refs) == 0 {
		return nil
	}
	_, err := c.Run(ctx, append([]string{"image", "rm"}, refs...)...)
	return err
}

// Clear removes all containers, volumes and networks that anybody made in the
// engine, and images without a name. It is for an engine that is ours alone.
func (c Client) Clear(ctx context.Context) error {
	steps := []struct{ list, remove []string }{
		{[]string{"container", "ls", "--all", "--quiet", "--no-trunc"}, []string{"container", "rm", "--force", "--volumes"}},
		{[]string{"volume", "ls", "--quiet"}, []string{"volume", "rm", "--force"}},
		{[]string{"network", "ls", "--quiet", "--no-trunc", "--filter", "type=custom"}, []string{"network", "rm"}},
		{[]string{"image", "ls", "--quiet", "--no-trunc", "--filter", "dangling=true"}, []string{"image", "rm", "--force"}},
	}
	var errs []error
	for _, step := range steps {
		out, err := c.Run(ctx, step.list...)
		if ids := strings.Fields(out); err == nil && len(ids) > 0 {
			_, err = c.Run(ctx, append(step.remove, ids...)...)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
