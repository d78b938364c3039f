package node

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

const kindConfig = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  # use fixed sandbox image
  sandbox_image = "registry.k8s.io/pause:3.10"
  # restrict_oom_score_adj needs to be true when running inside UserNS
  restrict_oom_score_adj = false
`

func TestContainerdsConfigurationIsEdited(t *testing.T) {
	got, err := editConfig([]byte(kindConfig), "registry.k8s.io/pause:3.10.2")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(`pause:3.10"`, `pause:3.10.2"`, "adj = false", "adj = true").Replace(kindConfig)
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAConfigurationThatHasChangedIsRefused(t *testing.T) {
	for _, gone := range []string{"sandbox_image", "restrict_oom_score_adj = false"} {
		if got, err := editConfig([]byte(strings.Replace(kindConfig, gone, "other", 1)), "p"); err == nil {
			t.Errorf("without %s: got no error and\n%s", gone, got)
		}
	}
}

func TestTheContainerSpecLosesLimitsAndGainsTheHook(t *testing.T) {
	cases := map[string]struct{ give, want string }{
		"no hooks yet": {
			`{"process":{"cwd":"/","rlimits":[{"type":"RLIMIT_NOFILE"}]},"root":{"path":"rootfs"}}`,
			`{"hooks":{"createContainer":[{"path":"/kind/bin/mount-product-files.sh"}]},"process":{"cwd":"/"},"root":{"path":"rootfs"}}`,
		},
		"hooks there are": {
			`{"process":{},"hooks":{"createContainer":[{"path":"/first"}],"poststop":[{"path":"/x","env":["A=1"]}]}}`,
			`{"hooks":{"createContainer":[{"path":"/first"},{"path":"/kind/bin/mount-product-files.sh"}],"poststop":[{"path":"/x","env":["A=1"]}]},"process":{}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := editSpec([]byte(c.give))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestABrokenContainerSpecIsAnError(t *testing.T) {
	for _, spec := range []string{"", "{}", `{"process":{},"hooks":[]}`} {
		if got, err := editSpec([]byte(spec)); err == nil {
			t.Errorf("spec %q: got %s without an error", spec, got)
		}
	}
}

// kindFiles lays out a few of kind's files.
func kindFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	unit := "[Install]\nWantedBy=multi-user.target\n"
	for name, data := range map[string]string{
		"usr/local/bin/entrypoint":                     "#!/bin/bash",
		"kind/bin/mount-product-files.sh":              "#!/bin/bash",
		"etc/sysctl.d/10.conf":                         "",
		"etc/systemd/system/containerd.service":        unit,
		"etc/systemd/system/kubelet.service":           unit,
		"etc/systemd/system/undo-mount-hacks.service":  unit,
		"etc/systemd/system/containerd-fuse-x.service": unit,
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o444)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// listed maps each entry of a tree to its mode and link, as `ls` would show them.
func listed(t *testing.T, tree *layers.Tree) map[string]string {
	t.Helper()
	var out bytes.Buffer
	if err := tree.Write(&out); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for in := tar.NewReader(&out); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[header.Name] = strings.TrimSpace(header.FileInfo().Mode().String() + " " + header.Linkname)
	}
}

func TestANodesServicesAreEnabledByLinksAndTheFightersMasked(t *testing.T) {
	tree := &layers.Tree{}
	if err := (Node{KindFiles: kindFiles(t)}).services(tree); err != nil {
		t.Fatal(err)
	}

	got := listed(t, tree)
	for name, want := range map[string]string{
		"etc/systemd/system/multi-user.target.wants/containerd.service":            "Lrwxrwxrwx /etc/systemd/system/containerd.service",
		"etc/systemd/system/multi-user.target.wants/kubelet.service":               "Lrwxrwxrwx /etc/systemd/system/kubelet.service",
		"etc/systemd/system/multi-user.target.wants/undo-mount-hacks.service":      "Lrwxrwxrwx /etc/systemd/system/undo-mount-hacks.service",
		"etc/systemd/system/multi-user.target.wants/refuse-early-services.service": "Lrwxrwxrwx /etc/systemd/system/refuse-early-services.service",
		"etc/systemd/system/systemd-udevd.service":                                 "Lrwxrwxrwx /dev/null",
		"etc/systemd/system/multi-user.target.wants/containerd-fuse-x.service":     "",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestAUnitThatNoTargetWantsIsAnError(t *testing.T) {
	dir := kindFiles(t)
	unit := filepath.Join(dir, "etc/systemd/system/kubelet.service")
	if err := errors.Join(os.Remove(unit), os.WriteFile(unit, []byte("[Service]\n"), 0o644)); err != nil {
		t.Fatal(err)
	}

	err := (Node{KindFiles: dir}).services(&layers.Tree{})

	if err == nil || !strings.Contains(err.Error(), "kubelet.service names no target") {
		t.Errorf("got %v, want an error that names the unit", err)
	}
}

func TestKindsProgramsAreExecutableAndItsSettingsAreNot(t *testing.T) {
	tree := &layers.Tree{}
	if err := (Node{KindFiles: kindFiles(t)}).kindFiles(tree); err != nil {
		t.Fatal(err)
	}

	got := listed(t, tree)
	for name, want := range map[string]string{
		"usr/local/bin/entrypoint":        "-rwxr-xr-x",
		"kind/bin/mount-product-files.sh": "-rwxr-xr-x",
		"etc/sysctl.d/10.conf":            "-rw-r--r--",
		"kind/bin/":                       "drwxr-xr-x",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

func TestTheNetworkOfThePodsIsWellFormed(t *testing.T) {
	var config struct {
		CNIVersion, Name string
		Plugins          []struct{ Type string }
	}
	if err := json.Unmarshal(conflist, &config); err != nil {
		t.Fatal(err)
	}
	if config.Name == "" || len(config.Plugins) != 2 || config.Plugins[0].Type != "bridge" || config.Plugins[1].Type != "portmap" {
		t.Errorf("got %+v", config)
	}
}

func TestOnlyContentAndItsIndexBelongToTheStore(t *testing.T) {
	for name, want := range map[string]bool{
		"io.containerd.content.v1.content":                   true,
		"io.containerd.content.v1.content/blobs/sha256/abcd": true,
		"io.containerd.content.v1.content/ingest/1":          false,
		"io.containerd.metadata.v1.bolt/meta.db":             true,
		"io.containerd.snapshotter.v1.overlayfs":             false,
		"tmpmounts":                                          false,
	} {
		if got := belongsToStore(name, nil); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
