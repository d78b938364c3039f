package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/throughline/throughline/clusters/internal/netns"
	"github.com/throughline/throughline/clusters/internal/procs"
)

const (
	// startPatience is how long a daemon has until it answers.
	startPatience = time.Minute
	// look is the pause between two questions whether it answers yet.
	look = 50 * time.Millisecond
	// logTail is how many lines of the daemon's log an error carries.
	logTail = 8
	// systemContainerd is where dockerd looks for a containerd to share.
	systemContainerd = "/run/containerd"
)

// systemPath are the folders of the daemon's own path. Folders that a user has
// on his, with a newer containerd shim in them, are not.
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin"

// launch starts the daemon and waits until it answers.
func (e *Engine) launch(ctx context.Context) error {
	program, err := exec.LookPath("dockerd")
	if err != nil {
		return fmt.Errorf("dockerd is not installed: %w; on Debian: apt-get install docker.io", err)
	}
	if err = e.writeSettings(); err != nil {
		return err
	}
	log, err := os.OpenFile(e.place.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	// It outlives ctx on purpose: Stop ends it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program,
		"--config-file", e.place.daemonJSON, "--exec-root", e.place.execRoot, "--data-root", e.place.dataRoot,
		"--pidfile", e.place.pidFile, "--host", e.client.Host)
	cmd.Env = []string{"PATH=" + daemonPath(program), "HOME=" + e.place.state}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err = netns.OnThread(func() error { return startApart(cmd, e.place.netNS) }); err != nil {
		return err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	if e.daemon, err = procs.Identify(cmd.Process.Pid); err == nil {
		err = e.await(ctx, exited)
	}
	if err != nil {
		return fmt.Errorf("dockerd: %w%s", err, tail(e.place.log))
	}
	return nil
}

// startApart starts the daemon in the network namespace and in a mount namespace
// of its own: its mounts go when its processes do, however they end, and it
// cannot see, and so cannot share, the containerd of the machine.
func startApart(cmd *exec.Cmd, netNS string) error {
	if err := os.MkdirAll(systemContainerd, 0o711); err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare the mounts: %w; root with CAP_SYS_ADMIN is needed", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("keep mounts from spreading: %w", err)
	}
	if err := unix.Mount("tmpfs", systemContainerd, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=711"); err != nil {
		return fmt.Errorf("hide %s: %w", systemContainerd, err)
	}
	if err := netns.Enter(netNS); err != nil {
		return err
	}
	return cmd.Start()
}

// writeSettings writes the daemon's configuration. The machine's own
// /etc/docker/daemon.json is not read.
func (e *Engine) writeSettings() error {
	settings := map[string]any{
		"cgroup-parent":    e.place.cgroup,
		"exec-opts":        []string{"native.cgroupdriver=cgroupfs"},
		"features":         map[string]bool{"containerd-snapshotter": false},
		"shutdown-timeout": 5,
		"log-opts":         map[string]string{"max-size": "10m"},
	}
	if len(e.config.InsecureRegistries) > 0 {
		settings["insecure-registries"] = e.config.InsecureRegistries
	}
	if e.config.Runtime != "" {
		if _, err := exec.LookPath(e.config.Runtime); err != nil {
			return fmt.Errorf("container runtime: %w; build it first", err)
		}
		settings["runtimes"] = map[string]any{"throughline": map[string]string{"path": e.config.Runtime}}
		settings["default-runtime"] = "throughline"
	}
	data, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(e.place.daemonJSON, data, 0o600)
}

// daemonPath puts the daemon's own folder first, where its containerd and shim
// lie when it was not installed by the system.
func daemonPath(program string) string {
	own := filepath.Dir(program)
	if slices.Contains(filepath.SplitList(systemPath), own) {
		return systemPath
	}
	return own + ":" + systemPath
}

// await returns when the daemon answers, has ended, or is out of time.
func (e *Engine) await(ctx context.Context, exited <-chan error) error {
	patience, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		last := ping(patience, e.place.socket)
		if last == nil {
			return nil
		}
		select {
		case err := <-exited:
			return fmt.Errorf("it ended before it answered: %w", errors.Join(err, last))
		case <-patience.Done():
			return fmt.Errorf("it does not answer: %w: %w", patience.Err(), last)
		case <-ticker.C:
		}
	}
}

// ping asks the daemon at the socket whether it serves.
func ping(ctx context.Context, socket string) error {
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://engine/_ping", nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ping: status %s", response.Status)
	}
	return nil
}

// tail gives the last lines of a log, each on a line of its own, or nothing.
func tail(path string) string {
	data, err := os.ReadFile(path)
	text := strings.TrimSpace(string(data))
	if err != nil || text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "\nlast lines of " + path + ":\n" + strings.Join(lines[max(0, len(lines)-logTail):], "\n")
}
