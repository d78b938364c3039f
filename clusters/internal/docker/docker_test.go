package docker

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// command puts a docker command of our own first on the path.
func command(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestInfo(t *testing.T) {
	cases := map[string]struct {
		script string
		want   Info
		says   string
	}{
		"an engine that answers": {
			script: `echo '{"ID":"A","ServerVersion":"20.10.24","Driver":"overlay2","CgroupVersion":"1","Other":1}'`,
			want:   Info{ID: "A", ServerVersion: "20.10.24", Driver: "overlay2", CgroupVersion: "1"},
		},
		"no engine, told in the answer": {
			script: `echo '{"ServerErrors":["Cannot connect to the Docker daemon"]}'`,
			says:   "Cannot connect to the Docker daemon",
		},
		"no engine, told by the exit code": {script: "echo nobody home >&2; exit 1", says: "nobody home"},
		"an answer that is no JSON":        {script: "echo hello", says: "docker info"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			command(t, c.script)
			got, err := Client{}.Info(t.Context())
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Fatalf("error %v, want one that says %q", err, c.says)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheClientReachesItsOwnEngineWhateverTheUserSet(t *testing.T) {
	t.Setenv("DOCKER_HOST", "unix:///of/the/user")
	t.Setenv("DOCKER_CONTEXT", "users")
	command(t, `echo "$DOCKER_HOST|$DOCKER_CONTEXT|$DOCKER_CONFIG"`)
	out, err := Client{Host: "unix:///ours", Config: "/cfg"}.Run(t.Context(), "x")
	if err != nil || strings.TrimSpace(out) != "unix:///ours||/cfg" {
		t.Errorf("the command saw %q, %v", out, err)
	}
	if out, _ = (Client{}).Run(t.Context(), "x"); strings.TrimSpace(out) != "unix:///of/the/user|users|" {
		t.Errorf("without an address the command saw %q, want the user's settings", out)
	}
}

func TestAMissingCommandSaysHowToGetIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := (Client{}).Run(t.Context(), "info"); err == nil || !strings.Contains(err.Error(), "apt-get install docker.io") {
		t.Errorf("got %v", err)
	}
}

func TestAnImageThatIsNotThereIsNoError(t *testing.T) {
	command(t, "echo 'Error: No such image: x' >&2; exit 1")
	if _, has, err := (Client{}).Layers(t.Context(), "x"); has || err != nil {
		t.Errorf("has %v, error %v", has, err)
	}
}

func TestArchiveLayers(t *testing.T) {
	good := map[string]string{
		"layer.tar":     "bytes",
		"config":        `{"rootfs":{"diff_ids":["sha256:a","sha256:b"]}}`,
		"manifest.json": `[{"Config":"config","RepoTags":["throughline.local/node:1"]}]`,
	}
	cases := map[string]struct {
		members map[string]string
		want    []string
		says    string
	}{
		"the image is in it":   {members: good, want: []string{"sha256:a", "sha256:b"}},
		"another image":        {members: map[string]string{"manifest.json": `[{"RepoTags":["other:2"]}]`}, says: "it holds other:2, not throughline.local/node:1"},
		"cut off":              {members: map[string]string{"layer.tar": "bytes"}, says: "it holds no manifest.json"},
		"manifest is no JSON":  {members: map[string]string{"manifest.json": "x"}, says: "manifest.json"},
		"its config is not in": {members: map[string]string{"manifest.json": good["manifest.json"]}, says: "it holds no config"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := archive(t, c.members)
			got, err := ArchiveLayers(path, "throughline.local/node:1")
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Fatalf("error %v, want one that says %q", err, c.says)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func archive(t *testing.T, members map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(f)
	for name, text := range members {
		if err = w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err = w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err = w.Close(); err != nil {
		t.Fatal(err)
	}
	if err = f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
