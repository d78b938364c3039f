package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// without is the bounding set of a root that lacks CAP_SYS_RESOURCE and CAP_SYS_TIME.
func without() map[string]bool { return map[string]bool{sysResource: true, "CAP_SYS_TIME": true} }

func TestTheProcessOfABundleIsAdapted(t *testing.T) {
	cases := map[string]struct {
		lacking    map[string]bool
		give, want string
	}{
		"lacking capabilities leave every set, the others stay": {
			without(),
			`{"process":{"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE"],"effective":["CAP_SYS_TIME"],"ambient":null}}}`,
			`{"process":{"capabilities":{"ambient":null,"bounding":["CAP_CHOWN"],"effective":[]}}}`,
		},
		"limits and a negative score go with CAP_SYS_RESOURCE": {
			without(),
			`{"process":{"oomScoreAdj":-999,"rlimits":[{"type":"RLIMIT_NOFILE","hard":1048576,"soft":1048576}]}}`,
			`{"process":{"oomScoreAdj":0}}`,
		},
		"limits and the score stay when only another capability is lacking": {
			map[string]bool{"CAP_SYS_TIME": true},
			`{"process":{"oomScoreAdj":-999,"rlimits":[{"hard":1}]}}`,
			`{"process":{"oomScoreAdj":-999,"rlimits":[{"hard":1}]}}`,
		},
		"a positive score stays": {
			without(), `{"process":{"oomScoreAdj":985}}`, `{"process":{"oomScoreAdj":985}}`,
		},
		"a score of null stays": {
			without(), `{"process":{"oomScoreAdj":null}}`, `{"process":{"oomScoreAdj":null}}`,
		},
		"unknown fields are kept to the digit": {
			without(),
			`{"linux":{"big":18446744073709551615,"f":1.50,"later":{"a":[]}},"process":{"args":["sh","-c","a<b"],"futureField":1e400}}`,
			`{"linux":{"big":18446744073709551615,"f":1.50,"later":{"a":[]}},"process":{"args":["sh","-c","a<b"],"futureField":1e400}}`,
		},
		"a bundle without a process is kept as it is": {
			without(), `{ "ociVersion" : "1.2.0" }`, `{ "ociVersion" : "1.2.0" }`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := adaptConfig([]byte(c.give), c.lacking)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestABrokenConfigurationIsAnError(t *testing.T) {
	for name, data := range map[string]string{
		"cut off":                      `{"process":{`,
		"process of another type":      `{"process":[]}`,
		"capabilities of another type": `{"process":{"capabilities":{"bounding":"all"}}}`,
		"score of another type":        `{"process":{"oomScoreAdj":"low"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := adaptConfig([]byte(data), without()); err == nil {
				t.Errorf("got %s without an error", got)
			}
		})
	}
}

func TestTheBoundingSetIsReadFromTheStatus(t *testing.T) {
	cases := map[string]struct{ status, lacking string }{
		"everything":           {"Name:\tx\nCapBnd:\t000001ffffffffff\nSeccomp:\t0\n", ""},
		"no CAP_SYS_RESOURCE":  {"CapBnd:\t000001fffeffffff\n", "CAP_SYS_RESOURCE"},
		"nothing but the last": {"CapBnd:\t0000010000000000\n", strings.Join(capabilityNames()[:40], " ")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := missing([]byte(c.status))
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(c.lacking)
			if len(got) != len(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			for _, capability := range want {
				if !got[capability] {
					t.Errorf("%s is not among %v", capability, got)
				}
			}
		})
	}
}

func TestAStatusWithoutABoundingSetIsAnError(t *testing.T) {
	for _, status := range []string{"", "CapEff:\t0\n", "CapBnd:\tzz\n"} {
		if _, err := missing([]byte(status)); err == nil {
			t.Errorf("status %q gives no error", status)
		}
	}
}

func TestOptionsAreFoundInEachOfTheirForms(t *testing.T) {
	cases := map[string]struct {
		args []string
		want string
	}{
		"long":             {[]string{"--root", "/r", "create", "--bundle", "/b", "id"}, "/b"},
		"long with equals": {[]string{"create", "--bundle=/b", "id"}, "/b"},
		"short":            {[]string{"run", "-b", "/b", "id"}, "/b"},
		"absent":           {[]string{"kill", "id", "9"}, ""},
		"without a value":  {[]string{"create", "--bundle"}, ""},
		"after the end":    {[]string{"exec", "id", "--", "--bundle", "/b"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, _ := option(c.args, "--bundle", "-b"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheFilesThatTheArgumentsNameAreRewrittenWithTheirModes(t *testing.T) {
	dir := t.TempDir()
	config, process := filepath.Join(dir, "config.json"), filepath.Join(dir, "process")
	err := errors.Join(
		os.WriteFile(config, []byte(`{"process":{"rlimits":[]}}`), 0o600),
		os.WriteFile(process, []byte(`{"rlimits":[],"cwd":"/"}`), 0o640),
	)
	if err != nil {
		t.Fatal(err)
	}

	if err := adaptAll([]string{"exec", "--bundle", dir, "--process", process, "id"}, without()); err != nil {
		t.Fatal(err)
	}

	for path, want := range map[string]string{config: `{"process":{}}`, process: `{"cwd":"/"}`} {
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want || !json.Valid(got) {
			t.Errorf("%s holds %s, %v; want %s", path, got, err, want)
		}
	}
	if info, err := os.Stat(config); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of config.json is %v, %v", info, err)
	}
}

func TestABundleWithoutAConfigurationIsLeftToRunc(t *testing.T) {
	if err := adaptAll([]string{"create", "--bundle", t.TempDir(), "id"}, without()); err != nil {
		t.Error(err)
	}
}
