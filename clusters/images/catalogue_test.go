package images

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gomod is what `go mod edit -json` says of a go.mod.
type gomod struct {
	Require []struct{ Path, Version string }
	Tool    []struct{ Path string }
}

func readMod(t *testing.T, dir string) gomod {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", filepath.Join(dir, "go.mod")).Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod gomod
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	return mod
}

func (m gomod) version(path string) string {
	for _, r := range m.Require {
		if r.Path == path {
			return r.Version
		}
	}
	return "not required"
}

func TestTheCatalogueAgreesWithTheComponentsModules(t *testing.T) {
	c := catalogue(t)
	for folder, component := range folders(t) {
		mod := readMod(t, filepath.Join("components", folder))
		if got := mod.version(component.Module); got != "v"+component.Version {
			t.Errorf("components/%s/go.mod requires %s %s, the catalogue says v%s", folder, component.Module, got, component.Version)
		}
		var tools, programs []string
		for _, tool := range mod.Tool {
			tools = append(tools, tool.Path)
		}
		for _, build := range component.Builds {
			for _, program := range build.Programs {
				programs = append(programs, program)
			}
		}
		slices.Sort(tools)
		slices.Sort(programs)
		if !slices.Equal(tools, programs) {
			t.Errorf("components/%s/go.mod has the tools %q, the catalogue builds %q", folder, tools, programs)
		}
	}
	if got := readMod(t, "../..").version(kindModule); got != "v"+c.Kind {
		t.Errorf("go.mod requires kind %s, the catalogue says v%s", got, c.Kind)
	}
}

// folders are the components by the folders that pin them, alternatives among them.
func folders(t *testing.T) map[string]Component {
	t.Helper()
	all := map[string]Component{}
	c := catalogue(t)
	for name := range c.Components {
		for _, version := range c.pinned(name) {
			chosen, err := c.Choose([]string{name + "=" + version})
			if err != nil {
				t.Fatal(err)
			}
			all[cmp.Or(chosen.Components[name].folder, name)] = chosen.Components[name]
		}
	}
	return all
}

func TestEveryComponentFolderIsInTheCatalogue(t *testing.T) {
	there, err := os.ReadDir("components")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range there {
		if _, found := folders(t)[folder.Name()]; !found {
			t.Errorf("components/%s is not in the catalogue", folder.Name())
		}
	}
}

func TestKubernetesHasNoModuleInAStagingFolder(t *testing.T) {
	mod, err := os.ReadFile("components/kubernetes/go.mod")
	if err != nil || strings.Contains(string(mod), "./staging") {
		t.Errorf("the module is read as %v, or points at folders that the module cache has not", err)
	}
}

func TestABadCatalogueIsRefusedWithThePlace(t *testing.T) {
	replace := func(good, bad string) string {
		data := string(catalogueYAML)
		if !strings.Contains(data, good) {
			t.Fatalf("the catalogue has no %q", good)
		}
		return strings.Replace(data, good, bad, 1)
	}
	cases := map[string]struct{ data, want string }{
		"unknown field":     {replace("kind: 0.33.0", "kind: 0.33.0\nkinds: 1"), "kinds"},
		"unknown sub-field": {replace("  suite: bookworm", "  suit: bookworm"), "suit"},
		"missing version":   {replace("    version: 3.6.8\n", ""), "components.etcd.version: is empty"},
		"version with a v":  {replace("version: 3.6.8", "version: v3.6.8"), `components.etcd.version: "v3.6.8" starts with v`},
		"missing component": {replace("  coredns:\n", "  corednss:\n"), "components.coredns: is missing"},
		"no programs":       {replace("    builds:\n    - programs:\n        coredns: github.com/coredns/coredns\n", ""), "components.coredns.builds"},
		"no suite":          {replace("  suite: bookworm\n", ""), "debian.suite: is empty"},
		"not YAML":          {"kind: [", "catalogue.yaml"},
		"empty":             {"", "kind: is empty"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ParseCatalogue("catalogue.yaml", []byte(c.data))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "catalogue.yaml: ") {
				t.Errorf("got %v, want an error of catalogue.yaml with %q", err, c.want)
			}
		})
	}
}

func TestPlaceholdersStandForTheComponentsOwnVersion(t *testing.T) {
	c := Component{Version: "1.36.3", Release: "1.36"}

	if got := c.expand("v{version} {minor} {release}"); got != "v1.36.3 36 1.36" {
		t.Errorf("got %q", got)
	}
}
