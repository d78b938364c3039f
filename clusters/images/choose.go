package images

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// envoyName is Envoy's among the components; it is no Go module.
const envoyName = "envoy"

// Alternatives are versions besides the default ones that images can be built from.
type Alternatives struct {
	// Components are by name, each pinned in components/<name>-<release>.
	Components map[string][]Release `yaml:"components"`
	Envoy      []Wheel              `yaml:"envoy"`
}

// Release is one version of a component; see Component.
type Release struct {
	Version string `yaml:"version"`
	Release string `yaml:"release"`
}

// Choose is the catalogue with other versions of some components, each written as
// `envoy=1.39.3`. It takes only those that it pins; the error lists them.
func (c *Catalogue) Choose(versions []string) (*Catalogue, error) {
	return c.choose(versions, func(chosen *Catalogue, name, version string) error {
		pinned := c.pinned(name)
		switch i := slices.Index(pinned, version); {
		case len(pinned) == 0:
			return fmt.Errorf("there is no component %q; choose among %s", name, strings.Join(c.choosable(), ", "))
		case i < 0:
			return fmt.Errorf("%s %s is not pinned; choose %s, or pin it in clusters/images/catalogue.yaml", name, version, strings.Join(pinned, " or "))
		case i == 0:
			return nil
		case name == envoyName:
			chosen.Envoy = c.Alternatives.Envoy[i-1]
		default:
			other := c.Alternatives.Components[name][i-1]
			component := c.Components[name]
			component.Version, component.Release = other.Version, version
			component.folder = name + "-" + version
			chosen.Components[name] = component
		}
		return nil
	})
}

// ChoosePublished is Choose for images that are not built here: of Kubernetes and Jaeger a
// registry may have any version, Istio's must be pinned, for its charts come from its module,
// and the other components are parts of these images.
func (c *Catalogue) ChoosePublished(versions []string) (*Catalogue, error) {
	tag := regexp.MustCompile(`^\d+\.\d+\.\d+([-.][0-9a-z.]+)?$`)
	return c.choose(versions, func(chosen *Catalogue, name, version string) error {
		switch name {
		case "kubernetes", "jaeger":
			if !tag.MatchString(version) {
				return fmt.Errorf("%s %q is no version; give one such as %s", name, version, c.Versions()[name])
			}
			component := chosen.Components[name]
			component.Version, component.Release = version, version
			chosen.Components[name] = component
			return nil
		case "istio":
			if version != c.Versions()[name] {
				return fmt.Errorf("istio %s is not pinned; choose %s, or pin its module in clusters/images", version, c.Versions()[name])
			}
			return nil
		default:
			return fmt.Errorf("%q cannot be chosen for images from a registry; choose kubernetes or jaeger", name)
		}
	})
}

// choose applies take to each of versions, on a copy.
func (c *Catalogue) choose(versions []string, take func(chosen *Catalogue, name, version string) error) (*Catalogue, error) {
	chosen := *c
	chosen.Components = maps.Clone(c.Components)
	seen := map[string]bool{}
	var problems []error
	for _, one := range versions {
		name, version, found := strings.Cut(one, "=")
		switch {
		case !found || name == "" || version == "":
			problems = append(problems, fmt.Errorf("%q is no component with a version; write it as %s=%s", one, envoyName, c.Envoy.Version))
		case seen[name]:
			problems = append(problems, fmt.Errorf("%s is there twice; give one version", name))
		default:
			seen[name] = true
			if err := take(&chosen, name, version); err != nil {
				problems = append(problems, err)
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &chosen, nil
}

// pinned are the versions of a component that images can be built from, the default one
// first; none where there is no such component.
func (c *Catalogue) pinned(name string) []string {
	if name == envoyName {
		all := []string{c.Envoy.Version}
		for _, w := range c.Alternatives.Envoy {
			all = append(all, w.Version)
		}
		return all
	}
	component, found := c.Components[name]
	if !found {
		return nil
	}
	all := []string{component.Release}
	for _, r := range c.Alternatives.Components[name] {
		all = append(all, r.Release)
	}
	return all
}

// choosable are the names of all components.
func (c *Catalogue) choosable() []string {
	all := append(slices.Collect(maps.Keys(c.Components)), envoyName)
	slices.Sort(all)
	return all
}
