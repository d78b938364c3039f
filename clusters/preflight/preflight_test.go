package preflight

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func packed(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: out.Bytes()}
}

// machine has all that a run needs.
func machine(t *testing.T) *Machine {
	t.Helper()
	return &Machine{
		Root: fstest.MapFS{
			"etc/os-release":                   file("NAME=x\nID=debian\n"),
			"proc/config.gz":                   packed(t, "CONFIG_OVERLAY_FS=y\nCONFIG_BRIDGE=m\nCONFIG_VETH=y\nCONFIG_NF_TABLES=y\n"),
			"proc/self/status":                 file("Name:\tx\nCapBnd:\t000001ffffffffff\n"),
			"proc/meminfo":                     file("MemTotal: 1 kB\nMemAvailable:   16777216 kB\n"),
			"sys/fs/cgroup/cgroup.controllers": file("cpu"),
			"home/user":                        &fstest.MapFile{Mode: fs.ModeDir},
		},
		LookPath: func(name string) (string, error) { return "/usr/bin/" + name, nil },
		Free:     func(string) (uint64, error) { return 50 * gib, nil },
		Run:      func(context.Context, string, ...string) (string, error) { return "pip 23.0\n", nil },
	}
}

func check(t *testing.T, m *Machine) Report {
	t.Helper()
	r, err := Check(t.Context(), Options{Engine: true, Build: true, CacheDir: "/home/user/.cache/throughline", Machine: m})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAMachineThatHasEverything(t *testing.T) {
	r := check(t, machine(t))
	for _, f := range r.Findings {
		if f.State != OK {
			t.Errorf("%+v", f)
		}
	}
	if r.Err() != nil || len(r.Packages()) != 0 || r.Installable() {
		t.Errorf("err %v, packages %v, installable %v", r.Err(), r.Packages(), r.Installable())
	}
}

func TestWhatIsMissingIsNamedWithHowToGetIt(t *testing.T) {
	without := func(names ...string) func(*Machine) {
		return func(m *Machine) {
			m.LookPath = func(name string) (string, error) {
				if slices.Contains(names, name) {
					return "", exec.ErrNotFound
				}
				return "/usr/bin/" + name, nil
			}
		}
	}
	cases := map[string]struct {
		spoil    func(*Machine)
		says     []string
		packages []string
	}{
		"root":        {func(m *Machine) { m.UID = 1000 }, []string{"root: running as user 1000", "sudo", "DOCKER_HOST"}, nil},
		"the engine":  {without("docker", "dockerd", "docker-proxy"), []string{"dockerd: not on the path", "apt-get install --no-install-recommends docker.io"}, []string{"docker.io"}},
		"a few":       {without("debootstrap", "runc"), []string{"debootstrap runc, or run with --install-deps"}, []string{"debootstrap", "runc"}},
		"Go":          {without("go"), []string{"go: not on the path; install Go"}, nil},
		"pip":         {func(m *Machine) { m.Run = failing }, []string{"python3 -m pip does not run", "python3-pip"}, []string{"python3-pip"}},
		"disk":        {func(m *Machine) { m.Free = func(string) (uint64, error) { return 3 * gib, nil } }, []string{"3.0 GiB free at /home/user, 12 GiB needed", "THROUGHLINE_CACHE"}, nil},
		"all cgroups": {func(m *Machine) { remove(m, "sys/fs/cgroup/cgroup.controllers") }, []string{"cgroup: no hierarchy"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := machine(t)
			c.spoil(m)
			r := check(t, m)
			err := r.Err()
			if err == nil {
				t.Fatal("nothing is missing")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if diff := cmp.Diff(c.packages, r.Packages()); diff != "" {
				t.Error(diff)
			}
			if want := len(c.packages) > 0; r.Installable() != want {
				t.Errorf("installable %v, want %v", r.Installable(), want)
			}
		})
	}
}

func failing(context.Context, string, ...string) (string, error) {
	return "No module named pip", errors.New("exit status 1")
}

func remove(m *Machine, path string) {
	if root, ok := m.Root.(fstest.MapFS); ok {
		delete(root, path)
	}
}

func TestWhatIsPoorIsAWarningAndNoMore(t *testing.T) {
	set := func(path, text string) func(*Machine) {
		return func(m *Machine) {
			if root, ok := m.Root.(fstest.MapFS); ok {
				root[path] = file(text)
			}
		}
	}
	cases := map[string]struct {
		spoil func(*Machine)
		name  string
		says  string
	}{
		"little memory":              {set("proc/meminfo", "MemAvailable: 1048576 kB\n"), "memory", "1.0 GiB available, up to 6.0 GiB used"},
		"memory that nobody knows":   {set("proc/meminfo", "MemAvailable: much kB\n"), "memory", "not known"},
		"a kernel that tells little": {set("proc/config.gz", "nonsense"), "kernel", "no sign of overlay, bridge, veth, netfilter"},
		"free space nobody knows":    {func(m *Machine) { m.Free = func(string) (uint64, error) { return 0, errors.New("odd") } }, "disk", "not known: odd"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			m := machine(t)
			c.spoil(m)
			r := check(t, m)
			if err := r.Err(); err != nil {
				t.Errorf("something is missing: %v", err)
			}
			i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Name == c.name })
			if i < 0 || r.Findings[i].State != Warning || !strings.Contains(r.Findings[i].Found, c.says) {
				t.Errorf("findings %+v, want a warning of %s that says %q", r.Findings, c.name, c.says)
			}
		})
	}
}

func TestKernelModulesCountWhereverTheyAreListed(t *testing.T) {
	m := machine(t)
	m.Root = fstest.MapFS{
		"proc/sys/kernel/osrelease":         file("6.1.0\n"),
		"lib/modules/6.1.0/modules.dep":     file("kernel/net/bridge/bridge.ko.xz: kernel/net/llc/llc.ko.xz\nkernel/net/netfilter/nf_tables.ko:\n"),
		"lib/modules/6.1.0/modules.builtin": file("kernel/fs/overlayfs/overlay.ko\n"),
		"proc/modules":                      file("veth 40960 0 - Live 0x0\n"),
	}
	if f := kernel(m); f.State != OK {
		t.Errorf("%+v", f)
	}
}

func TestAWarmRunNeedsLess(t *testing.T) {
	m := machine(t)
	m.Free = func(string) (uint64, error) { return 6 * gib, nil }
	r, err := Check(t.Context(), Options{Engine: true, Build: true, Cached: true, CacheDir: "/home/user", Machine: m})
	if err != nil || r.Err() != nil || r.Cold || r.Takes != warmTime {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestDebianIsKnownByItselfAndByWhatIsMadeFromIt(t *testing.T) {
	for text, want := range map[string]bool{
		"ID=debian\n": true, "ID=ubuntu\nID_LIKE=debian\n": true, "ID=x\nID_LIKE=\"ubuntu debian\"\n": true,
		"ID=fedora\n": false, "ID=debianish\n": false, "": false,
	} {
		if got := debian(fstest.MapFS{"etc/os-release": file(text)}); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestTheReportReadsPlainly(t *testing.T) {
	r := Report{
		Cold: true, Takes: coldTime, NeedsDisk: coldDisk,
		Findings: []Finding{
			{Name: "root", State: OK, Found: "running as root"},
			{Name: "dockerd", State: Missing, Found: "not on the path", Next: "install it"},
		},
	}
	var out strings.Builder
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	const want = `ok       root     running as root
missing  dockerd  not on the path; install it
cold run, everything is built from source: about 25m0s to the first check, up to 12 GiB of disk
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestInstallingAsksForTheMissingPackagesOnly(t *testing.T) {
	missing := Report{Debian: true, Findings: []Finding{
		{Name: "dockerd", State: Missing, Package: "docker.io"},
		{Name: "docker", State: Missing, Package: "docker.io"},
		{Name: "runc", State: OK, Package: "runc"},
	}}
	var ran []string
	record := func(_ context.Context, args ...string) (string, error) {
		ran = append(ran, strings.Join(args, " "))
		return "", nil
	}
	if err := install(t.Context(), &Machine{}, missing, nil, record); err != nil {
		t.Fatal(err)
	}
	want := []string{"update -q", "install -y -q --no-install-recommends docker.io"}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Error(diff)
	}
	ran = nil
	refusals := map[string]struct {
		machine Machine
		report  Report
		says    string
	}{
		"to a user":           {Machine{UID: 1000}, missing, "sudo apt-get install --no-install-recommends docker.io"},
		"on no Debian":        {Machine{}, Report{Findings: missing.Findings}, "this is no Debian"},
		"nothing, and says 0": {Machine{UID: 1000}, Report{Debian: true}, ""},
	}
	for name, c := range refusals {
		err := install(t.Context(), &c.machine, c.report, nil, record)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
	if len(ran) != 0 {
		t.Errorf("ran %v", ran)
	}
}

func TestAFailedInstallShowsWhatAptSaid(t *testing.T) {
	r := Report{Debian: true, Findings: []Finding{{State: Missing, Package: "docker.io"}}}
	err := install(t.Context(), &Machine{}, r, nil, func(_ context.Context, args ...string) (string, error) {
		if args[0] == "update" {
			return "", nil
		}
		return "E: Unable to locate package docker.io\n", errors.New("exit status 100")
	})
	if err == nil || !strings.Contains(err.Error(), "Unable to locate package docker.io") || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("got %v", err)
	}
}

func TestThisMachineCanBeLookedAt(t *testing.T) {
	r, err := Check(t.Context(), Options{CacheDir: t.TempDir()})
	if err != nil || len(r.Findings) != 2 {
		t.Errorf("got %+v, %v; want disk and memory", r, err)
	}
}
