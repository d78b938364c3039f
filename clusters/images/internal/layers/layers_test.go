package layers_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/throughline/throughline/clusters/images/internal/layers"
)

// program writes a file with contents, a mode and a time of its own.
func program(t *testing.T, when time.Time) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := errors.Join(os.WriteFile(path, []byte("a program"), 0o600), os.Chtimes(path, when, when)); err != nil {
		t.Fatal(err)
	}
	return path
}

// build makes the same tree each time, added in the given order.
func build(t *testing.T, when time.Time, backwards bool) *layers.Tree {
	t.Helper()
	var tree layers.Tree
	source := program(t, when)
	steps := []func(){
		func() { tree.Dir("tmp", 0o777|fs.ModeSticky) },
		func() {
			if err := tree.Copy("usr/local/bin/program", source, 0o755); err != nil {
				t.Fatal(err)
			}
		},
		func() { tree.Data("/etc/passwd", []byte("root"), 0o644) },
		func() { tree.Symlink("sbin/init", "/usr/lib/systemd/systemd") },
	}
	if backwards {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		step()
	}
	return &tree
}

func TestALayerIsTheSameWhateverTheOrderAndTheSourcesTimes(t *testing.T) {
	first, err := build(t, time.Unix(1e9, 0), false).Layer()
	if err != nil {
		t.Fatal(err)
	}
	second, err := build(t, time.Unix(1.5e9, 0), true).Layer()
	if err != nil {
		t.Fatal(err)
	}

	a, _ := first.Digest()
	b, _ := second.Digest()
	if a != b {
		t.Errorf("digests are %s and %s", a, b)
	}
}

func TestATreeIsWrittenSortedOwnedByRootWithItsParents(t *testing.T) {
	var written bytes.Buffer
	if err := build(t, time.Unix(1e9, 0), true).Write(&written); err != nil {
		t.Fatal(err)
	}

	var got []string
	for in := tar.NewReader(&written); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, header.FileInfo().Mode().String()+" "+header.Name)
		if header.Uid != 0 || header.Gid != 0 || !header.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("%s is owned by %d:%d, from %s", header.Name, header.Uid, header.Gid, header.ModTime)
		}
	}
	want := []string{
		"drwxr-xr-x etc/", "-rw-r--r-- etc/passwd", "drwxr-xr-x sbin/", "Lrwxrwxrwx sbin/init", "dtrwxrwxrwx tmp/",
		"drwxr-xr-x usr/", "drwxr-xr-x usr/local/", "drwxr-xr-x usr/local/bin/", "-rwxr-xr-x usr/local/bin/program",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestCopyAllKeepsModesAndLeavesOutWhatIsRefused(t *testing.T) {
	root := t.TempDir()
	err := errors.Join(
		os.MkdirAll(filepath.Join(root, "usr/share/doc/x"), 0o755),
		os.WriteFile(filepath.Join(root, "usr/su"), []byte("su"), 0o755),
		os.Chmod(filepath.Join(root, "usr/su"), 0o755|fs.ModeSetuid),
		os.Symlink("su", filepath.Join(root, "usr/alias")),
	)
	if err != nil {
		t.Fatal(err)
	}
	var tree layers.Tree

	err = tree.CopyAll("opt", root, func(name string, _ fs.DirEntry) bool { return name != "usr/share" })
	if err != nil {
		t.Fatal(err)
	}

	if tree.Has("opt/usr/share") || tree.Has("opt/usr/share/doc") {
		t.Error("a refused folder was copied")
	}
	var written bytes.Buffer
	if err = tree.Write(&written); err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{}
	for in := tar.NewReader(&written); ; {
		header, err := in.Next()
		if err != nil {
			break
		}
		modes[header.Name] = header.FileInfo().Mode().String() + header.Linkname
	}
	if modes["opt/usr/su"] != "urwxr-xr-x" || modes["opt/usr/alias"] != "Lrwxrwxrwxsu" {
		t.Errorf("modes are %v", modes)
	}
}

func TestASourceThatShrinksIsAnErrorNotAShortLayer(t *testing.T) {
	source := program(t, time.Unix(1e9, 0))
	var tree layers.Tree
	if err := tree.Copy("program", source, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(source, []byte("short"), 0o644); err != nil {
		t.Fatal(err)
	}

	if _, err := tree.Layer(); err == nil || !strings.Contains(err.Error(), "has 5 bytes; it had 9") {
		t.Errorf("got %v, want an error that tells both sizes", err)
	}
}

func image(t *testing.T) v1.Image {
	t.Helper()
	layer, err := build(t, time.Unix(1e9, 0), false).Layer()
	if err != nil {
		t.Fatal(err)
	}
	made, err := layers.Image(v1.Config{Entrypoint: []string{"/usr/local/bin/program"}}, layer)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestAnImageIsValid(t *testing.T) {
	if err := validate.Image(image(t), validate.Fast); err != nil {
		t.Error(err)
	}
}

func TestAnArchiveReadsBackAsTheSameImage(t *testing.T) {
	const ref = "throughline.local/node:abc"
	path, made := filepath.Join(t.TempDir(), "archive.tar"), image(t)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err = errors.Join(layers.WriteArchive(f, ref, made), f.Close()); err != nil {
		t.Fatal(err)
	}

	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	read, err := tarball.ImageFromPath(path, &tag)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := made.ConfigName()
	if got, err := read.ConfigName(); err != nil || got != want {
		t.Errorf("config is %s, %v; want %s", got, err, want)
	}
}

func TestALayoutNamesEachImageAndHoldsWhatTheyShareOnce(t *testing.T) {
	made := image(t)
	var written bytes.Buffer

	if err := layers.WriteLayout(&written, map[string]v1.Image{"throughline.local/a:1": made, "throughline.local/b:1": made}); err != nil {
		t.Fatal(err)
	}

	var index string
	count := map[string]int{}
	for in := tar.NewReader(&written); ; {
		header, err := in.Next()
		if err != nil {
			break
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		count[header.Name]++
		if header.Name == "index.json" {
			index = string(data)
		}
		if digest, blob := strings.CutPrefix(header.Name, "blobs/sha256/"); blob {
			if sum := sha256.Sum256(data); digest != hex.EncodeToString(sum[:]) {
				t.Errorf("%s has another digest", header.Name)
			}
		}
	}
	for name, n := range count {
		if n != 1 {
			t.Errorf("%s is written %d times", name, n)
		}
	}
	if len(count) != 5 { // a layer, a configuration, a manifest, the index and the version
		t.Errorf("the layout holds %v", count)
	}
	for _, want := range []string{`"io.containerd.image.name":"throughline.local/a:1"`, `"io.containerd.image.name":"throughline.local/b:1"`} {
		if !strings.Contains(index, want) {
			t.Errorf("index %s lacks %s", index, want)
		}
	}
}
