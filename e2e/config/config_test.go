package config_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/throughline/throughline/e2e/config"
)

// known are checks and areas as a catalogue could have them.
func known() []string { return []string{"P01", "P01/zipkin", "P02", "S04", "propagation", "sampling"} }

// environment is a machine with a home folder and what vars adds.
func environment(vars map[string]string) func(string) string {
	return func(name string) string {
		if value, ok := vars[name]; ok {
			return value
		}
		return map[string]string{"HOME": "/home/ada"}[name]
	}
}

// load loads a configuration from the text of throughline.yaml, which is missing where
// it is empty, and from a command line.
func load(t *testing.T, yaml string, vars map[string]string, args ...string) (config.Config, error) {
	t.Helper()
	loader := config.NewLoader()
	set := pflag.NewFlagSet("run", pflag.ContinueOnError)
	loader.AddFlags(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return loader.Load(config.Sources{
		ReadFile: func(name string) ([]byte, error) {
			if name != config.FileName || yaml == "" {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(yaml), nil
		},
		Getenv: environment(vars),
		Checks: known(),
	})
}

func TestDefaultsAreValid(t *testing.T) {
	got, err := load(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.CacheDir, want.Flavour = "/home/ada/.cache/throughline", config.Upstream
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGoodFilesAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.good.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no good files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, want := parts(t, file, "# gives: ")
			got, err := load(t, text, nil)
			if err != nil {
				t.Fatal(err)
			}
			shown := "\n" + strings.Join(strings.Fields(strings.ReplaceAll(got.String(), "\n", " ; ")), " ")
			for _, setting := range want {
				if !strings.Contains(shown, setting+" ;") {
					t.Errorf("%q is not in:\n%s", setting, got)
				}
			}
		})
	}
}

func TestBadFilesAreRefusedWithTheirErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, want := parts(t, file, "# error: ")
			_, err := load(t, text, nil)
			if err == nil {
				t.Fatal("it was taken without an error")
			}
			if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// parts are the text of a file and what its comments of that mark say.
func parts(t *testing.T, file, mark string) (text string, marked []string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.SplitSeq(string(content), "\n") {
		if rest, ok := strings.CutPrefix(row, mark); ok {
			marked = append(marked, rest)
		}
	}
	if len(marked) == 0 {
		t.Fatalf("%s has no line that begins with %q", file, mark)
	}
	return string(content), marked
}

func TestAFlagOutranksTheEnvironmentAndThatTheFile(t *testing.T) {
	file := "version: 1\ncacheDir: /from/file\n"
	variable := map[string]string{"THROUGHLINE_CACHE": "/from/environment"}
	cases := map[string]struct {
		vars map[string]string
		args []string
		want string
	}{
		"the file alone":        {nil, nil, "/from/file"},
		"the environment":       {variable, nil, "/from/environment"},
		"the flag":              {variable, []string{"--cache-dir=/from/flag"}, "/from/flag"},
		"the flag, given twice": {variable, []string{"--cache-dir=/a", "--cache-dir=/b"}, "/b"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, file, c.vars, c.args...)
			if err != nil || got.CacheDir != c.want {
				t.Errorf("the cache is %q (%v), want %q", got.CacheDir, err, c.want)
			}
		})
	}
}

func TestEveryFieldHasAFlagThatSetsItAlike(t *testing.T) {
	given := map[string]string{
		"name": "mine", "provider": "existing", "kubeconfig": "/k", "context": "c", "engine": "auto", "images": "registry", "registry": "r.example",
		"source-dir": "/s", "cache-dir": "/c", "out": "/o", "keep": "false", "reuse": "auto", "install-deps": "no", "check": "P01,sampling",
		"label-filter": "sampling", "repeat": "2", "alone": "true", "seed": "9", "alpha": "1e-07", "proxy-flavour": "upstream", "timeout-cluster": "1m0s",
		"timeout-mesh": "2m0s", "timeout-evidence": "3s", "timeout-check": "4s", "versions": "jaeger=2.9.0", "envoy": "", "dry-run": "true", "output": "json",
	}
	set := pflag.NewFlagSet("run", pflag.ContinueOnError)
	config.NewLoader().AddFlags(set)
	var args, want []string
	set.VisitAll(func(f *pflag.Flag) {
		value, ok := given[f.Name]
		switch {
		case f.Name == "config":
		case !ok:
			t.Errorf("this test does not know --%s", f.Name)
		case value != "":
			args = append(args, "--"+f.Name+"="+value)
		}
		if f.Name != "config" {
			want = append(want, value)
		}
	})
	got, err := load(t, "", nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for row := range strings.SplitSeq(strings.TrimSpace(got.String()), "\n") {
		_, value, _ := strings.Cut(row, ":")
		values = append(values, strings.TrimPrefix(strings.TrimSpace(value), "-"))
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got.Values()) != len(values) {
		t.Errorf("Values has %d settings, want %d", len(got.Values()), len(values))
	}
}

func TestFlagsAreRefusedWithTheirErrors(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"a wrong word":                 {[]string{"--provider=knid"}, `--provider: "knid" is none of kind, existing; did you mean kind?`},
		"an existing cluster unnamed":  {[]string{"--provider=existing", "--images=registry", "--registry=r.example"}, "--provider: context: missing: an existing cluster is only touched when its context is named; `kubectl config get-contexts` lists them"},
		"source images for existing":   {[]string{"--provider=existing", "--context=c"}, "--provider: images: images built from source cannot be put into an existing cluster; set images: registry"},
		"no registry for existing":     {[]string{"--provider=existing", "--context=c", "--images=registry"}, "--provider: registry: missing: the application is not in the official registries and cannot be loaded into an existing cluster; name a registry that has all images"},
		"a version that is not pinned": {[]string{"--versions=jaeger=1.0.0"}, "--versions: jaeger 1.0.0 is not pinned; choose "},
		"an Envoy twice":               {[]string{"--versions=envoy=1.39.3", "--envoy=/envoy"}, "--envoy: versions chooses an Envoy too"},
		"the nodes of an existing cluster": {
			[]string{"--provider=existing", "--context=c", "--images=registry", "--registry=r.example", "--versions=kubernetes=1.34.0"},
			"--versions: an existing cluster has the Kubernetes that it has",
		},
		"a registry with https":        {[]string{"--images=registry", "--registry=https://r.example"}, `--registry: "https://r.example" is no registry; give a host such as registry.example or 10.0.0.5:5000, with http:// in front only if it has no TLS`},
		"an unknown check":             {[]string{"--check=P01,P20"}, "--check: there is no check or area \"P20\"; did you mean P02?; `throughline list` shows all"},
		"a label filter out of shape":  {[]string{"--label-filter=sampling &&"}, `--label-filter: "sampling &&" is no label filter: `},
		"a negative seed":              {[]string{"--seed=-1"}, `--seed: "-1" is no whole number; give one from 0 to 9223372036854775807`},
		"a named file that is missing": {[]string{"--config=other.yaml"}, "--config: the file cannot be read: open other.yaml: file does not exist"},
		"an empty value":               {[]string{"--context="}, "--context: it is empty; give a value or leave it out"},
		"a file without a home folder": {nil, "cacheDir: there is no home folder to put it in; set it, or THROUGHLINE_CACHE"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			vars := map[string]string{}
			if c.args == nil {
				vars["HOME"] = ""
			}
			_, err := load(t, "", vars, c.args...)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error is\n%v\nwant just\n%s", err, c.want)
			}
		})
	}
}

func TestAllProblemsOfFileAndFlagsComeAtOnce(t *testing.T) {
	_, err := load(t, "version: 1\nalpha: 2\nnaem: x\nprovider: kind\n", nil, "--output=xml", "--timeout-mesh=0s")
	want := []string{
		"throughline.yaml:2: alpha: 2 is not within 0 and 0.05; give a rate such as 1e-6",
		"throughline.yaml:3: naem: no such field; did you mean name?; `throughline run --help` lists all",
		`--output: "xml" is none of text, json`,
		"--timeout-mesh: 0s is not within 0s and 24h0m0s; give a duration such as 5m",
	}
	if err == nil {
		t.Fatal("it was taken without an error")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	var problems config.Problems
	if !errors.As(err, &problems) || problems[0].Where.Line != 2 {
		t.Errorf("the error is not made of problems with places: %#v", err)
	}
}

func TestABareFlagMeansYesAndCaseDoesNotMatterInNames(t *testing.T) {
	got, err := load(t, "", nil, "--keep", "--install-deps", "--reuse", "--check=p01/Zipkin,SAMPLING")
	if err != nil || !got.Keep || got.InstallDeps != config.Yes || got.Reuse != config.Yes {
		t.Errorf("got %+v (%v)", got, err)
	}
}

func TestTheFlavourFollowsTheImagesUnlessItIsSet(t *testing.T) {
	cases := map[string]struct {
		args []string
		want config.Flavour
	}{
		"images from source":            {nil, config.Upstream},
		"images from a registry":        {[]string{"--images=registry"}, config.Istio},
		"set, with registry images too": {[]string{"--images=registry", "--proxy-flavour=upstream"}, config.Upstream},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, "", nil, c.args...)
			if err != nil || got.Flavour != c.want {
				t.Errorf("flavour is %q (%v), want %q", got.Flavour, err, c.want)
			}
		})
	}
}

func TestTheKubeconfigOfAnExistingClusterIsTheUsers(t *testing.T) {
	existing := []string{"--provider=existing", "--context=prod", "--images=registry", "--registry=r.example"}
	cases := map[string]struct {
		vars       map[string]string
		args       []string
		want, fail string
	}{
		"in the home folder":       {nil, existing, "/home/ada/.kube/config", ""},
		"from the environment":     {map[string]string{"KUBECONFIG": "/k"}, existing, "/k", ""},
		"as named":                 {map[string]string{"KUBECONFIG": "/k"}, append(existing, "--kubeconfig=/named"), "/named", ""},
		"one of several, not said": {map[string]string{"KUBECONFIG": "/a:/b"}, existing, "", "kubeconfig: $KUBECONFIG lists several files; name the one that is meant"},
		"none at all":              {map[string]string{"HOME": "", "THROUGHLINE_CACHE": "/c"}, existing, "", "kubeconfig: there is no home folder to find it in; name the file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, "", c.vars, c.args...)
			if c.fail != "" {
				if err == nil || err.Error() != c.fail {
					t.Errorf("error is %v, want %s", err, c.fail)
				}
				return
			}
			if err != nil || got.Kubeconfig != c.want {
				t.Errorf("kubeconfig is %q (%v), want %q", got.Kubeconfig, err, c.want)
			}
		})
	}
}

func TestTheCacheFolderIsTheUsers(t *testing.T) {
	got, err := load(t, "", map[string]string{"XDG_CACHE_HOME": "/x"})
	if err != nil || got.CacheDir != "/x/throughline" {
		t.Errorf("the cache is %q (%v), want /x/throughline", got.CacheDir, err)
	}
}

func TestAHugeFileIsRefused(t *testing.T) {
	_, err := load(t, "version: 1\n#"+strings.Repeat("x", 1<<20), nil)
	if err == nil || err.Error() != "throughline.yaml:1: larger than 1 MiB; this is no configuration of throughline" {
		t.Errorf("error is %v", err)
	}
}

func TestNoTextMakesTheReaderPanic(t *testing.T) {
	for _, text := range []string{
		"\x00", "[", "{", "- a", "a", "version", "version:", "? a\n: b", "<<: *x", "&a version: 1", "version: &a 1", "*a: 1",
		"timeouts: {cluster: {x: 1}}", "check: [[P01]]", "check: [{a: b}]", "\t", "version: 1\n---\nversion: 1", "{version: 1, keep: !!bool yes}",
		"version: 1\r\nname: x\r\n", "\xff\xfe", "version: |\n  1\n", "version: \"1\"", "check:\n- \n- P01", "version: 1\ntimeouts:\n", "...", "---", "%YAML 9.9\n---\n",
	} {
		_, err := load(t, text, nil)
		if err != nil && bytes.ContainsRune([]byte(err.Error()), 0) {
			t.Errorf("%q: the error has a zero byte in it", text)
		}
	}
}

func TestDurationsAreShownAsTheyAreWritten(t *testing.T) {
	c := config.Default()
	c.Timeouts.Mesh = 90 * time.Second
	if got := c.Values()["timeouts.mesh"]; got != "1m30s" {
		t.Errorf("timeouts.mesh is %q, want 1m30s", got)
	}
}
