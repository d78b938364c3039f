package debian

import (
	"archive/tar"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// system lays out a small installed system.
func system(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"usr/lib/x86_64-linux-gnu/libc.so.6":       "libc",
		"usr/sbin/xtables-nft-multi":               "xtables",
		"usr/share/doc/iptables/copyright":         "words",
		"usr/share/iptables/rules":                 "rules",
		"etc/ssl/certs/ca-certificates.crt":        "certificates",
		"etc/hostname":                             "the builder's",
		"etc/systemd/system/timers.target.wants/x": "enabled",
		"usr/lib/systemd/system/x.service":         "a unit",
		"var/cache/apt/archives/x.deb":             "a package",
		"var/lib/dpkg/info/libc6:amd64.list":       "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n",
		"var/lib/dpkg/info/iptables.list":          "/.\n/usr/sbin/xtables-nft-multi\n/usr/sbin/iptables-nft\n/usr/share/doc/iptables/copyright\n/usr/share/iptables/rules\n/usr/sbin/diverted\n",
		"var/lib/dpkg/status":                      "Package: libc6\nStatus: ok\nVersion: 2.36\n\nPackage: iptables\nVersion: 1.8.9\n",
	}
	for name, data := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	links := map[string]string{
		"lib": "usr/lib", "sbin": "usr/sbin", "bin": "usr/bin", "lib64": "usr/lib64",
		"usr/sbin/iptables-nft":     "xtables-nft-multi",
		"usr/sbin/iptables":         "/etc/alternatives/iptables",
		"etc/alternatives/iptables": "/usr/sbin/iptables-nft",
	}
	for name, target := range links {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.Symlink(target, path)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func small() Root {
	return Root{
		Suite: "bookworm", Slim: []string{"libc6", "iptables"},
		Files: []string{"usr/sbin/iptables", "etc/ssl/certs/ca-certificates.crt"},
	}
}

// names lists what a tar holds, without folders.
func names(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var list []string
	for in := tar.NewReader(f); ; {
		header, err := in.Next()
		if err != nil {
			return list
		}
		if header.Typeflag != tar.TypeDir {
			list = append(list, header.Name)
		}
	}
}

func TestTheSlimLayerHoldsTheFilesOfItsPackagesWhereTheyReallyAre(t *testing.T) {
	dir := t.TempDir()

	if err := small().pack(system(t), dir); err != nil {
		t.Fatal(err)
	}

	want := []string{
		"bin", "etc/alternatives/iptables", "etc/ssl/certs/ca-certificates.crt", "lib", "lib64", "sbin",
		"usr/lib/x86_64-linux-gnu/libc.so.6", "usr/sbin/iptables", "usr/sbin/iptables-nft", "usr/sbin/xtables-nft-multi",
		"usr/share/iptables/rules",
	}
	if got := names(t, filepath.Join(dir, SlimTar)); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestTheWholeLayerEnablesNothingAndKeepsNothingOfTheBuilder(t *testing.T) {
	dir := t.TempDir()

	if err := small().pack(system(t), dir); err != nil {
		t.Fatal(err)
	}

	got := names(t, filepath.Join(dir, WholeTar))
	for _, absent := range []string{"etc/hostname", "etc/systemd/system/timers.target.wants/x", "usr/share/doc/iptables/copyright", "var/cache/apt/archives/x.deb"} {
		if slices.Contains(got, absent) {
			t.Errorf("the layer holds %s", absent)
		}
	}
	for _, present := range []string{"usr/lib/systemd/system/x.service", "var/lib/dpkg/status", "lib"} {
		if !slices.Contains(got, present) {
			t.Errorf("the layer lacks %s", present)
		}
	}
	list, err := os.ReadFile(filepath.Join(dir, PackagesText))
	if err != nil || string(list) != "iptables 1.8.9\nlibc6 2.36\n" {
		t.Errorf("packages are %q, %v", list, err)
	}
}

func TestAnUnknownSlimPackageIsNamed(t *testing.T) {
	broken := small()
	broken.Slim = []string{"no-such-package"}

	err := broken.pack(system(t), t.TempDir())

	if err == nil || !strings.Contains(err.Error(), "package no-such-package is not installed") {
		t.Errorf("got %v, want an error that names the package", err)
	}
}

func TestAFileThatIsMissingIsNamed(t *testing.T) {
	broken := small()
	broken.Files = []string{"usr/sbin/nothing"}

	err := broken.pack(system(t), t.TempDir())

	if err == nil || !strings.Contains(err.Error(), "usr/sbin/nothing") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestALoopOfLinksEnds(t *testing.T) {
	root := system(t)
	if err := os.Symlink("loop", filepath.Join(root, "usr/sbin/loop")); err != nil {
		t.Fatal(err)
	}
	broken := small()
	broken.Files = []string{"usr/sbin/loop"}

	if err := broken.pack(root, t.TempDir()); err == nil || !strings.Contains(err.Error(), "links") {
		t.Errorf("got %v, want an error about links", err)
	}
}
